"""Which triples of a graph are here alone and at the target alone, to show why counts differ.

Triples with blank nodes are left out: the target has labels of its own for them.
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
    """What one side alone has: how many triples without blank nodes, and a few of them as N-Triples."""

    number: int
    examples: tuple[str, ...]

    @classmethod
    def of(cls, triples: AbstractSet[Triple]) -> ComparedSide:
        """The side that has *triples* alone."""
        return cls(len(triples), tuple(f"{triple} ." for triple in sorted(triples, key=str)[:_EXAMPLES]))


@dataclass(frozen=True, slots=True)
class GraphComparison:
    """How a graph differs between the release and the target."""

    here: ComparedSide
    there: ComparedSide


async def compare_graph(connection: TargetConnection, store: Store, graph: str, there: int) -> GraphComparison | None:
    """Fetch a graph and hold it against the release's.

    Args:
        connection: the target.
        store: the release's.
        graph: its IRI.
        there: how many triples the target counts in it.

    Returns:
        ``None`` where the graph is too large, or the target does not hand out as much as it counts.
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
        ComparedSide.of(_ground_triples(held - fetched)), ComparedSide.of(_ground_triples(fetched - held))
    )


def _ground_triples(triples: AbstractSet[Triple]) -> set[Triple]:
    return {one for one in triples if not isinstance(one.subject, BlankNode) and not isinstance(one.object, BlankNode)}
