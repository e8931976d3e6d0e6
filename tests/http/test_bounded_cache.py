"""The cache of results, pages and responses, bounded in bytes."""

from __future__ import annotations

from jwpgraph.http.bounded_cache import BoundedCache


def test_an_earlier_value_does_not_outlive_one_that_is_too_large() -> None:
    removed: list[tuple[bytes, bool]] = []
    cache = BoundedCache[str, bytes](100, 2, len, lambda value, evicted: removed.append((value, evicted)))
    assert cache.put("a", b"earlier")
    assert not cache.put("a", bytes(51))
    assert (cache.get("a"), cache.size, len(cache)) == (None, 0, 0)
    assert removed == [(b"earlier", False)]


def test_the_least_recently_used_value_makes_room() -> None:
    cache = BoundedCache[str, bytes](100, 2, len)
    cache.put("a", bytes(50))
    cache.put("b", bytes(40))
    cache.get("a")
    cache.put("c", bytes(30))
    assert [name for name in "abc" if cache.get(name) is not None] == ["a", "c"]
    assert cache.size == 80
