"""The interface through which the service reads the graph: SELECT, ASK and CONSTRUCT on the current release.

API, pages and linked data depend only on :class:`GraphReader`, whether queries are evaluated by local workers
(:mod:`.local_reader`) or by a remote endpoint (:mod:`.remote_reader`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import pyoxigraph as ox


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
        """Return the number of the current release."""

    async def select(self, query: str) -> list[SolutionRow]:
        """Return the solutions of a SELECT query, in order; rows have no entries for unbound variables."""

    async def ask(self, query: str) -> bool:
        """Return the result of an ASK query."""

    async def construct(self, query: str, media_type: str = "application/n-triples") -> bytes:
        """Return the graph of a CONSTRUCT or DESCRIBE query, serialised as *media_type*."""


@runtime_checkable
class BindingReader(Protocol):
    """Evaluates a SELECT query whose variables are given values."""

    async def select_bound(
        self, query: str, bindings: Mapping[str, QueryTerm], seconds: float | None = None
    ) -> list[SolutionRow]:
        """Return the solutions of a SELECT query with terms bound to some of its variables.

        Args:
            query: its text; it must project every variable of *bindings*.
            bindings: the terms by variable name; they are passed to the engine as terms, not as text.
            seconds: time limit of the query, at most that of the setting.

        Raises:
            ProblemError: a limit was broken.
        """


def make_term(
    kind: str, value: str, language: str | None = None, datatype: str | None = None
) -> ox.NamedNode | ox.Literal:
    """Return the engine's term for the members of a :class:`QueryTerm`.

    Raises:
        ValueError: a blank node, an invalid IRI or an invalid language tag.
    """
    if kind == "uri":
        return ox.NamedNode(value)
    if kind != "literal":
        raise ValueError("only IRIs and literals can be bound")
    if language:
        return ox.Literal(value, language=language)
    return ox.Literal(value, datatype=ox.NamedNode(datatype)) if datatype else ox.Literal(value)
