"""Answers to queries: from the cache where it has them, else from a worker, once for all who ask at the same time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable, Iterable
from typing import Final, get_args

from jwpgraph.releases.release import Release
from jwpgraph.sparql.cache import Entry, Key, ResponseCache, entity_tag, request_digest
from jwpgraph.sparql.compression import CODINGS
from jwpgraph.sparql.evaluation import Evaluation, QueryRequest
from jwpgraph.sparql.metrics import CacheMetrics
from jwpgraph.sparql.pool import WorkerPool
from jwpgraph.sparql.serialization import Kind, choose

_KNOWN_KINDS: Final = 10_000


class Answer:
    """What a query was answered with: an entry that is whole, or a stream that has begun.

    Args:
        evaluation: the evaluation, None when the answer came from the cache.
        entry: the whole answer, None when it is streamed.
        collector: keeps the stream's bytes for the cache.
    """

    def __init__(self, evaluation: Evaluation | None, entry: Entry | None, collector: _Collector | None = None) -> None:
        self.evaluation = evaluation
        self.entry = entry
        self._collector = collector

    @property
    def query_id(self) -> str | None:
        """The id of the evaluation; None when nothing was evaluated for this answer."""
        return self.evaluation.query_id if self.evaluation else None

    @property
    def media_type(self) -> str:
        """The media type of the answer."""
        if self.entry is not None:
            return self.entry.media_type
        return self._running.media_type

    @property
    def kind(self) -> Kind:
        """What the query form gave."""
        return self.entry.kind if self.entry is not None else self._running.kind

    @property
    def release_number(self) -> int:
        """The release that it was read from."""
        return self.entry.key.release_number if self.entry is not None else self._running.release_number

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The bytes of the answer.

        Raises:
            AnswerCutShort: the connection must be aborted.
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
        if self.evaluation is not None:
            await self.evaluation.aclose()

    @property
    def _running(self) -> Evaluation:
        if self.evaluation is None:
            raise ValueError("an answer is an entry or an evaluation")
        return self.evaluation


class _Collector:
    """Puts a streamed answer into the cache when it turned out short enough."""

    def __init__(self, cache: ResponseCache, key: Key, kind: Kind) -> None:
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


class _Flight:
    """An evaluation whose answer has not begun, for all who ask the same."""

    __slots__ = ("entry", "evaluation", "taken", "waiting")

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.waiting = 0
        #: The whole answer, if it is short.
        self.entry: Entry | None = None
        #: Whether one of them has the evaluation for itself, to read from and to close.
        self.taken = False


class Answers:
    """Queries answered from *cache* or by *pool*.

    Args:
        pool: where queries are evaluated.
        cache: where answers are kept.
        metrics: where shared flights are counted; nowhere when None.
    """

    def __init__(self, pool: WorkerPool, cache: ResponseCache, metrics: CacheMetrics | None = None) -> None:
        self.pool = pool
        self.cache = cache
        self._metrics = metrics or CacheMetrics()
        self._flights: dict[Hashable, _Flight] = {}
        # A query's digest says nothing of its form; what an earlier evaluation found does.
        self._kinds: OrderedDict[str, Kind] = OrderedDict()

    async def switch(self, release: Release) -> None:
        """Answers from *release* from now on.

        Raises:
            Problem: as :meth:`WorkerPool.switch`.
        """
        await self.pool.switch(release)
        self.cache.switch(release.number)

    def cached(self, request: QueryRequest, digest: str | None = None) -> Entry | None:
        """The answer to *request* if it is in the cache."""
        self.cache.switch(self.pool.release_number)
        key = self._key(digest or request_digest(request), request)
        return self.cache.get(key) if key is not None else None

    def unchanged(self, request: QueryRequest, tags: Iterable[str]) -> str | None:
        """The one of a client's entity *tags* that *request* would still be answered with; nothing is evaluated.

        Only for requests that may be cached. It holds for answers that were evicted, too: the tag says all.
        """
        held = set(tags)
        digest = request_digest(request)
        known = self._kinds.get(digest)
        for kind in (known,) if known else get_args(Kind):
            chosen = choose(kind, request.solution_types, request.graph_types)
            if chosen is not None:
                key = Key(self.pool.release_number, digest, chosen[0])
                for coding in ("identity", *CODINGS):
                    if (tag := entity_tag(key, coding)) in held:
                        return tag
        return None

    async def answer(
        self, request: QueryRequest, *, client: str, cacheable: bool = True, limited: bool = True
    ) -> Answer:
        """Answers *request*; the caller iterates over the answer, or takes its entry, and closes it.

        Args:
            request: the query.
            client: who asks, as for :meth:`WorkerPool.evaluate`.
            cacheable: whether the same request always has the same answer on one release.
            limited: whether the limit per client holds, as for :meth:`WorkerPool.evaluate`.

        Raises:
            Problem: as :meth:`WorkerPool.evaluate`.
        """
        if not cacheable:
            return Answer(await self.pool.evaluate(request, client=client, limited=limited), None)
        digest = request_digest(request)
        entry = self.cached(request, digest)
        if entry is not None:
            return Answer(None, entry)
        return await self._share(request, digest, client, limited)

    async def _share(self, request: QueryRequest, digest: str, client: str, limited: bool) -> Answer:
        """One evaluation for all who ask the same before its answer begins; it ends when the last of them leaves."""
        key = (self.pool.release_number, digest, request.solution_types, request.graph_types, request.timeout)
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(self.pool.submit(request, client=client, limited=limited))
        flight.waiting += 1
        try:
            await flight.evaluation.answered()
            first, flight.taken = not flight.taken, True
        finally:
            flight.waiting -= 1
            if (flight.evaluation.begun or not flight.waiting) and self._flights.get(key) is flight:
                del self._flights[key]
            if not flight.waiting and not flight.taken:
                flight.evaluation.close()
        evaluation = flight.evaluation
        body = evaluation.body if first else None
        if body is not None:
            flight.entry = self.cache.put(self._learn(digest, evaluation), evaluation.kind, body)
        if flight.entry is not None:
            if not first:
                self._metrics.shared.inc()
            return Answer(evaluation if first else None, flight.entry)
        # A long answer streams to one; its bytes cannot be waited for and shared.
        if not first:
            evaluation = await self.pool.evaluate(request, client=client, limited=limited)
        return Answer(evaluation, None, _Collector(self.cache, self._learn(digest, evaluation), evaluation.kind))

    def _learn(self, digest: str, evaluation: Evaluation) -> Key:
        self._kinds[digest] = evaluation.kind
        if len(self._kinds) > _KNOWN_KINDS:
            self._kinds.popitem(last=False)
        return Key(evaluation.release_number, digest, evaluation.media_type)

    def _key(self, digest: str, request: QueryRequest) -> Key | None:
        kind = self._kinds.get(digest)
        chosen = choose(kind, request.solution_types, request.graph_types) if kind is not None else None
        return Key(self.pool.release_number, digest, chosen[0]) if chosen is not None else None
