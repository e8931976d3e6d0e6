"""Tracing that is configured without the extra, and the log of slow queries."""

from __future__ import annotations

import sys

from jwpgraph import tracing
from jwpgraph.query_execution.metrics import QueryMetrics
from jwpgraph.query_execution.query_record import record_evaluation
from jwpgraph.query_execution.query_task import QueryRequest, QueryTask


def test_without_the_extra_one_line_says_so(monkeypatch, caplog) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setitem(sys.modules, "jwpgraph.tracing_exporter", None)
    tracing.start_tracing()
    (record,) = caplog.records
    assert "pip install 'jwpgraph[otel]'" in record.getMessage()
    assert record.exc_info is None
    assert not tracing.is_tracing()
    with tracing.trace_block("nothing") as span:
        assert span is None


def test_a_slow_query_is_logged_by_its_digest(caplog) -> None:
    task = QueryTask(QueryRequest("ASK { <urn:private> ?p ?o }"), "192.0.2.1", 30, lambda _: None)
    record_evaluation(task, "ok", QueryMetrics(), 5.0)
    assert not caplog.records
    task.arrived -= 6
    record_evaluation(task, "ok", QueryMetrics(), 5.0)
    record_evaluation(task, "ok", QueryMetrics(), 0)
    (record,) = caplog.records
    # printf %s 'ASK { <urn:private> ?p ?o }' | sha256sum
    assert f"slow query {task.query_id}: digest 3b6555fd2f062070, 6.0 s" in record.getMessage()
    assert "urn:private" not in record.getMessage()
