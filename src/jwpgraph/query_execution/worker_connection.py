"""The service's end of a worker's line: sends it queries and hands what comes back to the evaluations."""

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
    """One worker as the pool sees it.

    Args:
        number: the worker's number in the nursery.
        release_number: the release that it has open.
        limits: for the problems that it reports.
        on_stream: called when a long answer begins; whether it may go on in this worker.
        on_done: called when it has finished a query, with the error if there was one, and whether it wants replacing.
        on_lost: called when it is gone.
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
        #: Whether it yields the processor to others, which it cannot take back.
        self.is_low_priority = False
        #: Whether it leaves a processor to others, likewise.
        self.is_confined = False
        #: What it was given and has not answered, in order; it evaluates the first.
        self.in_flight: deque[QueryTask] = deque()
        self.ready = asyncio.get_running_loop().create_future()
        self.lost = False
        self._limits = limits
        self._on_stream = on_stream
        self._on_done = on_done
        self._on_lost = on_lost
        self._line: WorkerSockets | None = None
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        #: Bytes of the data frame under way that have not come yet; they are passed on as they come.
        self._remaining = 0

    @property
    def query_task(self) -> QueryTask | None:
        """What the worker is busy with."""
        return self.in_flight[0] if self.in_flight else None

    async def open(self, line: WorkerSockets) -> None:
        """Connects to the worker and waits until its release is open.

        Raises:
            ProblemError: ``release-unreadable``.
            ConnectionError: the worker died before.
        """
        self._line = line
        await asyncio.get_running_loop().create_unix_connection(lambda: self, sock=line.stream)
        await self.ready

    def send(self, query_task: QueryTask) -> None:
        """Has the worker evaluate, after what it was given before.

        Only short queries may stand in line (:func:`fits_in_packet`); a long one must be given to an idle worker.
        """
        transport = cast("asyncio.Transport", self._transport)
        self.in_flight.append(query_task)
        if len(self.in_flight) == 1:
            self._begin(query_task)
        line = self._line
        if line is None:
            return
        # A worker that has ended just now takes nothing; that its connection is lost is told next, and what it was
        # given is started over.
        with suppress(OSError):
            if fits_in_packet(query_task):
                line.queries.send(query_task.payload)
            else:
                line.queries.send(PREFIX.pack(LONG, len(query_task.payload)))
                transport.write(query_task.payload)

    def retract(self, *, first: bool = False) -> list[QueryTask]:
        """What stands in line and was not taken up by the worker, which now never will.

        Args:
            first: even what nothing stands in line behind; of a worker that has ended, since of a long query only the
                announcement can be taken back.
        """
        if self._line is None or len(self.in_flight) < 2 - first:
            return []
        unread = 0
        while unread < len(self.in_flight):
            try:
                self._line.unread.recv(1, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            unread += 1
        return [self.in_flight.pop() for _ in range(unread)][::-1]

    def finish(self) -> QueryTask | None:
        """What the worker has just finished; the next in line is its turn."""
        query_task = self.in_flight.popleft() if self.in_flight else None
        if self.in_flight:
            self._begin(self.in_flight[0])
        return query_task

    def close(self) -> None:
        """Lets go of the channel; an idle worker ends by itself then."""
        if self._transport is not None:
            self._transport.abort()
        if self._line is not None:
            self._line.queries.close()
            self._line.unread.close()
            self._line = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The transport is there."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        """The worker is gone, or was let go."""
        self.lost = True
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("the worker ended before it was ready"))
            # Whoever waits for it is told; that nobody may wait any more is no reason for a warning.
            self.ready.exception()
        self._on_lost(self)

    def data_received(self, data: bytes) -> None:
        """Bytes came from the worker, in no particular portions; short answers mostly come by themselves."""
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
        """Takes the complete ``WHOLE`` frames that *data* begins with; the rest."""
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
        """The ``WHOLE`` frame that *data* begins with, up to *end*."""
        bloated, kind, media_type = WHOLE_HEAD.unpack_from(data, PREFIX.size)
        kind += _WHOLE_BEGINS
        media_type += kind
        if self.query_task is not None:
            name = cast("ResultKind", data[_WHOLE_BEGINS:kind].decode())
            self.query_task.whole(name, data[kind:media_type].decode(), data[media_type:end])
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
            problem = self._limits.failed(report["slug"], report["detail"], report["members"])
            if self.ready.done():
                self._on_done(self, problem, False)
            else:
                self.ready.set_exception(problem)


def fits_in_packet(query_task: QueryTask) -> bool:
    """Whether a query fits into a packet, so that it can be taken back."""
    return len(query_task.payload) <= PACKET_BYTES
