"""``jwpgraph serve``: publish what is shipped where nothing has been published, then listen."""

from __future__ import annotations

import gc
import logging
import socket

import uvicorn

from jwpgraph.operations.builder_factory import digest_shipped_sources, make_builder, publish_shipped
from jwpgraph.operations.logs import configure_logs
from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import LoadGraphs
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.release import Release
from jwpgraph.server.app import Application
from jwpgraph.server.http_protocol import BoundedHttpProtocol
from jwpgraph.settings import Settings, unknown_settings

_log = logging.getLogger(__name__)
_GRACE_SECONDS = 10


def run_server(settings: Settings, *, empty: bool) -> None:
    """Serve until a signal ends it.

    Args:
        settings: the knobs.
        empty: begin a new data directory with an empty release instead of the shipped data.

    Raises:
        ProblemError: ``cannot-listen``, or whatever keeps the first release from being published.
    """
    configure_logs(settings)
    for unknown in unknown_settings():
        _log.warning("%s", unknown)
    listener = _open_socket(settings)
    with listener:
        release = ensure_first_release(settings, empty=empty)
        config = uvicorn.Config(
            Application(settings, release),
            http=BoundedHttpProtocol,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        server = uvicorn.Server(config)
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        # Who connects from now on waits for the answer instead of being turned away.
        listener.listen(config.backlog)
        _log.info("release %s at http://%s:%s/", release.number, shown, port)
        # What is there by now stays; the cache is large, and looking through it often finds nothing.
        gc.freeze()
        gc.set_threshold(20_000, 50, 50)
        server.run(sockets=[listener])
    if not server.started:
        raise ProblemError("cannot-start", "The service could not start", "see the log for the reason")


def ensure_first_release(settings: Settings, *, empty: bool) -> Release:
    """The published release; where there is none, the shipped data (or nothing at all) is published first."""
    releases = ReleaseDirectory(settings.data_dir)
    try:
        release = releases.current()
        if release is not None:
            _check_readable(release)
    except ProblemError as problem:
        usable = releases.newest_usable()
        if usable is None:
            raise
        _log.error("serving release %s, since: %s", usable.number, problem.line())
        return usable
    if release is None:
        builder = make_builder(settings, progress=lambda stage: _log.info("first release: %s", stage))
        if empty:
            return builder.build(LoadGraphs(), message="Empty", expected=0)
        return publish_shipped(builder)
    if empty:
        _log.warning("%s holds release %s already; --empty has no effect", settings.data_dir, release.number)
    elif release.manifest.shipped_digest not in {None, digest_shipped_sources()}:
        _log.warning("the shipped data is newer than release %s; `jwpgraph load` publishes it", release.number)
    return release


def _check_readable(release: Release) -> None:
    """Raise what is wrong with a release that cannot be served."""
    _ = release.manifest
    release.open_store()


def _open_socket(settings: Settings) -> socket.socket:
    """The listening socket; bound first, so that a port in use is said before any work is done."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        where = f"{settings.host}:{settings.port}"
        raise ProblemError("cannot-listen", "The address cannot be listened on", f"{where}: {error.strerror}") from None
    return listener
