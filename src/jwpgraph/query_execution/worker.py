"""A query worker: a forked process that evaluates one query at a time over one release and streams the answer back.

It may be killed at any moment, and may die of what it is asked to do; the pool expects both. Nothing here runs in the
service's own process.
"""

from __future__ import annotations

import gc
import os
import socket
import time
from pathlib import Path
from typing import Any, Final

import orjson
from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, QueryTriples, RdfFormat, Store

from jwpgraph.query_execution import sandbox
from jwpgraph.query_execution.format_limits import LIMITED_FORMATS, NotExpressibleError, write_statements
from jwpgraph.query_execution.query_dataset import ReleaseDatasets
from jwpgraph.query_execution.serialization import ResultKind, choose_serialization, list_media_types
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
from jwpgraph.query_execution.xml_results import XML, CharacterNotInXmlError, XmlResultWriter
from jwpgraph.releases.release import ASSERTED
from jwpgraph.sparql_syntax.syntax_errors import explain_syntax_error

#: An answer is held back until this much of it exists, so that an error up to there gets a status of its own …
_HELD_BYTES: Final = 2**20
#: … or until this many seconds have passed.
_HELD_SECONDS: Final = 0.2
#: The same of formats in which it may turn out late that an answer cannot be written.
_HELD_LIMITED_BYTES: Final = 2**24
_HELD_LIMITED_SECONDS: Final = 2.0
_CHUNK_BYTES: Final = 64 * 1024
#: A worker that kept more than this share of its room after a query asks to be replaced.
_MOST_RETAINED_BYTES: Final = 0.25


class ResultTooLargeError(Exception):
    """The answer is longer than an answer may be."""


class ResultWriter:
    """A binary file that an answer is serialised into; what is written goes to the service in frames.

    The socket blocks, so a client that does not read stops the evaluation instead of filling memory.

    Attributes:
        begun: whether some of the answer was sent, so that it can no longer become another.
    """

    def __init__(
        self, connection: socket.socket, kind: ResultKind, media_type: str, limit: int, *, limited: bool = False
    ) -> None:
        self._channel = connection
        self._kind = kind
        self._media_type = media_type
        self.begun = False
        self._limit = limit
        self._pending: list[bytes] = []
        self._size = 0
        self._written = 0
        self._held_bytes = _HELD_LIMITED_BYTES if limited else _HELD_BYTES
        self._held_until = time.monotonic() + (_HELD_LIMITED_SECONDS if limited else _HELD_SECONDS)

    def write(self, data: bytes) -> int:
        """Takes the next bytes of the answer."""
        self._written += len(data)
        if self._written > self._limit:
            raise ResultTooLargeError
        self._pending.append(data)
        self._size += len(data)
        if self._size >= _CHUNK_BYTES and not self._held():
            self._send()
        return len(data)

    def flush(self) -> None:
        """Does nothing: what is small waits for the end."""

    def finish(self, *, bloated: bool) -> None:
        """Sends what is left, which may be the whole answer, and whether the worker wants replacing."""
        if self.begun:
            self._send(encode_frame(END, b"1" if bloated else b""))
            return
        names = self._kind.encode() + self._media_type.encode()
        head = WHOLE_HEAD.pack(bloated, len(self._kind), len(self._media_type)) + names
        self._channel.sendall(b"".join([PREFIX.pack(WHOLE, len(head) + self._size), head, *self._pending]))

    def _held(self) -> bool:
        return not self.begun and self._size < self._held_bytes and time.monotonic() < self._held_until

    def _send(self, end: bytes = b"") -> None:
        parts = [PREFIX.pack(DATA, self._size), *self._pending, end]
        if not self.begun:
            self.begun = True
            parts.insert(0, encode_frame(HEAD, orjson.dumps({"kind": self._kind, "media_type": self._media_type})))
        self._channel.sendall(b"".join(parts))
        self._pending.clear()
        self._size = 0


class QueryWorker:
    """Evaluates the queries that come over *queries*, one after the other.

    Args:
        connection: the worker's end of the stream that answers go to; it blocks.
        queries: the worker's end of the pair that queries come from, a packet each; it blocks.
        store_path: the release's store.
        room: bytes that a query may map beyond what the open store has.
        result_limit: bytes of the longest answer.
    """

    def __init__(
        self, connection: socket.socket, queries: socket.socket, store_path: str, room: int, result_limit: int
    ) -> None:
        self._channel = connection
        self._queries = queries
        # One buffer for all queries, so that the allocator is not asked for as much each time.
        self._packet = bytearray(PACKET_BYTES)
        self._result_limit = result_limit
        self._datasets = ReleaseDatasets(Store.read_only(store_path), Path(store_path).with_name(ASSERTED))
        self._bloat = int(room * _MOST_RETAINED_BYTES) + sandbox.limit_memory(room)

    def run(self) -> None:
        """Answers queries until the service closes the channel."""
        self._channel.sendall(encode_frame(READY))
        while (query := self._receive()) is not None:
            self._evaluate(query)

    def _receive(self) -> dict[str, Any] | None:
        size = self._queries.recv_into(self._packet)
        packet = memoryview(self._packet)[:size]
        if size == PREFIX.size and self._packet.startswith(LONG):
            packet = memoryview(self._read(PREFIX.unpack(packet)[1]))
        if not packet:
            return None
        query: dict[str, Any] = orjson.loads(packet)
        return query

    def _read(self, size: int) -> bytes:
        data = self._channel.recv(size, socket.MSG_WAITALL)
        return data if len(data) == size else b""

    def _evaluate(self, query: dict[str, Any]) -> None:
        try:
            self._answer(query)
        except SyntaxError as error:
            fault = explain_syntax_error(str(error), query["text"])
            self._fail("query-syntax", fault.detail, line=fault.line, column=fault.column)
        except ResultTooLargeError:
            self._fail("result-too-large")
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
        graph_types = query["graph_types"]
        while True:
            result = store.query(query["text"], base_iri=query["base_iri"], **dataset)
            kind = _result_kind(result)
            chosen = choose_serialization(kind, query["solution_types"], graph_types)
            if chosen is None:
                self._fail("not-acceptable", available=list(list_media_types(kind)))
                return
            media_type, format_ = chosen
            answer = ResultWriter(
                self._channel, kind, media_type, self._result_limit, limited=format_ in LIMITED_FORMATS
            )
            try:
                _serialize_result(result, answer, format_)
            except (NotExpressibleError, CharacterNotInXmlError) as error:
                graph_types = graph_types[graph_types.index(media_type) + 1 :] if kind == "graph" else []
                if answer.begun or choose_serialization(kind, (), graph_types) is None:
                    self._fail_to_express(error, kind)
                    return
                # The next best of what the client takes may have room for it.
                continue
            del result
            answer.finish(bloated=sandbox.peak_memory() > self._bloat)
            return

    def _fail_to_express(self, error: Exception, kind: ResultKind) -> None:
        if isinstance(error, CharacterNotInXmlError):
            self._fail("not-in-xml", "A literal holds a control character. Ask for JSON, or for Turtle.")
        else:
            others = [name for name, form in list_media_types(kind).items() if form not in LIMITED_FORMATS]
            self._fail("not-acceptable", str(error), available=others)

    def _fail(self, slug: str, detail: str = "", **members: Any) -> None:
        self._channel.sendall(encode_frame(ERROR, orjson.dumps({"slug": slug, "detail": detail, "members": members})))


def _result_kind(result: QuerySolutions | QueryBoolean | QueryTriples) -> ResultKind:
    if isinstance(result, QuerySolutions):
        return "solutions"
    return "boolean" if isinstance(result, QueryBoolean) else "graph"


def _serialize_result(
    result: QuerySolutions | QueryBoolean | QueryTriples, answer: ResultWriter, format_: QueryResultsFormat | RdfFormat
) -> None:
    if isinstance(result, QueryTriples) and isinstance(format_, RdfFormat):
        write_statements(result, answer, format_)
        return
    sink = XmlResultWriter(answer) if format_ in XML else answer
    result.serialize(sink, format=format_)  # type: ignore[arg-type]  # each kind with a format of its own; IO[bytes]


def main(
    connection: socket.socket, queries: socket.socket, store_path: str, room: int, result_limit: int, parent: int
) -> None:
    """What a freshly forked worker does until it is told to stop; never returns."""
    status = os.EX_SOFTWARE
    try:
        sandbox.die_with_parent(parent)
        sandbox.limit_process()
        gc.freeze()
        try:
            worker = QueryWorker(connection, queries, store_path, room, result_limit)
        except (OSError, ValueError) as error:
            failure = {"slug": "release-unreadable", "detail": str(error), "members": {}}
            connection.sendall(encode_frame(ERROR, orjson.dumps(failure)))
        else:
            worker.run()
            status = os.EX_OK
    finally:
        os._exit(status)
