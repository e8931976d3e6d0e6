"""Queries passed on to another endpoint: limits hold, and an answer that is not whole never looks whole."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.limits import QueryLimits
from jwpgraph.query_execution.query_task import QueryRequest, ResultTruncatedError
from jwpgraph.query_execution.serialization import RESULTS_JSON, RESULTS_XML, ResultKind
from jwpgraph.sparql_protocol.remote_queries import RemoteQueries

VIRTUOSO_YES = b'{"head": {"vars": ["__ASK_RETVAL"]}, "results": {"bindings": [{"__ASK_RETVAL": {"value": "1"}}]}}'
VIRTUOSO_NO = b'{"head": {"link": [], "vars": ["__ASK_RETVAL"]}, "results": {"distinct": false, "bindings": []}}'


class Endpoint(ThreadingHTTPServer):
    """Gives the same answer to every query, and may stop in the middle."""

    daemon_threads = True
    status = 200
    content: tuple[bytes, ...] = (b"s\n", b"1\n")
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/csv; charset=utf-8"),)
    announced: int | None = None
    #: The limit that it states for the rows of SELECT, beside other headers.
    rows: str | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients leave before the end
        self.asked: list[tuple[dict[str, list[str]], str]] = []


def body_of(form: str) -> str:
    return parse_qs(form)["query"][0]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Endpoint)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        server.asked.append((parse_qs(body), self.headers["Accept"]))
        self.send_response(server.status)
        length = sum(map(len, server.content)) if server.announced is None else server.announced
        limit = [("X-SPARQL-MaxRows", server.rows)] if server.rows and "SELECT ?s { ?s ?p ?o }" in body_of(body) else []
        for name, value in (*server.headers, *limit, ("Content-Length", str(length))):
            self.send_header(name, value)
        self.end_headers()
        for piece in server.content or (b"",):
            self.wfile.write(piece)
            self.wfile.flush()
            server.goes_on.wait(10)

    def log_message(self, *_: object) -> None:
        """Tests say nothing."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.goes_on.set()
        server.shutdown()
        thread.join()


@dataclass
class Client:
    """Collects a response."""

    messages: list[Any] = field(default_factory=list)

    async def send(self, message: Any) -> None:
        self.messages.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    @property
    def is_whole(self) -> bool:
        return bool(self.messages) and not self.messages[-1].get("more_body", False)


def ask(
    endpoint: Endpoint,
    kind: ResultKind = "solutions",
    limits: QueryLimits | None = None,
    method: str = "GET",
    times: int = 1,
    **request: Any,
) -> tuple[Client, list[BaseException]]:
    """Return the response, and what was raised, to a query that is sent once or several times at once."""
    client = Client()
    url = f"http://127.0.0.1:{endpoint.server_port}/sparql"
    scope = {"type": "http", "method": method, "headers": [], "client": ("192.0.2.1", 1)}
    query = QueryRequest(**{"text": "SELECT ?s {}", "solution_types": ("text/csv",), **request})

    async def main() -> list[Any]:
        remote = RemoteQueries(url, limits or QueryLimits(timeout=20))
        try:
            calls = [remote.answer(query, kind, scope, client.send, []) for _ in range(times)]
            return await asyncio.gather(*calls, return_exceptions=True)
        finally:
            await remote.aclose()

    return client, [error for error in asyncio.run(main()) if error is not None]


def slug(errors: list[BaseException]) -> str:
    (error,) = errors
    assert isinstance(error, ProblemError)
    return error.slug


def test_a_result_is_passed_on(endpoint: Endpoint) -> None:
    client, errors = ask(
        endpoint, default_graphs=("urn:a", "urn:b"), named_graphs=("urn:c",), base_iri="http://host/sparql"
    )
    assert errors == []
    assert (client.body, client.is_whole) == (b"s\n1\n", True)
    assert dict(client.messages[0]["headers"])[b"content-type"] == b"text/csv; charset=utf-8"
    asked = {
        "query": ["BASE <http://host/sparql>\nSELECT ?s {}"],
        "default-graph-uri": ["urn:a", "urn:b"],
        "named-graph-uri": ["urn:c"],
    }
    assert endpoint.asked == [(asked, "text/csv")]


def test_head_has_no_body(endpoint: Endpoint) -> None:
    client, errors = ask(endpoint, method="HEAD")
    assert (client.body, client.is_whole, errors) == (b"", True, [])


def test_other_names_of_a_format_are_asked_for_by_the_standard_one(endpoint: Endpoint) -> None:
    endpoint.headers = (("Content-Type", RESULTS_JSON),)
    client, errors = ask(endpoint, solution_types=("application/json",))
    assert errors == []
    assert endpoint.asked[0][1] == RESULTS_JSON
    assert dict(client.messages[0]["headers"])[b"content-type"] == b"application/json"


@pytest.mark.parametrize(
    ("content", "expected"), [(b'{"boolean": true}', b"true"), (VIRTUOSO_YES, b"true"), (VIRTUOSO_NO, b"false")]
)
@pytest.mark.parametrize("media_type", [RESULTS_JSON, RESULTS_XML, "text/xml"])
def test_yes_and_no_have_the_standard_form(
    endpoint: Endpoint, content: bytes, expected: bytes, media_type: str
) -> None:
    endpoint.headers, endpoint.content = (("Content-Type", RESULTS_JSON),), (content,)
    client, errors = ask(endpoint, "boolean", solution_types=(media_type,))
    assert errors == []
    written = b'"boolean":%s' if media_type == RESULTS_JSON else b"<boolean>%s</boolean>"
    assert written % expected in client.body


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (500, {}, "backend-failed"),
        (400, {}, "backend-failed"),
        (302, {"Location": "http://192.0.2.9/"}, "backend-failed"),
        (200, {"Content-Type": "text/html"}, "backend-failed"),
        (200, {"Content-Type": "text/csv", "X-SQL-State": "S1TAT"}, "backend-failed"),
        # As Virtuoso 7.2.5 does where it cuts a result, and only there.
        (200, {"Content-Type": "text/csv", "X-SPARQL-MaxRows": "10000"}, "backend-incomplete"),
    ],
)
def test_what_is_no_whole_result_is_a_problem(
    endpoint: Endpoint, status: int, headers: dict[str, str], expected: str
) -> None:
    endpoint.status, endpoint.headers = status, tuple(headers.items())
    client, errors = ask(endpoint)
    assert slug(errors) == expected
    assert client.messages == []


def test_an_endpoint_that_is_away_is_a_problem(endpoint: Endpoint) -> None:
    endpoint.server_close()
    assert slug(ask(endpoint)[1]) == "backend-unreachable"


def test_a_result_that_ends_too_early_does_not_look_whole(endpoint: Endpoint) -> None:
    endpoint.announced = 100
    client, (error,) = ask(endpoint)
    assert isinstance(error, ResultTruncatedError)
    assert not client.is_whole


def test_time_is_limited_before_and_after_the_first_byte(endpoint: Endpoint) -> None:
    endpoint.goes_on.clear()
    endpoint.content, endpoint.announced = (), 4
    assert slug(ask(endpoint, limits=QueryLimits(timeout=0.3))[1]) == "query-timeout"
    endpoint.content = (b"s\n", b"1\n")
    client, (error,) = ask(endpoint, timeout=0.3)
    assert isinstance(error, ResultTruncatedError)
    assert error.problem.slug == "query-timeout"
    assert not client.is_whole


def test_size_is_limited(endpoint: Endpoint) -> None:
    endpoint.content = (b"x" * 10_000,) * 20
    client, (error,) = ask(endpoint, limits=QueryLimits(result=100_000))
    assert isinstance(error, ProblemError | ResultTruncatedError)
    assert getattr(error, "problem", error).slug == "result-too-large"
    assert not client.is_whole
    assert len(client.body) <= 100_000


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (QueryLimits(per_client=2), "too-many-queries"),
        (QueryLimits(workers=1, queue_length=1), "overloaded"),
    ],
)
def test_queries_of_a_client_and_of_all_are_limited(endpoint: Endpoint, limits: QueryLimits, expected: str) -> None:
    _, errors = ask(endpoint, limits=limits, times=3)
    assert slug(errors) == expected


def test_entailments_cannot_be_left_out(endpoint: Endpoint) -> None:
    assert slug(ask(endpoint, entailment=False)[1]) == "bad-parameter"
    assert endpoint.asked == []


@pytest.mark.parametrize(("rows", "whole"), [(None, True), ("4", True), ("3", False)])
def test_a_graph_that_may_have_been_cut_is_a_problem(endpoint: Endpoint, rows: str | None, *, whole: bool) -> None:
    """Virtuoso 7.2.5 cuts graphs at ResultSetMaxRows triples, and says so for SELECT only."""
    endpoint.rows = rows
    endpoint.headers = (("Content-Type", "application/n-triples"),)
    endpoint.content = tuple(b"<urn:s> <urn:p> <urn:%d> .\n" % number for number in range(3))
    query = {"text": "CONSTRUCT WHERE { ?s ?p ?o }", "graph_types": ("application/n-triples",)}
    client, errors = ask(endpoint, "graph", **query)
    if whole:
        assert (errors, client.body) == ([], b"".join(endpoint.content))
    else:
        assert slug(errors) == "backend-incomplete"
        assert client.messages == []
