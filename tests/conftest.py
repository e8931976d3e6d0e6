"""What several packages' tests read: the shipped sources, loaded and entailed as a release holds them."""

from __future__ import annotations

from collections.abc import Sequence

import pyoxigraph as ox
import pytest

from jwpgraph.linked_data.site import Site
from jwpgraph.releases import union
from jwpgraph.releases.entailment import RuleSet, entail
from jwpgraph.shipped_files import shipped, sources
from jwpgraph.sparql.queries import Row, Term


class StoreQueries:
    """Reads from a store in this process, without limits."""

    def __init__(self, store: ox.Store, release_number: int = 1) -> None:
        self.store = store
        self.release_number = release_number
        self.asked: list[str] = []

    async def select(self, query: str) -> list[Row]:
        self.asked.append(query)
        solutions = self.store.query(query)
        assert isinstance(solutions, ox.QuerySolutions)
        names = [variable.value for variable in solutions.variables]
        return [
            {name: _term(value) for name, value in zip(names, solution, strict=True) if value is not None}
            for solution in solutions
        ]

    async def ask(self, query: str) -> bool:
        self.asked.append(query)
        return bool(self.store.query(query))

    async def construct(self, query: str, media_type: str = "application/n-triples") -> bytes:
        self.asked.append(query)
        triples = self.store.query(query)
        assert isinstance(triples, ox.QueryTriples)
        written = triples.serialize(format=ox.RdfFormat.from_media_type(media_type))
        assert written is not None
        return written


def _term(value: object) -> Term:
    if isinstance(value, ox.NamedNode):
        return Term("uri", value.value)
    if isinstance(value, ox.BlankNode):
        return Term("bnode", value.value)
    assert isinstance(value, ox.Literal)
    plain = value.language or value.datatype.value == "http://www.w3.org/2001/XMLSchema#string"
    return Term("literal", value.value, value.language, None if plain else value.datatype.value)


def load(texts: Sequence[tuple[str, str]] = ()) -> ox.Store:
    """A store of the shipped sources and of *texts* (graph IRI, Turtle), with union and entailments."""
    store = ox.Store()
    for graph, path in sources():
        store.bulk_load(path=path, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(graph))
    for graph, text in texts:
        store.load(text.encode(), format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(graph))
    union.rebuild(store)
    entail(store, RuleSet.read(shipped("queries/rules")))
    return store


@pytest.fixture(scope="session")
def shipped_store() -> ox.Store:
    """The shipped data as a release holds it; not to be changed."""
    return load()


@pytest.fixture
def queries(shipped_store: ox.Store) -> StoreQueries:
    """Reads from the shipped data."""
    return StoreQueries(shipped_store)


@pytest.fixture
def site(queries: StoreQueries) -> Site:
    """The service's views over the shipped data, without releases on disk."""
    return Site(queries)


@pytest.fixture
def site_with():
    """A function that gives the views over the shipped data and more Turtle in a graph of its own."""

    def make(turtle: str, graph: str = "https://w3id.org/jwpgraph/graph/test") -> Site:
        return Site(StoreQueries(load([(graph, turtle)])))

    return make
