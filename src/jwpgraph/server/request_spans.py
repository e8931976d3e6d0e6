"""One span per HTTP request, named by its method and route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jwpgraph.http.bounded_cache import BoundedCache
from jwpgraph.integrations.assistants.endpoint import PATH as ASSISTANTS
from jwpgraph.operations.audit import PATH as AUDIT
from jwpgraph.operations.health import PATHS
from jwpgraph.tracing import get_server_span, is_tracing, mark_failed

_ROUTE: Final = "jwpgraph.route"
#: Paths of the applications that FastAPI does not route, and their routes.
_EXACT: Final = {path: path for path in ("/sparql", "/sparql/running", "/graph-store", ASSISTANTS, AUDIT, *PATHS)}
_BELOW: Final = {"/sparql/running/": "/sparql/running/{query}", "/graph-store/": "/graph-store/{path}"}
#: Methods that appear in names of spans; clients can invent others.
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "TRACE", "CONNECT"})
_KEPT_BYTES: Final = 2**20
_OVERHEAD: Final = 256


def trace_requests(app: ASGIApp, path_of: Callable[[Scope], str]) -> ASGIApp:
    """Return *app* with a span for each request; *app* itself if tracing is off.

    Args:
        app: the ASGI application.
        path_of: returns the path of a request without the prefix of a proxy.
    """
    return _TracedApplication(app, path_of) if is_tracing() else app


class RouteRecorder:
    """Middleware between FastAPI and its router that records the route of a request while tracing is on.

    Args:
        app: the next application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            if (found := scope.get(_ROUTE)) is not None:
                found.append(getattr(scope.get("route"), "path", ""))


class _TracedApplication:
    def __init__(self, app: ASGIApp, path_of: Callable[[Scope], str]) -> None:
        self._app = app
        self._path_of = path_of
        # Cached responses do not reach the router, which determines the route.
        self._routes = BoundedCache[str, tuple[str, str]](_KEPT_BYTES, 16, lambda kept: sum(map(len, kept)) + _OVERHEAD)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in {b"traceparent", b"tracestate"}
        }
        found: list[str] = []
        with get_server_span(method, headers, {"http.request.method": method}) as span:

            async def noting_send(message: Message) -> None:
                if message["type"] == "http.response.start":
                    status = message["status"]
                    span.set_attribute("http.response.status_code", status)
                    for name, value in message["headers"]:
                        if name.lower() == b"x-query-id":
                            span.set_attribute("jwpgraph.query_id", value.decode("latin-1"))
                        elif name.lower() == b"x-release" and value.isdigit():
                            span.set_attribute("jwpgraph.release", int(value))
                    if status >= 500:
                        mark_failed(span, str(status))
                await send(message)

            try:
                await self._app({**scope, _ROUTE: found}, receive, noting_send)
            except BaseException as error:
                mark_failed(span, type(error).__name__)
                raise
            finally:
                route = self._route(self._path_of(scope), found)
                if route:
                    span.set_attribute("http.route", route)
                    span.update_name(f"{method} {route}")

    def _route(self, path: str, found: list[str]) -> str | None:
        if path in _EXACT:
            return _EXACT[path]
        below = next((route for prefix, route in _BELOW.items() if path.startswith(prefix)), None)
        if below is not None:
            return below
        if found and found[0]:
            self._routes.put(path, (path, found[0]))
            return found[0]
        kept = self._routes.get(path)
        return kept[1] if kept else None
