"""Answers to queries: from the cache where it has them, else from a worker, once for all who ask at the same time."""

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
    """What a query was answered with: an entry that is whole, or a stream that has begun.

    Args:
        query_task: the evaluation, None when the answer came from the cache.
        entry: the whole answer, None when it is streamed.
        collector: keeps the stream's bytes for the cache.
    """

    def __init__(
        self, query_task: QueryTask | None, entry: CacheEntry | None, collector: _ResultCollector | None = None
    ) -> None:
        self.query_task = query_task
        self.entry = entry
        self._collector = collector

    @property
    def query_id(self) -> str | None:
        """The id of the evaluation; None when nothing was evaluated for this answer."""
        return self.query_task.query_id if self.query_task else None

    @property
    def media_type(self) -> str:
        """The media type of the answer."""
        if self.entry is not None:
            return self.entry.media_type
        return self._running.media_type

    @property
    def kind(self) -> ResultKind:
        """What the query form gave."""
        return self.entry.kind if self.entry is not None else self._running.kind

    @property
    def release_number(self) -> int:
        """The release that it was read from."""
        return self.entry.key.release_number if self.entry is not None else self._running.release_number

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The bytes of the answer.

        Raises:
            ResultTruncatedError: the connection must be aborted.
        """
        if self.entry is not None:
            yield self.entry.body
            return
        async for chunk in self._running:
            if self._collector is not None:
                self._collector.add(chunk)
            yield chunk
        if self._collector is not None:
            self._collector.finish()

    async def aclose(self) -> None:
        """Frees the worker if it is still busy with this."""
        if self.query_task is not None:
            await self.query_task.aclose()

    @property
    def _running(self) -> QueryTask:
        if self.query_task is None:
            raise ValueError("an answer is an entry or an evaluation")
        return self.query_task


class _ResultCollector:
    """Puts a streamed answer into the cache when it turned out short enough."""

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
    """An evaluation whose answer has not begun, for all who ask the same."""

    __slots__ = ("entry", "query_task", "taken", "waiting")

    def __init__(self, query_task: QueryTask) -> None:
        self.query_task = query_task
        self.waiting = 0
        #: The whole answer, if it is short.
        self.entry: CacheEntry | None = None
        #: Whether one of them has the evaluation for itself, to read from and to close.
        self.taken = False


class QueryResults:
    """Queries answered from *cache* or by *pool*.

    Args:
        pool: where queries are evaluated.
        cache: where answers are kept.
        metrics: where shared flights are counted; nowhere when None.
    """

    def __init__(self, pool: WorkerPool, cache: ResultCache, metrics: CacheMetrics | None = None) -> None:
        self.pool = pool
        self.cache = cache
        self._metrics = metrics or CacheMetrics()
        self._flights: dict[Hashable, _SharedEvaluation] = {}
        # A query's digest says nothing of its form; what an earlier evaluation found does.
        self._kinds: OrderedDict[str, ResultKind] = OrderedDict()

    async def switch(self, release: Release) -> None:
        """Answers from *release* from now on.

        Raises:
            ProblemError: as :meth:`WorkerPool.switch`.
        """
        await self.pool.switch(release)
        self.cache.switch(release.number)

    def cached(self, request: QueryRequest, digest: str | None = None) -> CacheEntry | None:
        """The answer to *request* if it is in the cache."""
        self.cache.switch(self.pool.release_number)
        key = self._key(digest or digest_request(request), request)
        return self.cache.get(key) if key is not None else None

    def unchanged(self, request: QueryRequest, tags: Iterable[str]) -> str | None:
        """The one of a client's entity *tags* that *request* would still be answered with; nothing is evaluated.

        Only for requests that may be cached. It holds for answers that were evicted, too: the tag says all.
        """
        held = set(tags)
        digest = digest_request(request)
        known = self._kinds.get(digest)
        for kind in (known,) if known else get_args(ResultKind):
            chosen = choose_serialization(kind, request.solution_types, request.graph_types)
            if chosen is not None:
                key = CacheKey(self.pool.release_number, digest, chosen[0])
                for coding in ("identity", *CODINGS):
                    if (tag := make_entity_tag(key, coding)) in held:
                        return tag
        return None

    async def answer(
        self, request: QueryRequest, *, client: str, cacheable: bool = True, limited: bool = True
    ) -> QueryResult:
        """Answers *request*; the caller iterates over the answer, or takes its entry, and closes it.

        Args:
            request: the query.
            client: who asks, as for :meth:`WorkerPool.evaluate`.
            cacheable: whether the same request always has the same answer on one release.
            limited: whether the limit per client holds, as for :meth:`WorkerPool.evaluate`.

        Raises:
            ProblemError: as :meth:`WorkerPool.evaluate`.
        """
        if not cacheable:
            return QueryResult(await self.pool.evaluate(request, client=client, limited=limited), None)
        digest = digest_request(request)
        entry = self.cached(request, digest)
        if entry is not None:
            return QueryResult(None, entry)
        return await self._share(request, digest, client, limited)

    async def _share(self, request: QueryRequest, digest: str, client: str, limited: bool) -> QueryResult:
        """One evaluation for all who ask the same before its answer begins; it ends when the last of them leaves."""
        key = (self.pool.release_number, digest, request.solution_types, request.graph_types, request.timeout)
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _SharedEvaluation(self.pool.submit(request, client=client, limited=limited))
        flight.waiting += 1
        try:
            await flight.query_task.answered()
            first, flight.taken = not flight.taken, True
        finally:
            flight.waiting -= 1
            if (flight.query_task.begun or not flight.waiting) and self._flights.get(key) is flight:
                del self._flights[key]
            if not flight.waiting and not flight.taken:
                flight.query_task.close()
        query_task = flight.query_task
        body = query_task.body if first else None
        if body is not None:
            flight.entry = self.cache.put(self._learn(digest, query_task), query_task.kind, body)
        if flight.entry is not None:
            if not first:
                self._metrics.shared.inc()
            return QueryResult(query_task if first else None, flight.entry)
        # A long answer streams to one; its bytes cannot be waited for and shared.
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
