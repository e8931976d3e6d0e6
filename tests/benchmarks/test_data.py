"""The generated data: the same bytes each time, as much as was asked for, and fit to be published."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from benchmarks.answers import canonical, size
from benchmarks.data import Population, write
from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, Store

from benchmarks import queries
from jwpgraph.operations.builder_factory import make_builder
from jwpgraph.releases.changes import LoadGraphs, Payload
from jwpgraph.settings import Settings
from jwpgraph.vocabulary import make_graph_iri


def _written(path: Path, target: int, seed: int = 1) -> tuple[str, Population]:
    population = write(path, target, seed=seed)
    return hashlib.sha256(path.read_bytes()).hexdigest(), population


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first, population = _written(tmp_path / "first.nt", 10_000)
    second, again = _written(tmp_path / "second.nt", 10_000)
    other, _ = _written(tmp_path / "other.nt", 10_000, seed=2)
    assert first == second
    assert population == again
    assert other != first


def test_more_data_begins_with_the_same_data(tmp_path: Path) -> None:
    _, small = _written(tmp_path / "small.nt", 10_000)
    _, large = _written(tmp_path / "large.nt", 20_000)
    assert (tmp_path / "large.nt").read_bytes().startswith((tmp_path / "small.nt").read_bytes())
    assert large.species[: len(small.species)] == small.species


@pytest.mark.parametrize("target", [10_000, 30_000])
def test_the_amount_is_what_was_asked_for(tmp_path: Path, target: int) -> None:
    _, population = _written(tmp_path / "data.nt", target)
    store = Store()
    store.bulk_load(path=str(tmp_path / "data.nt"), format=RdfFormat.N_TRIPLES)
    assert len(store) == population.triples
    assert target <= population.triples < target + 4_000


@pytest.fixture(scope="module")
def generated(published: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Population]:
    folder = tmp_path_factory.mktemp("benchmarks")
    population = write(folder / "generated.nt", 12_000)
    builder = make_builder(Settings(data_dir=shutil.copytree(published, folder / "data")))
    graph = make_graph_iri("generated")
    payload = Payload(folder / "generated.nt", "application/n-triples", base_iri=graph, name="generated.nt")
    release = builder.build(LoadGraphs(((graph, payload),)))
    return Store.read_only(str(release.store_path)), population


def test_it_passes_the_shipped_shapes(generated: tuple[Store, Population]) -> None:
    store, population = generated
    found = store.query(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{make_graph_iri('generated')}> {{ ?s ?p ?o }} }}")
    assert isinstance(found, QuerySolutions)
    assert int(next(found)["n"].value) == population.triples


@pytest.mark.parametrize("kind", queries.KINDS, ids=lambda kind: kind.name)
def test_every_kind_of_query_finds_something(generated: tuple[Store, Population], kind: queries.Kind) -> None:
    store, population = generated
    format_ = QueryResultsFormat.JSON if kind.form == "solutions" else RdfFormat.N_TRIPLES
    bodies = [store.query(text).serialize(format=format_) for text in queries.hot(kind, population)]  # type: ignore[arg-type]
    sizes = [size(canonical(kind, body or b"")) for body in bodies]
    # Some countries have no species of some Appendix; most questions have an answer.
    assert sum(map(bool, sizes)) >= len(sizes) / 2


@pytest.mark.parametrize("kind", queries.KINDS, ids=lambda kind: kind.name)
def test_unique_queries_are_unique(tmp_path: Path, kind: queries.Kind) -> None:
    population = write(tmp_path / "data.nt", 10_000)
    first, second = (queries.unique(kind, population, seed=seed) for seed in (1, 2))
    texts = [next(stream) for stream in (first, second) for _ in range(200)]
    assert len(set(texts)) == len(texts)
    assert not any("<<" in text for text in texts)
    hot = queries.hot(kind, population)
    assert hot == queries.hot(kind, population)
    assert not set(hot) & set(texts)
