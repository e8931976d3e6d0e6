"""Instances of the service on empty data directories, started as an operator does and reached through real sockets."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import pytest

from .queries import DATA

TOKEN = "conformance"


@pytest.fixture(scope="session")
def start_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """A function that starts an instance and gives its origin; keyword arguments are settings of its environment."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(**settings: object) -> str:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("JWPGRAPH_")}
        environment["JWPGRAPH_DATA_DIR"] = str(tmp_path_factory.mktemp("endpoint"))
        environment["JWPGRAPH_PORT"] = str(port)
        environment |= {f"JWPGRAPH_{name.upper()}": str(value) for name, value in settings.items()}
        command = [sys.executable, "-m", "jwpgraph", "serve", "--empty"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        processes.append(process)
        origin = f"http://127.0.0.1:{port}"
        while process.poll() is None:
            with suppress(httpx.TransportError):
                if httpx.get(f"{origin}/readyz").is_success:
                    return origin
            time.sleep(0.1)
        raise RuntimeError(f"the service ended with {process.returncode}")

    yield start
    for process in processes:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def origin(start_endpoint: Callable[..., str]) -> str:
    """Scheme and authority of a writable instance with the shipped shapes."""
    return start_endpoint(admin_token=TOKEN)


@pytest.fixture(scope="session")
def authorization() -> dict[str, str]:
    """The headers that a writer sends."""
    return {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def client(origin: str, authorization: dict[str, str]) -> Iterator[httpx.Client]:
    """A writer's client of the instance, emptied."""
    with httpx.Client(base_url=origin, headers=authorization, timeout=30) as client:
        graphs = client.post("/sparql", data={"query": "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"})
        names = [row["g"]["value"] for row in graphs.json()["results"]["bindings"]]
        if any(not name.endswith("/entailed") for name in names):
            client.post("/sparql", data={"update": "DROP ALL"}).raise_for_status()
        yield client


@pytest.fixture
def loaded(client: httpx.Client) -> httpx.Client:
    client.post("/sparql", data={"update": DATA}).raise_for_status()
    return client


@pytest.fixture(scope="module")
def read_only(start_endpoint: Callable[..., str]) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=start_endpoint(service_allowlist="https://a.example/", allowed_hosts="graph.example"), timeout=30
    ) as client:
        yield client
