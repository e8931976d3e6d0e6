"""Limits on the concurrent requests of one client: in total (``JWPGRAPH_REQUESTS_PER_CLIENT``) and being worked on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jwpgraph.http.problem_response import make_problem_response
from jwpgraph.problems import ProblemError

_RETRY_AFTER: Final = 2
#: Requests of one client that are worked on at a time; others wait, so that they delay no other client.
_TURNS: Final = 4


class ClientShare:
    """Counts the requests in progress per client.

    Args:
        most: maximum number of concurrent requests of one client.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._in_progress: Counter[str] = Counter()
        self._turns: dict[str, asyncio.Semaphore] = {}

    @contextmanager
    def of(self, client: str) -> Iterator[ASGIApp | None]:
        """Count a request of *client* for the duration of the context.

        Yields:
            ``None`` if the request may proceed; otherwise an ASGI application that answers ``too-many-requests`` (429).
        """
        if self._in_progress[client] >= self._most:
            yield self._refuse
            return
        self._in_progress[client] += 1
        try:
            yield None
        finally:
            self._in_progress[client] -= 1
            if not self._in_progress[client]:
                del self._in_progress[client]
                self._turns.pop(client, None)

    async def take_turn(self, client: str, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Run *app* when fewer than four other requests of *client* are worked on; use it within :meth:`of`.

        A turn ends when the response starts, so that slow readers and long downloads hold up nothing.
        """
        turns = self._turns.setdefault(client, asyncio.Semaphore(_TURNS))
        await turns.acquire()
        held = True

        def end_turn() -> None:
            nonlocal held
            if held:
                held = False
                turns.release()

        async def send_and_end_turn(message: Message) -> None:
            end_turn()
            await send(message)

        try:
            await app(scope, receive, send_and_end_turn)
        finally:
            end_turn()

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = ProblemError(
            "too-many-requests",
            "Too many concurrent requests",
            f"A client may have {self._most} requests in progress; wait until some of them have finished.",
            status=429,
            headers={"Retry-After": str(_RETRY_AFTER)},
            limit=self._most,
        )
        await make_problem_response(problem, scope)(scope, receive, send)
