"""Release gate (:mod:`jwpgraph.releases.gate`) with a severity limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Store

from jwpgraph.releases.gate import GateVerdict, ParentValidation, ShapesGraph
from jwpgraph.releases.release import Conformance
from jwpgraph.releases.written_literals import AS_STORED, WrittenLiterals
from jwpgraph.validation.engines import EngineName, run_engine, union_as_n_triples
from jwpgraph.validation.incremental_validation import CarriedReport, validate_change
from jwpgraph.validation.report import SEVERITIES, Severity, ValidationReport, read_report
from jwpgraph.validation.report_paragraphs import join_paragraphs, split_report


@dataclass(frozen=True, slots=True)
class SeverityGate:
    """Accepts a candidate without results of severity *least* or above.

    Args:
        least: ``JWPGRAPH_GATE_SEVERITY``.
        engine: the engine to use; default: the fast one if it is installed.
    """

    least: Severity = "violation"
    engine: EngineName | None = None

    def __call__(
        self,
        store: Store,
        shapes: ShapesGraph,
        since: ParentValidation | None = None,
        written: WrittenLiterals = AS_STORED,
        union: Callable[[], Path] | None = None,
    ) -> GateVerdict:
        """Validate the union of *store*, incrementally if the parent's validation allows it.

        Args:
            store: the candidate.
            shapes: the shapes graph.
            since: the parent's report and the difference from it.
            written: the original lexical forms of the literals.
            union: writes a file with the union in N-Triples.

        Returns:
            The verdict with the report.
        """
        carried = validate_change(store, shapes, since, self.engine, written) if since is not None else None
        if carried is not None:
            conformance = _make_conformance(carried, carried.severities, self.least)
            if conformance.conforms:
                return GateVerdict(conformance, carried.turtle)
            with suppress(SyntaxError):  # the parent's report is damaged
                return GateVerdict(conformance, carried.turtle, _read_carried(carried).by_shape())
        report = run_engine(union() if union else union_as_n_triples(store, written), shapes, self.engine)
        return GateVerdict(
            make_conformance(report, self.least), join_paragraphs(split_report(report.turtle)), report.by_shape()
        )


def make_conformance(report: ValidationReport, least: Severity) -> Conformance:
    """Return the conformance entry of a manifest for a report."""
    return _make_conformance(report, Counter(result.severity for result in report.results), least)


def _make_conformance(
    report: ValidationReport | CarriedReport, severities: Counter[Severity], least: Severity
) -> Conformance:
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


def _read_carried(carried: CarriedReport) -> ValidationReport:
    results = read_report(carried.turtle)
    return ValidationReport(results, carried.turtle, carried.engine, carried.engine_version, carried.seconds)
