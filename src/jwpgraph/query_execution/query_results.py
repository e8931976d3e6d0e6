"""Results of queries: from the cache, or evaluated by the pool once for all identical concurrent requests."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable, Iterable
from typing import Final, get_args

from jwpgraph.query_execution.compression import CODINGS
from jwpgraph.query_execution.metrics import CacheMetrics
from jwpgraph.query_execution.pool import WorkerPool
from jwpgraph.query_execution.query_task import QueryRequest, QueryTask
from jwpgraph.query_execution.result_cache import CacheEntry, CacheKey, ResultCache, digest_request, make_entity_tag
from jwpgraph.query_execution.serialization import ResultKind, choose_serialization
from jwpgraph.releases.release import Release

_KNOWN_KINDS: Final = 10_000


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
        self.query_task = query_task
        self.entry = entry
        self._collector = collector

    @property
    def query_id(self) -> str | None:
        """The id of the evaluation; ``None`` for a cached result."""
        return self.query_task.query_id if self.query_task else None

    @property
    def media_type(self) -> str:
        """The media type of the result."""
        if self.entry is not None:
            return self.entry.media_type
        return self._streamed_task.media_type

    @property
    def kind(self) -> ResultKind:
        """The kind of result: solutions, boolean or graph."""
        return self.entry.kind if self.entry is not None else self._streamed_task.kind

    @property
    def release_number(self) -> int:
        """The number of the release on which it was evaluated."""
        return self.entry.key.release_number if self.entry is not None else self._streamed_task.release_number

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the bytes of the result.

        Raises:
            ResultTruncatedError: the result is incomplete; the connection must be aborted.
        """
        if self.entry is not None:
            yield self.entry.body
            return
        async for chunk in self._streamed_task:
            if self._collector is not None:
                self._collector.add(chunk)
            yield chunk
        if self._collector is not None:
            self._collector.finish()

    async def aclose(self) -> None:
        """Stop the evaluation if it is still running."""
        if self.query_task is not None:
            await self.query_task.aclose()

    @property
    def _streamed_task(self) -> QueryTask:
        if self.query_task is None:
            raise ValueError("a result needs an entry or an evaluation")
        return self.query_task


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
