"""How much the service's memory grows while a long answer streams through it."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass
from typing import Final

from benchmarks import load
from benchmarks.processes import descendants, resident
from benchmarks.servers import HOST, Server

_RECEIVE: Final = 1 << 18
_SAMPLE_SECONDS: Final = 0.02
_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Growth:
    """What one long answer cost.

    Attributes:
        rows: lines of the answer, its head not counted.
        bytes: of the response.
        seconds: until the last byte.
        before, peak: resident memory of the service's own process, in MiB.
        workers: growth of the worker that grew most, in MiB.
    """

    rows: int
    bytes: int
    seconds: float
    before: float
    peak: float
    workers: float

    @property
    def growth(self) -> float:
        """MiB."""
        return round(self.peak - self.before, 2)


def stream(server: Server, rows: int, *, bytes_per_second: float | None = None) -> Growth:
    """Ask for *rows* rows and watch the service's memory meanwhile.

    Args:
        server: this service, running.
        rows: how many.
        bytes_per_second: how fast the client reads; as fast as it can when ``None``.
    """
    query = f"SELECT ?s ?p ?o ?n {{ ?s ?p ?o . VALUES ?n {{ {_numbers(rows)} }} }} LIMIT {rows}"
    server.ask("SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 20000", "text/csv")
    watch = _Watch(server.process_id)
    began = time.perf_counter()
    with watch:
        lines, received = _read(server, query, bytes_per_second)
    return Growth(
        rows=lines - 1,
        bytes=received,
        seconds=round(time.perf_counter() - began, 2),
        before=round(watch.before / _MIB, 2),
        peak=round(watch.peak / _MIB, 2),
        workers=round(watch.worker_growth / _MIB, 2),
    )


def _numbers(rows: int) -> str:
    # More combinations than rows on any set of data that is measured here.
    return " ".join(str(number) for number in range(1 + rows // 10_000))


def _read(server: Server, query: str, bytes_per_second: float | None) -> tuple[int, int]:
    """Lines and bytes of the answer, read at the given pace and not kept."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=120)
    try:
        connection.request("GET", load.target(server.path, query), headers={"Accept": "text/tab-separated-values"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"the answer is a {answer.status}: {answer.read(500)!r}")
        lines = received = 0
        began = time.perf_counter()
        while data := answer.read1(_RECEIVE):
            received += len(data)
            lines += data.count(b"\n")
            if bytes_per_second:
                time.sleep(max(0.0, received / bytes_per_second - (time.perf_counter() - began)))
    finally:
        connection.close()
    return lines, received


class _Watch:
    """Samples the resident memory of a process and of its descendants in a thread."""

    def __init__(self, process_id: int) -> None:
        self._process_id = process_id
        self._going_on = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self.before = self.peak = resident(process_id)
        self._workers_before = {worker: resident(worker) for worker in descendants(process_id)}
        self.worker_growth = 0

    def __enter__(self) -> None:
        self._going_on.set()
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._going_on.clear()
        self._thread.join()

    def _sample(self) -> None:
        while self._going_on.is_set():
            self.peak = max(self.peak, resident(self._process_id))
            for worker, before in self._workers_before.items():
                self.worker_growth = max(self.worker_growth, resident(worker) - before)
            time.sleep(_SAMPLE_SECONDS)
