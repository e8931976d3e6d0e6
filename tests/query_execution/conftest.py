"""Small releases, and a worker pool with real processes that must leave nothing behind."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from jwpgraph.query_execution.limits import MIB, QueryLimits
from jwpgraph.query_execution.pool import WorkerPool
from jwpgraph.releases.asserted import make_asserted
from jwpgraph.releases.release import Release
from jwpgraph.vocabulary import ENTAILED_GRAPH

EX = "https://example.org/"
Scenario = Callable[[WorkerPool], Awaitable[None]]
MakeRelease = Callable[..., Release]


def make_release(folder: Path, number: int, graphs: dict[str, Iterable[tuple[object, object, object]]]) -> Release:
    """A release on disk as the release builder lays it out: named graphs and their union in the default graph."""
    release = Release(number, folder)
    folder.mkdir(parents=True)
    store = Store(str(release.store_path))
    union = set()
    asserted: list[tuple[object, object, object]] = []
    for name, triples in graphs.items():
        stated = list(triples)
        store.extend(Quad(s, p, o, NamedNode(name)) for s, p, o in stated)
        union.update(stated)
        if name != ENTAILED_GRAPH:
            asserted += stated
    store.extend(Quad(s, p, o, DefaultGraph()) for s, p, o in union)
    if len(set(asserted)) < len(asserted):
        make_asserted(store, release.asserted_path)
    store.flush()
    return release


@pytest.fixture(name="make_release")
def make_release_fixture(tmp_path: Path) -> MakeRelease:
    """Makes further releases below the test's own folder."""

    def make(number: int, graphs: dict[str, Iterable[tuple[object, object, object]]]) -> Release:
        return make_release(tmp_path / f"{number:06d}", number, graphs)

    return make


@pytest.fixture(scope="session")
def numbers_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Two thousand numbered things, enough for products that never end."""
    value = NamedNode(EX + "value")
    triples = [(NamedNode(f"{EX}thing/{i}"), value, Literal(i)) for i in range(2000)]
    return make_release(tmp_path_factory.mktemp("numbers") / "000001", 1, {EX + "graph/numbers": triples})


@pytest.fixture(scope="session")
def graphs_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Two asserted graphs that share a triple, and an entailed one."""
    label, falcon = NamedNode(EX + "label"), NamedNode(EX + "falcon")
    shared = (falcon, label, Literal("Saker Falcon", language="en"))
    graphs = {
        EX + "graph/a": [shared, (falcon, label, Literal("Faucon sacre", language="fr"))],
        EX + "graph/b": [shared, (falcon, NamedNode(EX + "weight"), Literal(1100))],
        ENTAILED_GRAPH: [(falcon, NamedNode(EX + "kind"), NamedNode(EX + "Bird"))],
    }
    return make_release(tmp_path_factory.mktemp("graphs") / "000007", 7, graphs)


@pytest.fixture
def with_pool() -> Callable[..., None]:
    """Runs a scenario against a started pool, and sees that no process, descriptor or query outlives it."""

    def run(release: Release, scenario: Scenario, limits: QueryLimits | None = None) -> None:
        async def main() -> None:
            pool = WorkerPool(limits or QueryLimits(timeout=10, memory=512 * MIB, workers=2))
            await pool.start(release)
            spawner = pool.spawner_id
            try:
                await scenario(pool)
                assert pool.describe_queries() == []
            finally:
                await pool.stop()
            assert spawner is not None
            assert str(spawner) not in os.listdir("/proc")  # noqa: PTH208 - names are all that is asked for

        before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names are all that is asked for
        asyncio.run(main())
        assert len(set(os.listdir("/proc/self/fd"))) <= len(before) + 1  # noqa: PTH208 - names are all that is asked for

    return run
