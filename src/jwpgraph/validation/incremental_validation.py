"""Incremental validation: validate what a change can affect and take the other results from the parent's report.

docs/decisions/0007-incremental-gate.md explains why this is sound. The resulting report equals that of a full
validation. If this cannot be guaranteed, there is no incremental report.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, Literal, Store

from jwpgraph.releases.gate import ParentValidation, ShapesGraph
from jwpgraph.releases.written_literals import AS_STORED, WrittenLiterals
from jwpgraph.validation.affected_focus_nodes import AffectedFocusNodes
from jwpgraph.validation.engines import EngineName, get_engine_version, list_lines, run_engine
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

#: Reading more triples than this takes longer than a full validation saves.
_MOST_TRIPLES: Final = 60_000
_MOST_CHANGES: Final = 5_000


@dataclass(frozen=True, slots=True)
class CarriedReport:
    """A report mostly carried over from the parent, with its result counts by severity."""

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
    """Validate the differences between the union of a candidate and that of its parent.

    Args:
        store: the candidate.
        shapes: the shapes graph.
        since: the parent's report and the difference.
        engine: the engine to use; default: the fast one if it is installed.
        written: the original lexical forms of the candidate's literals.

    Returns:
        The complete report; ``None`` if a full validation is needed: other shapes or another engine than the parent's,
        shapes that do not support partial validation, blank nodes as focus nodes, or a change that affects too much.
    """
    package, version = get_engine_version(engine)
    then = since.conformance
    if (then.engine, then.engine_version, since.shapes_digest) != (package, version, shapes.digest):
        return None
    part = _select_affected(store, shapes, since, written)
    before = _get_results(since) if part is not None else None
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
    """Return the focus nodes that may be affected, and the data that their validation needs, both in N-Triples."""
    if len(since.difference.triples) > _MOST_CHANGES:
        return None
    try:
        reach = AffectedFocusNodes(store, find_shape_dependencies(shapes), _MOST_TRIPLES)
        nodes = reach.find_affected(since.difference)
        data = reach.neighbourhood(nodes)
    except (UnsupportedShapeError, BudgetExceededError):
        return None
    if any(isinstance(node, BlankNode) for node in nodes):
        return None
    forms = written.objects(store) if written.forms else {}
    if forms and any(isinstance(node, Literal) for node in nodes):
        # A literal with another lexical form is another node.
        return None
    lines = (list_lines(triple, forms[triple]) if triple in forms else f"{triple} .\n" for triple in data)
    return frozenset(str(node) for node in nodes), "".join(sorted(lines))


def _get_results(since: ParentValidation) -> list[str] | None:
    """Return the results of the parent; ``None`` if its report cannot be carried over."""
    try:
        return read_paragraphs(since.report.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def _is_named(focus: str) -> bool:
    """Return whether a focus node has a name that identifies it in another report."""
    return focus.startswith(("<", '"'))
