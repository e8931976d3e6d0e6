"""Results of queries: from the cache, or evaluated by the pool once for all identical concurrent requests.

A release never changes, so its results stay valid as long as it is current. The cache is bounded in bytes, evicts the
least recently used results, and holds results of one release only (``docs/decisions/0003-response-cache.md``).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable, Iterable
from functools import lru_cache
from typing import Final, NamedTuple, get_args

import orjson

from jwpgraph.http.bounded_cache import BoundedCache
from jwpgraph.query_execution.compression import CODINGS, WORTHWHILE, compress
from jwpgraph.query_execution.metrics import CacheMetrics
from jwpgraph.query_execution.pool import WorkerPool
from jwpgraph.query_execution.query_task import QueryRequest, QueryTask
from jwpgraph.query_execution.serialization import ResultKind, choose_serialization
from jwpgraph.releases.release import Release

_KNOWN_KINDS: Final = 10_000
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

    @property
    def release_number(self) -> int:
        """The number of the release on which it was evaluated."""
        return self.key.release_number

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


class QueryResult:
    """The result of a query: a complete cache entry, or a running stream.

    Args:
        query_task: the evaluation; ``None`` if the result came from the cache.
        entry: the complete result; ``None`` if it is streamed.
        collector: collects the bytes of the stream for the cache.
    """

    def __init__(
        self, query_task: QueryTask | None, entry: CacheEntry | None, collector: _ResultCollector | None = None
    ) -> None:
        source = entry or query_task
        if source is None:
            raise ValueError("a result needs an entry or an evaluation")
        self.query_task = query_task
        self.entry = entry
        #: The id of the evaluation; ``None`` for a cached result.
        self.query_id = query_task.query_id if query_task else None
        self.media_type = source.media_type
        #: The kind of result: solutions, boolean or graph.
        self.kind = source.kind
        #: The number of the release on which it was evaluated.
        self.release_number = source.release_number
        self._collector = collector

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the bytes of the result.

        Raises:
            ResultTruncatedError: the result is incomplete; the connection must be aborted.
        """
        if self.entry is not None:
            yield self.entry.body
        elif self.query_task is not None:
            async for chunk in self.query_task:
                if self._collector is not None:
                    self._collector.add(chunk)
                yield chunk
            if self._collector is not None:
                self._collector.finish()

    async def aclose(self) -> None:
        """Stop the evaluation if it is still running."""
        if self.query_task is not None:
            await self.query_task.aclose()


class _ResultCollector:
    """Collects a streamed result and caches it if it is small enough."""

    def __init__(self, cache: ResultCache, key: CacheKey, kind: ResultKind) -> None:
        self._cache = cache
        self._key = key
        self._kind = kind
        self._chunks: list[bytes] | None = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        if self._chunks is not None:
            self._size += len(chunk)
            self._chunks.append(chunk)
            if self._size > self._cache.largest:
                self._chunks = None

    def finish(self) -> None:
        if self._chunks is not None:
            self._cache.put(self._key, self._kind, b"".join(self._chunks))


class _SharedEvaluation:
    """An evaluation shared by identical requests until its result begins."""

    __slots__ = ("entry", "query_task", "taken", "waiting")

    def __init__(self, query_task: QueryTask) -> None:
        self.query_task = query_task
        self.waiting = 0
        #: The complete result, if it is short.
        self.entry: CacheEntry | None = None
        #: Whether one request has taken over the evaluation, to read and to close it.
        self.taken = False


class QueryResults:
    """Answers queries from a cache or by evaluation in a pool.

    Args:
        pool: the worker pool.
        cache: the result cache.
        metrics: the metrics for shared evaluations; by default none are exported.
    """

    def __init__(self, pool: WorkerPool, cache: ResultCache, metrics: CacheMetrics | None = None) -> None:
        self.pool = pool
        self.cache = cache
        self._metrics = metrics or CacheMetrics()
        self._shared: dict[Hashable, _SharedEvaluation] = {}
        # The kind of result by request digest, learned from earlier evaluations.
        self._kinds: OrderedDict[str, ResultKind] = OrderedDict()

    async def switch(self, release: Release) -> None:
        """Switch pool and cache to *release*.

        Raises:
            ProblemError: as :meth:`WorkerPool.switch`.
        """
        await self.pool.switch(release)
        self.cache.switch(release.number)

    def get_cached(self, request: QueryRequest, digest: str | None = None) -> CacheEntry | None:
        """Return the cached result of *request*, or ``None``."""
        self.cache.switch(self.pool.release_number)
        key = self._key(digest or digest_request(request), request)
        return self.cache.get(key) if key is not None else None

    def find_valid_tag(self, request: QueryRequest, tags: Iterable[str]) -> str | None:
        """Return the entity tag among *tags* that is still valid for *request*, or ``None``, without evaluating it.

        Use only for cacheable requests. It also works for evicted results, because a tag is derived from the request.
        """
        candidates = set(tags)
        digest = digest_request(request)
        learned = self._kinds.get(digest)
        for kind in (learned,) if learned else get_args(ResultKind):
            chosen = choose_serialization(kind, request.solution_types, request.graph_types)
            if chosen is not None:
                key = CacheKey(self.pool.release_number, digest, chosen[0])
                for coding in ("identity", *CODINGS):
                    if (tag := make_entity_tag(key, coding)) in candidates:
                        return tag
        return None

    async def answer(
        self, request: QueryRequest, *, client: str, cacheable: bool = True, limited: bool = True
    ) -> QueryResult:
        """Return the result of *request*; the caller iterates over it, or uses its entry, and closes it.

        Args:
            request: the query.
            client: the client, as for :meth:`.WorkerPool.submit`.
            cacheable: whether the request always has the same result on one release.
            limited: whether the limit per client applies, as for :meth:`.WorkerPool.submit`.

        Raises:
            ProblemError: as :meth:`WorkerPool.evaluate`.
        """
        if not cacheable:
            return QueryResult(await self.pool.evaluate(request, client=client, limited=limited), None)
        digest = digest_request(request)
        entry = self.get_cached(request, digest)
        if entry is not None:
            return QueryResult(None, entry)
        return await self._share(request, digest, client, limited)

    async def _share(self, request: QueryRequest, digest: str, client: str, limited: bool) -> QueryResult:
        """Share one evaluation among identical requests until its result begins; cancel it when all have left."""
        key = (self.pool.release_number, digest, request.solution_types, request.graph_types, request.timeout)
        shared = self._shared.get(key)
        if shared is None:
            shared = self._shared[key] = _SharedEvaluation(self.pool.submit(request, client=client, limited=limited))
        shared.waiting += 1
        try:
            await shared.query_task.wait_for_result()
            first, shared.taken = not shared.taken, True
        finally:
            shared.waiting -= 1
            if (shared.query_task.begun or not shared.waiting) and self._shared.get(key) is shared:
                del self._shared[key]
            if not shared.waiting and not shared.taken:
                shared.query_task.close()
        query_task = shared.query_task
        body = query_task.body if first else None
        if body is not None:
            shared.entry = self.cache.put(self._learn(digest, query_task), query_task.kind, body)
        if shared.entry is not None:
            if not first:
                self._metrics.shared.inc()
            return QueryResult(query_task if first else None, shared.entry)
        # A long result is streamed to one client; the others evaluate the query themselves.
        if not first:
            query_task = await self.pool.evaluate(request, client=client, limited=limited)
        return QueryResult(
            query_task, None, _ResultCollector(self.cache, self._learn(digest, query_task), query_task.kind)
        )

    def _learn(self, digest: str, query_task: QueryTask) -> CacheKey:
        self._kinds[digest] = query_task.kind
        if len(self._kinds) > _KNOWN_KINDS:
            self._kinds.popitem(last=False)
        return CacheKey(query_task.release_number, digest, query_task.media_type)

    def _key(self, digest: str, request: QueryRequest) -> CacheKey | None:
        kind = self._kinds.get(digest)
        chosen = choose_serialization(kind, request.solution_types, request.graph_types) if kind is not None else None
        return CacheKey(self.pool.release_number, digest, chosen[0]) if chosen is not None else None
