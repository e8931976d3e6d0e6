"""How the rest of the service reads the graph: SELECT, ASK and CONSTRUCT against the release being served.

``api``, ``pages`` and ``linked_data`` depend on :class:`GraphReader` alone, so that they neither know nor care whether
a local worker process or a remote endpoint evaluates.
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
    """Reads from one release; every method raises :class:`~jwpgraph.problems.ProblemError` when a limit is broken."""

    @property
    def release_number(self) -> int:
        """The number of the release that answers."""

    async def select(self, query: str) -> list[SolutionRow]:
        """Return the solutions of a SELECT query, in order; unbound variables are absent from a row."""

    async def ask(self, query: str) -> bool:
        """The answer of an ASK query."""

    async def construct(self, query: str, media_type: str = "application/n-triples") -> bytes:
        """The graph of a CONSTRUCT or DESCRIBE query, serialised as *media_type*."""


@runtime_checkable
class BindingReader(Protocol):
    """Evaluates a SELECT query whose variables are given values."""

    async def select_bound(
        self, query: str, bindings: Mapping[str, QueryTerm], seconds: float | None = None
    ) -> list[SolutionRow]:
        """Return the solutions of a SELECT query in which variables stand for terms.

        Args:
            query: its text; it must project every variable of *bindings*.
            bindings: the terms by variable name. They reach the engine as terms and are no part of the text.
            seconds: how long the query may take, at most those of the setting.

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
