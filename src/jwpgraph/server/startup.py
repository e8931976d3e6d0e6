"""``jwpgraph serve``: publish the shipped data if nothing has been published, then listen."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from jwpgraph.free_memory import limit_arenas, release_free_memory
from jwpgraph.operations.builder_factory import digest_shipped_sources, make_builder, publish_shipped
from jwpgraph.operations.logs import configure_logs
from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import LoadGraphs
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.entity_changes import EntityChangeLog
from jwpgraph.releases.release import REPAIR, Release
from jwpgraph.releases.writer_lock import hold_writer_lock
from jwpgraph.server.app import Application
from jwpgraph.server.front_processes import FrontProcesses, share_settings
from jwpgraph.server.group_endpoints import GroupEndpoints
from jwpgraph.server.http_protocol import BoundedHttpProtocol
from jwpgraph.server.internal_requests import InternalRequests
from jwpgraph.server.request_spans import trace_requests
from jwpgraph.settings import Settings, list_unknown_settings
from jwpgraph.tracing import start_tracing, stop_tracing
from jwpgraph.validation.job_file import read_jobs

_log = logging.getLogger(__name__)
_GRACE_SECONDS = 10
_LAST_RESPONSES_SECONDS = 5
#: Connections that may wait to be accepted.
_BACKLOG = 2048
#: Seconds to wait for a writer that would write the log of changes as well.
_LOG_WAIT = 2.0


def run_server(settings: Settings, *, empty: bool) -> None:
    """Run the service until a signal ends it.

    Args:
        settings: the settings.
        empty: whether to start a new data directory with an empty release instead of the shipped data.

    Raises:
        ProblemError: ``cannot-listen``, ``cannot-start``, or a problem of the jobs file or of the first release.
    """
    limit_arenas()
    configure_logs(settings)
    for unknown in list_unknown_settings():
        _log.warning("%s", unknown)
    # Report an unusable jobs file before making the first release, which takes some seconds.
    read_jobs(settings.jobs_file)
    listener = _open_socket(settings)
    with listener:
        release = ensure_first_release(settings, empty=empty)
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        # Accept connections from now on; clients wait until the server has started.
        listener.listen(_BACKLOG)
        _log.info("release %s at http://%s:%s/", release.number, shown, port)
        # The application records the routes of requests only if tracing is on when it is made.
        start_tracing()
        if settings.processes == 1:
            application = Application(settings, release)
            started = run_application(application, application, [listener])
        else:
            front = FrontProcesses(settings, listener)
            application = Application(share_settings(settings), release, front=front)
            group = GroupEndpoints(application, front)
            app = InternalRequests(group, front.secret)
            started = run_application(app, application, [listener, front.internal], stopping=front.end)
    if not started:
        raise ProblemError("cannot-start", "The service could not start", "see the log for the reason")


def run_application(
    app: ASGIApp,
    application: Application,
    sockets: list[socket.socket],
    *,
    started: Callable[[], None] = lambda: None,
    stopping: Callable[[], None] = lambda: None,
) -> bool:
    """Run an ASGI application until a signal ends it.

    Args:
        app: the application, as connections reach it.
        application: the service in it.
        sockets: where it listens.
        started: called once, when it accepts connections.
        stopping: called once, before the running requests are given time to finish.

    Returns:
        Whether it has started.
    """
    BoundedHttpProtocol.proxies = application.settings.forwarded_allow_ips
    config = uvicorn.Config(
        trace_requests(app, application.path_of),
        http=BoundedHttpProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config, started, stopping)
    # Exclude the long-lived objects from garbage collection, and collect less often because of the large cache.
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)
    server.run(sockets=sockets)
    stop_tracing()
    return server.started


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None], on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start = on_start
        self._on_stop = on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_start()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # A terminal that is closed ends the service as SIGTERM does; `nohup` and front processes ignore it.
        previous = signal.getsignal(signal.SIGHUP)
        if previous != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self.handle_exit)
        with super().capture_signals():
            yield
        signal.signal(signal.SIGHUP, previous)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stop()
        await super().shutdown(sockets)
        # The server does not wait for the responses of requests that it has cancelled, and then repeats the signal.
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_LAST_RESPONSES_SECONDS)
            await asyncio.sleep(0)


def find_served_release(releases: ReleaseDirectory) -> Release:
    """Return the published release, or the newest usable one if it is damaged.

    Raises:
        ProblemError: there is none.
    """
    release = _open_current(releases) or releases.newest_usable()
    if release is None:
        raise ProblemError("no-release", "Nothing has been published", str(releases.data_dir), status=503)
    return release


def _open_current(releases: ReleaseDirectory) -> Release | None:
    """Return the release that CURRENT names, the newest usable one if that is damaged, or ``None`` without CURRENT."""
    try:
        release = releases.current()
        if release is not None:
            # The release watcher reads the large tables once the service runs.
            release.check(large_tables=False)
    except ProblemError as problem:
        usable = releases.newest_usable()
        if usable is None:
            raise
        _log.error("serving release %s instead, because: %s", usable.number, problem.line())
        return usable
    return release


def ensure_first_release(settings: Settings, *, empty: bool) -> Release:
    """Return the published release; if there is none, publish the shipped data, or an empty release for *empty*."""
    releases = ReleaseDirectory(settings.data_dir)
    release = _open_current(releases)
    if release is None and (usable := releases.newest_usable()) is not None:
        if usable.number == 1:
            with hold_writer_lock(releases.lock_path, wait=settings.write_wait, purpose="repair of CURRENT"):
                releases.prepare()
            _log.warning("CURRENT was missing; it names release 1, the only one, again")
        else:
            _log.error("serving release %s, because CURRENT is missing; %s", usable.number, REPAIR)
        return usable
    if release is None:
        builder = make_builder(settings, progress=lambda stage: _log.info("first release: %s", stage))
        if empty:
            return builder.build(LoadGraphs(), message="Empty", expected=0)
        release = publish_shipped(builder)
        # Building takes 250 MB, which the process would keep as long as it runs.
        release_free_memory()
        return release
    _record_changes(settings, releases, release)
    if empty:
        _log.warning("%s already contains release %s; --empty has no effect", settings.data_dir, release.number)
    elif release.manifest.shipped_digest not in {None, digest_shipped_sources()}:
        _log.warning("the shipped data is newer than release %s; `jwpgraph load` publishes it", release.number)
    return release


def _record_changes(settings: Settings, releases: ReleaseDirectory, release: Release) -> None:
    """Begin the log of changes where an earlier version made the release; the service runs without it, too."""
    try:
        with hold_writer_lock(releases.lock_path, wait=min(settings.write_wait, _LOG_WAIT), purpose="log of changes"):
            if _catch_up(EntityChangeLog(settings.data_dir), release):
                _log.info("the log of changes now includes release %s", release.number)
    except (ProblemError, OSError) as error:
        _log.warning("the log of changes does not include release %s: %s", release.number, error)


def _catch_up(changes: EntityChangeLog, release: Release) -> bool:
    """Record the release; if the log is damaged, keep it under another name and begin a new one."""
    try:
        return changes.catch_up(release)
    except ProblemError as problem:
        aside = changes.set_damaged_aside()
        if aside is None:
            raise
        _log.error(
            "%s; kept as %s; `jwpgraph restore` restores an earlier one from a backup", problem.title, aside.name
        )
    return changes.catch_up(release)


def _open_socket(settings: Settings) -> socket.socket:
    """Return the bound socket; binding first reports a port in use before any other work."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        where = f"{settings.host}:{settings.port}"
        raise ProblemError("cannot-listen", "Cannot listen on the address", f"{where}: {error.strerror}") from None
    return listener
