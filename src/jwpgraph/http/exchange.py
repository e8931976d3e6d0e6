"""One request and its answer: failures become problems, and work stops when nobody waits for it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jwpgraph.http.bodies import ClientGoneError
from jwpgraph.http.headers import RawHeaders
from jwpgraph.http.problem_response import problem_response, unexpected
from jwpgraph.problems import Problem

T = TypeVar("T")


async def answer_problems(app: ASGIApp, scope: Scope, receive: Receive, send: Send, headers: RawHeaders) -> None:
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
        problem = error if isinstance(error, Problem) else unexpected(error, scope)
        response = problem_response(problem, scope)
        response.headers.extend(headers)
        await response(scope, receive, send)


async def while_connected(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """The result of *work*, which is cancelled as soon as the client closes the connection.

    The request's body must have been read.

    Raises:
        ClientGoneError: nobody waits for the result.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientGoneError
    finally:
        for pending in (task, gone):
            if not pending.done():
                pending.cancel()
                with suppress(asyncio.CancelledError):
                    await pending


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
