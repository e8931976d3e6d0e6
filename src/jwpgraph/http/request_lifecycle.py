"""One request and its answer: failures become problems, and work stops when nobody waits for it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, ClassVar, Final, TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jwpgraph.http.headers import RawHeaders
from jwpgraph.http.problem_response import make_problem_response, unexpected_problem
from jwpgraph.http.request_bodies import ClientGoneError
from jwpgraph.problems import ProblemError

T = TypeVar("T")

#: Seconds after which work counts as worth giving up.
_PATIENCE: Final = 0.02


async def run_with_problems(app: ASGIApp, scope: Scope, receive: Receive, send: Send, headers: RawHeaders) -> None:
    """Run *app*; what it raises before its answer began is answered as a problem, with *headers* added.

    What it raises later is raised on, so that the server breaks the connection: a cut answer must not look whole.
    """
    started = False

    async def watched(message: Message) -> None:
        nonlocal started
        started = True
        await send(message)

    try:
        await app(scope, receive, watched)
    except ClientGoneError:
        return
    except Exception as error:
        if started:
            raise
        problem = error if isinstance(error, ProblemError) else unexpected_problem(error, scope)
        response = make_problem_response(problem, scope)
        response.headers.extend(headers)
        await response(scope, receive, send)


async def run_while_connected(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """The result of *work*, which is cancelled soon after the client closes the connection.

    The request's body must have been read. Work that is done at once is not watched: watching costs more than it.

    Raises:
        ClientGoneError: nobody waits for the result.
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
    """Begins the watches that have waited for between one and two times the patience, all by one timer.

    Nearly all end before; a timer for each of them would cost more than the rest of the watch.
    """

    #: Those of the loop that serves; a process has one at a time.
    _current: ClassVar[_WatchBatches | None] = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._new: set[_DisconnectWatch] = set()
        self._waiting: set[_DisconnectWatch] = set()
        self._going = False

    def add(self, watch: _DisconnectWatch) -> None:
        self._new.add(watch)
        if not self._going:
            self._going = True
            self.loop.call_later(_PATIENCE, self._go)

    def discard(self, watch: _DisconnectWatch) -> None:
        self._new.discard(watch)
        self._waiting.discard(watch)

    def _go(self) -> None:
        for watch in self._waiting:
            watch.begin()
        self._waiting, self._new = self._new, set()
        self._going = bool(self._waiting)
        if self._going:
            self.loop.call_later(_PATIENCE, self._go)

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> _WatchBatches:
        """The rounds of *loop*."""
        if cls._current is None or cls._current.loop is not loop:
            cls._current = cls(loop)
        return cls._current


class _DisconnectWatch:
    """Cancels the current task when the client goes away."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._watcher: asyncio.Task[None] | None = None
        self._over = False
        self.gone = False
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("outside a task there is nothing to cancel")
        self.task = task
        self._rounds = _WatchBatches.of(task.get_loop())
        self._rounds.add(self)

    def end(self) -> None:
        """The work is over; whoever goes away now harms nothing."""
        self._over = True
        self._rounds.discard(self)
        if self._watcher is not None:
            self._watcher.cancel()

    def begin(self) -> None:
        """Listen from now on."""
        self._watcher = self.task.get_loop().create_task(wait_for_disconnect(self._receive))
        self._watcher.add_done_callback(self._on_disconnect)

    def _on_disconnect(self, watcher: asyncio.Task[None]) -> None:
        if not (self._over or watcher.cancelled() or watcher.exception()):
            self.gone = True
            self.task.cancel()


async def wait_for_disconnect(receive: Receive) -> None:
    """Return when the client has closed the connection. The request's body must have been read."""
    while (await receive())["type"] != "http.disconnect":
        pass
