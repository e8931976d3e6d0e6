"""The query worker: a forked process that evaluates one query at a time on one release and streams the result.

It may be killed at any time and may crash on a query; the pool handles both. This code never runs in the service's own
process.
"""

from __future__ import annotations

import gc
import os
import re
import socket
import time
from pathlib import Path
from typing import Any, Final

import orjson
from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, QueryTriples, RdfFormat, Store, Variable

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution import sandbox
from jwpgraph.query_execution.format_limits import LIMITED_FORMATS, NotExpressibleError, write_statements
from jwpgraph.query_execution.landlock import give_up_files
from jwpgraph.query_execution.queries import make_term
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
from jwpgraph.releases.store_names import ASSERTED
from jwpgraph.sparql_syntax.bound_values import insert_values
from jwpgraph.sparql_syntax.engine_text import adapt_query
from jwpgraph.sparql_syntax.syntax_errors import explain_evaluation_error, explain_syntax_error

#: What RocksDB calls files that it cannot read.
_UNREADABLE: Final = re.compile(r"\b(?:IO error|Corruption): ")
#: A result is held back until it has this many bytes, so that an error before can still change the HTTP status,
_HELD_BYTES: Final = 2**20
#: or until this many seconds have passed.
_HELD_SECONDS: Final = 0.2
#: The same limit for formats in which a late statement may turn out to be inexpressible.
_HELD_LIMITED_BYTES: Final = 2**24
_HELD_LIMITED_SECONDS: Final = 2.0
_CHUNK_BYTES: Final = 64 * 1024
#: A worker asks to be replaced if it retains more than this fraction of its memory limit after a query.
_MOST_RETAINED_BYTES: Final = 0.25


class ResultTooLargeError(Exception):
    """The result exceeds the size limit."""


class ResultWriter:
    """A binary file object that sends the serialised result to the service in frames.

    The socket is blocking, so that the evaluation waits for a client that does not read.

    Attributes:
        begun: whether a part of the result was sent, so that its format is final.
    """

    def __init__(
        self, connection: socket.socket, kind: ResultKind, media_type: str, limit: int, *, limited: bool = False
    ) -> None:
        self._connection = connection
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
        """Write the next bytes of the result; raise :class:`ResultTooLargeError` above the limit."""
        self._written += len(data)
        if self._written > self._limit:
            raise ResultTooLargeError
        self._pending.append(data)
        self._size += len(data)
        if self._size >= _CHUNK_BYTES and not self._must_hold():
            self._send()
        return len(data)

    def flush(self) -> None:
        """Do nothing; small results are sent by :meth:`finish`."""

    def finish(self, *, bloated: bool) -> None:
        """Send the rest of the result, or all of it; *bloated* asks for a replacement of the worker."""
        if self.begun:
            self._send(encode_frame(END, b"1" if bloated else b""))
            return
        names = self._kind.encode() + self._media_type.encode()
        head = WHOLE_HEAD.pack(bloated, len(self._kind), len(self._media_type)) + names
        self._connection.sendall(b"".join([PREFIX.pack(WHOLE, len(head) + self._size), head, *self._pending]))

    def _must_hold(self) -> bool:
        return not self.begun and self._size < self._held_bytes and time.monotonic() < self._held_until

    def _send(self, end: bytes = b"") -> None:
        parts = [PREFIX.pack(DATA, self._size), *self._pending, end]
        if not self.begun:
            self.begun = True
            parts.insert(0, encode_frame(HEAD, orjson.dumps({"kind": self._kind, "media_type": self._media_type})))
        self._connection.sendall(b"".join(parts))
        self._pending.clear()
        self._size = 0


class QueryWorker:
    """Evaluates queries one after the other.

    Args:
        connection: the worker's end of the stream for results; blocking.
        queries: the worker's end of the packet socket pair for queries; blocking.
        store_path: path of the store of the release.
        room: bytes of address space that a query may use in addition to the opened store.
        result_limit: maximum size of a result in bytes.
    """

    def __init__(
        self, connection: socket.socket, queries: socket.socket, store_path: str, room: int, result_limit: int
    ) -> None:
        self._connection = connection
        self._queries = queries
        # One buffer for all queries saves an allocation per query.
        self._packet = bytearray(PACKET_BYTES)
        self._result_limit = result_limit
        self._datasets = ReleaseDatasets(Store.read_only(store_path), Path(store_path).with_name(ASSERTED))
        self._bloat = int(room * _MOST_RETAINED_BYTES) + sandbox.limit_memory(room)

    def run(self) -> None:
        """Evaluate queries until the service closes the connection."""
        self._connection.sendall(encode_frame(READY))
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
        data = self._connection.recv(size, socket.MSG_WAITALL)
        return data if len(data) == size else b""

    def _evaluate(self, query: dict[str, Any]) -> None:
        try:
            self._answer(query)
        except SyntaxError as error:
            fault = explain_syntax_error(str(error), query["text"])
            self._fail("query-syntax", fault.detail, line=fault.line, column=fault.column)
        except ProblemError as problem:
            self._fail(problem.slug, problem.detail, **problem.members)
        except ResultTooLargeError:
            self._fail("result-too-large")
        except MemoryError:
            self._fail("query-memory")
            os._exit(os.EX_TEMPFAIL)
        except (BrokenPipeError, ConnectionResetError):
            os._exit(os.EX_OK)
        except (ValueError, OSError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            if not isinstance(error, ValueError) and _UNREADABLE.search(reason):
                self._fail("release-unreadable", reason)
                return
            fault = explain_evaluation_error(reason, query["text"])
            place = {} if fault.line is None else {"line": fault.line, "column": fault.column}
            self._fail("query-failed", fault.detail, **place)

    def _answer(self, query: dict[str, Any]) -> None:
        store, dataset = self._datasets.select(
            query["text"], query["default_graphs"], query["named_graphs"], entailment=query["entailment"]
        )
        text = query["text"]
        if query["bindings"]:
            values = {name: make_term(**term) for name, term in query["bindings"]}
            dataset["substitutions"] = {Variable(name): term for name, term in values.items()}
            text = insert_values(text, {name: str(term) for name, term in values.items()})
        text = adapt_query(text, lambda: self._datasets.name_graphs(query["text"], dataset))
        graph_types = query["graph_types"]
        while True:
            result = store.query(text, base_iri=query["base_iri"], **dataset)
            kind = _get_result_kind(result)
            chosen = choose_serialization(kind, query["solution_types"], graph_types)
            if chosen is None:
                self._fail("not-acceptable", available=list(list_media_types(kind)))
                return
            media_type, format_ = chosen
            answer = ResultWriter(
                self._connection, kind, media_type, self._result_limit, limited=format_ in LIMITED_FORMATS
            )
            try:
                _serialize_result(result, answer, format_)
            except (NotExpressibleError, CharacterNotInXmlError) as error:
                graph_types = graph_types[graph_types.index(media_type) + 1 :] if kind == "graph" else []
                if answer.begun or choose_serialization(kind, (), graph_types) is None:
                    self._fail_to_express(error, kind)
                    return
                # The next format that the client accepts may be able to express it.
                continue
            del result
            answer.finish(bloated=sandbox.measure_peak_memory() > self._bloat)
            return

    def _fail_to_express(self, error: Exception, kind: ResultKind) -> None:
        if isinstance(error, CharacterNotInXmlError):
            self._fail("not-in-xml", "A literal contains a control character. Request JSON or Turtle instead.")
        else:
            others = [name for name, form in list_media_types(kind).items() if form not in LIMITED_FORMATS]
            self._fail("not-acceptable", str(error), available=others)

    def _fail(self, slug: str, detail: str = "", **members: Any) -> None:
        self._connection.sendall(
            encode_frame(ERROR, orjson.dumps({"slug": slug, "detail": detail, "members": members}))
        )


def _get_result_kind(result: QuerySolutions | QueryBoolean | QueryTriples) -> ResultKind:
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
    result.serialize(sink, format=format_)  # type: ignore[arg-type]  # each kind has its own format; IO[bytes]


def main(
    connection: socket.socket,
    queries: socket.socket,
    store_path: str,
    room: int,
    result_limit: int,
    parent: int,
    *,
    network: bool,
) -> None:
    """Run a freshly forked worker; never returns."""
    status = os.EX_SOFTWARE
    try:
        sandbox.die_with_parent(parent)
        sandbox.limit_process()
        give_up_files([Path(store_path).parent], network=network)
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
