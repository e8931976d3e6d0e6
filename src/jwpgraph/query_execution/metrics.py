"""Prometheus metrics of queries, workers and the result cache."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.registry import Collector

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class _DurationHistogram(Collector):
    """A histogram by outcome without locks, at a tenth of their cost; written by one thread, read by any."""

    def __init__(self) -> None:
        self._outcomes: dict[str, tuple[list[int], list[float]]] = {}

    def observe(self, outcome: str, seconds: float) -> None:
        series = self._outcomes.get(outcome)
        if series is None:
            series = self._outcomes[outcome] = ([0] * (len(_BUCKETS) + 1), [0.0])
        counts, total = series
        counts[bisect_left(_BUCKETS, seconds)] += 1
        total[0] += seconds

    def collect(self) -> Iterator[HistogramMetricFamily]:
        family = HistogramMetricFamily(
            "jwpgraph_query_seconds",
            "Time from a query's arrival to the end of its result, by outcome",
            labels=["outcome"],
        )
        bounds = [*map(str, map(float, _BUCKETS)), "+Inf"]
        for outcome, (counts, total) in list(self._outcomes.items()):
            family.add_metric([outcome], list(zip(bounds, accumulate(counts), strict=True)), total[0])
        yield family


class QueryMetrics:
    """The metrics of the worker pool.

    Args:
        registry: the Prometheus registry; by default a private one.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry if registry is not None else CollectorRegistry()
        self._durations = _DurationHistogram()
        registry.register(self._durations)
        self._kills = Counter(
            "jwpgraph_worker_kills", "Query workers that were killed or died, by reason", ["reason"], registry=registry
        )
        self._running = Gauge("jwpgraph_queries_running", "Queries being evaluated", registry=registry)
        self._queue = Gauge("jwpgraph_queue_length", "Queries waiting for a worker", registry=registry)
        self._workers = Gauge("jwpgraph_workers", "Query worker processes", registry=registry)

    def watch(self, running: Callable[[], float], queue: Callable[[], float], workers: Callable[[], float]) -> None:
        """Set the functions from which the gauges are read."""
        self._running.set_function(running)
        self._queue.set_function(queue)
        self._workers.set_function(workers)

    def record_query(self, outcome: str, seconds: float) -> None:
        """Record the end of a query; *outcome* is ``ok`` or the slug of its problem."""
        self._durations.observe(outcome, seconds)

    def record_killed_worker(self, reason: str) -> None:
        """Record the end of a worker; *reason* is the slug of a problem, ``disconnected`` or ``recycled``."""
        self._kills.labels(reason).inc()


class CacheMetrics:
    """The metrics of the response cache.

    Args:
        registry: the Prometheus registry; by default a private one.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry if registry is not None else CollectorRegistry()
        self.hits = Counter("jwpgraph_cache_hits", "Responses served from the cache", registry=registry)
        self.misses = Counter(
            "jwpgraph_cache_misses", "Requests whose response was not in the cache", registry=registry
        )
        self.evictions = Counter("jwpgraph_cache_evictions", "Cached responses evicted to make room", registry=registry)
        self.shared = Counter(
            "jwpgraph_cache_shared", "Queries that shared the result of an identical one", registry=registry
        )
        self._bytes = Gauge("jwpgraph_cache_bytes", "Bytes in the cache", registry=registry)
        self._entries = Gauge("jwpgraph_cache_entries", "Responses in the cache", registry=registry)

    def watch(self, size: Callable[[], float], entries: Callable[[], float]) -> None:
        """Set the functions from which the gauges are read."""
        self._bytes.set_function(size)
        self._entries.set_function(entries)
