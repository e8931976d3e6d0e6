"""Health endpoints: ``/healthz`` (process alive), ``/readyz`` (a worker answers queries), ``/metrics`` (Prometheus)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import orjson
from prometheus_client import CollectorRegistry, Gauge, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from starlette.types import Receive, Scope, Send

from jwpgraph.http.declared_parameters import refuse_unknown
from jwpgraph.http.headers import encode_headers, get_header, make_options_headers
from jwpgraph.http.parameters import parse_parameters
from jwpgraph.http.private_folders import without_private_folders
from jwpgraph.http.problem_response import make_problem_response
from jwpgraph.http.responses import CompleteResponse
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.queries import GraphReader
from jwpgraph.releases.release import Release

PATHS: Final = ("/healthz", "/readyz", "/metrics")


class HealthEndpoints:
    """Serves the health endpoints.

    Args:
        queries: evaluates queries in a worker.
        current: returns the current release.
        registry: the Prometheus registry of the service.
        troubles: returns the reasons why functions are degraded, by name.
    """

    def __init__(
        self,
        queries: GraphReader,
        current: Callable[[], Release],
        registry: CollectorRegistry,
        troubles: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._troubles = troubles
        self._queries = queries
        self._current = current
        self._registry = registry
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        number = Gauge("jwpgraph_release_number", "The release being served.", registry=registry)
        number.set_function(lambda: current().number)
        triples = Gauge("jwpgraph_release_triples", "Triples of the release being served.", registry=registry)
        triples.set_function(lambda: current().manifest.triples)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] == "OPTIONS":
            await CompleteResponse(204, encode_headers(make_options_headers("GET, HEAD, OPTIONS")))(
                scope, receive, send
            )
            return
        if scope["method"] not in {"GET", "HEAD"}:
            problem = ProblemError(
                "method-not-allowed",
                "The method is not allowed here",
                status=405,
                headers={"Allow": "GET, HEAD, OPTIONS"},
            )
            await make_problem_response(problem, scope)(scope, receive, send)
            return
        probes: dict[str, Callable[[Scope], Awaitable[CompleteResponse]]] = {
            "/healthz": self._alive,
            "/readyz": self._ready,
            "/metrics": self._metrics,
        }
        try:
            refuse_unknown(parse_parameters(scope["query_string"]), ())
            response = await probes[scope["path"]](scope)
        except ProblemError as problem:
            response = make_problem_response(problem, scope)
        await response(scope, receive, send)

    async def _alive(self, scope: Scope) -> CompleteResponse:
        del scope
        return _make_json_response({"status": "alive"})

    async def _ready(self, scope: Scope) -> CompleteResponse:
        try:
            await self._queries.ask("ASK {}")
        except ProblemError as problem:
            return make_problem_response(
                ProblemError("not-ready", "The service cannot answer queries", problem.line(), status=503), scope
            )
        release = self._current()
        troubles = {name: without_private_folders(text) for name, text in self._troubles().items()}
        document: dict[str, object] = {
            "status": "degraded" if troubles else "ready",
            "release": release.number,
            "conforms": release.manifest.conformance.conforms,
        }
        return _make_json_response(document | ({"troubles": troubles} if troubles else {}))

    async def _metrics(self, scope: Scope) -> CompleteResponse:
        encode, content_type = choose_encoder(get_header(scope, b"accept") or "")
        headers = encode_headers({"Content-Type": content_type, "Cache-Control": "no-store"})
        return CompleteResponse(200, headers, encode(self._registry))


def _make_json_response(document: dict[str, object]) -> CompleteResponse:
    headers = encode_headers({"Content-Type": "application/json", "Cache-Control": "no-store"})
    return CompleteResponse(200, headers, orjson.dumps(document))
