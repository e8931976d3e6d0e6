"""Limit on the concurrent requests of one client (``JWPGRAPH_REQUESTS_PER_CLIENT``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

from jwpgraph.http.problem_response import make_problem_response
from jwpgraph.problems import ProblemError

_RETRY_AFTER = 2


class ClientShare:
    """Counts the requests in progress per client.

    Args:
        most: maximum number of concurrent requests of one client.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._in_progress: Counter[str] = Counter()

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
