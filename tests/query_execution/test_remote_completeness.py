"""Endpoints that cut answers short, or whose default graph is empty: everything is read, or the fault is said."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from pyoxigraph import Literal, NamedNode, Quad, QueryResultsFormat, Store

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.remote_reader import RemoteGraphReader

MOST_ROWS = 150
ALL = "PREFIX e: <http://e.org/> SELECT ?s ?o WHERE { ?s e:p ?o } # all of them"


class CuttingEndpoint(ThreadingHTTPServer):
    """A real store behind SPARQL Protocol that gives *most* rows and says nothing, as Virtuoso does."""

    daemon_threads = True

    def __init__(self, store: Store, most: int, *, union: bool = True, pages: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.store, self.most, self.union, self.pages = store, most, union, pages
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/sparql"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, CuttingEndpoint)
        query = parse_qs(urlsplit(self.path).query)["query"][0]
        server.asked.append(query)
        found = server.store.query(query, use_default_graph_as_union=server.union)
        document = orjson.loads(found.serialize(format=QueryResultsFormat.JSON))
        if "results" in document:
            bindings = document["results"]["bindings"][: server.most]
            paged = "OFFSET" in query or "MD5" in query
            document["results"]["bindings"] = bindings if server.pages or not paged else []
        self.send_response(200)
        self.end_headers()
        self.wfile.write(orjson.dumps(document))

    def log_message(self, *_: object) -> None:
        """Tests say nothing."""


@pytest.fixture
def serve() -> Iterator:
    servers = []

    def start(rows: int, **options: bool) -> CuttingEndpoint:
        store = Store()
        subject, predicate = NamedNode("http://e.org/s"), NamedNode("http://e.org/p")
        store.extend(Quad(subject, predicate, Literal(number), NamedNode("urn:g")) for number in range(rows))
        server = CuttingEndpoint(store, MOST_ROWS, **options)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return server

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def select(server: CuttingEndpoint, *queries: str) -> list[list[str]]:
    async def read() -> list[list[str]]:
        reader = RemoteGraphReader(server.url, lambda: 1, timeout=10)
        try:
            return [[row["o"].value for row in await reader.select(query)] for query in queries]
        finally:
            await reader.aclose()

    return asyncio.run(read())


@pytest.mark.parametrize("rows", [0, 1, MOST_ROWS - 1, MOST_ROWS, MOST_ROWS + 1, 3 * MOST_ROWS, 1000])
def test_all_solutions_are_read(serve, rows) -> None:
    (found,) = select(serve(rows), ALL)
    assert sorted(map(int, found)) == list(range(rows))


def test_the_order_is_kept(serve) -> None:
    (found,) = select(serve(400), "SELECT ?o WHERE { ?s ?p ?o } ORDER BY DESC(?o)")
    assert [int(value) for value in found] == list(reversed(range(400)))


def test_a_limit_is_kept(serve) -> None:
    (found,) = select(serve(1000), "SELECT ?o WHERE { ?s ?p ?o } ORDER BY ?o LIMIT 170 OFFSET 5")
    assert [int(value) for value in found] == list(range(5, 175))


def test_repeated_solutions_are_kept(serve) -> None:
    (found,) = select(serve(100), "SELECT ?o WHERE { ?s ?p ?o . VALUES ?n { 1 2 3 } }")
    assert sorted(map(int, found)) == sorted([*range(100)] * 3)


def test_a_result_that_cannot_be_read_in_parts_is_a_problem(serve) -> None:
    with pytest.raises(ProblemError) as caught:
        select(serve(400, pages=False), ALL)
    assert (caught.value.slug, caught.value.status) == ("backend-incomplete", 502)


def test_completeness_is_determined_once(serve) -> None:
    server = serve(120)
    select(server, *[ALL] * 5)
    assert len([query for query in server.asked if "COUNT" in query]) == 1


def test_an_empty_default_graph_is_a_problem(serve) -> None:
    with pytest.raises(ProblemError) as caught:
        select(serve(5, union=False), ALL)
    assert (caught.value.slug, caught.value.status) == ("backend-unsuitable", 502)
