"""The gate of :mod:`jwpgraph.releases.gate`, with a policy by severity."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

from pyoxigraph import Store

from jwpgraph.releases.gate import Shapes, Since, Verdict
from jwpgraph.releases.release import Conformance
from jwpgraph.validation.engines import EngineName, data_of, validate
from jwpgraph.validation.incremental import CarriedReport, validate_change
from jwpgraph.validation.report import SEVERITIES, Report, Severity, read_report
from jwpgraph.validation.report_text import paragraphs_of, report_of


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
        carried = validate_change(store, shapes, since, self.engine) if since is not None else None
        if carried is not None:
            conformance = _conformance(carried, carried.severities, self.least)
            if conformance.conforms:
                return Verdict(conformance, carried.turtle)
            with suppress(SyntaxError):  # of the parent's report, which somebody has damaged
                return Verdict(conformance, carried.turtle, _with_results(carried).by_shape())
        report = validate(data_of(store), shapes, self.engine)
        return Verdict(conformance_of(report, self.least), report_of(paragraphs_of(report.turtle)), report.by_shape())


def conformance_of(report: Report, least: Severity) -> Conformance:
    """A report in the words of a manifest."""
    return _conformance(report, Counter(result.severity for result in report.results), least)


def _conformance(report: Report | CarriedReport, severities: Counter[Severity], least: Severity) -> Conformance:
    blocking = SEVERITIES[: SEVERITIES.index(least) + 1]
    return Conformance(
        conforms=not any(severities[severity] for severity in blocking),
        violations=severities["violation"],
        warnings=severities["warning"],
        infos=severities["info"],
        engine=report.engine,
        engine_version=report.engine_version,
        seconds=round(report.seconds, 4),
    )


def _with_results(carried: CarriedReport) -> Report:
    results = read_report(carried.turtle)
    return Report(results, carried.turtle, carried.engine, carried.engine_version, carried.seconds)
