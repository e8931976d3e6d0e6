"""Whether a target holds what was published: triples counted graph by graph, and examples where the counts differ.

An engine may write numbers and dates in a form of its own (Virtuoso does); then two triples can become one, and counts
differ although nothing was lost. Examples show it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jwpgraph.operations.publishing.connection import Connection
from jwpgraph.problems import Problem


@dataclass(frozen=True, slots=True)
class Count:
    """The triples of a graph in the release and at the target."""

    graph: str
    here: int
    there: int


async def count(connection: Connection, expected: Iterable[tuple[str, int]]) -> list[Count]:
    """Count the triples of graphs at a target.

    Args:
        connection: the target.
        expected: each graph, and how many triples it has here.

    Raises:
        Problem: as :meth:`Connection.select`.
    """
    return [Count(graph, here, await _count(connection, graph)) for graph, here in expected]


async def _count(connection: Connection, graph: str) -> int:
    rows = await connection.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}", "n")
    try:
        return int(rows[0]["n"].value)
    except (LookupError, ValueError):
        detail = f"{connection.endpoints.query} does not say how many triples {graph} has"
        raise Problem("target-failed", "The target failed", detail, status=502) from None
