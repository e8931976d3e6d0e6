"""The whole service as one ASGI application.

The SPARQL endpoint, the graph store and the probes are plain ASGI and are chosen by path before the routing of FastAPI,
which costs more than a cached answer does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from jwpgraph.http.client import CLIENT
from jwpgraph.http.headers import client_of
from jwpgraph.linked_data.site import Site
from jwpgraph.operations.health import PATHS, Health
from jwpgraph.pages.warming import keep_warm
from jwpgraph.releases.directory import Releases
from jwpgraph.releases.release import Release
from jwpgraph.service.facade import create_facade, editor_page
from jwpgraph.service.following import Follower
from jwpgraph.service.repeated_pages import RepeatedPages
from jwpgraph.service.writer import BuilderWriter
from jwpgraph.settings import Settings
from jwpgraph.sparql.answers import Answers
from jwpgraph.sparql.cache import ResponseCache
from jwpgraph.sparql.graph_store import GraphStore
from jwpgraph.sparql.idempotency import Attempts
from jwpgraph.sparql.limits import MIB, Limits
from jwpgraph.sparql.metrics import CacheMetrics, QueryMetrics
from jwpgraph.sparql.pool import WorkerPool
from jwpgraph.sparql.protocol import SparqlEndpoint
from jwpgraph.sparql.queries import Queries
from jwpgraph.sparql.remote import RemoteQueries
from jwpgraph.sparql.service import QueryService
from jwpgraph.validation.jobs import read_jobs
from jwpgraph.validation.metrics import ValidationMetrics
from jwpgraph.validation.pruning import kept_by
from jwpgraph.validation.service import ValidationService

#: Bytes of pages that are ready to be sent again.
_PAGES_KEPT = 32 * MIB


class Service:
    """The service over one data directory.

    Args:
        settings: the knobs.
        release: the release to begin with.
    """

    def __init__(self, settings: Settings, release: Release) -> None:
        self._settings = settings
        registry = CollectorRegistry()
        cache_metrics = CacheMetrics(registry)
        releases = Releases(settings.data_dir)
        self._pool = WorkerPool(
            Limits.of(settings), network=bool(settings.service_allowlist), metrics=QueryMetrics(registry)
        )
        answers = Answers(self._pool, ResponseCache(settings.cache_mb * MIB, cache_metrics), cache_metrics)
        self._follower = Follower(releases, answers, release)
        self._writer = BuilderWriter(settings, self._follower.refresh)
        current = self._follower.current
        self._remote: RemoteQueries | None = None
        queries: Queries = QueryService(answers)
        if settings.sparql_backend:
            queries = self._remote = RemoteQueries(
                settings.sparql_backend, lambda: current().number, settings.query_timeout
            )
        site = self._site = Site(queries, releases, trusted_proxies=settings.forwarded_allow_ips)
        self._warming: asyncio.Task[None] | None = None
        attempts = Attempts(releases)
        writer = self._writer if settings.admin_token else None
        self._health = Health(queries, current, registry)
        self._validation = ValidationService(
            releases, read_jobs(settings.jobs_file), settings.shapes_dir, kept_by(settings)
        )
        ValidationMetrics(self._validation.history, registry)
        facade = create_facade(site, self._validation, settings.admin_token)
        self._facade = RepeatedPages(facade, site, self._validation.history.path, _PAGES_KEPT)
        self._sparql = SparqlEndpoint(settings, answers, current, attempts, writer, editor_page(site))
        # Uvicorn and Starlette describe one and the same interface by types of their own.
        behind_proxy = ProxyHeadersMiddleware(cast(Any, self._route), settings.forwarded_allow_ips)
        self._behind_proxy = cast(ASGIApp, behind_proxy)
        self._graph_store = GraphStore(settings, answers, current, attempts, writer)

    async def start(self) -> None:
        """Start the workers and the builder, and begin to follow what is published."""
        await self._pool.start(self._follower.current())
        if self._settings.admin_token:
            self._writer.start()
        self._follower.start()
        await self._validation.start()
        self._warming = asyncio.create_task(keep_warm(self._site))

    async def stop(self) -> None:
        """End every process that was started."""
        if self._warming is not None:
            self._warming.cancel()
            with suppress(asyncio.CancelledError):
                await self._warming
        await self._validation.stop()
        await self._follower.stop()
        await self._writer.stop()
        await self._pool.stop()
        self._facade.close()
        if self._remote is not None:
            await self._remote.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._lifespan(scope, receive, send)
            return
        # Nothing that a proxy says changes a repeated answer.
        if not await self._sparql.repeat(scope, send):
            await self._behind_proxy(scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path == "/sparql" or path.startswith("/sparql/"):
            await self._sparql(scope, receive, send)
        elif path == "/graph-store" or path.startswith("/graph-store/"):
            await self._graph_store(scope, receive, send)
        elif path in PATHS:
            await self._health(scope, receive, send)
        else:
            CLIENT.set(client_of(scope))
            await self._facade(scope, receive, send)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return
        await FastAPI(lifespan=self._running, openapi_url=None)(scope, receive, send)

    @asynccontextmanager
    async def _running(self, _: FastAPI) -> AsyncIterator[None]:
        await self.start()
        try:
            yield
        finally:
            await self.stop()
