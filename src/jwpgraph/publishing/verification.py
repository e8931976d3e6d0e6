"""Verification of a target: number of triples per graph, and examples of differences.

An engine may normalise numbers and dates (as Virtuoso does). Two triples can then become one, and counts differ
although nothing was lost. The examples show this.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Store

from jwpgraph.problems import ProblemError
from jwpgraph.publishing.connection import TargetConnection
from jwpgraph.publishing.graph_comparison import GraphComparison, compare_graph

#: Maximum number of triples of a graph that is fetched for examples.
_LARGEST: Final = 200_000


@dataclass(frozen=True, slots=True)
class GraphCount:
    """The number of triples of a graph in the release and at the target, with a comparison if they differ."""

    graph: str
    here: int
    there: int
    comparison: GraphComparison | None = None


async def verify_target(
    connection: TargetConnection, store: Store, expected: Iterable[tuple[str, int]]
) -> list[GraphCount]:
    """Count the triples of graphs at a target, and compare graphs with different counts.

    Args:
        connection: the target.
        store: the store of the release.
        expected: graphs with their numbers of triples in the release.

    Raises:
        ProblemError: as :meth:`.TargetConnection.select`.
    """
    return [await _verify_graph(connection, store, graph, here) for graph, here in expected]


async def _verify_graph(connection: TargetConnection, store: Store, graph: str, here: int) -> GraphCount:
    there = await count_triples(connection, graph)
    if there == here or max(here, there) > _LARGEST:
        return GraphCount(graph, here, there)
    return GraphCount(graph, here, there, await compare_graph(connection, store, graph, there))


async def count_triples(connection: TargetConnection, graph: str) -> int:
    """Return the number of triples of a graph at a target; raises the problems of :meth:`.TargetConnection.select`."""
    rows = await connection.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}", "n")
    try:
        return int(rows[0]["n"].value)
    except (LookupError, ValueError):
        detail = f"{connection.endpoints.query} does not return the number of triples of {graph}"
        raise ProblemError("target-failed", "The target failed", detail, status=502) from None
