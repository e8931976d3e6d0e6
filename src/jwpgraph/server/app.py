"""The service as one ASGI application.

The SPARQL endpoint, the graph store and the health endpoints are ASGI applications, selected by path before FastAPI's
routing, which takes longer than a cached response.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.types import Receive, Scope, Send

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.publisher import Publisher
from jwpgraph.http.access_tokens import Access
from jwpgraph.http.authorization import has_token
from jwpgraph.http.body_spool import sweep
from jwpgraph.http.client_context import CLIENT
from jwpgraph.http.client_share import ClientShare
from jwpgraph.http.declared_parameters import refuse_long_address
from jwpgraph.http.forwarded_client import take_forwarded_client
from jwpgraph.http.headers import add_security_headers, get_client_address, get_header
from jwpgraph.http.private_folders import hide_folder
from jwpgraph.http.public_address import PublicAddress, add_prefix
from jwpgraph.http.request_lifecycle import run_until_stopped
from jwpgraph.http.required_state import check_conditions
from jwpgraph.integrations.assistants.endpoint import PATH as ASSISTANTS
from jwpgraph.integrations.assistants.endpoint import AssistantEndpoint
from jwpgraph.operations.audit import PATH as AUDIT
from jwpgraph.operations.audit import AuditTrail
from jwpgraph.operations.file_checks import FileChecks
from jwpgraph.operations.health import PATHS, HealthEndpoints
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.earlier_releases import EarlierReleases
from jwpgraph.query_execution.limits import MIB, QueryLimits
from jwpgraph.query_execution.local_reader import LocalGraphReader
from jwpgraph.query_execution.metrics import CacheMetrics, QueryMetrics
from jwpgraph.query_execution.pool import WorkerPool
from jwpgraph.query_execution.queries import GraphReader
from jwpgraph.query_execution.query_results import QueryResults, ResultCache
from jwpgraph.query_execution.remote_reader import RemoteGraphReader
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.dumps import DumpDirectory
from jwpgraph.releases.entity_change_queries import EntityChangeReader
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.release import Release
from jwpgraph.server.build_stages import BuildStages
from jwpgraph.server.builder_client import BuilderClient
from jwpgraph.server.dump_builder import DumpBuilder
from jwpgraph.server.fastapi_app import create_fastapi_app, make_editor_page
from jwpgraph.server.front_processes import FrontProcesses
from jwpgraph.server.page_cache import PageCache
from jwpgraph.server.pinned_requests import PinnedReleases, PinnedRequests
from jwpgraph.server.release_watcher import ReleaseWatcher
from jwpgraph.settings import Settings
from jwpgraph.sparql_protocol.graph_store import UPLOADS, GraphStoreEndpoint
from jwpgraph.sparql_protocol.idempotency import Attempts
from jwpgraph.sparql_protocol.sparql_endpoint import ENDPOINT, SparqlEndpoint
from jwpgraph.supervision import Supervisor
from jwpgraph.validation.job_file import read_jobs
from jwpgraph.validation.metrics import ValidationMetrics
from jwpgraph.validation.pruning import get_retention_policy
from jwpgraph.validation.service import ValidationService
from jwpgraph.web.cache_warmup import keep_caches_warm

_log = logging.getLogger(__name__)
#: Size of the page cache in bytes.
_PAGES_KEPT = 32 * MIB
#: Seconds in addition to the time limit of a query after which a tool gives up.
_TOOL_GRACE = 10.0


class Application:
    """The service for one data directory.

    Args:
        settings: the settings.
        release: the current release at start.
        front: the other processes that answer requests beside this one.
        reads_only: whether another process writes, runs jobs and makes dumps.
    """

    def __init__(
        self,
        settings: Settings,
        release: Release,
        *,
        front: FrontProcesses | None = None,
        reads_only: bool = False,
    ) -> None:
        self.settings = settings
        self._front = front
        self._reads_only = reads_only
        hide_folder(settings.data_dir, "the data directory")
        registry = self._registry = CollectorRegistry()
        cache_metrics = CacheMetrics(registry)
        releases = self._releases = ReleaseDirectory(settings.data_dir)
        supervisor = self._supervisor = Supervisor(registry)
        self._pool = WorkerPool(
            QueryLimits.of(settings), network=bool(settings.service_allowlist), metrics=QueryMetrics(registry)
        )
        answers = QueryResults(self._pool, ResultCache(settings.cache_mb * MIB, cache_metrics), cache_metrics)
        self._release_watcher = ReleaseWatcher(releases, answers, release, supervisor)
        stages = BuildStages(registry)
        self._writer = BuilderClient(settings, self._release_watcher.refresh, supervisor.report, stages.record)
        current = self._release_watcher.current
        self._remote: RemoteGraphReader | None = None
        local = LocalGraphReader(answers)
        queries: GraphReader = local
        if settings.sparql_backend:
            queries = self._remote = RemoteGraphReader(
                settings.sparql_backend, lambda: current().number, settings.query_timeout
            )
        changes = EntityChangeReader(settings.data_dir)
        dumps = self._dumps = DumpBuilder(DumpDirectory(releases), settings.data_dir)
        if not reads_only:
            self._release_watcher.on_release = dumps.schedule
        trusted = settings.forwarded_allow_ips
        publisher = Publisher(settings.publisher_name, settings.publisher_url, settings.contact)
        site = self._site = AppContext(
            queries,
            releases,
            changes,
            dumps,
            trusted_proxies=trusted,
            publisher=publisher,
            bound=local,
            served=current,
        )
        attempts = Attempts(releases)
        writer = self._writer
        self._access = Access.of(settings)
        self._health = HealthEndpoints(queries, current, registry, supervisor.troubles)
        self._validation = ValidationService(
            releases, read_jobs(settings.jobs_file), settings.shapes_dir, get_retention_policy(settings), supervisor
        )
        if settings.shapes_dir is not None:
            # Without readable shapes every write would be refused, by a service that says it is ready.
            ShapesGraph.read(settings.shapes_dir)
        ValidationMetrics(self._validation.history, registry)
        facade = add_prefix(create_fastapi_app(site, self._validation, settings, writer, dumps, attempts))
        self._fastapi_app = PageCache(facade, site, self._validation.history.path, _PAGES_KEPT)
        self._earlier = EarlierReleases(QueryLimits.of(settings), network=bool(settings.service_allowlist))
        pinned = PinnedReleases(releases, None if settings.sparql_backend else self._earlier)
        self._pinned_requests = PinnedRequests(self._fastapi_app, facade, pinned, lambda: site.release_number)
        self._sparql = SparqlEndpoint(settings, answers, current, attempts, writer, make_editor_page(site), pinned.open)
        self._address = PublicAddress(settings.public_url, settings.allowed_hosts, settings.forwarded_allow_ips)
        self._audit = AuditTrail(settings.data_dir, self._access, supervisor.report)
        self._share = ClientShare(settings.requests_per_client)
        self._graph_store = GraphStoreEndpoint(settings, answers, current, attempts, writer)
        self._assistants = AssistantEndpoint(
            self._answer, settings.query_timeout + _TOOL_GRACE, settings.forwarded_allow_ips
        )

    async def start(self) -> None:
        """Start the workers, the builder and the background tasks."""
        if self._reads_only:
            await self._pool.start(self._release_watcher.current())
            self._release_watcher.start()
        else:
            await self._start_writing()
        self._supervisor.start("preparation of pages", partial(keep_caches_warm, self._site))

    async def _start_writing(self) -> None:
        await asyncio.to_thread(sweep, self.settings.data_dir / UPLOADS)
        await asyncio.to_thread(DumpDirectory(self._releases).sweep_partial)
        await self._pool.start(self._release_watcher.current())
        can_write = self._can_write()
        if can_write:
            self._writer.start()
        checks = FileChecks(
            self._releases,
            writes=can_write,
            served=self._release_watcher.current,
            access=self._access,
            find_audit_trouble=self._audit.find_trouble,
        )
        self._supervisor.start("checks of files", partial(checks.watch, self._supervisor.report))
        self._release_watcher.start()
        await self._validation.start()
        if self._front is not None:
            self._front.start(self._supervisor, self._registry)

    def _can_write(self) -> bool:
        try:
            return self._access.is_configured()
        except ProblemError as problem:
            _log.error("%s", problem.line())
            return False

    async def stop(self) -> None:
        """Stop all tasks and processes."""
        await self._assistants.stop()
        await self._validation.stop()
        await self._supervisor.stop()
        await self._writer.stop()
        await self._dumps.close()
        await self._earlier.close()
        await self._pool.stop()
        self._fastapi_app.close()
        await self._sparql.aclose()
        if self._remote is not None:
            await self._remote.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._lifespan(scope, receive, send)
            return
        if self.settings.follow_current and self._release_watcher.is_behind():
            await self._release_watcher.catch_up()
        send = check_conditions(scope, receive, send)
        # Forwarded headers do not affect cached responses.
        if not await self._sparql.repeat(scope, send):
            await run_until_stopped(
                self._route, take_forwarded_client(scope, self.settings.forwarded_allow_ips), receive, send
            )

    def path_of(self, scope: Scope) -> str:
        """Return the path of a request without the prefix of a proxy."""
        path: str = self._address.settle(scope)["path"]
        return path

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = self._address.settle(scope)
        if _is_public_query(scope):
            await self._sparql(scope, receive, send)
        elif self._reads_only and scope["method"] == "GET":
            # The process that collects the responses of all records the request.
            await self._answer(scope, receive, send)
        else:
            await self._audit.watch(self._answer, scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path == "/sparql" or path.startswith("/sparql/"):
            await self._sparql(scope, receive, send)
        elif path == "/graph-store" or path.startswith("/graph-store/"):
            await self._graph_store(scope, receive, send)
        elif path in PATHS:
            await self._health(scope, receive, send)
        elif path == ASSISTANTS:
            await self._assistants(scope, receive, send)
        elif path == AUDIT:
            await self._audit(scope, receive, send)
        else:
            client = get_client_address(scope)
            CLIENT.set(client)
            with self._share.of(client) as refusal:
                instead = refusal or refuse_long_address(scope)
                if instead is not None:
                    await instead(scope, receive, add_security_headers(send))
                elif has_token(scope, self._access):
                    # Writes wait for the builder; they must not hold up the reads of the same client.
                    await self._pinned_requests(scope, receive, add_security_headers(send))
                else:
                    await self._share.take_turn(
                        client, self._pinned_requests, scope, receive, add_security_headers(send)
                    )

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


def _is_public_query(scope: Scope) -> bool:
    """Return whether a request is a query by GET without a token, which the audit trail never records."""
    return (
        scope["path"] == ENDPOINT and scope["method"] in {"GET", "HEAD"} and get_header(scope, b"authorization") is None
    )
