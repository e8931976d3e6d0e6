"""How the rest of the service reads the graph: SELECT, ASK and CONSTRUCT against the release being served.

``api``, ``pages`` and ``linked_data`` depend on :class:`GraphReader` alone, so that they neither know nor care whether
a local worker process or a remote endpoint evaluates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """An RDF term of a query solution (SPARQL 1.1 Query Results JSON Format, section 3.2.2)."""

    kind: Literal["uri", "literal", "bnode"]
    value: str
    language: str | None = None
    datatype: str | None = None


SolutionRow = Mapping[str, QueryTerm]


class GraphReader(Protocol):
    """Reads from one release; every method raises :class:`~jwpgraph.problems.ProblemError` when a limit is broken."""

    @property
    def release_number(self) -> int:
        """The number of the release that answers."""

    async def select(self, query: str) -> list[SolutionRow]:
        """The solutions of a SELECT query, in order; unbound variables are absent from a row."""

    async def ask(self, query: str) -> bool:
        """The answer of an ASK query."""

    async def construct(self, query: str, media_type: str = "application/n-triples") -> bytes:
        """The graph of a CONSTRUCT or DESCRIBE query, serialised as *media_type*."""
