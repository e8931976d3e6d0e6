"""The interface through which the service reads the graph: SELECT, ASK and CONSTRUCT on the current release.

API, pages and linked data depend only on :class:`GraphReader`, whether queries are evaluated by local workers
(:mod:`.local_reader`) or by a remote endpoint (:mod:`.remote_reader`).
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
    """Reads the current release; methods raise :class:`~jwpgraph.problems.ProblemError` if a limit is exceeded."""

    @property
    def release_number(self) -> int:
        """The number of the current release."""

    async def select(self, query: str) -> list[SolutionRow]:
        """Return the solutions of a SELECT query, in order; rows have no entries for unbound variables."""

    async def ask(self, query: str) -> bool:
        """Return the result of an ASK query."""

    async def construct(self, query: str, media_type: str = "application/n-triples") -> bytes:
        """Return the graph of a CONSTRUCT or DESCRIBE query, serialised as *media_type*."""
