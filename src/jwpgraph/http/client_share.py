"""How many requests of one client may be under way at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

from jwpgraph.http.problem_response import make_problem_response
from jwpgraph.problems import ProblemError

_RETRY_AFTER = 2


class ClientShare:
    """Counts what is under way, by client.

    Args:
        most: requests of one client at a time.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def of(self, client: str) -> Iterator[ASGIApp | None]:
        """Count a request of *client* while it is being answered; gives what refuses it where there are too many."""
        if self._under_way[client] >= self._most:
            yield self._refuse
            return
        self._under_way[client] += 1
        try:
            yield None
        finally:
            self._under_way[client] -= 1
            if not self._under_way[client]:
                del self._under_way[client]

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = ProblemError(
            "too-many-requests",
            "Too many requests at a time",
            f"One client may have {self._most} under way; wait for some of them.",
            status=429,
            headers={"Retry-After": str(_RETRY_AFTER)},
            limit=self._most,
        )
        await make_problem_response(problem, scope)(scope, receive, send)
