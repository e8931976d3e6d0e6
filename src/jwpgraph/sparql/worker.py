"""A query worker: a forked process that evaluates one query at a time over one release and streams the answer back.

It may be killed at any moment, and may die of what it is asked to do; the pool expects both. Nothing here runs in the
service's own process.
"""

from __future__ import annotations

import gc
import os
import socket
import time
from typing import Any, Final

import orjson
from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, QueryTriples, RdfFormat, Store

from jwpgraph.sparql import fence
from jwpgraph.sparql.dataset import Datasets
from jwpgraph.sparql.frames import DATA, END, ERROR, HEAD, PREFIX, QUERY, READY, frame
from jwpgraph.sparql.serialization import Kind, choose, offers
from jwpgraph.sparql.syntax_errors import explain
from jwpgraph.sparql.xml_text import XML, NotInXmlError, XmlText

#: An answer is held back until this much of it exists, so that an error up to there gets a status of its own …
_HELD_BYTES: Final = 2**20
#: … or until this many seconds have passed.
_HELD_SECONDS: Final = 0.2
_CHUNK_BYTES: Final = 64 * 1024
#: A worker that kept more than this share of its room after a query asks to be replaced.
_BLOATED: Final = 0.25


class ResultTooLargeError(Exception):
    """The answer is longer than an answer may be."""


class Answer:
    """A binary file that an answer is serialised into; what is written goes to the service in frames.

    The socket blocks, so a client that does not read stops the evaluation instead of filling memory.
    """

    def __init__(self, channel: socket.socket, kind: Kind, media_type: str, limit: int) -> None:
        self._channel = channel
        self._head: dict[str, Any] | None = {"kind": kind, "media_type": media_type}
        self._limit = limit
        self._pending: list[bytes] = []
        self._size = 0
        self._written = 0
        self._held_until = time.monotonic() + _HELD_SECONDS

    def write(self, data: bytes) -> int:
        """Takes the next bytes of the answer."""
        self._written += len(data)
        if self._written > self._limit:
            raise ResultTooLargeError
        self._pending.append(data)
        self._size += len(data)
        if self._size >= _CHUNK_BYTES and not self._held():
            self._send(b"")
        return len(data)

    def flush(self) -> None:
        """Does nothing: what is small waits for the end."""

    def finish(self, end: bytes) -> None:
        """Sends what is left, and *end* behind it; an answer that was held back whole says how long it is."""
        if self._head is not None:
            self._head["length"] = self._written
        self._send(end)

    def _held(self) -> bool:
        return self._head is not None and self._size < _HELD_BYTES and time.monotonic() < self._held_until

    def _send(self, end: bytes) -> None:
        head = frame(HEAD, orjson.dumps(self._head)) if self._head is not None else b""
        self._channel.sendall(b"".join([head, PREFIX.pack(DATA, self._size), *self._pending, end]))
        self._head = None
        self._pending.clear()
        self._size = 0


class Worker:
    """Evaluates the queries that come over *channel*.

    Args:
        channel: the worker's end of a blocking socket pair.
        store_path: the release's store.
        room: bytes that a query may map beyond what the open store has.
        result_limit: bytes of the longest answer.
    """

    def __init__(self, channel: socket.socket, store_path: str, room: int, result_limit: int) -> None:
        self._channel = channel
        self._result_limit = result_limit
        self._buffer = bytearray()
        self._datasets = Datasets(Store.read_only(store_path))
        self._bloat = int(room * _BLOATED) + fence.limit_memory(room)

    def run(self) -> None:
        """Answers queries until the service closes the channel."""
        self._channel.sendall(frame(READY))
        while (query := self._receive()) is not None:
            self._evaluate(query)

    def _receive(self) -> dict[str, Any] | None:
        buffer = self._buffer
        length: int | None = None
        while length is None or len(buffer) < length:
            data = self._channel.recv(1 << 18)
            if not data:
                return None
            buffer += data
            if length is None and len(buffer) >= PREFIX.size:
                tag, size = PREFIX.unpack_from(buffer)
                if tag != QUERY:
                    return None
                length = PREFIX.size + size
        query: dict[str, Any] = orjson.loads(memoryview(buffer)[PREFIX.size : length])
        buffer.clear()
        return query

    def _evaluate(self, query: dict[str, Any]) -> None:
        try:
            self._answer(query)
        except SyntaxError as error:
            fault = explain(str(error), query["text"])
            self._fail("query-syntax", fault.detail, line=fault.line, column=fault.column)
        except ResultTooLargeError:
            self._fail("result-too-large")
        except NotInXmlError:
            self._fail("not-in-xml", "A literal holds a control character. Ask for JSON, or for Turtle.")
        except MemoryError:
            self._fail("query-memory")
            os._exit(os.EX_TEMPFAIL)
        except (BrokenPipeError, ConnectionResetError):
            os._exit(os.EX_OK)
        except (ValueError, OSError, RuntimeError) as error:
            self._fail("query-failed", " ".join(str(error).split()))

    def _answer(self, query: dict[str, Any]) -> None:
        store, dataset = self._datasets.select(
            query["text"], query["default_graphs"], query["named_graphs"], entailment=query["entailment"]
        )
        result = store.query(query["text"], base_iri=query["base_iri"], **dataset)
        kind = _kind(result)
        chosen = choose(kind, query["solution_types"], query["graph_types"])
        if chosen is None:
            self._fail("not-acceptable", available=list(offers(kind)))
            return
        media_type, format_ = chosen
        answer = Answer(self._channel, kind, media_type, self._result_limit)
        _serialize(result, answer, format_)
        del result
        answer.finish(frame(END, b"1" if fence.peak_memory() > self._bloat else b""))

    def _fail(self, slug: str, detail: str = "", **members: Any) -> None:
        self._channel.sendall(frame(ERROR, orjson.dumps({"slug": slug, "detail": detail, "members": members})))


def _kind(result: QuerySolutions | QueryBoolean | QueryTriples) -> Kind:
    if isinstance(result, QuerySolutions):
        return "solutions"
    return "boolean" if isinstance(result, QueryBoolean) else "graph"


def _serialize(
    result: QuerySolutions | QueryBoolean | QueryTriples, answer: Answer, format_: QueryResultsFormat | RdfFormat
) -> None:
    sink = XmlText(answer) if format_ in XML else answer
    result.serialize(sink, format=format_)  # type: ignore[arg-type]  # each kind with a format of its own; IO[bytes]


def main(channel: socket.socket, store_path: str, room: int, result_limit: int) -> None:
    """What a freshly forked worker does until it is told to stop; never returns."""
    status = os.EX_SOFTWARE
    try:
        fence.die_with_parent()
        fence.limit_process()
        gc.freeze()
        try:
            worker = Worker(channel, store_path, room, result_limit)
        except (OSError, ValueError) as error:
            failure = {"slug": "release-unreadable", "detail": str(error), "members": {}}
            channel.sendall(frame(ERROR, orjson.dumps(failure)))
        else:
            worker.run()
            status = os.EX_OK
    finally:
        os._exit(status)
