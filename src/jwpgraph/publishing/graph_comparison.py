"""Comparison of a graph in the release and at the target, to explain different counts.

Triples with blank nodes are excluded, because the target uses its own labels.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Store, Triple, parse

from jwpgraph.problems import ProblemError
from jwpgraph.publishing.connection import TargetConnection

_EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """The number of triples, without blank nodes, that only one side has, and a few examples as N-Triples."""

    number: int
    examples: tuple[str, ...]

    @classmethod
    def of(cls, triples: AbstractSet[Triple]) -> ComparedSide:
        """Return the side that alone has *triples*."""
        return cls(len(triples), tuple(f"{triple} ." for triple in sorted(triples, key=str)[:_EXAMPLES]))


@dataclass(frozen=True, slots=True)
class GraphComparison:
    """The differences of a graph between the release and the target."""

    here: ComparedSide
    there: ComparedSide


async def compare_graph(connection: TargetConnection, store: Store, graph: str, there: int) -> GraphComparison | None:
    """Fetch a graph and compare it with the release.

    Args:
        connection: the target.
        store: the store of the release.
        graph: the IRI of the graph.
        there: the number of triples that the target reports.

    Returns:
        The differences; ``None`` if the graph is too large, or the target returns another number of triples.
    """
    try:
        text, media_type = await connection.fetch(graph)
        form = RdfFormat.from_media_type(media_type)
        if form is None:
            return None
        fetched = {quad.triple for quad in parse(text, format=form, base_iri=graph)}
    except (ProblemError, SyntaxError, ValueError):
        return None
    if len(fetched) != there:
        return None
    held = {quad.triple for quad in store.quads_for_pattern(None, None, None, NamedNode(graph))}
    return GraphComparison(
        ComparedSide.of(_make_ground_triples(held - fetched)), ComparedSide.of(_make_ground_triples(fetched - held))
    )


def _make_ground_triples(triples: AbstractSet[Triple]) -> set[Triple]:
    return {
        triple
        for triple in triples
        if not isinstance(triple.subject, BlankNode) and not isinstance(triple.object, BlankNode)
    }
