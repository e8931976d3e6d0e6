"""Releases of small graphs, a real Oxigraph server, and a server that answers as a test tells it to."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from jwpgraph.releases.builder import Builder
from jwpgraph.releases.changes import LoadGraphs, Payload
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.release import Release
from jwpgraph.releases.rules import Rule, RuleSet
from jwpgraph.validation.severity_gate import SeverityGate

SYMMETRY = "CONSTRUCT { ?b <urn:near> ?a } WHERE { ?a <urn:near> ?b }"

Publish = Callable[..., Release]


@pytest.fixture
def release_of(tmp_path: Path) -> Publish:
    """Makes the next release: graphs as Turtle by name, and names of graphs that go."""
    return _builder(tmp_path)


@pytest.fixture(scope="session")
def small_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of one graph with one triple."""
    return _builder(tmp_path_factory.mktemp("small"))(one="<urn:a> <urn:p> 1 .")


def _builder(folder: Path) -> Publish:
    builder = Builder(
        ReleaseDirectory(folder / "data"),
        SeverityGate(),
        ShapesGraph("", ""),
        RuleSet((Rule("near", SYMMETRY),)),
        wait=1,
    )

    def make(removed: Sequence[str] = (), **graphs: str) -> Release:
        payloads = []
        for name, turtle in graphs.items():
            path = folder / f"{name}.ttl"
            path.write_text(turtle)
            payloads.append((f"urn:{name}", Payload(path, "text/turtle")))
        return builder.build(LoadGraphs(tuple(payloads), tuple(f"urn:{name}" for name in removed)))

    return make


@dataclass(frozen=True)
class Oxigraph:
    """A running Oxigraph server."""

    url: str

    @property
    def store(self) -> str:
        return f"{self.url}/store"

    def forward(self, asked: Asked) -> bytes:
        """What this server answers to a request that came to another one."""
        headers = {name: asked.headers[name] for name in ("content-type", "accept") if name in asked.headers}
        url = f"{self.url}{asked.path}?{asked.query}"
        found = httpx.request(asked.method, url, content=asked.body, headers=headers, verify=False)
        return answer(f"{found.status_code} It", found.content, Content_Type=found.headers.get("content-type", ""))

    def graphs(self) -> list[str]:
        query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
        answer = httpx.post(f"{self.url}/query", data={"query": query}, headers={"Accept": "text/csv"}, verify=False)
        return answer.raise_for_status().text.split()[1:]

    def graph(self, name: str) -> ox.Dataset:
        answer = httpx.get(
            self.store, params={"graph": name}, headers={"Accept": "application/n-triples"}, verify=False
        )
        dataset = ox.Dataset(ox.parse(answer.raise_for_status().content, format=ox.RdfFormat.N_TRIPLES))
        dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
        return dataset

    def put(self, name: str, turtle: str) -> None:
        headers = {"Content-Type": "text/turtle"}
        httpx.put(self.store, params={"graph": name}, content=turtle, headers=headers).raise_for_status()


@pytest.fixture
def oxigraph() -> Iterator[Oxigraph]:
    """An empty Oxigraph server, in memory, on a free port."""
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent))
    assert program is not None, "oxigraph is among the development dependencies"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "serve", "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield Oxigraph(f"http://127.0.0.1:{port}")
        finally:
            process.kill()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("the Oxigraph server did not start")


@dataclass
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


EMPTY = b'{"head":{"vars":[]},"results":{"bindings":[]}}'


def answer(status: str, body: bytes = b"", **headers: str) -> bytes:
    """A whole HTTP/1.1 response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


SOLUTIONS = answer("200 OK", EMPTY, Content_Type="application/sparql-results+json")


@dataclass
class Scripted:
    """A server that answers each request as ``script`` says: with bytes, or with ``None`` by hanging up."""

    url: str
    script: Callable[[Asked], bytes | None] = lambda asked: SOLUTIONS if asked.path == "/query" else answer("204 OK")
    asked: list[Asked] = field(default_factory=list)

    @property
    def store(self) -> str:
        return f"{self.url}/store"

    def methods(self) -> list[str]:
        return [one.method for one in self.asked if one.path != "/query"]


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """A server of the test's own script."""
    yield from _scripted()


@pytest.fixture
def another() -> Iterator[Scripted]:
    """A second one, which is another origin."""
    yield from _scripted()


def _scripted() -> Iterator[Scripted]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Scripted(f"http://127.0.0.1:{listening.getsockname()[1]}")
        thread = threading.Thread(target=_answer_all, args=(listening, server), daemon=True)
        thread.start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def _answer_all(listening: socket.socket, server: Scripted) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        with client:
            client.settimeout(10)
            try:
                asked = _read(client)
                if asked is not None:
                    server.asked.append(asked)
                    client.sendall(server.script(asked) or b"")
            except OSError:
                continue


def _read(client: socket.socket) -> Asked | None:
    received = b""
    while b"\r\n\r\n" not in received:
        block = client.recv(65536)
        if not block:
            return None
        received += block
        if received.startswith(b"\x16"):
            # TLS, which is not spoken here.
            client.sendall(answer("400 Bad Request"))
            return None
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += client.recv(65536)
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    return Asked(method, path, query, headers, body)
