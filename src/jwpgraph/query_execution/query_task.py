"""One query on its way: what was asked, by whom, and the answer as it arrives."""

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

#: Bytes of an answer that may wait here for the client before the worker is made to wait.
_HIGH_WATER: Final = 512 * 1024
_LOW_WATER: Final = 128 * 1024


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """A query and how it is to be answered.

    Args:
        text: the query, SPARQL 1.1.
        default_graphs: ``default-graph-uri`` of the request; None when no dataset is named (an empty tuple: empty).
        named_graphs: ``named-graph-uri`` of the request; None when no dataset is named.
        entailment: whether materialised entailments are seen when neither request nor query names a dataset.
        base_iri: what relative IRIs in the query are resolved against.
        solution_types: media types acceptable for SELECT and ASK, best first.
        graph_types: media types acceptable for CONSTRUCT and DESCRIBE, best first.
        timeout: seconds that the client gives the query, at most those of the setting.
        bindings: terms that variables of a SELECT stand for; each must be projected (pyoxigraph ``substitutions``).
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
        """The request as a worker reads it.

        Raises:
            ProblemError: ``query-not-unicode``; the text has a lone surrogate.
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
            detail = "the request holds a lone surrogate, which no Unicode text has"
            raise ProblemError("query-not-unicode", "The query is not Unicode text", detail) from None


class ResultTruncatedError(Exception):
    """The answer broke off after its first bytes were handed out: the connection must be aborted.

    Args:
        problem: why; too late to be sent.
    """

    def __init__(self, problem: ProblemError) -> None:
        super().__init__(problem.line())
        self.problem = problem


class QueryTask:
    """A query that is waiting, running or answered; iterate over it for the bytes of the answer.

    ``kind``, ``media_type`` and ``release_number`` are known once :meth:`answered` has returned.
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
        self.arrived = time.monotonic()
        self.deadline = self.arrived + seconds
        self.started: float | None = None
        #: When the client stopped reading, while it does not read.
        self.stalled_since: float | None = None
        self.state: Literal["waiting", "running", "finished"] = "waiting"
        #: Whether the answer has begun, or will not.
        self.begun = False
        self.resume: Callable[[], None] | None = None
        self.pause: Callable[[], None] | None = None
        self._on_close = on_close
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._failure: ProblemError | None = None
        self._refusal: ProblemError | None = None
        self._audience: list[asyncio.Future[None]] = []
        self._waiter: asyncio.Future[None] | None = None

    def describe(self) -> dict[str, Any]:
        """The query as an operator's list shows it."""
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
        """The whole answer when all of it is here already, as it is for all but long ones; None otherwise."""
        if self.state != "finished" or self._failure is not None:
            return None
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    async def answered(self) -> None:
        """Returns when the answer begins. Several may wait; who leaves takes nothing from the others.

        Raises:
            ProblemError: it will not begin.
        """
        if not self.begun:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._audience.append(waiter)
            await waiter
        if self._refusal is not None:
            raise self._refusal

    async def read(self) -> bytes:
        """The whole answer.

        Raises:
            ProblemError: a limit was broken on the way.
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
        """Frees the worker; one that is still evaluating is killed."""
        self._on_close(self)

    async def aclose(self) -> None:
        """As :meth:`close`, for ``async with aclosing(…)``."""
        self.close()

    # What the pool reports.

    def begin(self, release_number: int, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        """A worker took the query up."""
        self.release_number = release_number
        self.state = "running"
        self.started = time.monotonic()
        self.pause, self.resume = pause, resume

    def head(self, kind: ResultKind, media_type: str) -> None:
        """The answer begins, and will go on for a while."""
        self.kind, self.media_type = kind, media_type
        self._begin()

    def whole(self, kind: ResultKind, media_type: str, body: bytes) -> None:
        """The answer came at once."""
        self.kind, self.media_type = kind, media_type
        self._chunks.append(body)
        self._buffered = len(body)

    def data(self, chunk: bytes) -> None:
        """The next bytes of the answer."""
        self._chunks.append(chunk)
        self._buffered += len(chunk)
        if self._buffered > _HIGH_WATER and self.stalled_since is None and self.pause is not None:
            self.stalled_since = time.monotonic()
            self.pause()
        self._wake()

    def end(self) -> None:
        """The answer is complete."""
        self.state = "finished"
        self.pause = self.resume = None
        self._begin()
        self._wake()

    def fail(self, problem: ProblemError) -> None:
        """The answer will not come, or not whole."""
        self.state = "finished"
        self.pause = self.resume = None
        self._failure = problem
        self._begin(problem)
        self._wake()

    def requeue(self) -> None:
        """The worker was taken away before the answer began; another one will start over."""
        self.state = "waiting"
        self.pause = self.resume = None

    def _begin(self, refusal: ProblemError | None = None) -> None:
        if self.begun:
            return
        self.begun, self._refusal = True, refusal
        for waiter in self._audience:
            if not waiter.done():
                waiter.set_result(None)
        self._audience.clear()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


#: Tells the ids of this process from those of another; begins with the variant of RFC 9562, two bits.
_PROCESS: Final = f"{0x8 | os.urandom(1)[0] & 0x3:x}{os.urandom(8).hex()[1:]}"
_count = itertools.count()


def _make_task_id() -> str:
    """A UUID of version 7 in hexadecimal (RFC 9562, section 5.7), with a counter behind the time (section 6.2).

    It sorts by time, so that ids of one incident stand together in a log.
    """
    return f"{int(time.time() * 1000) & 0xFFFFFFFFFFFF:012x}7{next(_count) & 0xFFF:03x}{_PROCESS}"
