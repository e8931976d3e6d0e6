"""A load generator: concurrent connections, each of which sends its next request as soon as it has a response.

It runs in a process of its own (``python -m benchmarks.load``, a job as JSON on standard input, the result as JSON on
standard output), asks one URL after another of a list, and holds connections open. The loop is over a selector and
blocking-free sockets: on one core it is several times faster than the servers that it is to measure.
"""

from __future__ import annotations

import json
import math
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

_ROOT: Final = Path(__file__).resolve().parent.parent
_RECEIVE: Final = 1 << 18
_END_OF_HEAD: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Job:
    """A measurement: the requests to send and the load.

    Args:
        host: the address of the server.
        port: its TCP port.
        targets: request targets (path and query string), requested in turn.
        accept: the value of ``Accept``.
        connections: the number of concurrent connections.
        seconds: the duration.
        once: whether to stop when all targets have been requested once.
    """

    host: str
    port: int
    targets: list[str]
    accept: str
    connections: int = 8
    seconds: float = 1.0
    once: bool = False


@dataclass(slots=True)
class Measured:
    """The result of a measurement.

    Attributes:
        requests: complete responses with status 200.
        errors: responses with another status, and broken connections.
        seconds: from the first request to the last response.
        throughput: responses per second.
        p50, p99: percentiles of the response time in milliseconds.
        bytes: total size of the bodies.
        own_share: share of the time in which the generator was busy; near 1, the generator was the bottleneck.
        exhausted: whether all targets were requested before the time was over.
        cpu: milliseconds of processor time of the server per response; NaN if its process is not known.
    """

    requests: int
    errors: int
    seconds: float
    throughput: float
    p50: float
    p99: float
    bytes: int
    own_share: float
    exhausted: bool
    cpu: float = math.nan


def target(path: str, query: str) -> str:
    """Return the request target for *query* at the endpoint *path*."""
    return f"{path}?{urlencode({'query': query})}"


class Body:
    """Finds the end of one response in what comes from a connection (RFC 9112, sections 6 and 7.1)."""

    __slots__ = ("_buffer", "_chunked", "_missing", "size", "status")

    def __init__(self) -> None:
        self._buffer = b""
        self._chunked = False
        self._missing = -1
        self.status = 0
        self.size = 0

    def feed(self, data: bytes) -> bool:
        """Takes the next bytes; whether the response is complete with them.

        Raises:
            ValueError: no HTTP/1.1 response with a length, or more than one response.
        """
        if not self.status:
            data = self._buffer + data
            end = data.find(_END_OF_HEAD)
            if end < 0:
                self._buffer = data
                return False
            self._read_head(data[:end])
            self._buffer = b""
            data = data[end + 4 :]
        return self._skip_chunks(data) if self._chunked else self._skip(data)

    def _read_head(self, head: bytes) -> None:
        if not head.startswith(b"HTTP/1.1 "):
            raise ValueError(f"not a response: {head[:40]!r}")
        self.status = int(head[9:12])
        lower = head.lower()
        at = lower.find(b"\r\ncontent-length:")
        if at >= 0:
            self._missing = int(lower[at + 17 :].split(b"\r\n", 1)[0])
        elif b"\r\ntransfer-encoding: chunked" in lower:
            self._chunked = True
        else:
            raise ValueError("a response without a length")

    def _skip(self, data: bytes) -> bool:
        self._missing -= len(data)
        self.size += len(data)
        if self._missing < 0:
            raise ValueError("more than was asked for")
        return self._missing == 0

    def _skip_chunks(self, data: bytes) -> bool:
        data = self._buffer + data
        at = 0
        while True:
            line = data.find(b"\r\n", at)
            if line < 0:
                break
            length = int(data[at:line].split(b";", 1)[0], 16)
            end = line + 2 + length + 2
            if len(data) < end:
                break
            self.size += length
            at = end
            if length == 0:
                if len(data) > end:
                    raise ValueError("more than was asked for")
                return True
        self._buffer = data[at:]
        return False


class _Connection:
    __slots__ = ("_address", "asked", "body", "socket")

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self.asked = 0.0
        self.body = Body()
        self.open()

    def open(self) -> None:
        self.socket = socket.create_connection(self._address, timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> None:
        self.body = Body()
        self.asked = time.perf_counter()
        self.socket.sendall(request)


class _Run:
    """One job under way."""

    def __init__(self, job: Job) -> None:
        self._job = job
        head = f" HTTP/1.1\r\nHost: {job.host}:{job.port}\r\nAccept: {job.accept}\r\n\r\n".encode()
        self._requests = [b"GET " + one.encode() + head for one in job.targets]
        self._next = 0
        self._latencies: list[float] = []
        self._errors = 0
        self._bytes = 0
        self._selector = selectors.DefaultSelector()

    def run(self) -> Measured:
        job = self._job
        connections = [_Connection((job.host, job.port)) for _ in range(job.connections)]
        began, busy = time.perf_counter(), time.process_time()
        for connection in connections:
            self._selector.register(connection.socket, selectors.EVENT_READ, connection)
            self._ask(connection)
        deadline = began + job.seconds
        # Answers that are under way when time is up are waited for, though not for ever.
        while self._selector.get_map() and (now := time.perf_counter()) < deadline + 60:
            for key, _ in self._selector.select(timeout=1):
                self._receive(key.data, now < deadline)
        seconds, busy = time.perf_counter() - began, time.process_time() - busy
        self._errors += len(self._selector.get_map())
        for connection in connections:
            connection.socket.close()
        return self._measured(seconds, busy)

    def _ask(self, connection: _Connection) -> None:
        if self._job.once and self._next >= len(self._requests):
            self._selector.unregister(connection.socket)
            return
        request = self._requests[self._next % len(self._requests)]
        self._next += 1
        connection.ask(request)

    def _receive(self, connection: _Connection, going_on: bool) -> None:
        try:
            data = connection.socket.recv(_RECEIVE)
            complete = connection.body.feed(data) if data else False
        except (OSError, ValueError):
            data, complete = b"", False
        if not data:
            self._broken(connection, going_on)
            return
        if not complete:
            return
        body = connection.body
        self._bytes += body.size
        if body.status == 200:
            self._latencies.append(time.perf_counter() - connection.asked)
        else:
            self._errors += 1
        if going_on:
            self._ask(connection)
        else:
            self._selector.unregister(connection.socket)

    def _broken(self, connection: _Connection, going_on: bool) -> None:
        self._errors += 1
        self._selector.unregister(connection.socket)
        connection.socket.close()
        if going_on:
            try:
                connection.open()
            except OSError:
                return
            self._selector.register(connection.socket, selectors.EVENT_READ, connection)
            self._ask(connection)

    def _measured(self, seconds: float, busy: float) -> Measured:
        latencies = sorted(self._latencies)
        return Measured(
            requests=len(latencies),
            errors=self._errors,
            seconds=round(seconds, 4),
            throughput=round(len(latencies) / seconds, 2),
            p50=percentile(latencies, 0.50),
            p99=percentile(latencies, 0.99),
            bytes=self._bytes,
            own_share=round(busy / seconds, 3),
            exhausted=self._job.once and self._next >= len(self._requests),
        )


def percentile(ordered: Sequence[float], part: float) -> float:
    """Return the percentile *part* (0 to 1) of *ordered* seconds, in milliseconds; NaN if there are none."""
    if not ordered:
        return float("nan")
    return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))] * 1000, 3)


def run(job: Job) -> Measured:
    """Do *job* in this process."""
    return _Run(job).run()


def measure(job: Job) -> Measured:
    """Do *job* in a process of its own.

    Raises:
        RuntimeError: the process failed.
    """
    command = [sys.executable, "-m", "benchmarks.load"]
    done = subprocess.run(
        command, input=json.dumps(asdict(job)), capture_output=True, text=True, cwd=_ROOT, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the load generator failed: {done.stderr.strip()[-500:]}")
    result: dict[str, Any] = json.loads(done.stdout)
    return Measured(**result)


if __name__ == "__main__":
    print(json.dumps(asdict(run(Job(**json.load(sys.stdin))))))
