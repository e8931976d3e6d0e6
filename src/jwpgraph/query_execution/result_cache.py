"""Answers that are kept: a release never changes, so what was read from it once may be given again.

The cache is bounded in bytes, evicts what was used longest ago and holds one release's answers only.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from functools import lru_cache
from typing import Final, NamedTuple

import orjson

from jwpgraph.query_execution.compression import WORTHWHILE, compress
from jwpgraph.query_execution.metrics import CacheMetrics
from jwpgraph.query_execution.query_task import QueryRequest
from jwpgraph.query_execution.serialization import ResultKind

#: What an entry costs beside its bytes: objects, keys, tables.
_OVERHEAD: Final = 1024
#: No entry may take more than this part of the cache.
_SHARE: Final = 8
#: Longer bodies are compressed in a thread, so that other answers do not wait.
_INLINE_BYTES: Final = 32 * 1024
_SHORTCUTS_PER_ENTRY: Final = 32


class CacheKey(NamedTuple):
    """What an answer depends on."""

    release_number: int
    digest: str
    media_type: str


def digest_request(request: QueryRequest) -> str:
    """A digest of all that decides the content of an answer but its release and format (SHA-256, hexadecimal)."""
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
    """The strong entity tag of an answer in a content coding; the quotation marks are part of it."""
    suffix = "" if coding == "identity" else f"-{coding}"
    return f'"r{key.release_number}-{key.digest[:12]}{_digest_media_type(key.media_type)}{suffix}"'


@lru_cache(maxsize=64)
def _digest_media_type(media_type: str) -> str:
    return hashlib.sha256(media_type.encode()).hexdigest()[:4]


class CacheEntry:
    """One answer, plain and in the content codings that were asked for.

    Args:
        key: what it depends on.
        kind: what the query form gives.
        body: the answer, plain.
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
        """The answer, plain."""
        return self.forms["identity"]

    @property
    def media_type(self) -> str:
        """The media type of the answer."""
        return self.key.media_type

    def etag(self, coding: str = "identity") -> str:
        """The strong entity tag of the answer in *coding*."""
        return make_entity_tag(self.key, coding)


class ResultCache:
    """The answers of one release, bounded in bytes.

    Args:
        capacity: bytes; 0 keeps nothing.
        metrics: where to count; nowhere when None.
    """

    def __init__(self, capacity: int, metrics: CacheMetrics | None = None) -> None:
        self._capacity = capacity
        self._metrics = metrics or CacheMetrics()
        self._entries: OrderedDict[CacheKey, CacheEntry] = OrderedDict()
        self._shortcuts: dict[Hashable, tuple[CacheEntry, object, int]] = {}
        self._release_number = 0
        self._size = 0
        self._metrics.watch(lambda: self._size, lambda: len(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._size

    @property
    def largest(self) -> int:
        """Bytes of the longest answer that is kept."""
        return max(0, self._capacity // _SHARE - _OVERHEAD)

    def switch(self, release_number: int) -> None:
        """Forgets every answer of another release than this."""
        if release_number != self._release_number:
            self._release_number = release_number
            self._entries.clear()
            self._shortcuts.clear()
            self._size = 0

    def get(self, key: CacheKey) -> CacheEntry | None:
        """The answer kept under *key*; counts as a hit or a miss."""
        entry = self._entries.get(key)
        if entry is None:
            self._metrics.misses.inc()
            return None
        self._entries.move_to_end(key)
        self._metrics.hits.inc()
        return entry

    def put(self, key: CacheKey, kind: ResultKind, body: bytes) -> CacheEntry:
        """An entry for *body*, kept if it is of the current release and not too long."""
        entry = CacheEntry(key, kind, body)
        if key.release_number == self._release_number and len(body) <= self.largest:
            previous = self._entries.pop(key, None)
            if previous is not None:
                self._forget(previous)
            entry.kept = True
            self._entries[key] = entry
            self._size += entry.size
            self._evict()
        return entry

    async def encoded(self, entry: CacheEntry, coding: str) -> tuple[bytes, str]:
        """The answer in *coding*, or plain where that is shorter, and the coding that it is in.

        The form is kept for the next one who asks, where there is room for it.
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
        """Keeps a finished *response* under exactly what a client *asked*, so that the next one costs one look-up.

        Args:
            asked: all of the request that decides the response, as it came (target, body, accept headers).
            entry: the answer that the response is made of; both go together.
            response: what :meth:`recall` is to give.
            size: bytes that *asked* and *response* take beside the entry's own.
        """
        if not entry.kept or len(entry.shortcuts) >= _SHORTCUTS_PER_ENTRY or asked in self._shortcuts:
            return
        cost = size + _OVERHEAD
        if entry.size + cost > self._capacity // _SHARE:
            return
        self._shortcuts[asked] = (entry, response, cost)
        entry.shortcuts.append(asked)
        self._grow(entry, cost)

    def recall(self, asked: Hashable) -> object | None:
        """The finished response kept for *asked*; counts as a hit when there is one."""
        found = self._shortcuts.get(asked)
        if found is None:
            return None
        self._entries.move_to_end(found[0].key)
        self._metrics.hits.inc()
        return found[1]

    def _add_form(self, entry: CacheEntry, coding: str, form: bytes) -> None:
        extra = 0 if form is entry.body else len(form)
        if entry.kept and entry.size + extra > self._capacity // _SHARE:
            return
        entry.forms[coding] = form
        self._grow(entry, extra)

    def _grow(self, entry: CacheEntry, extra: int) -> None:
        entry.size += extra
        if entry.kept:
            self._size += extra
            self._entries.move_to_end(entry.key)
            self._evict()

    def _evict(self) -> None:
        while self._size > self._capacity:
            _, entry = self._entries.popitem(last=False)
            self._forget(entry)
            self._metrics.evictions.inc()

    def _forget(self, entry: CacheEntry) -> None:
        self._size -= entry.size
        entry.kept = False
        for asked in entry.shortcuts:
            del self._shortcuts[asked]
        entry.shortcuts.clear()
