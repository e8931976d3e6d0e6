"""Tracing with OpenTelemetry: spans of requests, queries, builds and validation runs.

Tracing is on if ``OTEL_EXPORTER_OTLP_ENDPOINT`` or ``OTEL_EXPORTER_OTLP_TRACES_ENDPOINT``, the standard variables, is
set and the extra ``otel`` is installed. Otherwise nothing of OpenTelemetry is called. Attributes never contain a query
text, a header or an address: a text is identified by its digest.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Final

from jwpgraph.problems import ProblemError

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

_log = logging.getLogger(__name__)
_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

_OFF: Final = nullcontext()

Attributes = Mapping[str, str | int | float | bool]


class _State:
    provider: TracerProvider | None = None
    tracer: Tracer | None = None


def start_tracing() -> None:
    """Turn tracing on if it is configured; log a warning if it is and the extra is not installed."""
    configured = next((name for name in _ENDPOINTS if os.environ.get(name, "").strip()), None)
    if configured is None:
        return
    try:
        from jwpgraph.tracing_exporter import make_provider  # noqa: PLC0415 - only with the extra
    except ImportError as error:
        _log.warning(
            "%s is set, but nothing is traced: %s; install the extra: pip install 'jwpgraph[otel]'", configured, error
        )
        return
    try:
        _State.provider = make_provider()
    except Exception as error:
        # The SDK reads many variables, and what is wrong with one must not prevent the service from starting.
        _log.warning("nothing is traced: an OTEL_ variable is wrong: %s", error)
        return
    _State.tracer = _State.provider.get_tracer("jwpgraph")


def stop_tracing() -> None:
    """Send the remaining spans, for a limited time, and turn tracing off."""
    provider, _State.provider, _State.tracer = _State.provider, None, None
    if provider is not None:
        provider.shutdown()


def is_tracing() -> bool:
    """Return whether tracing is on."""
    return _State.tracer is not None


def digest_text(text: str) -> str:
    """Return the digest that identifies a query or an update in traces and the log."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def trace_block(name: str, attributes: Attributes | None = None) -> AbstractContextManager[Span | None]:
    """Trace a block as a child of the current span; the block gets the span, or ``None`` if tracing is off.

    An error that leaves the block is recorded by its type only, since its message may quote a query.
    """
    return _OFF if _State.tracer is None else _trace(_State.tracer, name, attributes)


@contextmanager
def _trace(tracer: Tracer, name: str, attributes: Attributes | None) -> Iterator[Span]:
    with tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as error:
            mark_failed(current, error.slug if isinstance(error, ProblemError) else type(error).__name__)
            raise


@contextmanager
def get_server_span(name: str, headers: Mapping[str, str], attributes: Attributes) -> Iterator[Span]:
    """Trace a request as a child of the span in its W3C ``traceparent`` header, if any; tracing must be on."""
    from opentelemetry.trace import SpanKind  # noqa: PLC0415 - only with the extra
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    tracer = _State.tracer
    if tracer is None:
        raise RuntimeError("tracing is off")
    with tracer.start_as_current_span(
        name,
        context=TraceContextTextMapPropagator().extract(headers),
        kind=SpanKind.SERVER,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        yield current


def mark_failed(current: Span, kind: str) -> None:
    """Mark a span as failed; *kind* is a kind of problem, the class of an error or a status of HTTP."""
    from opentelemetry.trace import StatusCode  # noqa: PLC0415 - only with the extra

    current.set_attribute("error.type", kind)
    current.set_status(StatusCode.ERROR)


def get_current_context() -> Context | None:
    """Return the context for spans that are recorded later (:func:`record_span`).

    ``None`` if tracing is off or there is no current span: what the service does on its own is not traced.
    """
    if _State.tracer is None:
        return None
    from opentelemetry.context import get_current  # noqa: PLC0415 - only with the extra
    from opentelemetry.trace import get_current_span  # noqa: PLC0415

    return get_current() if get_current_span().get_span_context().is_valid else None


def record_span(
    name: str, context: Context | None, start: int, end: int, attributes: Attributes | None = None, error: str = ""
) -> None:
    """Record a span whose times are known.

    Args:
        name: the name.
        context: the context of its parent (:func:`get_current_context`); for ``None`` nothing is recorded.
        start, end: nanoseconds since the epoch.
        attributes: its attributes.
        error: the kind of problem with which it ended; empty if it succeeded.
    """
    if context is None or _State.tracer is None:
        return
    recorded = _State.tracer.start_span(name, context=context, start_time=start, attributes=attributes)
    if error:
        mark_failed(recorded, error)
    recorded.end(end_time=end)


def to_epoch(monotonic: float) -> int:
    """Return nanoseconds since the epoch for a time of :func:`time.monotonic`."""
    return time.time_ns() - int((time.monotonic() - monotonic) * 1e9)
