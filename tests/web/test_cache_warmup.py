"""When the caches of the pages are warmed."""

from __future__ import annotations

import asyncio

import pytest

from jwpgraph.entities.app_context import AppContext
from jwpgraph.web import cache_warmup


class Watched:
    """A release that changes at given seconds, and a clock that moves by a second with each look at the release."""

    def __init__(self, publications: dict[int, int]) -> None:
        self.publications = publications
        self.now = 0
        self.number = 1

    @property
    def release_number(self) -> int:
        self.now += 1
        self.number = self.publications.get(self.now, self.number)
        return self.number

    def monotonic(self) -> float:
        return float(self.now)


def test_of_a_series_of_publications_only_the_last_is_warmed(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched({10: 2, 12: 3, 14: 4, 40: 5})
    warmed: list[int] = []

    async def warm(site: AppContext) -> None:
        warmed.append(watched.number)
        if len(warmed) == 3:
            raise asyncio.CancelledError

    monkeypatch.setattr(cache_warmup, "time", watched)
    monkeypatch.setattr(cache_warmup, "_SECONDS_BETWEEN_LOOKS", 0)
    monkeypatch.setattr(cache_warmup, "warm_caches", warm)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cache_warmup.keep_caches_warm(AppContext(watched)))
    assert warmed == [1, 4, 5]
