"""The cache of query results. A release never changes, so its results stay valid as long as it is current.

The cache is bounded in bytes, evicts the least recently used results, and holds results of one release only.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Hashable
from functools import lru_cache
from typing import Final, NamedTuple

import orjson

from jwpgraph.http.bounded_cache import BoundedCache
from jwpgraph.query_execution.compression import WORTHWHILE, compress
from jwpgraph.query_execution.metrics import CacheMetrics
from jwpgraph.query_execution.query_task import QueryRequest
from jwpgraph.query_execution.serialization import ResultKind

#: Estimated overhead of an entry in bytes: objects, keys, tables.
_OVERHEAD: Final = 1024
#: An entry may take at most this fraction of the cache (one eighth).
_SHARE: Final = 8
#: Bodies longer than this number of bytes are compressed in a thread, so that they do not block the event loop.
_INLINE_BYTES: Final = 32 * 1024
_SHORTCUTS_PER_ENTRY: Final = 32


class CacheKey(NamedTuple):
    """The key of a cached result."""

    release_number: int
    digest: str
    media_type: str


def digest_request(request: QueryRequest) -> str:
    """Return the SHA-256 digest of everything that determines a result except release and format."""
    parts: list[object] = [
        request.text,
        request.default_graphs,
        request.named_graphs,
        request.entailment,
        request.base_iri,
    ]
    if request.bindings:
        parts.append(request.bindings)
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def make_entity_tag(key: CacheKey, coding: str = "identity") -> str:
    """Return the strong entity tag, with quotation marks, of a result in a content coding (RFC 9110 §8.8.3)."""
    suffix = "" if coding == "identity" else f"-{coding}"
    return f'"r{key.release_number}-{key.digest[:12]}{_digest_media_type(key.media_type)}{suffix}"'


@lru_cache(maxsize=64)
def _digest_media_type(media_type: str) -> str:
    return hashlib.sha256(media_type.encode()).hexdigest()[:4]


class CacheEntry:
    """One result, uncompressed and in the content codings that have been requested.

    Args:
        key: the key of the result.
        kind: the kind of result.
        body: the uncompressed result.
    """

    __slots__ = ("forms", "kept", "key", "kind", "shortcuts", "size")

    def __init__(self, key: CacheKey, kind: ResultKind, body: bytes) -> None:
        self.key = key
        self.kind = kind
        self.forms: dict[str, bytes] = {"identity": body}
        self.size = len(body) + _OVERHEAD
        self.kept = False
        self.shortcuts: list[Hashable] = []

    @property
    def body(self) -> bytes:
        """The uncompressed result."""
        return self.forms["identity"]

    @property
    def media_type(self) -> str:
        """The media type of the result."""
        return self.key.media_type

    def etag(self, coding: str = "identity") -> str:
        """Return the strong entity tag of the result in *coding*."""
        return make_entity_tag(self.key, coding)


class ResultCache:
    """An LRU cache of the results of one release, bounded in bytes.

    Args:
        capacity: size in bytes; 0 disables the cache.
        metrics: the metrics; by default none are exported.
    """

    def __init__(self, capacity: int, metrics: CacheMetrics | None = None) -> None:
        self._metrics = metrics or CacheMetrics()
        self._entries = BoundedCache[CacheKey, CacheEntry](capacity, _SHARE, lambda entry: entry.size, self._on_removal)
        self._shortcuts: dict[Hashable, tuple[CacheEntry, object, int]] = {}
        self._release_number = 0
        self._metrics.watch(lambda: self._entries.size, lambda: len(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Size of all entries in bytes."""
        return self._entries.size

    @property
    def largest(self) -> int:
        """Maximum size of a cached result in bytes."""
        return max(0, self._entries.largest - _OVERHEAD)

    def switch(self, release_number: int) -> None:
        """Clear the cache if it holds results of another release."""
        if release_number != self._release_number:
            self._release_number = release_number
            self._entries.clear()

    def get(self, key: CacheKey) -> CacheEntry | None:
        """Return the entry for *key*, or ``None``; counts a hit or a miss."""
        entry = self._entries.get(key)
        if entry is None:
            self._metrics.misses.inc()
            return None
        self._metrics.hits.inc()
        return entry

    def put(self, key: CacheKey, kind: ResultKind, body: bytes) -> CacheEntry:
        """Return an entry for *body*; it is cached if it belongs to the current release and is small enough."""
        entry = CacheEntry(key, kind, body)
        if key.release_number == self._release_number:
            entry.kept = self._entries.put(key, entry)
        return entry

    async def encode(self, entry: CacheEntry, coding: str) -> tuple[bytes, str]:
        """Return the result in *coding*, or uncompressed if that is shorter, and its actual coding.

        The compressed form is cached if there is room.
        """
        if coding == "identity" or len(entry.body) < WORTHWHILE:
            return entry.body, "identity"
        form = entry.forms.get(coding)
        if form is None:
            if len(entry.body) > _INLINE_BYTES:
                form = await asyncio.to_thread(compress, entry.body, coding)
            else:
                form = compress(entry.body, coding)
            if len(form) >= len(entry.body):
                form = entry.body
            if coding not in entry.forms:
                self._add_form(entry, coding, form)
        return (form, coding) if form is not entry.body else (form, "identity")

    def shorten(self, asked: Hashable, entry: CacheEntry, response: object, size: int) -> None:
        """Cache a complete *response* under the raw request, so that an identical request needs one look-up.

        Args:
            asked: the parts of the raw request that determine the response (target, body, Accept headers).
            entry: the entry from which the response was made; both are evicted together.
            response: the response to return from :meth:`recall`.
            size: bytes of *asked* and *response* in addition to the entry.
        """
        if not entry.kept or len(entry.shortcuts) >= _SHORTCUTS_PER_ENTRY or asked in self._shortcuts:
            return
        cost = size + _OVERHEAD
        if entry.size + cost > self._entries.largest:
            return
        self._shortcuts[asked] = (entry, response, cost)
        entry.shortcuts.append(asked)
        self._grow(entry, cost)

    def recall(self, asked: Hashable) -> object | None:
        """Return the response cached for the raw request *asked*, or ``None``; counts a hit if there is one."""
        shortcut = self._shortcuts.get(asked)
        if shortcut is None:
            return None
        self._entries.get(shortcut[0].key)
        self._metrics.hits.inc()
        return shortcut[1]

    def _add_form(self, entry: CacheEntry, coding: str, form: bytes) -> None:
        extra = 0 if form is entry.body else len(form)
        if entry.kept and entry.size + extra > self._entries.largest:
            return
        entry.forms[coding] = form
        self._grow(entry, extra)

    def _grow(self, entry: CacheEntry, extra: int) -> None:
        entry.size += extra
        if entry.kept:
            self._entries.grow(entry.key, extra)

    def _on_removal(self, entry: CacheEntry, evicted: bool) -> None:
        entry.kept = False
        for asked in entry.shortcuts:
            del self._shortcuts[asked]
        entry.shortcuts.clear()
        if evicted:
            self._metrics.evictions.inc()
