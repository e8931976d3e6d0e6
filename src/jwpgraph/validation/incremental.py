"""Validating what a change can affect, and taking the rest from the parent's report.

docs/decisions/0007-incremental-gate.md says why that is sound.

The outcome is the report that validating everything would give. Where that cannot be shown, there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Store, Triple, serialize
from pyoxigraph import Literal as RdfLiteral

from jwpgraph.releases.gate import Shapes, Since
from jwpgraph.validation.engines import EngineName, engine_version, validate
from jwpgraph.validation.footprints import NotLocalError, footprints_of
from jwpgraph.validation.reach import Reach
from jwpgraph.validation.report import SH, Report, read_report
from jwpgraph.validation.walks import Term, TooFarError
from jwpgraph.vocabulary import PREFIXES

#: Looking at more triples than this takes longer than it saves.
_MOST_TRIPLES: Final = 60_000
_MOST_CHANGES: Final = 5_000
_TYPE = NamedNode(PREFIXES["rdf"] + "type")
_RESULT, _FOCUS = NamedNode(SH + "result"), NamedNode(SH + "focusNode")


def validate_change(store: Store, shapes: Shapes, since: Since, engine: EngineName | None = None) -> Report | None:
    """Validate the union of a candidate as far as it differs from its parent's.

    Args:
        store: the candidate.
        shapes: the shapes.
        since: the parent's report and the difference.
        engine: which engine; by default the fast one where it is installed.

    Returns:
        The report on everything; ``None`` where everything has to be validated for it: other shapes or another engine
        than the parent's, shapes that cannot be validated in part, blank nodes as focus nodes, or a change that reaches
        too far.
    """
    package, version = engine_version(engine)
    then = since.conformance
    if (then.engine, then.engine_version, since.shapes_digest) != (package, version, shapes.digest):
        return None
    if len(since.difference.triples) > _MOST_CHANGES:
        return None
    try:
        reach = Reach(store, footprints_of(shapes), _MOST_TRIPLES)
        nodes = reach.affected(since.difference)
        data = reach.neighbourhood(nodes)
    except (NotLocalError, TooFarError):
        return None
    if any(isinstance(node, BlankNode) for node in nodes):
        return None
    before = _Results(since.report.read_text("utf-8"))
    lines = "".join(sorted(f"{triple} .\n" for triple in data))
    partial = validate(lines, shapes, engine) if nodes else None
    now = _Results(partial.turtle if partial else "")
    if before.blank or now.blank:
        return None
    turtle = _written([*before.without(nodes), *now.only(nodes)])
    return Report(read_report(turtle), turtle, package, version, partial.seconds if partial else 0.0)


class _Results:
    """The results of a report, by focus node."""

    def __init__(self, turtle: str) -> None:
        self._store = Store()
        self._store.load(turtle.encode(), format=RdfFormat.TURTLE, base_iri="urn:report")
        self._nodes: dict[BlankNode | NamedNode, Term | None] = {
            quad.object: self._focus(quad.object)
            for quad in self._store.quads_for_pattern(None, _RESULT, None)
            if isinstance(quad.object, (BlankNode, NamedNode))
        }

    @property
    def blank(self) -> bool:
        """Whether a focus node is blank, so that it cannot be recognised in another report."""
        return any(focus is None or isinstance(focus, BlankNode) for focus in self._nodes.values())

    def without(self, nodes: set[Term]) -> Iterator[tuple[BlankNode | NamedNode, set[Triple]]]:
        """The results about other nodes, each with its triples."""
        return ((result, self._about(result)) for result, focus in self._nodes.items() if focus not in nodes)

    def only(self, nodes: set[Term]) -> Iterator[tuple[BlankNode | NamedNode, set[Triple]]]:
        """The results about *nodes*, each with its triples."""
        return ((result, self._about(result)) for result, focus in self._nodes.items() if focus in nodes)

    def _focus(self, result: BlankNode | NamedNode) -> Term | None:
        return next((quad.object for quad in self._store.quads_for_pattern(result, _FOCUS, None)), None)

    def _about(self, result: BlankNode | NamedNode) -> set[Triple]:
        """The result's triples, with those of the blank nodes that it leads to."""
        found: set[Triple] = set()
        seen: set[BlankNode | NamedNode] = set()
        waiting = [result]
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            for quad in self._store.quads_for_pattern(node, None, None):
                found.add(quad.triple)
                if isinstance(quad.object, BlankNode):
                    waiting.append(quad.object)
        return found


def _written(results: Iterable[tuple[BlankNode | NamedNode, set[Triple]]]) -> str:
    """The report that holds *results* (SHACL, section 3.6.1)."""
    report = BlankNode()
    triples: set[Triple] = {Triple(report, _TYPE, NamedNode(SH + "ValidationReport"))}
    conforms = True
    for result, about in results:
        conforms = False
        triples |= about | {Triple(report, _RESULT, result)}
    triples.add(Triple(report, NamedNode(SH + "conforms"), RdfLiteral(conforms)))
    ordered = sorted(triples, key=str)
    return (serialize(ordered, format=RdfFormat.TURTLE, prefixes={"sh": SH, "xsd": PREFIXES["xsd"]}) or b"").decode()
