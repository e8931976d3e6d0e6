"""Hostile input: each gets an answer in time, the service stays up, and others are served all the while."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

LIMIT = 2
TRIPLES = "<urn:s{0}> <urn:p{1}> <urn:s{2}> . "


def _times(pattern: str, number: int) -> str:
    return "".join(pattern.format(index) for index in range(number))


QUERIES = {
    "nested braces": "SELECT * WHERE " + "{" * 20_000 + "}" * 20_000,
    "nested parentheses": "SELECT * { FILTER(" + "(" * 20_000 + "1" + ")" * 20_000 + ") }",
    "nested subselects": "SELECT * {" * 300 + "?s ?p ?o" + "}" * 300,
    "unbalanced": "SELECT * {" + "{" * 150,
    "negations": "SELECT (" + "!" * 50_000 + "1 AS ?x) {}",
    "additions": "SELECT (1" + "+1" * 20_000 + " AS ?x) {}",
    "unions": "SELECT * {" + " UNION ".join(["{?s ?p ?o}"] * 5000) + "}",
    "optionals": "SELECT * {" + _times("OPTIONAL {{?s{0} ?p{0} ?o{0}}} ", 300) + "}",
    "subtractions": "SELECT * {?s ?p ?o " + "MINUS {?a ?b ?c} " * 1500 + "}",
    "cartesian product": "SELECT * {?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l}",
    "cartesian product, ordered": "SELECT * {?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l} ORDER BY ?a ?d",
    "cartesian product, counted": "SELECT (COUNT(*) AS ?n) {?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l}",
    "cartesian product, grouped": "SELECT ?a ?d (COUNT(*) AS ?n) {?a ?b ?c . ?d ?e ?f . ?g ?h ?i} GROUP BY ?a ?d",
    "cartesian product, described": "DESCRIBE * {?a ?b ?c . ?d ?e ?f . ?g ?h ?i}",
    "cartesian product, constructed": "CONSTRUCT {?a ?p ?f} {?a ?b ?c . ?d ?p ?f . ?g ?h ?i}",
    "random order": "SELECT * {?a ?b ?c . ?d ?e ?f . ?g ?h ?i} ORDER BY RAND()",
    "one long string": "SELECT (GROUP_CONCAT(?c) AS ?x) {?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l}",
    "doubling strings": 'SELECT ?x40 { BIND("aaaaaaaaaaaaaaaa" AS ?x0) '
    + "".join(f"BIND(CONCAT(?x{index}, ?x{index}) AS ?x{index + 1}) " for index in range(40))
    + "}",
    "giant VALUES": "SELECT * { VALUES ?x {"
    + " ".join(map(str, range(60_000)))
    + "} VALUES ?y {"
    + "1 " * 60_000
    + "} }",
    "path explosion": "SELECT * {?a (<urn:x>|!<urn:x>)* ?b . ?b (!<urn:q>)* ?c . ?c (!<urn:z>)+ ?d}",
    "long path": "SELECT * {?s " + "/".join(["!<urn:x>"] * 300) + " ?o}",
    "exponential pattern": 'SELECT * {?s ?p ?o FILTER(REGEX("' + "a" * 5000 + '!", "^(a+)+$"))}',
    "exponential replacement": 'SELECT (REPLACE("' + "a" * 50_000 + '", "(a*)*b", "") AS ?x) {}',
    "repetition bomb": 'SELECT (REGEX("a", "((((a{1,100}){1,100}){1,100}){1,100})") AS ?x) {}',
    "nested EXISTS": "SELECT * {?s ?p ?o FILTER EXISTS {?a ?b ?c FILTER EXISTS {?d ?e ?f . ?g ?h ?i FILTER(?a=?i)}}}",
    "huge literal": 'SELECT ("' + "x" * 1_500_000 + '" AS ?x) {}',
    "huge number": "SELECT * {?s ?p ?o} LIMIT 99999999999999999999999",
    "negative limit": "SELECT * {?s ?p ?o} LIMIT -1",
    "long variable": "SELECT ?" + "x" * 200_000 + " {}",
    "many variables": "SELECT " + _times("?v{0} ", 20_000) + "{}",
    "many prefixes": _times("PREFIX p{0}: <urn:{0}> ", 20_000) + "ASK {}",
    "broken IRI": "SELECT * {<http://[" + "x" * 1000 + "> ?p ?o}",
    "service": "SELECT * {SERVICE <http://127.0.0.1:22/> {?s ?p ?o}}",
    "escaped service": "SELECT * {\\u0053ERVICE <http://127.0.0.1:22/> {?s ?p ?o}}",
    "long escaped service": "SELECT * {\\U00000053ERVICE SILENT <http://127.0.0.1:22/> {?s ?p ?o}}",
    "service by variable": "SELECT * {?x ?y ?z SERVICE ?x {?s ?p ?o}}",
    "lone surrogate": 'SELECT ("\\uD800" AS ?x) {}',
    "nul": 'SELECT ("\x00" AS ?x) {}',
    "nothing but comments": "#" + "x" * 500_000,
    "two queries": "ASK {} ASK {}",
}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, serving_at) -> Iterator:
    folder = tmp_path_factory.mktemp("hostile")
    with serving_at(folder / "data", "--empty", JWPGRAPH_QUERY_TIMEOUT=str(LIMIT)) as served:
        rows = "".join(TRIPLES.format(index, index % 7, index * 7 % 400) for index in range(400))
        with served.client(token="a-token-for-tests") as client:
            assert client.post("/sparql", data={"update": f"INSERT DATA {{ {rows} }}"}).is_success
        yield served


@pytest.mark.parametrize("name", QUERIES)
def test_a_hostile_query_is_answered_in_time(target, name):
    with target.client() as client:
        before = _seconds_of_queries(client)
        try:
            answer = client.post("/sparql", data={"query": QUERIES[name]})
        except httpx.RemoteProtocolError:
            answer = None
        if answer is not None and answer.status_code != 200:
            assert answer.status_code in {400, 403, 413, 500, 503}, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["detail"]
        assert client.get("/sparql", params={"query": "ASK {}"}).json()["boolean"] is True
        # By the service's own account, which a client that gets no turn on a busy machine does not disturb.
        assert _seconds_of_queries(client) - before < LIMIT + 1


def _seconds_of_queries(client: httpx.Client) -> float:
    """Seconds from arrival to end of all queries that have been evaluated."""
    metrics = client.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in metrics if line.startswith("jwpgraph_query_seconds_sum"))


def test_others_are_served_meanwhile(target):
    hostile_client, other_client = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.2"}

    async def main() -> None:
        async with httpx.AsyncClient(base_url=target.url, timeout=60) as client:
            hostile = [
                asyncio.create_task(client.post("/sparql", data={"query": query}, headers=hostile_client))
                for name, query in QUERIES.items()
                if "product" in name
            ]
            for index in range(60):
                query = f"SELECT * {{ <urn:s{index}> ?p ?o }}"
                answer = await client.get("/sparql", params={"query": query}, headers=other_client)
                statuses.append(answer.status_code)
            await asyncio.gather(*hostile, return_exceptions=True)

    statuses: list[int] = []
    asyncio.run(main())
    assert statuses == [200] * 60


def _raw(target, *pieces: bytes, wait: float = 10) -> bytes:
    address = urlsplit(target.url)
    with socket.create_connection((address.hostname, address.port), timeout=wait) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = b""
        try:
            while piece := connection.recv(65_536):
                answer += piece
                if b"\r\n\r\n" in answer and b"connection: close" not in answer.lower():
                    break
        except (TimeoutError, ConnectionResetError):
            pass
        return answer


GET = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ([GET, *([b"X: " + b"y" * 1000 + b"\r\n"] * 200), b"\r\n"], b"431"),
        ([GET, *(f"X{index}: y\r\n".encode() for index in range(500)), b"\r\n"], b"431"),
        ([b"GET /" + b"x" * 4_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"], b"414"),
        ([b"\x16\x03\x01 not http\r\n\r\n"], b"400"),
        ([b"GET /healthz HTTP/1.1\r\n\r\n"], b"400"),
        ([GET + b"Host: y\r\n\r\n"], b"400"),
        ([GET.replace(b"Host: x", b"Host: x, evil.example") + b"\r\n"], b"400"),
        ([GET + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n"], b"400"),
        ([GET + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"], b"501"),
        ([b"GET /healthz HTTP/1.0\r\n\r\n"], b"200"),
        ([GET + b"\r\n"], b"200"),
    ],
    ids=[
        "long headers",
        "many headers",
        "long target",
        "not http",
        "no host",
        "two hosts",
        "two hosts in one",
        "two tokens",
        "another transfer coding",
        "old",
        "sane",
    ],
)
def test_floods_of_headers(target, pieces, status):
    answer = _raw(target, *pieces)
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
    assert b"application/problem+json" in answer or status == b"200"


def test_a_half_sent_body_holds_nobody_up(target):
    address = urlsplit(target.url)
    head = (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 1000\r\n\r\nASK"
    )
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(head)
        with target.client() as client:
            assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_of_a_body(target, coding):
    bomb = gzip.compress(b" " * 200_000_000, 9) if coding == "gzip" else b"\x78\x9c" + b"\x00" * 100
    with target.client() as client:
        answer = client.post(
            "/sparql",
            content=bomb,
            headers={"Content-Type": "application/sparql-query", "Content-Encoding": coding},
        )
        assert answer.status_code in {400, 413}
        assert client.get("/readyz").status_code == 200


def test_a_reader_that_does_not_read(target):
    address = urlsplit(target.url)
    query = b"query=SELECT+*+%7B%3Fa+%3Fb+%3Fc+.+%3Fd+%3Fe+%3Ff%7D"
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.3\r\n"
    head += b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
    request = head + str(len(query)).encode() + b"\r\n\r\n" + query
    sleepers = [socket.create_connection((address.hostname, address.port)) for _ in range(8)]
    try:
        for sleeper in sleepers:
            sleeper.sendall(request)
        with target.client() as client:
            for index in range(20):
                query = f"SELECT * {{ <urn:s{index}> <urn:p1> ?o }}"
                answer = client.get("/sparql", params={"query": query}, headers={"X-Forwarded-For": "192.0.2.4"})
                assert answer.status_code == 200, answer.text
    finally:
        for sleeper in sleepers:
            sleeper.close()
