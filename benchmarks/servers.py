"""The servers that are compared: how each is given the data, started and stopped."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Final, Self

from pyoxigraph import DefaultGraph, RdfFormat, Store

from benchmarks.workspace import Dataset, Workspace, python_module, run
from jwpgraph.releases.directory import ReleaseDirectory

HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 300.0


class Server(ABC):
    """One server over one set of data; a context manager that runs it.

    Args:
        workspace: where programs are installed.
        dataset: what it serves.
    """

    name: str
    #: Largest set of data, in generated triples, that it is worth waiting for.
    most: int | None = None
    #: The path of its SPARQL endpoint.
    path: str = "/"

    def __init__(self, workspace: Workspace, dataset: Dataset) -> None:
        self.workspace = workspace
        self.dataset = dataset
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def prepare(self) -> None:
        """Load the data, unless that was done before."""

    @abstractmethod
    def command(self) -> list[str | Path]:
        """Return the command that starts the server."""

    def environment(self) -> dict[str, str]:
        """Variables that it is started with beside the inherited ones."""
        return {}

    @property
    def process_id(self) -> int:
        """Its process."""
        if self._process is None:
            raise ValueError(f"{self.name} is not running")
        return self._process.pid

    def __enter__(self) -> Self:
        self.prepare()
        log = (self.dataset.folder / f"{self.name}.log").open("wb")
        with log:
            self._process = subprocess.Popen(
                [str(part) for part in self.command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | self.environment(),
            )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def require_running(self) -> None:
        """Notice that it has ended.

        Raises:
            RuntimeError: with its exit status and the end of its log.
        """
        status = None if self._process is None else self._process.poll()
        if self._process is None or status is not None:
            log = (self.dataset.folder / f"{self.name}.log").read_text("utf-8", "replace")
            raise RuntimeError(f"{self.name} is not running (exit status {status}): {log.strip()[-500:]}")

    def ask(self, query: str, accept: str, *, seconds: float = 120.0) -> tuple[int, bytes]:
        """Status and body of the answer to *query*."""
        request = urllib.request.Request(
            f"http://{HOST}:{self.port}{self.path}",
            data=query.encode(),
            headers={"Content-Type": "application/sparql-query", "Accept": accept},
        )
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            self.require_running()
            try:
                if self.ask("ASK {}", "application/sparql-results+json", seconds=5)[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} did not answer within {_START_SECONDS:g} s")


class Ours(Server):
    """This service: ``jwpgraph serve`` over a data directory of its own, filled with ``jwpgraph load``.

    Attributes:
        built: what :mod:`benchmarks.building` printed of the load, ``None`` when it was done before.
    """

    name = "jwpgraph"
    path = "/sparql"

    def prepare(self) -> None:
        """Load the data, and write what the other servers load."""
        self.build()
        if not self.dataset.served.exists():
            self._dump()

    def build(self) -> None:
        """Load the shipped data and the generated, unless that was done before."""
        record = self.dataset.folder / "building.json"
        if not record.exists():
            shutil.rmtree(self.dataset.releases, ignore_errors=True)
            run(self.cli("load"), what="load the shipped data", environment=self.environment())
            printed = run(
                python_module("benchmarks.building", self.dataset.generated),
                what="load the generated data",
                environment=self.environment(),
            )
            record.write_text(printed, "utf-8")

    def command(self) -> list[str | Path]:
        """``jwpgraph serve``."""
        return self.cli("serve")

    def cli(self, *arguments: str) -> list[str | Path]:
        """Return a command line of ``jwpgraph``."""
        return [Path(sys.executable).parent / "jwpgraph", *arguments]

    def environment(self) -> dict[str, str]:
        """Its settings; all others are the defaults."""
        return {
            "JWPGRAPH_DATA_DIR": str(self.dataset.releases),
            "JWPGRAPH_HOST": HOST,
            "JWPGRAPH_PORT": str(self.port),
            "JWPGRAPH_LOG_LEVEL": "warning",
        }

    @property
    def built(self) -> dict[str, Any]:
        """How long the load took, by stage."""
        record: dict[str, Any] = json.loads((self.dataset.folder / "building.json").read_text("utf-8"))
        return record

    def _dump(self) -> None:
        release = ReleaseDirectory(self.dataset.releases).current()
        if release is None:
            raise RuntimeError("nothing was published")
        partial = self.dataset.served.with_suffix(".partial")
        store = Store.read_only(str(release.store_path))
        with partial.open("wb") as out:
            store.dump(out, format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
        partial.rename(self.dataset.served)


class OursWithTwoProcesses(Ours):
    """This service with two front processes, over the same releases."""

    name = "jwpgraph-2"

    def environment(self) -> dict[str, str]:
        """Its settings."""
        return {**super().environment(), "JWPGRAPH_PROCESSES": "2"}


class Oxigraph(Server):
    """``oxigraph serve-read-only``, the server of the engine that this service is built on, written in Rust."""

    name = "oxigraph"
    path = "/query"

    def prepare(self) -> None:
        """Load what this service serves into its default graph."""
        if self._location.exists():
            return
        partial = self._location.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        program = self.workspace.program("oxigraph")
        run([program, "load", "--location", partial, "--file", self.dataset.served], what="load into Oxigraph")
        run([program, "optimize", "--location", partial], what="optimize Oxigraph's store")
        partial.rename(self._location)

    def command(self) -> list[str | Path]:
        """``oxigraph serve-read-only``."""
        program = self.workspace.program("oxigraph")
        return [program, "serve-read-only", "--location", self._location, "--bind", f"{HOST}:{self.port}"]

    @property
    def _location(self) -> Path:
        return self.dataset.folder / "oxigraph"


class RdflibEndpoint(Server):
    """``rdflib-endpoint``, the usual SPARQL server in Python, over an in-memory graph."""

    name = "rdflib-endpoint"
    most = 150_000

    def prepare(self) -> None:
        """Install it; it reads the file when it starts."""
        self.workspace.program("rdflib-endpoint")

    def command(self) -> list[str | Path]:
        """``rdflib-endpoint serve``."""
        program = self.workspace.program("rdflib-endpoint")
        return [program, "serve", "--host", HOST, "--port", str(self.port), self.dataset.served]


SERVERS: Final[dict[str, type[Server]]] = {
    server.name: server for server in (Ours, OursWithTwoProcesses, Oxigraph, RdflibEndpoint)
}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
