"""What the facade, the pages and the linked-data views are given to work with."""

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
from jwpgraph.query_execution.queries import BindingReader, GraphReader
from jwpgraph.releases.release import Release

T = TypeVar("T")

#: Days of which something is kept: today, and those that readers chose last.
_DAYS = 4


class ReleaseHistory(Protocol):
    """The releases on disk, as far as a reader of the service may see them."""

    def get(self, number: int) -> Release:
        """The release with that number; raises :class:`~jwpgraph.problems.ProblemError` when there is none."""

    def list(self) -> Sequence[Release]:
        """All releases that are kept."""


@dataclass
class AppContext:
    """The service as its readers' views know it.

    Args:
        queries: reads from the release being served; its number may change at any time.
        releases: the releases on disk; None where a remote endpoint is read, which has none.
        public_url: where the service is reached from outside, without a trailing slash; by default what each
            request says.
        trusted_proxies: whose ``X-Forwarded-Host`` is believed (``JWPGRAPH_FORWARDED_ALLOW_IPS``).
        bound: evaluates queries with parameters; by default ``queries``, where it can.
        kept_answers: rendered answers, to be given again until the release changes.
    """

    queries: GraphReader
    releases: ReleaseHistory | None = None
    public_url: str | None = None
    trusted_proxies: str = "127.0.0.1"
    bound: BindingReader | None = None
    response_cache: ResponseCache = field(default_factory=lambda: ResponseCache(32 * 1024 * 1024))
    _kept: dict[str, tuple[int, object]] = field(default_factory=dict)
    _making: dict[str, asyncio.Lock] = field(default_factory=dict)
    _tag: tuple[int | None, str] = (None, "")

    def __post_init__(self) -> None:
        """Evaluate queries with parameters where others are evaluated, if that is possible there."""
        if self.bound is None and isinstance(self.queries, BindingReader):
            self.bound = self.queries

    @property
    def release_number(self) -> int:
        """The number of the release being served now."""
        return self.queries.release_number

    def served_release(self) -> Release | None:
        """The release being served, where releases are kept here."""
        return self.releases.get(self.release_number) if self.releases else None

    def release_tag(self) -> str:
        """What tells the served release from every other: its number, and its time where it is known."""
        number = self.release_number
        if self._tag[0] != number:
            release = self.served_release()
            self._tag = (number, release.etag.strip('"') if release else f"r{number}")
        return self._tag[1]

    async def once_per_release(self, name: str, make: Callable[[], Awaitable[T]]) -> T:
        """What *make* returned for this release: made once, however many ask, and kept until it changes.

        It is made as for a reader of English, whoever asks first.
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
        """What *make* returned for this release and *day*; that of the days asked for last is kept."""

        async def none() -> dict[date, T]:
            return {}

        days = await self.once_per_release(f"{name} by day", none)
        async with self._making.setdefault(f"{name} of a day", asyncio.Lock()):
            found = days.pop(day) if day in days else await make()
            days[day] = found  # the last of them
            while len(days) > _DAYS:
                del days[next(iter(days))]
        return found

    def has_of_day(self, name: str, day: date) -> bool:
        """Whether :meth:`once_per_day` would answer at once."""
        number, days = self._kept.get(f"{name} by day", (None, ()))
        return number == self.release_number and isinstance(days, dict) and day in days

    def url(self, request: Request, path: str) -> str:
        """*path* of this server (absolute, percent-encoded) as the URL that the client of *request* knows."""
        if self.public_url:
            return self.public_url + path
        root: str = request.scope.get("root_path", "")
        return request_origin(request.scope, self.trusted_proxies) + root + path
