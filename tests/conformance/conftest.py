"""Instances of the endpoint and the graph store on empty data directories, reached through real sockets."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

TOKEN = "conformance"


@pytest.fixture(scope="session")
def start_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """A function that starts an instance and gives its origin; keyword arguments are settings."""
    processes: list[subprocess.Popen[str]] = []

    def start(**settings: object) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("JWPGRAPH_")}
        environment["JWPGRAPH_DATA_DIR"] = str(tmp_path_factory.mktemp("endpoint"))
        environment |= {f"JWPGRAPH_{name.upper()}": str(value) for name, value in settings.items()}
        script = Path(__file__).with_name("endpoint_server.py")
        process = subprocess.Popen([sys.executable, script], env=environment, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        return f"http://127.0.0.1:{int(process.stdout.readline())}"

    yield start
    for process in processes:
        process.terminate()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


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
