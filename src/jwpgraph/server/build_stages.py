"""Durations of the stages of a build: a metric, and spans if tracing is on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from prometheus_client import CollectorRegistry, Histogram

from jwpgraph.tracing import get_current_context, record_span

_BUCKETS: Final = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)

#: The names of stages with the times at which they began, in nanoseconds since the epoch; the last entry is the end.
StageTimes = Sequence[tuple[str, int]]


class BuildStages:
    """Records the stages of builds.

    Args:
        registry: the Prometheus registry for ``jwpgraph_build_stage_seconds``.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "jwpgraph_build_stage_seconds",
            "Time that a stage of building a release took",
            ["stage"],
            registry=registry,
            buckets=_BUCKETS,
        )

    def record(self, times: StageTimes, problem: str) -> None:
        """Record the stages of one build; *problem* is the kind of problem that ended the last, if any."""
        context = get_current_context()
        stages = [(name, begin, end) for (name, begin), (_, end) in pairwise(times) if name != "done"]
        for number, (name, begin, end) in enumerate(stages, 1):
            self._seconds.labels(name).observe(max(0, end - begin) / 1e9)
            record_span(f"build {name}", context, begin, end, error=problem if number == len(stages) else "")
