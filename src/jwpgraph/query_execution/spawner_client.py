"""The client of the spawner: starts and kills workers, receives their exit statuses, restarts a dead spawner."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

import jwpgraph
from jwpgraph.problems import ProblemError
from jwpgraph.process_protocol import PROCESS_VERSION, make_version_problem
from jwpgraph.query_execution.spawner import PACKET_BYTES

_log = logging.getLogger(__name__)
_START_SECONDS: Final = 20.0
_RESTART_SECONDS: Final = 0.05
_RETRY_SECONDS: Final = 0.005


class WorkerSockets(NamedTuple):
    """The service's sockets for one worker.

    Attributes:
        stream: the service's end of the stream for results.
        queries: the service's end of the packet socket pair for queries.
        unread: the worker's end of that pair, shared with the worker; reading from it retracts a query. It is blocking,
            because both processes share the file status flags.
    """

    stream: socket.socket
    queries: socket.socket
    unread: socket.socket

    def close(self) -> None:
        """Close all sockets."""
        for end in self:
            end.close()


class SpawnerClient:
    """Starts and controls worker processes through the spawner.

    Args:
        network: whether workers have network access; needed only for allowed SERVICE endpoints.
        on_restart: called when a new spawner is ready after the old one, and all workers with it, died.
    """

    def __init__(self, *, network: bool, on_restart: Callable[[], None]) -> None:
        self._network = network
        self._on_restart = on_restart
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._ready: asyncio.Future[list[str]] | None = None
        self._ends: dict[int, asyncio.Future[int | None]] = {}
        self._last = 0
        self._stopping = False
        self._restart: asyncio.Task[None] | None = None
        #: The active network restrictions of workers: ``namespace``, ``seccomp``, both or none.
        self.fences: list[str] = []

    @property
    def process_id(self) -> int | None:
        """The process id of the spawner, for diagnosis."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the spawner.

        Raises:
            ProblemError: ``workers-unavailable`` (503) if it does not start, ``software-upgraded`` (503) if it is of
                another version.
        """
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        mode = "network" if self._network else "fenced"
        module = "jwpgraph.query_execution.spawner"
        command = [sys.executable, "-P", "-s", "-m", module, str(theirs.fileno()), mode, PROCESS_VERSION]
        with theirs:
            self._process = await asyncio.to_thread(_start_process, command, theirs.fileno())
        self._control = ours
        self._ready = loop.create_future()
        loop.add_reader(ours.fileno(), self._on_message)
        try:
            self.fences = await asyncio.wait_for(self._ready, _START_SECONDS)
        except (TimeoutError, ConnectionError):
            self._close()
            detail = "the process that forks query workers did not start; see its standard error"
            raise ProblemError("workers-unavailable", "No query workers", detail, status=503) from None
        except ProblemError:
            self._close()
            raise
        if not self._network:
            _log_sandbox(self.fences)

    async def stop(self) -> None:
        """End the spawner and all workers."""
        self._stopping = True
        if self._restart is not None:
            self._restart.cancel()
        self._close()
        if self._process is not None:
            await asyncio.to_thread(self._process.wait)

    def spawn(self, store_path: Path, room: int, result_limit: int) -> tuple[int, WorkerSockets]:
        """Fork a worker and return its number and sockets; it sends ``READY`` when its release is open.

        Raises:
            ConnectionError: the spawner has died and is being restarted.
        """
        self._last += 1
        order = {"spawn": self._last, "store": str(store_path), "room": room, "result_limit": result_limit}
        stream, theirs = socket.socketpair()
        queries, unread = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line = WorkerSockets(stream, queries, unread)
        with theirs:
            try:
                if self._control is None:
                    raise ConnectionError
                socket.send_fds(self._control, [orjson.dumps(order)], [theirs.fileno(), unread.fileno()])
            except OSError:
                line.close()
                raise ConnectionError("the spawner does not take orders") from None
        stream.setblocking(False)
        self._ends[self._last] = asyncio.get_running_loop().create_future()
        return self._last, line

    def kill(self, number: int) -> None:
        """Kill worker *number*."""
        self._send_command({"kill": number})

    def lower_priority(self, number: int) -> None:
        """Lower the CPU priority of worker *number*."""
        self._send_command({"nice": number})

    def confine(self, number: int) -> None:
        """Exclude worker *number* from one of the processors, if there are several."""
        self._send_command({"confine": number})

    async def wait_for_end(self, number: int) -> int | None:
        """Wait for the end of worker *number*; return its exit status, negative for a signal, ``None`` if unknown."""
        end = self._ends.get(number)
        return await asyncio.shield(end) if end is not None else None

    def forget(self, number: int) -> None:
        """Drop the exit status of a worker as soon as it has ended."""
        end = self._ends.get(number)
        if end is not None and end.done():
            del self._ends[number]
        elif end is not None:
            end.add_done_callback(lambda _: self._ends.pop(number, None))

    def _send_command(self, order: dict[str, Any]) -> None:
        if self._control is None:
            return
        try:
            self._control.send(orjson.dumps(order))
        except BlockingIOError:
            asyncio.get_running_loop().call_later(_RETRY_SECONDS, self._send_command, order)
        except OSError:
            # The spawner and its workers are dead; _on_message handles this.
            return

    def _on_message(self) -> None:
        if self._control is None:
            return
        try:
            packet = self._control.recv(PACKET_BYTES)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            self._on_spawner_exit()
            return
        report = orjson.loads(packet)
        if "exit" in report:
            end = self._ends.get(report["exit"])
            if end is not None and not end.done():
                end.set_result(report["status"])
        elif self._ready is not None and not self._ready.done():
            if "refused" in report:
                self._ready.set_exception(make_version_problem(PROCESS_VERSION, report["refused"]))
            else:
                self._ready.set_result(report["fences"])

    def _on_spawner_exit(self) -> None:
        self._close()
        for end in list(self._ends.values()):
            if not end.done():
                end.set_result(None)
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(ConnectionError())
        elif not self._stopping:
            _log.error("the spawner of query workers died and is restarted")
            self._restart = asyncio.get_running_loop().create_task(self._start_again())

    async def _start_again(self) -> None:
        wait = _RESTART_SECONDS
        logged = ""
        while True:
            if self._process is not None:
                self._process.kill()
                await asyncio.to_thread(self._process.wait)
            try:
                await self.start()
            except (ProblemError, OSError) as error:
                if logged != str(error):
                    logged = str(error)
                    _log.error("the spawner of query workers does not start: %s", logged)
                await asyncio.sleep(wait)
                wait = min(2 * wait, 5.0)
            else:
                self._on_restart()
                return

    def _close(self) -> None:
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.close()
            self._control = None


def _start_process(command: list[str], descriptor: int) -> subprocess.Popen[bytes]:
    source = str(Path(jwpgraph.__file__).resolve().parents[1])
    # Do not pass on secrets; workers need no settings.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JWPGRAPH_")}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [source, environment.get("PYTHONPATH")]))
    # Few arenas keep the address space close to the used memory; backtraces of failed allocations are of no use.
    environment |= {"MALLOC_ARENA_MAX": "2", "RUST_BACKTRACE": "0"}
    # The engine allocates and frees hundreds of small blocks per query, more than glibc's default thread cache holds;
    # returning them to the arenas took a third of the time of a simple query.
    environment.setdefault("GLIBC_TUNABLES", "glibc.malloc.tcache_count=256")
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, pass_fds=[descriptor], env=environment, start_new_session=True
    )


def _log_sandbox(fences: list[str]) -> None:
    if "namespace" in fences:
        _log.info("query workers run in a separate network namespace")
    elif "seccomp" in fences:
        _log.warning("no network namespace for query workers here; a system call filter blocks their network access")
    else:
        _log.warning("only the query guard blocks network access of query workers on this system")
    names = {"calls": "of system calls", "landlock": "of files (Landlock)"}
    if missing := [name for fence, name in names.items() if fence not in fences]:
        _log.warning("no restriction %s for query workers on this system", " and ".join(missing))
