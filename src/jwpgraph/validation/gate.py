"""The gate of :mod:`jwpgraph.releases.gate`, with a policy by severity."""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import Store

from jwpgraph.releases.gate import Shapes, Since, Verdict
from jwpgraph.releases.release import Conformance
from jwpgraph.validation.engines import EngineName, data_of, validate
from jwpgraph.validation.incremental import validate_change
from jwpgraph.validation.report import Report, Severity


@dataclass(frozen=True, slots=True)
class SeverityGate:
    """Lets a candidate through when it has no result of severity *least* or above.

    Args:
        least: ``JWPGRAPH_GATE_SEVERITY``.
        engine: which engine; by default the fast one where it is installed.
    """

    least: Severity = "violation"
    engine: EngineName | None = None

    def __call__(self, store: Store, shapes: Shapes, since: Since | None = None) -> Verdict:
        """Validate the union of *store*, or of it what a change can affect and the parent's report does not tell."""
        report = validate_change(store, shapes, since, self.engine) if since is not None else None
        if report is None:
            report = validate(data_of(store), shapes, self.engine)
        return Verdict(conformance_of(report, self.least), report.turtle, report.by_shape())


def conformance_of(report: Report, least: Severity) -> Conformance:
    """A report in the words of a manifest."""
    return Conformance(
        conforms=report.conforms(least),
        violations=report.count("violation"),
        warnings=report.count("warning"),
        infos=report.count("info"),
        engine=report.engine,
        engine_version=report.engine_version,
        seconds=round(report.seconds, 4),
    )
