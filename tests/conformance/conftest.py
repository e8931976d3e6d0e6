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
                if httpx.get(f"{origin}/readyz", verify=False).is_success:
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


class Writable:
    """The writable instance, which tests find empty or with what an update puts in.

    What a test has left as it was is not put in again for the next one: releases have numbers.
    """

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self._filled: tuple[int, str] | None = None

    def _release(self) -> int:
        number: int = self.client.get("/readyz").raise_for_status().json()["release"]
        return number

    def filled(self, update: str) -> httpx.Client:
        """Return a client of the instance with what *update* puts into an empty one."""
        if self._filled != (self._release(), update):
            self.emptied()
            self.client.post("/sparql", data={"update": update}).raise_for_status()
            self._filled = self._release(), update
        return self.client

    def emptied(self) -> httpx.Client:
        """Return a client of the empty instance."""
        graphs = self.client.post("/sparql", data={"query": "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"})
        names = [row["g"]["value"] for row in graphs.json()["results"]["bindings"]]
        if any(not name.endswith("/entailed") for name in names):
            self.client.post("/sparql", data={"update": "DROP ALL"}).raise_for_status()
        return self.client


@pytest.fixture(scope="session")
def writable(origin: str, authorization: dict[str, str]) -> Iterator[Writable]:
    with httpx.Client(base_url=origin, headers=authorization, timeout=30) as client:
        yield Writable(client)


@pytest.fixture
def client(writable: Writable) -> httpx.Client:
    """A writer's client of the instance, emptied."""
    return writable.emptied()


@pytest.fixture
def loaded(writable: Writable) -> httpx.Client:
    """A writer's client of the instance with the data of ``queries``."""
    return writable.filled(DATA)


@pytest.fixture(scope="module")
def read_only(start_endpoint: Callable[..., str]) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=start_endpoint(service_allowlist="https://a.example/", allowed_hosts="graph.example"), timeout=30
    ) as client:
        yield client
