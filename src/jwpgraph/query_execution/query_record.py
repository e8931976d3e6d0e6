"""The record of a finished evaluation: metrics, a log line if it was slow, and spans if tracing is on."""

from __future__ import annotations

import logging
import time

from jwpgraph.query_execution.metrics import QueryMetrics
from jwpgraph.query_execution.query_task import QueryTask
from jwpgraph.tracing import Attributes, digest_text, record_span, to_epoch

_log = logging.getLogger(__name__)


def log_crash(query_task: QueryTask, reason: str) -> None:
    """Log a query that crashed its worker, with the beginning of its text."""
    text = " ".join(query_task.request.text[:200].split())
    _log.warning("query %s crashed its worker (%s): %s", query_task.query_id, reason, text)


def record_evaluation(query_task: QueryTask, outcome: str, metrics: QueryMetrics, slow: float) -> None:
    """Record a query that has ended.

    Args:
        query_task: the query.
        outcome: ``ok`` or the kind of problem.
        metrics: the metrics.
        slow: seconds from which a query is logged as slow; 0 logs none.
    """
    now = time.monotonic()
    metrics.record_query(outcome, now - query_task.arrived)
    if slow and now - query_task.arrived >= slow:
        waited = (query_task.started or now) - query_task.arrived
        _log.warning(
            "slow query %s: digest %s, %.1f s, %.1f s of them waiting, outcome %s, client %s",
            query_task.query_id,
            digest_text(query_task.request.text),
            now - query_task.arrived,
            waited,
            outcome,
            query_task.client,
        )
    if query_task.trace_context is not None:
        _record_spans(query_task, outcome, now)


def _record_spans(query_task: QueryTask, outcome: str, now: float) -> None:
    attributes: Attributes = {
        "jwpgraph.query_id": query_task.query_id,
        "jwpgraph.query_digest": digest_text(query_task.request.text),
    }
    error = "" if outcome == "ok" else outcome
    arrived, ended, started = to_epoch(query_task.arrived), to_epoch(now), query_task.started
    begun = ended if started is None else to_epoch(started)
    context = query_task.trace_context
    record_span("query queue", context, arrived, begun, attributes, "" if started else error)
    if started is not None:
        record_span("query execute", context, begun, ended, attributes, error)
