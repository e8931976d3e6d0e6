"""Handling of a request: errors become problem responses, and work is cancelled when the client disconnects."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, ClassVar, Final, TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jwpgraph.http.headers import RawHeaders
from jwpgraph.http.problem_response import make_problem_response, make_unexpected_problem
from jwpgraph.http.request_bodies import ClientGoneError
from jwpgraph.problems import ProblemError

T = TypeVar("T")

#: Seconds of work after which the connection is watched for a disconnect.
_WATCH_AFTER: Final = 0.02


async def run_with_problems(app: ASGIApp, scope: Scope, receive: Receive, send: Send, headers: RawHeaders) -> None:
    """Run *app* and answer an error with a problem response.

    An error after the response has started is raised again, so that the server aborts the connection: a truncated
    response must not look complete.

    Args:
        app: the ASGI application.
        scope, receive, send: its arguments.
        headers: response headers to add to a problem response.
    """
    started = False

    async def tracking_send(message: Message) -> None:
        nonlocal started
        started = True
        await send(message)

    try:
        await app(scope, receive, tracking_send)
    except ClientGoneError:
        return
    except Exception as error:
        if started:
            raise
        problem = error if isinstance(error, ProblemError) else make_unexpected_problem(error, scope)
        response = make_problem_response(problem, scope)
        response.headers.extend(headers)
        await response(scope, receive, send)


async def run_until_stopped(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Run *app*; when the server cancels it at the end of its grace period, answer with a problem.

    Only for the outermost application: nothing but the server cancels it.
    """
    try:
        await app(scope, receive, send)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
        detail = "the service stopped before the request was answered; send it again"
        problem = ProblemError("stopping", "The service is stopping", detail, status=503, headers={"Retry-After": "5"})
        # The server refuses a second response, and aborts the connection of one that has begun.
        with suppress(RuntimeError):
            await make_problem_response(problem, scope)(scope, receive, send)


async def run_while_connected(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """Return the result of *work*; cancel it soon after the client closes the connection.

    The request's body must have been read. Work of less than 20 ms is not watched: watching would cost more than it.

    Raises:
        ClientGoneError: the client closed the connection.
    """
    watch = _DisconnectWatch(receive)
    try:
        return await work
    except asyncio.CancelledError:
        if watch.gone:
            watch.task.uncancel()
            raise ClientGoneError from None
        raise
    finally:
        watch.end()


class _WatchBatches:
    """Starts disconnect watches in batches, with one timer, 20 to 40 ms after the work began.

    Nearly all work ends earlier, and one timer per request would cost more than the rest of the watch.
    """

    #: The batches of the running event loop; a process has one loop at a time.
    _current: ClassVar[_WatchBatches | None] = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._new: set[_DisconnectWatch] = set()
        self._waiting: set[_DisconnectWatch] = set()
        self._timer_runs = False

    def add(self, watch: _DisconnectWatch) -> None:
        self._new.add(watch)
        if not self._timer_runs:
            self._timer_runs = True
            self.loop.call_later(_WATCH_AFTER, self._start_batch)

    def discard(self, watch: _DisconnectWatch) -> None:
        self._new.discard(watch)
        self._waiting.discard(watch)

    def _start_batch(self) -> None:
        for watch in self._waiting:
            watch.begin()
        self._waiting, self._new = self._new, set()
        self._timer_runs = bool(self._waiting)
        if self._timer_runs:
            self.loop.call_later(_WATCH_AFTER, self._start_batch)

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> _WatchBatches:
        """Return the batches of *loop*."""
        if cls._current is None or cls._current.loop is not loop:
            cls._current = cls(loop)
        return cls._current


class _DisconnectWatch:
    """Cancels the current task when the client disconnects."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._watcher: asyncio.Task[None] | None = None
        self._over = False
        self.gone = False
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("outside a task there is nothing to cancel")
        self.task = task
        self._batches = _WatchBatches.of(task.get_loop())
        self._batches.add(self)

    def end(self) -> None:
        """Stop watching; the work is finished."""
        self._over = True
        self._batches.discard(self)
        if self._watcher is not None:
            self._watcher.cancel()

    def begin(self) -> None:
        """Start to listen for a disconnect."""
        self._watcher = self.task.get_loop().create_task(wait_for_disconnect(self._receive))
        self._watcher.add_done_callback(self._on_disconnect)

    def _on_disconnect(self, watcher: asyncio.Task[None]) -> None:
        if not (self._over or watcher.cancelled() or watcher.exception()):
            self.gone = True
            self.task.cancel()


async def wait_for_disconnect(receive: Receive) -> None:
    """Return when the client has closed the connection; the request's body must have been read before."""
    while (await receive())["type"] != "http.disconnect":
        pass
