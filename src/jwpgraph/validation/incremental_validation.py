"""Validating what a change can affect, and taking the rest from the parent's report.

docs/decisions/0007-incremental-gate.md says why that is sound.

The outcome is the report that validating everything would give. Where that cannot be shown, there is none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, Literal, Store

from jwpgraph.releases.gate import ParentValidation, ShapesGraph
from jwpgraph.releases.written_literals import AS_STORED, WrittenLiterals
from jwpgraph.validation.affected_focus_nodes import AffectedFocusNodes
from jwpgraph.validation.engines import EngineName, get_engine_version, lines_of, run_engine
from jwpgraph.validation.path_automaton import BudgetExceededError
from jwpgraph.validation.report import Severity
from jwpgraph.validation.report_paragraphs import (
    count_severities,
    join_paragraphs,
    read_focus,
    read_paragraphs,
    split_report,
)
from jwpgraph.validation.shape_dependencies import UnsupportedShapeError, find_shape_dependencies

#: Looking at more triples than this takes longer than it saves.
_MOST_TRIPLES: Final = 60_000
_MOST_CHANGES: Final = 5_000


@dataclass(frozen=True, slots=True)
class CarriedReport:
    """A report that was mostly taken from the parent's, with the number of its results by severity."""

    turtle: str
    severities: Counter[Severity]
    engine: str
    engine_version: str
    seconds: float


def validate_change(
    store: Store,
    shapes: ShapesGraph,
    since: ParentValidation,
    engine: EngineName | None = None,
    written: WrittenLiterals = AS_STORED,
) -> CarriedReport | None:
    """Validate the union of a candidate as far as it differs from its parent's.

    Args:
        store: the candidate.
        shapes: the shapes.
        since: the parent's report and the difference.
        engine: which engine; by default the fast one where it is installed.
        written: the literals of the candidate as they were written.

    Returns:
        The report on everything; ``None`` where everything has to be validated for it: other shapes or another engine
        than the parent's, shapes that cannot be validated in part, blank nodes as focus nodes, or a change that reaches
        too far.
    """
    package, version = get_engine_version(engine)
    then = since.conformance
    if (then.engine, then.engine_version, since.shapes_digest) != (package, version, shapes.digest):
        return None
    part = _select_affected(store, shapes, since, written)
    before = _results_of(since) if part is not None else None
    if part is None or before is None:
        return None
    nodes, data = part
    partial = run_engine(data, shapes, engine) if nodes else None
    now = split_report(partial.turtle) if partial else []
    old, new = [(read_focus(each), each) for each in before], [(read_focus(each), each) for each in now]
    if not all(_is_named(focus) for focus, _ in (*old, *new)):
        return None
    gone = [each for focus, each in old if focus in nodes]
    come = [each for focus, each in new if focus in nodes]
    severities: Counter[Severity] = Counter()
    severities.update({"violation": then.violations, "warning": then.warnings, "info": then.infos})
    severities.subtract(count_severities(gone))
    severities.update(count_severities(come))
    results = before if gone == come else sorted([*(each for focus, each in old if focus not in nodes), *come])
    return CarriedReport(join_paragraphs(results), severities, package, version, partial.seconds if partial else 0.0)


def _select_affected(
    store: Store, shapes: ShapesGraph, since: ParentValidation, written: WrittenLiterals
) -> tuple[frozenset[str], str] | None:
    """The focus nodes that may be affected, and the data that their validation needs, both in N-Triples."""
    if len(since.difference.triples) > _MOST_CHANGES:
        return None
    try:
        reach = AffectedFocusNodes(store, find_shape_dependencies(shapes), _MOST_TRIPLES)
        nodes = reach.affected(since.difference)
        data = reach.neighbourhood(nodes)
    except (UnsupportedShapeError, BudgetExceededError):
        return None
    if any(isinstance(node, BlankNode) for node in nodes):
        return None
    forms = written.objects(store) if written.forms else {}
    if forms and any(isinstance(node, Literal) for node in nodes):
        # A literal that was written in another form is another node.
        return None
    lines = (lines_of(triple, forms[triple]) if triple in forms else f"{triple} .\n" for triple in data)
    return frozenset(str(node) for node in nodes), "".join(sorted(lines))


def _results_of(since: ParentValidation) -> list[str] | None:
    """The results of the parent; ``None`` where its report is not one that can be carried on."""
    try:
        return read_paragraphs(since.report.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def _is_named(focus: str) -> bool:
    """Whether a focus node has a name by which it can be recognised in another report."""
    return focus.startswith(("<", '"'))
