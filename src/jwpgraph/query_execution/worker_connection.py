"""The service's connection to a worker: sends queries and passes results to the query tasks."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Literal, cast

import orjson

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.limits import QueryLimits
from jwpgraph.query_execution.query_task import QueryTask
from jwpgraph.query_execution.serialization import ResultKind
from jwpgraph.query_execution.spawner_client import WorkerSockets
from jwpgraph.query_execution.wire_protocol import (
    DATA,
    END,
    ERROR,
    HEAD,
    LONG,
    PACKET_BYTES,
    PREFIX,
    READY,
    WHOLE,
    WHOLE_HEAD,
    encode_frame,
)

_WHOLE_BEGINS: Final = PREFIX.size + WHOLE_HEAD.size


class WorkerConnection(asyncio.Protocol):
    """The connection to one worker.

    Args:
        number: the worker's number at the spawner.
        release_number: the number of its release.
        limits: the limits, for problems.
        on_stream: called when a long result begins; returns whether this worker may continue.
        on_done: called after each query with its problem or ``None``, and whether the worker should be replaced.
        on_lost: called when the connection is lost.
    """

    def __init__(
        self,
        number: int,
        release_number: int,
        limits: QueryLimits,
        on_stream: Callable[[WorkerConnection], bool],
        on_done: Callable[[WorkerConnection, ProblemError | None, bool], None],
        on_lost: Callable[[WorkerConnection], None],
    ) -> None:
        self.number = number
        self.release_number = release_number
        self.lane: Literal["quick", "slow"] = "quick"
        #: Whether the worker has a low CPU priority, which cannot be raised again.
        self.is_low_priority = False
        #: Whether the worker is excluded from one processor, permanently.
        self.is_confined = False
        #: The queries sent to the worker and not finished, in order; it evaluates the first.
        self.in_flight: deque[QueryTask] = deque()
        self.ready = asyncio.get_running_loop().create_future()
        self.lost = False
        self._limits = limits
        self._on_stream = on_stream
        self._on_done = on_done
        self._on_lost = on_lost
        self._sockets: WorkerSockets | None = None
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        #: Bytes of the current data frame that have not arrived yet.
        self._remaining = 0

    @property
    def query_task(self) -> QueryTask | None:
        """The query that the worker is evaluating, if any."""
        return self.in_flight[0] if self.in_flight else None

    async def open(self, sockets: WorkerSockets) -> None:
        """Connect to the worker and wait until its release is open.

        Raises:
            ProblemError: ``release-unreadable``.
            ConnectionError: the worker died before it was ready.
        """
        self._sockets = sockets
        await asyncio.get_running_loop().create_unix_connection(lambda: self, sock=sockets.stream)
        await self.ready

    def send(self, query_task: QueryTask) -> None:
        """Send a query to the worker, which evaluates it after the previous ones.

        Only a short query (:func:`fits_in_packet`) may be sent to a busy worker.
        """
        transport = cast("asyncio.Transport", self._transport)
        self.in_flight.append(query_task)
        if len(self.in_flight) == 1:
            self._begin(query_task)
        sockets = self._sockets
        if sockets is None:
            return
        # If the worker has just ended, sending fails; connection_lost is called next, and its queries are started over.
        with suppress(OSError):
            if fits_in_packet(query_task):
                sockets.queries.send(query_task.payload)
            else:
                sockets.queries.send(PREFIX.pack(LONG, len(query_task.payload)))
                transport.write(query_task.payload)

    def retract(self, *, first: bool = False) -> list[QueryTask]:
        """Retract and return the queries that the worker has not read.

        Args:
            first: whether to retract even a single query. Use only for a worker that has ended, because of a long query
                only the announcement can be retracted.
        """
        if self._sockets is None or len(self.in_flight) < 2 - first:
            return []
        unread = 0
        while unread < len(self.in_flight):
            try:
                self._sockets.unread.recv(1, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            unread += 1
        return [self.in_flight.pop() for _ in range(unread)][::-1]

    def finish(self) -> QueryTask | None:
        """Return the query that the worker has finished, and start the next one."""
        query_task = self.in_flight.popleft() if self.in_flight else None
        if self.in_flight:
            self._begin(self.in_flight[0])
        return query_task

    def close(self) -> None:
        """Close the connection; an idle worker then exits."""
        if self._transport is not None:
            self._transport.abort()
        if self._sockets is not None:
            self._sockets.queries.close()
            self._sockets.unread.close()
            self._sockets = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        """Report the loss of the worker."""
        self.lost = True
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("the worker ended before it was ready"))
            # Mark the exception as retrieved: there may be no waiter, which is not an error.
            self.ready.exception()
        self._on_lost(self)

    def data_received(self, data: bytes) -> None:
        """Process bytes from the worker; a short result mostly arrives in one piece."""
        if not self._buffer and not self._remaining:
            data = self._take_frames(data)
            if not data:
                return
        if self._remaining:
            part = data[: self._remaining]
            self._remaining -= len(part)
            self._pass_on(part)
            data = data[len(part) :]
        self._buffer += data
        while len(self._buffer) >= PREFIX.size:
            tag, size = PREFIX.unpack_from(self._buffer)
            end = PREFIX.size + size
            if tag == DATA:
                part = bytes(memoryview(self._buffer)[PREFIX.size : end])
                del self._buffer[:end]
                self._remaining = size - len(part)
                self._pass_on(part)
            elif len(self._buffer) >= end:
                payload = bytes(memoryview(self._buffer)[PREFIX.size : end])
                del self._buffer[:end]
                self._take(tag, payload)
            else:
                return

    def _begin(self, query_task: QueryTask) -> None:
        if self._transport is not None:
            query_task.begin(self.release_number, self._transport.pause_reading, self._transport.resume_reading)

    def _take_frames(self, data: bytes) -> bytes:
        """Process the complete ``WHOLE`` frames at the start of *data*; return the rest."""
        while data[:1] == WHOLE and len(data) >= PREFIX.size:
            end = PREFIX.size + PREFIX.unpack_from(data)[1]
            if end > len(data):
                break
            self._take_frame(data, end)
            data = data[end:]
        return data

    def _pass_on(self, part: bytes) -> None:
        if part and self.query_task is not None:
            self.query_task.data(part)

    def _take_frame(self, data: bytes, end: int) -> None:
        """Process the ``WHOLE`` frame at the start of *data*, up to *end*."""
        bloated, kind, media_type = WHOLE_HEAD.unpack_from(data, PREFIX.size)
        kind += _WHOLE_BEGINS
        media_type += kind
        if self.query_task is not None:
            name = cast("ResultKind", data[_WHOLE_BEGINS:kind].decode())
            self.query_task.complete(name, data[kind:media_type].decode(), data[media_type:end])
        self._on_done(self, None, bloated)

    def _take(self, tag: bytes, payload: bytes) -> None:
        if tag == READY:
            self.ready.set_result(None)
        elif tag == HEAD and self.query_task is not None:
            head = orjson.loads(payload)
            if self._on_stream(self):
                self.query_task.head(head["kind"], head["media_type"])
        elif tag == WHOLE:
            whole = encode_frame(tag, payload)
            self._take_frame(whole, len(whole))
        elif tag == END:
            self._on_done(self, None, bool(payload))
        elif tag == ERROR:
            report = orjson.loads(payload)
            problem = self._limits.worker_problem(report["slug"], report["detail"], report["members"])
            if self.ready.done():
                self._on_done(self, problem, False)
            else:
                self.ready.set_exception(problem)


def fits_in_packet(query_task: QueryTask) -> bool:
    """Return whether a query fits in one packet, so that it can be retracted."""
    return len(query_task.payload) <= PACKET_BYTES
