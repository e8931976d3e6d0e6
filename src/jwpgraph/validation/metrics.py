"""Prometheus metrics of validation, read from the history on each scrape."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from jwpgraph.problems import ProblemError
from jwpgraph.validation.history import ValidationHistory, get_current_time
from jwpgraph.validation.result_queries import count_by_shape, get_latest_run, list_seen_jobs, list_seen_shapes


class ValidationMetrics(Collector):
    """Gauges of the latest runs.

    Args:
        history: the validation history.
        registry: the registry to register with.
    """

    def __init__(self, history: ValidationHistory, registry: CollectorRegistry) -> None:
        self._history = history
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """Return the gauges without values."""
        return self._families().values()

    def collect(self) -> Iterable[Metric]:
        """Return the gauges; none if the history cannot be read, which an alert on absence detects."""
        families = self._families()
        try:
            self._fill(families)
        except ProblemError:
            return ()
        return families.values()

    def _families(self) -> dict[str, GaugeMetricFamily]:
        described = {
            "results": ("Results of the latest finished run of a job", ["shape", "severity", "job"]),
            "conforms": ("Whether the latest finished run of a job conformed", ["job"]),
            "last_success_age_seconds": ("Time since a run of a job finished", ["job"]),
            "duration_seconds": ("Time that the latest finished run of a job took", ["job"]),
            "last_run_failed": ("Whether the latest run of a job did not finish", ["job"]),
            "deliveries": ("Notifications by state", ["state"]),
        }
        return {
            name: GaugeMetricFamily(f"jwpgraph_shacl_{name}", text, labels=labels)
            for name, (text, labels) in described.items()
        }

    def _fill(self, families: dict[str, GaugeMetricFamily]) -> None:
        with self._history.connect() as db:
            for job in list_seen_jobs(db):
                latest = get_latest_run(db, job, finished=False, ended=True)
                failed = latest is not None and latest.outcome in {"failed", "interrupted"}
                families["last_run_failed"].add_metric([job], failed)
                run = get_latest_run(db, job)
                if run is None or run.finished is None:
                    continue
                # A shape without current results reports 0, so that its series does not end.
                counted = dict.fromkeys(list_seen_shapes(db, job), 0) | count_by_shape(db, run.id)
                for (shape, severity), count in counted.items():
                    families["results"].add_metric([shape.strip("<>"), severity, job], count)
                families["conforms"].add_metric([job], bool(run.conforms))
                age = (get_current_time() - datetime.fromisoformat(run.finished)).total_seconds()
                families["last_success_age_seconds"].add_metric([job], age)
                families["duration_seconds"].add_metric([job], run.seconds or 0.0)
            for row in db.execute("SELECT state, count(*) AS n FROM delivery GROUP BY state"):
                families["deliveries"].add_metric([row["state"]], row["n"])
