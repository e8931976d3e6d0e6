"""Several processes that answer requests on one port (``JWPGRAPH_PROCESSES``).

The first process, the *writer*, is a whole service. It starts the others, the *readers*
(:mod:`jwpgraph.server.reader_process`), which accept connections from the same listening socket, answer reads, and pass
everything else on to the writer (``docs/decisions/0018-front-processes.md``).
"""

from __future__ import annotations

import asyncio
import math
import os
import secrets
import socket
import sys
from contextlib import suppress
from functools import partial
from typing import Any, Final

import orjson
from prometheus_client import CollectorRegistry, Gauge

from jwpgraph.process_protocol import PROCESS_VERSION, make_version_problem
from jwpgraph.server.internal_requests import LOOPBACK, Peer
from jwpgraph.settings import Settings
from jwpgraph.supervision import ProcessEndedError, Supervisor

_GRACE_SECONDS: Final = 12.0
_START_SECONDS: Final = 120.0


def share_settings(settings: Settings) -> Settings:
    """Return the settings of one of the processes: workers and cache are divided among them.

    Each looks at CURRENT before it answers, so that no client sees an older release after a newer one.
    """
    if settings.processes == 1:
        return settings
    return settings.model_copy(
        update={
            "workers": math.ceil(settings.workers / settings.processes),
            "cache_mb": math.ceil(settings.cache_mb / settings.processes),
            "follow_current": True,
        }
    )


class ReaderEndedError(ProcessEndedError):
    """A reader has ended although the service runs."""


class FrontProcesses:
    """Starts the readers and restarts those that end.

    Args:
        settings: the settings of the service.
        listener: the listening socket of the service.
    """

    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        self._settings = settings
        self._listener = listener
        self.secret = secrets.token_urlsafe(24)
        #: Where the readers send what only the writer answers.
        self.internal = socket.create_server((LOOPBACK, 0))
        self._peers: dict[int, Peer] = {}
        self._running: set[asyncio.subprocess.Process] = set()
        self._ending = False

    @property
    def peers(self) -> dict[int, Peer]:
        """The readers that answer, by number; the writer is process 1."""
        return dict(self._peers)

    def start(self, supervisor: Supervisor, registry: CollectorRegistry) -> None:
        """Start the readers; *supervisor* restarts them and reports failures."""
        gauge = Gauge("jwpgraph_front_processes", "Processes that answer requests.", registry=registry)
        gauge.set_function(lambda: 1 + len(self._peers))
        for number in range(2, self._settings.processes + 1):
            supervisor.start(f"front process {number}", partial(self._run, number))

    def end(self) -> None:
        """Let all readers finish their requests, while the writer finishes its own; none is restarted."""
        self._ending = True
        for process in self._running:
            with suppress(ProcessLookupError):
                process.terminate()

    async def _run(self, number: int) -> None:
        """Run one reader until it ends.

        Raises:
            ReaderEndedError: it has ended or does not start, without :meth:`end` having been called.
            ProblemError: ``software-upgraded``.
        """
        if self._ending:
            return
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "jwpgraph.server.reader_start", str(os.getpid()), "jwpgraph.server.reader_process"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=[self._listener.fileno()],
            env=os.environ | {"JWPGRAPH_DATA_DIR": str(self._settings.data_dir.resolve())},
        )
        self._running.add(process)
        try:
            await self._follow(number, process)
        except ReaderEndedError:
            if not self._ending:
                raise
        finally:
            self._running.discard(process)
            self._peers.pop(number, None)
            await _end(process)

    async def _follow(self, number: int, process: asyncio.subprocess.Process) -> None:
        if self._ending:
            # It has been told while the process was being created.
            return
        greeting = await self._introduce(process)
        if greeting.get("version") != PROCESS_VERSION:
            raise make_version_problem(PROCESS_VERSION, greeting.get("version", ""))
        self._peers[number] = Peer(greeting["port"], self.secret)
        code = await process.wait()
        raise ReaderEndedError(f"it ended with exit status {code}")

    async def _introduce(self, process: asyncio.subprocess.Process) -> dict[str, Any]:
        """Tell the reader what it needs, and return what it replies when it is ready."""
        assert process.stdin is not None  # noqa: S101 - created with a pipe
        assert process.stdout is not None  # noqa: S101 - created with a pipe
        told = {
            "listener": self._listener.fileno(),
            "writer": self.internal.getsockname()[1],
            "secret": self.secret,
        }
        try:
            async with asyncio.timeout(_START_SECONDS):
                process.stdin.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
                await process.stdin.drain()
                line = await process.stdout.readline()
        except (OSError, RuntimeError, TimeoutError):
            line = b""
        if not line.endswith(b"\n"):
            raise ReaderEndedError("it does not start; see the log")
        greeting: dict[str, Any] = orjson.loads(line)
        return greeting


async def _end(process: asyncio.subprocess.Process) -> None:
    """Let a reader finish its requests, and kill it if it does not end in time."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
