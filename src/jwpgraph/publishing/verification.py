"""Whether a target holds what was published: triples counted graph by graph, and examples where the counts differ.

An engine may write numbers and dates in a form of its own (Virtuoso does); then two triples can become one, and counts
differ although nothing was lost. Examples show it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Store

from jwpgraph.problems import ProblemError
from jwpgraph.publishing.connection import TargetConnection
from jwpgraph.publishing.graph_comparison import GraphComparison, compare_graph

#: Larger graphs are not fetched for the sake of examples.
_LARGEST: Final = 200_000


@dataclass(frozen=True, slots=True)
class GraphCount:
    """The triples of a graph in the release and at the target, and where the numbers differ, how the two compare."""

    graph: str
    here: int
    there: int
    comparison: GraphComparison | None = None


async def verify_target(
    connection: TargetConnection, store: Store, expected: Iterable[tuple[str, int]]
) -> list[GraphCount]:
    """Count the triples of graphs at a target, and compare those graphs that have not as many as here.

    Args:
        connection: the target.
        store: the release's.
        expected: each graph, and how many triples it has here.

    Raises:
        ProblemError: as :meth:`TargetConnection.select`.
    """
    return [await _verify_graph(connection, store, graph, here) for graph, here in expected]


async def _verify_graph(connection: TargetConnection, store: Store, graph: str, here: int) -> GraphCount:
    there = await count_triples(connection, graph)
    if there == here or max(here, there) > _LARGEST:
        return GraphCount(graph, here, there)
    return GraphCount(graph, here, there, await compare_graph(connection, store, graph, there))


async def count_triples(connection: TargetConnection, graph: str) -> int:
    """How many triples a graph has at a target; raises as :meth:`TargetConnection.select`."""
    rows = await connection.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}", "n")
    try:
        return int(rows[0]["n"].value)
    except (LookupError, ValueError):
        detail = f"{connection.endpoints.query} does not say how many triples {graph} has"
        raise ProblemError("target-failed", "The target failed", detail, status=502) from None
