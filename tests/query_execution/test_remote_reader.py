"""Reading through another endpoint: its answers as they come, those of Virtuoso and those that are none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.query_execution.remote_reader import RemoteGraphReader
from jwpgraph.query_execution.virtuoso_terms import normalise_term

YES = b'{"head": {"vars": ["__ASK_RETVAL"]}, "results": {"bindings": [{"__ASK_RETVAL": {"value": "1"}}]}}'
NO = b'{"head": {"link": [], "vars": ["__ASK_RETVAL"]}, "results": {"distinct": false, "bindings": []}}'


class Endpoint(ThreadingHTTPServer):
    """Gives the same answer to every query."""

    content = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/sparql"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        assert isinstance(self.server, Endpoint)
        self.wfile.write(self.server.content)

    def log_message(self, *_: object) -> None:
        """Tests say nothing."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def _read(url: str, method: str) -> object:
    queries = RemoteGraphReader(url, lambda: 1, timeout=10)
    try:
        return await getattr(queries, method)("ASK {}")
    finally:
        await queries.aclose()


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b'{"head": {}, "boolean": true}', True), (b'{"boolean": false}', False), (YES, True), (NO, False)],
)
def test_ask_returns_true_and_false(endpoint, content, expected):
    endpoint.content = content
    assert asyncio.run(_read(endpoint.url, "ask")) is expected


@pytest.mark.parametrize("method", ["ask", "select"])
@pytest.mark.parametrize("content", [b"<html>", b"{}", b"[]", b"7", b'{"results": {"bindings": [{"a": 1}]}}'])
def test_invalid_responses_are_problems(endpoint, content, method):
    endpoint.content = content
    with pytest.raises(ProblemError) as caught:
        asyncio.run(_read(endpoint.url, method))
    assert caught.value.slug == "backend-failed"


XSD = "http://www.w3.org/2001/XMLSchema#"
GEOMETRY = "http://www.openlinksw.com/schemas/virtrdf#Geometry"
WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"


@pytest.mark.parametrize(
    ("value", "datatype", "expected"),
    [
        ("1", XSD + "boolean", "true"),
        ("12", XSD + "duration", "P1Y"),
        ("14", XSD + "yearMonthDuration", "P1Y2M"),
        ("-1", XSD + "duration", "-P1M"),
        ("0", XSD + "duration", "P0M"),
        ("P1Y2M3DT4H", XSD + "duration", "P1Y2M3DT4H"),
        ("12", XSD + "integer", "12"),
        ("POINT(42.496898651123 8.6807298660278)", GEOMETRY, "POINT(42.4969 8.68073)"),
        ("POINT(-0.10000000149012 10)", GEOMETRY, "POINT(-0.1 10)"),
    ],
)
def test_literals_of_virtuoso_are_as_published(value, datatype, expected):
    term = normalise_term(QueryTerm("literal", value, None, datatype))
    assert (term.value, term.datatype) == (expected, WKT if datatype == GEOMETRY else datatype)
