"""Three services on one data directory behind a proxy: no client goes back in time, and a dead one is not noticed."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from ports import free_port

TOKEN = "a-token-for-tests"
PUBLICATIONS = 20
BUFFERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")


def balance(folder: Path, port: int, services: list[str]) -> str:
    """Return a configuration that sends each request to the next service, without affinity."""
    servers = "".join(f"server {service.removeprefix('http://')} max_fails=1 fail_timeout=2s; " for service in services)
    return (
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n"
        + "".join(f"{name}_temp_path {folder}/{name};\n" for name in BUFFERS)
        + f"upstream replicas {{ {servers} }}\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://replicas; }} }}\n}}\n"
    )


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def ask(client: httpx.Client, seen: list[int], wrong: list[str], ended: threading.Event) -> None:
    """Count the triples again and again: there are never fewer than before, and no request fails."""
    query = {"query": "SELECT (COUNT(*) AS ?n) { ?s <urn:p> ?o }"}
    # Without a pause two readers would take the processors from the services, hundreds of times a publication.
    while not ended.wait(0.005):
        answer = client.get("/sparql", params=query)
        if answer.status_code != 200:
            wrong.append(f"{answer.status_code}: {answer.text[:200]}")
            continue
        count = int(answer.json()["results"]["bindings"][0]["n"]["value"])
        if count < max(seen):
            wrong.append(f"{count} after {max(seen)}")
        seen.append(count)


def test_replicas(serve, serving_at, tmp_path: Path, stack: ExitStack) -> None:
    writer = stack.enter_context(serve("--empty", JWPGRAPH_ADMIN_TOKEN=TOKEN, JWPGRAPH_FOLLOW_CURRENT="true"))
    data_dir = writer.data_dir
    readers = [
        stack.enter_context(serving_at(data_dir, JWPGRAPH_ADMIN_TOKEN="", JWPGRAPH_FOLLOW_CURRENT="true"))
        for _ in range(2)
    ]
    port = free_port()
    (tmp_path / "nginx.conf").write_text(balance(tmp_path, port, [one.url for one in (writer, *readers)]))
    process = subprocess.Popen(["nginx", "-c", str(tmp_path / "nginx.conf")], stderr=subprocess.DEVNULL)
    stack.callback(process.wait, 10)
    stack.callback(process.terminate)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        for _ in range(200):
            try:
                client.get("/healthz")
                break
            except httpx.ConnectError:
                time.sleep(0.05)
        wrong: list[str] = []
        ended = threading.Event()
        sights: list[list[int]] = [[0], [0]]
        threads = [threading.Thread(target=ask, args=(client, seen, wrong, ended)) for seen in sights]
        for thread in threads:
            thread.start()
        with writer.client(token=TOKEN) as steward:
            for number in range(PUBLICATIONS):
                if number == PUBLICATIONS // 2:
                    readers.pop().process.kill()
                update = {"update": f"INSERT DATA {{ <urn:n{number}> <urn:p> {number} }}"}
                steward.post("/sparql", data=update).raise_for_status()
                # What was acknowledged is seen through every replica.
                for service in (writer, *readers):
                    with service.client() as direct:
                        answer = direct.get("/sparql", params={"query": f"ASK {{ <urn:n{number}> <urn:p> ?o }}"})
                        assert answer.json()["boolean"] is True
        ended.set()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert all(seen[-1] > 1 for seen in sights)
