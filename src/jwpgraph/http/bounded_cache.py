"""The least-recently-used cache, bounded in bytes, of results, pages and rendered responses.

Unlike ``cachetools.LRUCache`` it lets an entry grow in place (a result gains compressed forms) and reports evictions.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """A cache that evicts the least recently used entries when their total size exceeds the capacity.

    Args:
        capacity: maximum total size in bytes; 0 disables the cache.
        share: an entry may use at most this fraction (one *share*-th) of the capacity.
        size_of: returns the size of a value in bytes.
        on_removal: called with each value that is removed, and whether it was evicted to make room.
    """

    def __init__(
        self,
        capacity: int,
        share: int,
        size_of: Callable[[V], int],
        on_removal: Callable[[V, bool], None] | None = None,
    ) -> None:
        self._capacity = capacity
        self._size_of = size_of
        self._on_removal = on_removal
        self._values: OrderedDict[K, V] = OrderedDict()
        #: Maximum size of an entry in bytes.
        self.largest = capacity // share
        #: Total size of the entries in bytes.
        self.size = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        """Return the value of *key* and mark it as used, or return ``None``."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> bool:
        """Store *value*; return whether it is small enough to be stored. An earlier value is removed in any case."""
        previous = self._values.pop(key, None)
        if previous is not None:
            self._remove(previous, evicted=False)
        size = self._size_of(value)
        if size > self.largest:
            return False
        self._values[key] = value
        self._add(size)
        return True

    def grow(self, key: K, extra: int) -> None:
        """Record that the value of *key* has become *extra* bytes larger, and mark it as used."""
        self._values.move_to_end(key)
        self._add(extra)

    def clear(self) -> None:
        """Remove all entries."""
        values = list(self._values.values())
        self._values.clear()
        for value in values:
            self._remove(value, evicted=False)

    def _add(self, size: int) -> None:
        self.size += size
        while self.size > self._capacity:
            self._remove(self._values.popitem(last=False)[1], evicted=True)

    def _remove(self, value: V, *, evicted: bool) -> None:
        self.size -= self._size_of(value)
        if self._on_removal is not None:
            self._on_removal(value, evicted)
