"""What several packages' tests read: the shipped sources as a release holds them, here or served by a process."""

from __future__ import annotations

import asyncio
import fcntl
import functools
import gc
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson
import pyoxigraph as ox
import pytest
from fastapi import FastAPI
from forked_command import ForkedCommand, run_command
from hypothesis import settings

from jwpgraph.entities.app_context import AppContext
from jwpgraph.operations.builder_factory import read_rules
from jwpgraph.query_execution.local_reader import parse_json_results
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow, make_term
from jwpgraph.releases import union
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.entailment import materialise_entailments
from jwpgraph.releases.incremental_reasoning import list_doubtful_entailments, renew_entailments
from jwpgraph.releases.release import Release
from jwpgraph.server.fastapi_app import create_fastapi_app
from jwpgraph.settings import Settings
from jwpgraph.validation.job_file import read_jobs
from jwpgraph.validation.service import ValidationService

TOKEN = "a-token-for-tests"

# How long an example takes depends on what else the machine does, and says nothing about what is tested.
settings.register_profile("jwpgraph", deadline=None)
settings.load_profile("jwpgraph")


class StoreQueries:
    """Reads from a store in this process, without limits."""

    def __init__(self, store: ox.Store, release_number: int = 1) -> None:
        self.store = store
        self.release_number = release_number
        self.asked: list[str] = []

    async def select(self, query: str) -> list[SolutionRow]:
        return await self.select_bound(query, {})

    async def select_bound(
        self, query: str, bindings: Mapping[str, QueryTerm], seconds: float | None = None
    ) -> list[SolutionRow]:
        self.asked.append(query)
        terms = {
            ox.Variable(name): make_term(term.kind, term.value, term.language, term.datatype)
            for name, term in bindings.items()
        }
        solutions = self.store.query(query, substitutions=terms) if terms else self.store.query(query)
        assert isinstance(solutions, ox.QuerySolutions)
        return parse_json_results(orjson.loads(solutions.serialize(format=ox.QueryResultsFormat.JSON)))

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


def restate(store: ox.Store, restated: union.UnionDifference) -> None:
    """Change what a store states as a small change does: entailments are made anew only where they must be."""
    rules = read_rules()
    doubtful = list_doubtful_entailments(store, rules, restated)
    union.restate(store, restated)
    if doubtful is None or renew_entailments(store, rules, restated, doubtful) is None:
        union.withdraw_entailments(store)
        materialise_entailments(store, rules)


# Tests keep taxonomies and stores of hundreds of thousands of objects, which collections would visit again and again:
# with the default thresholds some files take a fifth more time.
gc.set_threshold(100_000, 50, 50)


@functools.cache
def _shipped_quads(published: Path) -> bytes:
    """The published release with union and entailments, as N-Quads, which are quick to load again."""
    return _shipped_release(published).open_store().dump(format=ox.RdfFormat.N_QUADS)


def _shipped_release(published: Path) -> Release:
    release = ReleaseDirectory(published).current()
    assert release is not None
    return release


def load(published: Path) -> ox.Store:
    """The published release in memory."""
    store = ox.Store()
    store.bulk_load(_shipped_quads(published), format=ox.RdfFormat.N_QUADS, lenient=True)
    return store


def extend(published: Path, folder: Path, graph: str, turtle: str) -> ox.Store:
    """A store of the published release and of *turtle* in *graph*, with union and entailments.

    It is a clone of the release's store in *folder*, which takes 0.03 s; in memory where all entailments are made
    anew, which takes three times as long on disk.
    """
    _shipped_release(published).open_store().backup(str(folder))
    store = ox.Store(str(folder))
    restated = _add(store, graph, turtle)
    if list_doubtful_entailments(store, read_rules(), restated) is None:
        store = load(published)
        restated = _add(store, graph, turtle)
    restate(store, restated)
    return store


def _add(store: ox.Store, graph: str, turtle: str) -> union.UnionDifference:
    name = ox.NamedNode(graph)
    store.load(turtle.encode(), format=ox.RdfFormat.TURTLE, to_graph=name)
    added = {quad.triple for quad in store.quads_for_pattern(None, None, None, name)}
    return union.list_restated(store, store, added)


@pytest.fixture(scope="session")
def shipped_store(published: Path) -> ox.Store:
    """The shipped data as a release holds it, read-only."""
    return _shipped_release(published).open_store()


@pytest.fixture(scope="session", name="restate")
def restate_function() -> Callable[[ox.Store, union.UnionDifference], None]:
    """Changes what a store states, and the entailments with it."""
    return restate


@pytest.fixture
def queries(shipped_store: ox.Store) -> StoreQueries:
    """Reads from the shipped data."""
    return StoreQueries(shipped_store)


@pytest.fixture
def site(queries: StoreQueries) -> AppContext:
    """The service's views over the shipped data, without releases on disk."""
    return AppContext(queries)


@pytest.fixture(scope="session")
def lasting_site(shipped_store: ox.Store) -> AppContext:
    """As ``site``, for tests that ask so often that what is read once for a release must be kept."""
    return AppContext(StoreQueries(shipped_store))


@pytest.fixture(scope="session")
def site_with(published: Path, tmp_path_factory: pytest.TempPathFactory):
    """A function that gives the views over the shipped data and more Turtle in a graph of its own."""

    def make(turtle: str, graph: str = "https://w3id.org/jwpgraph/graph/test") -> AppContext:
        folder = tmp_path_factory.mktemp("extended") / "store"
        return AppContext(StoreQueries(extend(published, folder, graph, turtle)))

    return make


@dataclass(frozen=True)
class Client:
    """Asks an ASGI application, one request at a time; redirects are not followed."""

    app: FastAPI

    def request(self, method: str, url: str, **headers: str) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://jwp.example") as client:
                names = {name.replace("_", "-"): value for name, value in headers.items()}
                return await client.request(method, url, headers=names)

        return asyncio.run(send())

    def get(self, url: str, **headers: str) -> httpx.Response:
        return self.request("GET", url, **headers)


@pytest.fixture(scope="session")
def client_over(tmp_path_factory: pytest.TempPathFactory) -> Callable[[AppContext], Client]:
    """A function that gives a client of the service over a site, with a memory of validation that is empty."""

    def over(site: AppContext) -> Client:
        validation = ValidationService(ReleaseDirectory(tmp_path_factory.mktemp("data")), read_jobs(None))
        return Client(create_fastapi_app(site, validation, Settings(), None))

    return over


@pytest.fixture(scope="session")
def client(shipped_store: ox.Store, client_over: Callable[[AppContext], Client]) -> Client:
    """Asks the service over the shipped data; for tests that change nothing."""
    return client_over(AppContext(StoreQueries(shipped_store)))


@pytest.fixture
def own_client(site: AppContext, client_over: Callable[[AppContext], Client]) -> Client:
    """Asks a service of the test's own, over the ``site`` and ``queries`` that the test has."""
    return client_over(site)


@pytest.fixture(scope="session")
def client_with(site_with, client_over: Callable[[AppContext], Client]):
    """A function that gives a client of the service over the shipped data and more Turtle."""
    return lambda turtle: client_over(site_with(turtle))


@pytest.fixture
def empty_client(client_over: Callable[[AppContext], Client]) -> Client:
    """Asks a service over a release that holds nothing."""
    return client_over(AppContext(StoreQueries(ox.Store())))


@dataclass
class Served:
    """A running service."""

    url: str
    data_dir: Path
    process: ForkedCommand
    log: list[str]

    def client(self, *, token: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # Reading the certificates of authorities takes 30 ms of processor time, and the service speaks plain HTTP.
        return httpx.Client(base_url=self.url, headers=headers, timeout=120, verify=False)


@contextmanager
def serving(data_dir: Path, *arguments: str, **environment: str) -> Iterator[Served]:
    """Runs ``jwpgraph serve`` on a free port until the block ends."""
    variables = os.environ | {"JWPGRAPH_DATA_DIR": str(data_dir), "JWPGRAPH_ADMIN_TOKEN": TOKEN} | environment
    log: list[str] = []
    started = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        pipe = Path(folder) / "stderr"
        os.mkfifo(pipe)
        command = ["serve", "--port", "0", *arguments]
        process = ForkedCommand(command, variables, Path.cwd(), Path(os.devnull), pipe)
        errors = pipe.open(encoding="utf-8")

    def follow() -> None:
        for line in errors:
            log.append(line)
            if "startup complete" in line:
                started.set()
        started.set()

    reader = threading.Thread(target=follow, daemon=True)
    reader.start()
    try:
        assert started.wait(120), "the service did not start:\n" + "".join(log)
        address = re.search(r"http://\S+?:\d+", "".join(log))
        assert address is not None, "".join(log)
        yield Served(address[0], data_dir, process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(5)
        errors.close()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory on which the shipped data has been published, once for all test processes; tests copy it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / "published"
    with (shared / "published.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "CURRENT").exists():
            run_command("load", JWPGRAPH_DATA_DIR=str(folder)).check_returncode()
    return folder


@pytest.fixture(scope="session", name="shipped")
def shipped_service(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A running service with the shipped data; tests leave it as they find it."""
    folder = shutil.copytree(published, tmp_path_factory.mktemp("shipped") / "data")
    with serving(folder) as served:
        yield served


@pytest.fixture(scope="session")
def serving_at() -> Callable[..., AbstractContextManager[Served]]:
    """Starts services on data directories of the caller's choice."""
    return serving


@pytest.fixture
def serve(tmp_path: Path) -> Callable[..., AbstractContextManager[Served]]:
    """Starts further services: ``with serve("--empty", JWPGRAPH_QUERY_TIMEOUT="1") as served``."""

    def start(*arguments: str, **environment: str) -> AbstractContextManager[Served]:
        return serving(tmp_path / "data", *arguments, **environment)

    return start
