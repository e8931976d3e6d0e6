"""The body of a write arrives, whatever else its request asks for; where it does not, nothing is changed."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

TOKEN = "a-token-for-tests"
CLIENTS = Path(__file__).parent / "clients"
KEPT = "<urn:kept> <urn:p> <urn:o> ."
SENT = "<urn:sent> <urn:p> <urn:o> ."
#: Options of Java for a program that runs for a moment.
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
H2C = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
ASKING = {
    "h2c": H2C,
    "websocket": "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
    "several": "Upgrade: h2c, TLS/1.0\r\nConnection: keep-alive\r\nConnection: upgrade\r\n",
    "and close": "Connection: close, upgrade\r\nUpgrade: h2c\r\n",
    "unknown": "connection: uPgRaDe\r\nUPGRADE: anything/9\r\n",
    "no option": "Upgrade: h2c\r\n",
    "settings only": "Connection: HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, serving_at) -> Iterator:
    with serving_at(tmp_path_factory.mktemp("bodies") / "data", "--empty") as served:
        yield served


@pytest.fixture
def graph(target) -> Iterator[str]:
    """The path of a graph that holds one statement."""
    path = "/graph-store/g"
    with target.client(token=TOKEN) as client:
        if client.get(path, headers={"Accept": "application/n-triples"}).text.split("\n") != [KEPT, ""]:
            client.put(path, content=KEPT, headers={"Content-Type": "text/turtle"}).raise_for_status()
    return path


def statements(target, path: str) -> list[str]:
    with target.client() as client:
        answer = client.get(path, headers={"Accept": "application/n-triples"})
        return sorted(answer.raise_for_status().text.splitlines())


def connect(target) -> socket.socket:
    address = urlsplit(target.url)
    return socket.create_connection((address.hostname, address.port), timeout=60)


def statuses(target, *pieces: bytes) -> list[int]:
    """Send *pieces* on one connection, then nothing more; the status of each final answer."""
    with connect(target) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
        return read_all(connection)


def read_all(connection: socket.socket) -> list[int]:
    connection.settimeout(20)
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


def head(method: str, path: str, *fields: str, version: str = "1.1") -> bytes:
    """The head of a request that may write."""
    own = f"{method} {path} HTTP/{version}\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: text/turtle\r\n"
    return (own + "".join(fields) + "\r\n").encode()


def chunked(body: str) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7].encode(), body[7:].encode(), b""))


LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("asking", ASKING.values(), ids=ASKING)
@pytest.mark.parametrize("framing", ["length", "chunks"])
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_who_asks_for_an_upgrade_is_answered_in_http_and_loses_nothing(target, graph, method, framing, asking):
    if framing == "length":
        request = head(method, graph, asking, f"Content-Length: {len(SENT)}\r\n") + SENT.encode()
    else:
        request = head(method, graph, asking, "Transfer-Encoding: chunked\r\n") + chunked(SENT)
    expected = [204] if "close" in asking else [204, 200]
    assert statuses(target, request + LAST) == expected
    assert statements(target, graph) == ([SENT] if method == "PUT" else [KEPT, SENT])


@pytest.mark.parametrize("size", [1, 2, 7, 50])
def test_however_it_is_cut(target, graph, size):
    request = head("PUT", graph, H2C, f"Content-Length: {len(SENT)}\r\n") + SENT.encode()
    request += head("POST", graph, H2C, "Transfer-Encoding: chunked\r\n") + chunked(KEPT) + LAST
    assert statuses(target, *(request[at : at + size] for at in range(0, len(request), size))) == [204, 204, 200]
    assert statements(target, graph) == [KEPT, SENT]


def test_requests_in_a_row_that_all_ask(target, graph):
    update = b"INSERT DATA { GRAPH <https://w3id.org/jwpgraph/graph/none> { <urn:u> <urn:p> <urn:o> } }"
    requests = [
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + H2C.encode() + b"\r\n",
        head("PUT", graph, H2C, f"Content-Length: {len(SENT)}\r\n") + SENT.encode(),
        head("DELETE", "/graph-store/nothing", H2C),
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/sparql-update\r\n"
        b"%sContent-Length: %d\r\n\r\n%s" % (TOKEN.encode(), H2C.encode(), len(update), update),
        LAST,
    ]
    assert statuses(target, b"".join(requests)) == [200, 204, 404, 204, 200]
    assert statements(target, graph) == [SENT]
    with target.client() as client:
        found = client.get("/sparql", params={"query": "SELECT ?s { ?s <urn:p> <urn:o> }", "format": "csv"})
        assert set(found.text.split()[1:]) >= {"urn:sent", "urn:u"}


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_client_that_waits_to_be_told_to_go_on(target, graph, version):
    asking = ("Connection: upgrade, close\r\nUpgrade: h2c\r\n", "Expect: 100-continue\r\n")
    request = head("PUT", graph, *asking, f"Content-Length: {len(SENT)}\r\n", version=version)
    with connect(target) as connection:
        connection.sendall(request)
        if version == "1.1":
            connection.settimeout(20)
            assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(SENT.encode())
        assert read_all(connection) == [204]
    assert statements(target, graph) == [SENT]


def test_a_body_that_is_not_announced_is_not_taken_for_none(target, graph):
    body = SENT.encode()
    assert statuses(target, head("PUT", graph, version="1.0") + body) == [411]
    assert statuses(target, head("PUT", graph, "Connection: close\r\n") + body) == [411]
    assert statuses(target, head("PUT", graph) + body) == [400]
    assert statuses(target, head("PUT", graph, "Transfer-Encoding: chunked\r\n", version="1.0") + chunked(SENT)) == [
        400
    ]
    assert statements(target, graph) == [KEPT]


def test_a_body_that_is_announced_and_does_not_come_changes_nothing(target, graph):
    assert statuses(target, head("PUT", graph, "Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n" + LAST) == [400, 200]
    part = head("PUT", graph, f"Content-Length: {len(SENT)}\r\n") + SENT.encode()[:9]
    with connect(target) as connection:
        connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == []
    ranged = head("PUT", graph, "Content-Range: bytes 0-27/60\r\n", f"Content-Length: {len(SENT)}\r\n")
    assert statuses(target, ranged + SENT.encode() + LAST) == [400, 200]
    assert statements(target, graph) == [KEPT]


@pytest.mark.parametrize("length", ["Content-Length: 0\r\n", ""], ids=["none announced", "no length"])
def test_an_empty_graph_can_be_put(target, graph, length):
    """Graph Store Protocol, section 5.3: an empty payload makes an empty graph."""
    assert statuses(target, head("PUT", graph, length) + LAST) == [204, 200]
    assert statements(target, graph) == []


def test_what_comes_behind_a_body_is_not_a_header(target, graph):
    request = f"PUT {graph} HTTP/1.1\r\nHost: x\r\nContent-Type: text/turtle\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = chunked(SENT)[:-2] + f"Authorization: Bearer {TOKEN}\r\n\r\n".encode()
    assert statuses(target, request.encode() + body + LAST) == [401, 200]
    assert statements(target, graph) == [KEPT]


@pytest.mark.parametrize(
    "line", ["PUT {} HTTP/2.0", "PUT {} HTTP/0.9", "CONNECT {} HTTP/1.1", "CONNECT example.org:443 HTTP/1.1"]
)
def test_other_protocols_are_refused(target, graph, line):
    fields = f"Host: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: text/turtle\r\nContent-Length: {len(SENT)}"
    assert statuses(target, f"{line.format(graph)}\r\n{fields}\r\n\r\n{SENT}".encode()) == [400]
    assert statements(target, graph) == [KEPT]


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("program", ["curl", "java", "node"])
def test_real_clients(target, graph, program, method):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    arguments = [method, target.url + graph, TOKEN, "text/turtle", SENT]
    match program:
        case "curl":
            fields = ["-H", f"Authorization: Bearer {TOKEN}", "-H", "Content-Type: text/turtle"]
            options = ["-sS", "--http2", "-o", "/dev/null", "-w", "%{http_code}", "-X", method, "--data-binary", SENT]
            command = ["curl", *options, *fields, target.url + graph]
        case "java":
            command = ["java", *QUICK, str(CLIENTS / "Put.java"), *arguments]
        case _:
            command = ["node", str(CLIENTS / "put.mjs"), *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout == "204"
    assert statements(target, graph) == ([SENT] if method == "PUT" else [KEPT, SENT])


def test_an_update_of_a_real_client(target):
    if shutil.which("java") is None:
        pytest.skip("java is not installed")
    update = "INSERT DATA { <urn:java> <urn:writes> 1 }"
    arguments = ["POST", f"{target.url}/sparql", TOKEN, "application/sparql-update", update]
    command = ["java", *QUICK, str(CLIENTS / "Put.java"), *arguments]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "204"
    with target.client() as client:
        answer = client.get("/sparql", params={"query": "ASK { <urn:java> <urn:writes> 1 }"})
        assert answer.json()["boolean"] is True
