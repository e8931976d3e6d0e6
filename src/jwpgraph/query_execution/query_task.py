"""A query task: the request, its client, and the result as it arrives from the worker."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.query_execution.serialization import GRAPH_FORMATS, SOLUTION_FORMATS, ResultKind
from jwpgraph.tracing import get_current_context

#: Buffered bytes of a result above which reading from the worker is paused.
_HIGH_WATER: Final = 512 * 1024
#: Buffered bytes below which reading is resumed.
_LOW_WATER: Final = 128 * 1024


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """A query with its dataset, acceptable formats and time limit.

    Args:
        text: the SPARQL 1.1 query.
        default_graphs: values of ``default-graph-uri``; ``None`` if the request specifies no dataset.
        named_graphs: values of ``named-graph-uri``; ``None`` if the request specifies no dataset.
        entailment: whether the default dataset includes entailments.
        base_iri: the base IRI for relative IRIs.
        solution_types: acceptable media types for SELECT and ASK, preferred first.
        graph_types: acceptable media types for CONSTRUCT and DESCRIBE, preferred first.
        timeout: requested time limit in seconds.
        bindings: terms to substitute for variables of a SELECT; each must be projected (pyoxigraph ``substitutions``).
    """

    text: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    entailment: bool = True
    base_iri: str | None = None
    solution_types: tuple[str, ...] = tuple(SOLUTION_FORMATS)
    graph_types: tuple[str, ...] = tuple(GRAPH_FORMATS)
    timeout: float | None = None
    bindings: tuple[tuple[str, QueryTerm], ...] = ()

    def payload(self) -> bytes:
        """Return the request as a JSON document for the worker.

        Raises:
            ProblemError: ``query-not-unicode`` (400) if the text contains a lone surrogate.
        """
        try:
            return orjson.dumps(
                {
                    "text": self.text,
                    "default_graphs": self.default_graphs,
                    "named_graphs": self.named_graphs,
                    "entailment": self.entailment,
                    "base_iri": self.base_iri,
                    "solution_types": self.solution_types,
                    "graph_types": self.graph_types,
                    "bindings": self.bindings,
                }
            )
        except orjson.JSONEncodeError:
            detail = "the request contains a lone surrogate, which is not valid Unicode text"
            raise ProblemError("query-not-unicode", "The query is not Unicode text", detail) from None


class ResultTruncatedError(Exception):
    """The result was truncated after its first bytes were sent; the connection must be aborted.

    Args:
        problem: the reason, which can no longer be sent.
    """

    def __init__(self, problem: ProblemError) -> None:
        super().__init__(problem.line())
        self.problem = problem


class QueryTask:
    """A query that is waiting, running or finished; iterate over it for the bytes of the result.

    ``kind``, ``media_type`` and ``release_number`` are set when :meth:`wait_for_result` has returned.
    """

    kind: ResultKind
    media_type: str

    def __init__(
        self, request: QueryRequest, client: str, seconds: float, on_close: Callable[[QueryTask], None]
    ) -> None:
        self.request = request
        self.payload = request.payload()
        self.client = client
        self.query_id = _make_task_id()
        self.release_number = 0
        self.seconds = seconds
        self.trace_context = get_current_context()
        self.arrived = time.monotonic()
        self.deadline = self.arrived + seconds
        self.started: float | None = None
        #: Time at which the client stopped reading; ``None`` while it reads.
        self.stalled_since: float | None = None
        self.state: Literal["waiting", "running", "finished"] = "waiting"
        #: Whether the result has begun or the query has failed.
        self.begun = False
        self.resume: Callable[[], None] | None = None
        self.pause: Callable[[], None] | None = None
        self._on_close = on_close
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._failure: ProblemError | None = None
        self._refusal: ProblemError | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._waiter: asyncio.Future[None] | None = None

    def describe(self) -> dict[str, Any]:
        """Return the description for the list of running queries."""
        return {
            "id": self.query_id,
            "client": self.client,
            "query": self.request.text[:500],
            "state": self.state,
            "seconds": round(time.monotonic() - self.arrived, 3),
            "timeout": self.seconds,
            "release": self.release_number,
        }

    @property
    def body(self) -> bytes | None:
        """The complete result if it has arrived, else ``None``."""
        if self.state != "finished" or self._failure is not None:
            return None
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    async def wait_for_result(self) -> None:
        """Wait until the result begins. Several callers may wait; cancelling one does not affect the others.

        Raises:
            ProblemError: the query failed.
        """
        if not self.begun:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        if self._refusal is not None:
            raise self._refusal

    async def read(self) -> bytes:
        """Return the complete result and close the task.

        Raises:
            ProblemError: a limit was exceeded.
        """
        try:
            return b"".join([chunk async for chunk in self])
        except ResultTruncatedError as error:
            raise error.problem from None
        finally:
            await self.aclose()

    def __aiter__(self) -> QueryTask:
        return self

    async def __anext__(self) -> bytes:
        while not self._chunks:
            if self._failure is not None:
                raise ResultTruncatedError(self._failure)
            if self.state == "finished":
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self._failure is not None:
            raise ResultTruncatedError(self._failure)
        chunk = self._chunks.popleft()
        self._buffered -= len(chunk)
        if self.stalled_since is not None and self._buffered < _LOW_WATER:
            self.stalled_since = None
            if self.resume is not None:
                self.resume()
        return chunk

    def close(self) -> None:
        """Release the worker; a worker that is still evaluating the query is killed."""
        self._on_close(self)

    async def aclose(self) -> None:
        """Close the task (:meth:`close`), for ``async with aclosing(…)``."""
        self.close()

    # Called by the pool.

    def begin(self, release_number: int, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        """Record that a worker has started the query, with functions that pause and resume reading from it."""
        self.release_number = release_number
        self.state = "running"
        self.started = time.monotonic()
        self.pause, self.resume = pause, resume

    def head(self, kind: ResultKind, media_type: str) -> None:
        """Record the start of a streamed result."""
        self.kind, self.media_type = kind, media_type
        self._begin()

    def complete(self, kind: ResultKind, media_type: str, body: bytes) -> None:
        """Record a complete result."""
        self.kind, self.media_type = kind, media_type
        self._chunks.append(body)
        self._buffered = len(body)

    def data(self, chunk: bytes) -> None:
        """Append the next bytes of the result; pause the worker if the client does not keep up."""
        self._chunks.append(chunk)
        self._buffered += len(chunk)
        if self._buffered > _HIGH_WATER and self.stalled_since is None and self.pause is not None:
            self.stalled_since = time.monotonic()
            self.pause()
        self._wake()

    def end(self) -> None:
        """Record the end of the result."""
        self.state = "finished"
        self.pause = self.resume = None
        self._begin()
        self._wake()

    def fail(self, problem: ProblemError) -> None:
        """Record that the query failed or its result is incomplete."""
        self.state = "finished"
        self.pause = self.resume = None
        self._failure = problem
        self._begin(problem)
        self._wake()

    def requeue(self) -> None:
        """Return to the waiting state after preemption; the query will be started over."""
        self.state = "waiting"
        self.pause = self.resume = None

    def _begin(self, refusal: ProblemError | None = None) -> None:
        if self.begun:
            return
        self.begun, self._refusal = True, refusal
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


#: Random part of the ids of this process; begins with the two variant bits of RFC 9562.
_PROCESS: Final = f"{0x8 | os.urandom(1)[0] & 0x3:x}{os.urandom(8).hex()[1:]}"
_count = itertools.count()


def _make_task_id() -> str:
    """Return a version 7 UUID in hexadecimal (RFC 9562, section 5.7), with a counter after the time (section 6.2).

    Ids sort by time, which groups the entries of one incident in a log.
    """
    return f"{int(time.time() * 1000) & 0xFFFFFFFFFFFF:012x}7{next(_count) & 0xFFF:03x}{_PROCESS}"
