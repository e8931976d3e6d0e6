"""What the tests of the ontology share: the project's files, read as RDF and as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Store, Triple, parse
from rdflib import Graph

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the project."""
    return ROOT


@pytest.fixture(scope="session")
def ontology_file() -> Path:
    """The file that defines the terms."""
    return ROOT / "ontology/jwp.ttl"


@pytest.fixture(scope="session")
def scheme_files() -> list[Path]:
    """The SKOS schemes, one a file."""
    return sorted((ROOT / "ontology/schemes").glob("*.ttl"))


@pytest.fixture(scope="session")
def source_files() -> list[Path]:
    """Every shipped Turtle file that becomes a named graph."""
    return [path for folder in ("ontology", "data/ttl") for path in sorted((ROOT / folder).rglob("*.ttl"))]


@pytest.fixture(scope="session")
def statements(source_files: list[Path]) -> dict[Path, list[Triple]]:
    """The triples of each source as they are written, repetitions included."""
    return {path: list(_triples(path)) for path in source_files}


def _triples(path: Path) -> Iterator[Triple]:
    for quad in parse(path=str(path), format=RdfFormat.TURTLE):
        yield quad.triple


@pytest.fixture(scope="session")
def ontology(ontology_file: Path) -> Graph:
    """The ontology alone."""
    return Graph().parse(ontology_file)


@pytest.fixture(scope="session")
def schemes(scheme_files: list[Path]) -> Graph:
    """All schemes together."""
    graph = Graph()
    for path in scheme_files:
        graph.parse(path)
    return graph


@pytest.fixture(scope="session")
def union(source_files: list[Path]) -> Graph:
    """All sources together."""
    graph = Graph()
    for path in source_files:
        graph.parse(path)
    return graph


@pytest.fixture
def union_store(source_files: list[Path]) -> Store:
    """All sources together in a store of the test's own, for SPARQL."""
    store = Store()
    for path in source_files:
        store.load(path=str(path), format=RdfFormat.TURTLE)
    return store
