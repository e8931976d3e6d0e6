"""Pages and API over a remote endpoint: the same answers as over the release, on Oxigraph's server."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from ports import free_port

STARTS = ("/", "/search?q=saiga", "/search?q=elephant+kenya", "/listings?q=gazella", "/briefing?q=saiga", "/odata")
# Files with the host's name in compressed text, what tells of this process, and what no portal asks for.
# ``/api/v1/terms`` and VoID count the publisher's record too; stored queries are asked of /sparql.
LEFT_OUT = re.compile(
    r"/api/v1/terms|/void|/api/v1/queries/|/static|/assets|/dumps|/healthz|/readyz|/metrics|/sparql|/mcp|/graph-store"
    r"|xlsx|docx"
)


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                try:
                    socket.create_connection(("127.0.0.1", port), 5).close()
                    break
                except ConnectionRefusedError:
                    assert process.poll() is None, f"{command[0]} ended"
                    time.sleep(0.1)
            else:
                pytest.fail(f"{command[0]} did not start")
            yield
        finally:
            process.kill()


@contextmanager
def _oxigraph() -> Iterator[tuple[str, str]]:
    port = free_port()
    program = str(Path(sys.executable).with_name("oxigraph"))
    with _running([program, "serve", "--bind", f"127.0.0.1:{port}", "--union-default-graph"], port):
        yield f"http://127.0.0.1:{port}/store", f"http://127.0.0.1:{port}/query"


def _list_addresses(client) -> list[str]:
    """Return the lists of the OpenAPI document and what the pages link to, one address of each kind."""
    operations = client.get("/api/openapi.json").json()["paths"]
    waiting = [*STARTS]
    for path, methods in operations.items():
        parameters = methods.get("get", {"parameters": [{"required": True}]}).get("parameters", ())
        if not any(parameter.get("required") for parameter in parameters):
            waiting.append(path)
    found: list[str] = []
    kinds: set[tuple[str, ...]] = set()
    known = set(waiting)
    while waiting:
        address = waiting.pop(0)
        parts = address.partition("?")[0].split("/")
        kind = tuple(parts[:3] if parts[1] in {"doc", "data", "id"} else parts[:-1])
        if LEFT_OUT.search(address) or (kind in kinds and address not in (*operations, *STARTS)):
            continue
        kinds.add(kind)
        found.append(address)
        page = client.get(address)
        if not page.headers.get("content-type", "").startswith("text/html"):
            continue
        linked = re.findall(r'href="(/[^"#]+)"', page.text)
        for link in sorted({link.replace("&amp;", "&") for link in linked} - known):
            known.add(link)
            waiting.append(link)
    return found


def _normalise(served, body: str) -> str:
    """Leave out the address of the service, also in files of citations, and labels of blank nodes."""
    for address in (served.url, quote(served.url)):
        body = body.replace(address, "http://host")
    return re.sub(r"_:[0-9A-Za-z]+", "_:b", body)


@pytest.fixture(scope="module")
def expected(shipped) -> dict[str, tuple[int, str]]:
    """Answers of the service on its own release, by address."""
    with shipped.client() as client:
        answers = {address: client.get(address) for address in _list_addresses(client)}
    assert len(answers) > 100
    return {address: (found.status_code, _normalise(shipped, found.text)) for address, found in answers.items()}


def test_answers_over_an_endpoint_are_those_of_the_release(expected, published, serving_at, tmp_path) -> None:
    data = shutil.copytree(published, tmp_path / "data")
    with _oxigraph() as (store, endpoint):
        command = [sys.executable, "-m", "jwpgraph", "publish", "--to", store, "--verify", "--chunk", "100000"]
        subprocess.run(command, check=True, env=os.environ | {"JWPGRAPH_DATA_DIR": str(data)})
        differing = []
        with serving_at(data, JWPGRAPH_SPARQL_BACKEND=endpoint) as served, served.client() as client:
            for address, right in expected.items():
                found = client.get(address)
                if (found.status_code, _normalise(served, found.text)) != right:
                    differing.append(f"{found.status_code} {address}")
    assert differing == []
