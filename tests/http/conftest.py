"""The whole service as a black box: a process of its own, reached over a real socket."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

TOKEN = "a-token-for-tests"


@dataclass
class Served:
    """A running service."""

    url: str
    data_dir: Path
    process: subprocess.Popen[str]
    log: list[str]

    def client(self, *, token: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)


Serve = Callable[..., contextlib.AbstractContextManager[Served]]


@contextlib.contextmanager
def serving(data_dir: Path, *arguments: str, **environment: str) -> Iterator[Served]:
    """Runs ``jwpgraph serve`` on a free port until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "jwpgraph", "serve", "--port", "0", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"JWPGRAPH_DATA_DIR": str(data_dir), "JWPGRAPH_ADMIN_TOKEN": TOKEN} | environment,
    )
    log: list[str] = []
    started = threading.Event()

    def follow() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            log.append(line)
            if "startup complete" in line:
                started.set()
        started.set()

    reader = threading.Thread(target=follow, daemon=True)
    reader.start()
    try:
        assert started.wait(60), "the service did not start:\n" + "".join(log)
        address = re.search(r"http://\S+?:\d+", "".join(log))
        assert address is not None, "".join(log)
        yield Served(address[0], data_dir, process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(5)


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with the shipped data; tests leave it as they find it."""
    with serving(tmp_path_factory.mktemp("shipped") / "data") as served:
        yield served


@pytest.fixture
def web(shipped: Served) -> Iterator[httpx.Client]:
    """A client of the shipped service, without a token."""
    with shipped.client() as client:
        yield client


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Starts further services: ``with serve("--empty", JWPGRAPH_QUERY_TIMEOUT="1") as served``."""

    def start(*arguments: str, **environment: str) -> contextlib.AbstractContextManager[Served]:
        return serving(tmp_path / "data", *arguments, **environment)

    return start
