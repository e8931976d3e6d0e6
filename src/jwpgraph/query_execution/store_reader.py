"""Queries on a release's store in this process, for the command line and producers."""

from __future__ import annotations

from pyoxigraph import BlankNode, NamedNode, QueryBoolean, QuerySolutions, QueryTriples, RdfFormat, Store

from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.vocabulary import PREFIXES

_XSD_STRING = PREFIXES["xsd"] + "string"


class StoreReader:
    """Reads from the store of a release in this process.

    Args:
        store: opened read-only.
        release_number: the number of the release.
    """

    def __init__(self, store: Store, release_number: int) -> None:
        self._store = store
        self.release_number = release_number

    async def select(self, query: str) -> list[SolutionRow]:
        """Return the solutions of a SELECT query."""
        solutions = self._store.query(query)
        if not isinstance(solutions, QuerySolutions):
            raise TypeError("a SELECT query was expected")
        names = [variable.value for variable in solutions.variables]
        return [
            {name: _make_term(value) for name, value in zip(names, row, strict=True) if value is not None}
            for row in solutions
        ]

    async def ask(self, query: str) -> bool:
        """Return the result of an ASK query."""
        answer = self._store.query(query)
        return isinstance(answer, QueryBoolean) and bool(answer)

    async def construct(self, query: str, media_type: str = "application/n-triples") -> bytes:
        """Return the graph of a CONSTRUCT query."""
        triples = self._store.query(query)
        if not isinstance(triples, QueryTriples):
            raise TypeError("a CONSTRUCT query was expected")
        return triples.serialize(format=RdfFormat.from_media_type(media_type)) or b""


def _make_term(value: object) -> QueryTerm:
    if isinstance(value, NamedNode):
        return QueryTerm("uri", value.value)
    if isinstance(value, BlankNode):
        return QueryTerm("bnode", value.value)
    text, language, datatype = (getattr(value, name) for name in ("value", "language", "datatype"))
    plain = language or datatype.value == _XSD_STRING
    return QueryTerm("literal", text, language, None if plain else datatype.value)
