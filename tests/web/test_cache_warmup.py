"""When the caches of the pages are warmed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from jwpgraph.entities.app_context import AppContext
from jwpgraph.web import cache_warmup


class Watched:
    """A release that changes at given seconds, and a clock that moves by a second with each look at the release."""

    def __init__(self, publications: dict[int, int]) -> None:
        self.publications = publications
        self.now = 0
        self.number = 1
        self.on_look: dict[int, Callable[[], object]] = {}

    @property
    def release_number(self) -> int:
        self.now += 1
        if self.now in self.on_look:
            self.on_look.pop(self.now)()
        self.number = self.publications.get(self.now, self.number)
        return self.number

    def monotonic(self) -> float:
        return float(self.now)


def list_warmed(watched: Watched, site: AppContext, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The releases whose caches are warmed within 80 seconds."""
    warmed: list[int] = []

    async def warm(site: AppContext) -> None:
        warmed.append(watched.number)
        site.used_at = watched.monotonic()  # as the warm-up itself does

    async def sleep(seconds: float) -> None:
        if watched.now >= 80:
            raise asyncio.CancelledError

    monkeypatch.setattr(cache_warmup, "time", watched)
    monkeypatch.setattr(cache_warmup.asyncio, "sleep", sleep)
    monkeypatch.setattr(cache_warmup, "warm_caches", warm)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cache_warmup.keep_caches_warm(site))
    return warmed


def test_of_a_series_of_publications_only_the_last_is_warmed(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched({20: 2, 22: 3, 24: 4, 50: 5})
    assert list_warmed(watched, AppContext(watched, used_at=0), monkeypatch) == [1, 4, 5]


def test_without_readers_only_the_first_release_is_warmed(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched({15: 2, 45: 3})
    assert list_warmed(watched, AppContext(watched), monkeypatch) == [1]


def test_an_hour_after_the_last_reader_nothing_is_warmed(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched({15: 2, 45: 3})
    monkeypatch.setattr(cache_warmup, "_USED_SECONDS", 30)
    assert list_warmed(watched, AppContext(watched, used_at=0), monkeypatch) == [1, 2]


def test_a_reader_has_the_caches_of_the_release_warmed(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched({15: 2})
    site = AppContext(watched)
    watched.on_look[50] = lambda: setattr(site, "used_at", watched.monotonic())
    assert list_warmed(watched, site, monkeypatch) == [1, 2]


@pytest.mark.parametrize(("reads", "prepared"), [({}, 0), ({50: True}, 1), ({50: True, 60: True}, 1)])
def test_lists_of_a_large_release_are_prepared_once_somebody_reads(
    reads: dict[int, bool], prepared: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched({})
    site = AppContext(watched)
    for second in reads:
        watched.on_look[second] = lambda: setattr(site, "used_at", watched.monotonic())
    begun: list[int] = []

    async def prepare(site: AppContext) -> None:
        begun.append(watched.now)

    monkeypatch.setattr(AppContext, "is_large", lambda _: True)
    monkeypatch.setattr(cache_warmup, "warm_lists", prepare)
    assert list_warmed(watched, site, monkeypatch) == [1]
    assert len(begun) == prepared
    assert all(50 <= second < 60 for second in begun)


def test_a_result_that_is_needed_counts_as_use() -> None:
    site = AppContext(Watched({}))

    async def nothing() -> None:
        return None

    before = time.monotonic()
    asyncio.run(site.once_per_release("nothing", nothing))
    assert before <= site.used_at <= time.monotonic()
