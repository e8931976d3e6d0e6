"""Context shared by the API, the pages and the linked-data routes."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, TypeVar

from starlette.requests import Request

from jwpgraph.entities.nodes import prefer_language
from jwpgraph.entities.publisher import Publisher
from jwpgraph.entities.response_cache import ResponseCache, make_response_cache
from jwpgraph.http.request_origin import request_origin
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.earlier_releases import PINNED
from jwpgraph.query_execution.queries import BindingReader, GraphReader
from jwpgraph.releases.dumps import DumpFile
from jwpgraph.releases.entity_change_queries import EntityChangeReader
from jwpgraph.releases.release import Release

T = TypeVar("T")

#: Number of days for which results are kept: today, and the most recently requested days.
_DAYS = 4
#: Number of results that are kept for releases other than the served one.
_MOST_OF_EARLIER = 200
#: Number of triples above which a release is large.
_MOST_TRIPLES = 500_000

#: Key of a request's scope for the number of the requested release.
PINNED_RELEASE = "jwpgraph.release"


class ReleaseHistory(Protocol):
    """Releases on disk, as far as readers of the service may see them."""

    def get(self, number: int) -> Release:
        """Return the release with that number; raise :class:`~jwpgraph.problems.ProblemError` if there is none."""

    def list(self) -> Sequence[Release]:
        """Return all kept releases."""


class DumpSource(Protocol):
    """Makes the dumps of releases."""

    async def ensure(self, release: Release, seconds: float) -> Sequence[DumpFile]:
        """Return the files of the dump of a release; raises ``dump-not-ready`` if they are not made in time."""


@dataclass
class AppContext:
    """Access to the served release and to per-release caches.

    Args:
        queries: reader of the served release; its number may change at any time.
        releases: the releases on disk; ``None`` for a remote endpoint, which has none.
        changes: the log of entity changes; ``None`` if none is recorded.
        dumps: maker of dump files; ``None`` if the service offers none.
        public_url: external base URL of the service, without a trailing slash; default: derived from each request.
        trusted_proxies: proxies whose ``X-Forwarded-Host`` is trusted (``JWPGRAPH_FORWARDED_ALLOW_IPS``).
        publisher: who publishes the service.
        bound: reader that evaluates queries with parameters; default: ``queries``, if it can.
        served: returns the release that the service has last switched to, if known; what was read of it remains
            known if the disk is lost.
        used_at: the time, by :func:`time.monotonic`, at which a result for the served release was last needed.
        response_cache: rendered responses, reused until the release changes.
    """

    queries: GraphReader
    releases: ReleaseHistory | None = None
    changes: EntityChangeReader | None = None
    dumps: DumpSource | None = None
    public_url: str | None = None
    trusted_proxies: str = "127.0.0.1"
    publisher: Publisher = field(default_factory=Publisher)
    bound: BindingReader | None = None
    served: Callable[[], Release | None] = lambda: None
    used_at: float = -math.inf
    response_cache: ResponseCache = field(default_factory=lambda: make_response_cache(32 * 1024 * 1024))
    _kept: dict[str, tuple[int, object]] = field(default_factory=dict)
    _kept_of_earlier: OrderedDict[tuple[int, str], object] = field(default_factory=OrderedDict)
    _making: dict[str, asyncio.Lock] = field(default_factory=dict)
    _tag: tuple[int | None, str] = (None, "")

    def __post_init__(self) -> None:
        """Evaluate queries with parameters where others are evaluated, if that is possible there."""
        if self.bound is None and isinstance(self.queries, BindingReader):
            self.bound = self.queries

    @property
    def release_number(self) -> int:
        """Return the number of the served release."""
        return self.queries.release_number

    def served_release(self) -> Release | None:
        """Return the served release, if releases are stored here."""
        served = self.served()
        if served is not None and served.number == self.release_number:
            return served
        return self.releases.get(self.release_number) if self.releases else None

    def is_large(self) -> bool:
        """Return whether the served release is too large for all its names to be read for one page."""
        release = self.served_release()
        return release is not None and release.manifest.triples > _MOST_TRIPLES

    def require_changes(self) -> EntityChangeReader:
        """Return the log of changes.

        Raises:
            ProblemError: ``changes-not-recorded`` (404) if none is kept.
        """
        if self.changes is None:
            detail = "this service reads a graph whose changes it does not know"
            raise ProblemError("changes-not-recorded", "Changes are not recorded here", detail, status=404)
        return self.changes

    async def last_changes(self, iris: Iterable[str] | None = None) -> Mapping[str, datetime]:
        """Return the time of the last change of each entity of the served release; empty if none can be read.

        Args:
            iris: the entities; None for all, which takes seconds for a large release and is done once.
        """

        async def read() -> Mapping[str, datetime]:
            if self.changes is None or not self.changes.path.is_file():
                return {}
            return await asyncio.to_thread(self.changes.last_changes, self.release_number, iris)

        try:
            return await (self.once_per_release("last changes", read) if iris is None else read())
        except ProblemError as problem:
            # The times are an addition: what is described is in the release itself.
            if problem.slug != "changes-unavailable":
                raise
            return {}

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
        if PINNED.get() is not None:
            return await self._once_for_earlier(number, name, make)
        self.used_at = time.monotonic()
        kept = self._kept.get(name)
        if kept is None or kept[0] != number:
            async with self._making.setdefault(name, asyncio.Lock()):
                kept = self._kept.get(name)
                if kept is None or kept[0] != number:
                    with prefer_language("en"):
                        kept = (number, await make())
                    self._kept[name] = kept
        return kept[1]  # type: ignore[return-value]  # the caller of one name always passes the same make

    def find_result(self, name: str) -> object | None:
        """Return what :meth:`once_per_release` has for the served release; ``None`` if it has not been computed."""
        if PINNED.get() is not None:
            return self._kept_of_earlier.get((self.release_number, name))
        number, result = self._kept.get(name, (None, None))
        return result if number == self.release_number else None

    async def _once_for_earlier(self, number: int, name: str, make: Callable[[], Awaitable[T]]) -> T:
        """Return the result of *make* for a release other than the served one; the last few results are kept."""
        key = (number, name)
        async with self._making.setdefault(f"{name} of release {number}", asyncio.Lock()):
            if key not in self._kept_of_earlier:
                with prefer_language("en"):
                    self._kept_of_earlier[key] = await make()
            self._kept_of_earlier.move_to_end(key)
            found = self._kept_of_earlier[key]
        while len(self._kept_of_earlier) > _MOST_OF_EARLIER:
            number, name = self._kept_of_earlier.popitem(last=False)[0]
            self._making.pop(f"{name} of release {number}", None)
        return found  # type: ignore[return-value]  # as above

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
