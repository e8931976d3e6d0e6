"""Pages and API over a remote endpoint: the same answers as over the release, on Oxigraph's server and on Virtuoso."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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


#: As packaged by Debian, but for ports and folders: in particular, no answer has more than 10,000 rows.
_VIRTUOSO = """[Database]
DatabaseFile={folder}/virtuoso.db
ErrorLogFile={folder}/virtuoso.log
LockFile={folder}/virtuoso.lck
TransactionFile={folder}/virtuoso.trx
xa_persistent_file={folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile={folder}/virtuoso-temp.db
TransactionFile={folder}/virtuoso-temp.trx
[Parameters]
ServerPort={port}
ServerThreads=10
NumberOfBuffers=10000
MaxDirtyBuffers=6000
[HTTPServer]
ServerPort={http}
ServerThreads=10
[SPARQL]
ResultSetMaxRows=10000
MaxQueryCostEstimationTime=400
MaxQueryExecutionTime=60
DefaultQuery=select * where {{ ?s ?p ?o }} limit 1
"""


@contextmanager
def _virtuoso() -> Iterator[tuple[str, str]]:
    program = shutil.which("virtuoso-t")
    if program is None:
        pytest.skip("Virtuoso is not installed")
    http = free_port()
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "virtuoso.ini")
        settings.write_text(_VIRTUOSO.format(folder=folder, port=free_port(), http=http))
        with _running([program, "+foreground", "+configfile", str(settings)], http):
            origin = f"http://127.0.0.1:{http}"
            yield f"{origin}/sparql-graph-crud-auth", f"{origin}/sparql"


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


#: What Virtuoso once answered differently: paths of any length, long answers, geometries and durations.
_ONCE_DIFFERENT = re.compile(r"/(search|briefing)\?q=saiga|/api/v1/(activities|species|alignments)$|/geometry/")
_RUNS = [
    pytest.param(_oxigraph, 1, id="oxigraph"),
    pytest.param(_virtuoso, 10, id="virtuoso"),
    pytest.param(_virtuoso, 1, id="virtuoso, every address", marks=pytest.mark.thorough),
]


@pytest.mark.parametrize(("start", "step"), _RUNS)
def test_answers_over_an_endpoint_are_those_of_the_release(
    expected, published, serving_at, tmp_path, start: Callable[[], AbstractContextManager[tuple[str, str]]], step: int
) -> None:
    asked = [address for place, address in enumerate(expected) if not place % step or _ONCE_DIFFERENT.search(address)]
    data = shutil.copytree(published, tmp_path / "data")
    environment = os.environ | {"JWPGRAPH_DATA_DIR": str(data)}
    if start is _virtuoso:
        names = {"USER": "dba", "PASSWORD": "dba", "AUTH": "digest"}
        environment |= {f"JWPGRAPH_PUBLISH_{name}": value for name, value in names.items()}
    with start() as (store, endpoint):
        command = [sys.executable, "-m", "jwpgraph", "publish", "--to", store, "--verify", "--chunk", "100000"]
        subprocess.run(command, check=True, env=environment)
        differing = []
        with serving_at(data, JWPGRAPH_SPARQL_BACKEND=endpoint) as served, served.client() as client:
            for address in asked:
                found = client.get(address)
                if (found.status_code, _normalise(served, found.text)) != expected[address]:
                    differing.append(f"{found.status_code} {address}")
    assert differing == []
