"""Context shared by the API, the pages and the linked-data routes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar

from starlette.requests import Request

from jwpgraph.entities.nodes import prefer_language
from jwpgraph.entities.response_cache import ResponseCache
from jwpgraph.http.request_origin import request_origin
from jwpgraph.query_execution.queries import GraphReader
from jwpgraph.releases.release import Release

T = TypeVar("T")

#: Number of days for which results are kept: today, and the most recently requested days.
_DAYS = 4


class ReleaseHistory(Protocol):
    """Releases on disk, as far as readers of the service may see them."""

    def get(self, number: int) -> Release:
        """Return the release with that number; raise :class:`~jwpgraph.problems.ProblemError` if there is none."""

    def list(self) -> Sequence[Release]:
        """Return all kept releases."""


@dataclass
class AppContext:
    """Access to the served release and to per-release caches.

    Args:
        queries: reader of the served release; its number may change at any time.
        releases: the releases on disk; ``None`` for a remote endpoint, which has none.
        public_url: external base URL of the service, without a trailing slash; default: derived from each request.
        trusted_proxies: proxies whose ``X-Forwarded-Host`` is trusted (``JWPGRAPH_FORWARDED_ALLOW_IPS``).
        response_cache: rendered responses, reused until the release changes.
    """

    queries: GraphReader
    releases: ReleaseHistory | None = None
    public_url: str | None = None
    trusted_proxies: str = "127.0.0.1"
    response_cache: ResponseCache = field(default_factory=lambda: ResponseCache(32 * 1024 * 1024))
    _kept: dict[str, tuple[int, object]] = field(default_factory=dict)
    _making: dict[str, asyncio.Lock] = field(default_factory=dict)
    _tag: tuple[int | None, str] = (None, "")

    @property
    def release_number(self) -> int:
        """Return the number of the served release."""
        return self.queries.release_number

    def served_release(self) -> Release | None:
        """Return the served release, if releases are stored here."""
        return self.releases.get(self.release_number) if self.releases else None

    def release_tag(self) -> str:
        """Return a tag that identifies the served release: its number and, if known, its time."""
        number = self.release_number
        if self._tag[0] != number:
            release = self.served_release()
            self._tag = (number, release.etag.strip('"') if release else f"r{number}")
        return self._tag[1]

    async def once_per_release(self, name: str, make: Callable[[], Awaitable[T]]) -> T:
        """Return the result of *make* for the served release, computed once and kept until the release changes.

        Concurrent callers wait for one computation. It runs with English as the preferred language for all callers.
        """
        number = self.release_number
        kept = self._kept.get(name)
        if kept is None or kept[0] != number:
            async with self._making.setdefault(name, asyncio.Lock()):
                kept = self._kept.get(name)
                if kept is None or kept[0] != number:
                    with prefer_language("en"):
                        kept = (number, await make())
                    self._kept[name] = kept
        return kept[1]  # type: ignore[return-value]  # the caller of one name always passes the same make

    async def once_per_day(self, name: str, day: date, make: Callable[[], Awaitable[T]]) -> T:
        """Return the result of *make* for the served release and *day*; results for recent days are kept."""

        async def none() -> dict[date, T]:
            return {}

        days = await self.once_per_release(f"{name} by day", none)
        async with self._making.setdefault(f"{name} of a day", asyncio.Lock()):
            found = days.pop(day) if day in days else await make()
            days[day] = found  # most recently used
            while len(days) > _DAYS:
                del days[next(iter(days))]
        return found

    def has_of_day(self, name: str, day: date) -> bool:
        """Return whether :meth:`once_per_day` has the result."""
        number, days = self._kept.get(f"{name} by day", (None, ()))
        return number == self.release_number and isinstance(days, dict) and day in days

    def url(self, request: Request, path: str) -> str:
        """Return the client-visible URL of *path* (absolute, percent-encoded) on this server."""
        if self.public_url:
            return self.public_url + path
        root: str = request.scope.get("root_path", "")
        return request_origin(request.scope, self.trusted_proxies) + root + path
