"""The OpenTelemetry SDK with an exporter of spans over OTLP/HTTP; importing it needs the extra ``otel``."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

import jwpgraph

_log = logging.getLogger(__name__)
#: Milliseconds that the end of the service waits for the collector.
_FLUSH_MILLIS: Final = 5000
_PROTOCOL: Final = "http/protobuf"


class _LoggedExporter(SpanExporter):
    """An exporter that logs one line when sending begins to fail, and one when it works again.

    The SDK logs each attempt, several times a minute while a collector does not answer.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        failed = result is not SpanExportResult.SUCCESS
        if failed and not self._failing:
            _log.warning("spans cannot be sent to the collector and are lost; see OTEL_EXPORTER_OTLP_ENDPOINT")
        elif self._failing and not failed:
            _log.info("spans are sent to the collector again")
        self._failing = failed
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self._exporter.force_flush(timeout_millis)


class _LimitedProcessor(BatchSpanProcessor):
    """A batch processor whose end waits for the collector for a short time only."""

    def shutdown(self) -> None:
        self._batch_processor.shutdown(_FLUSH_MILLIS)


def make_provider() -> TracerProvider:
    """Return a provider that sends spans in batches to the collector of the ``OTEL_*`` variables."""
    protocol = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    if protocol and protocol != _PROTOCOL:
        _log.warning("spans are sent as %s; OTEL_EXPORTER_OTLP_PROTOCOL=%s is not supported", _PROTOCOL, protocol)
    names = {"service.version": jwpgraph.__version__}
    named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    if not named:
        names["service.name"] = "jwpgraph"
    # The service ends tracing itself, after the last response.
    provider = TracerProvider(resource=Resource.create(names), shutdown_on_exit=False)
    provider.add_span_processor(_LimitedProcessor(_LoggedExporter(OTLPSpanExporter())))
    # From here on only the exporter's own lines are logged; those above report wrong variables.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    return provider
