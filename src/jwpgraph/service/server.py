"""``jwpgraph serve``: publish what is shipped where nothing has been published, then listen."""

from __future__ import annotations

import gc
import logging
import socket

import uvicorn

from jwpgraph.operations.building import builder_of, publish_shipped, shipped_digest
from jwpgraph.operations.logs import configure_logs
from jwpgraph.problems import Problem
from jwpgraph.releases.changes import LoadGraphs
from jwpgraph.releases.directory import Releases
from jwpgraph.releases.release import Release
from jwpgraph.service.app import Service
from jwpgraph.service.connections import BoundedProtocol
from jwpgraph.settings import Settings, unknown_settings

_log = logging.getLogger(__name__)
_GRACE_SECONDS = 10


def run(settings: Settings, *, empty: bool) -> None:
    """Serve until a signal ends it.

    Args:
        settings: the knobs.
        empty: begin a new data directory with an empty release instead of the shipped data.

    Raises:
        Problem: ``cannot-listen``, or whatever keeps the first release from being published.
    """
    configure_logs(settings)
    for unknown in unknown_settings():
        _log.warning("%s", unknown)
    listener = _listen(settings)
    with listener:
        release = first_release(settings, empty=empty)
        config = uvicorn.Config(
            Service(settings, release),
            http=BoundedProtocol,
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
        raise Problem("cannot-start", "The service could not start", "see the log for the reason")


def first_release(settings: Settings, *, empty: bool) -> Release:
    """The published release; where there is none, the shipped data (or nothing at all) is published first."""
    releases = Releases(settings.data_dir)
    try:
        release = releases.current()
        if release is not None:
            _check_readable(release)
    except Problem as problem:
        usable = releases.newest_usable()
        if usable is None:
            raise
        _log.error("serving release %s, since: %s", usable.number, problem.line())
        return usable
    if release is None:
        builder = builder_of(settings, progress=lambda stage: _log.info("first release: %s", stage))
        if empty:
            return builder.build(LoadGraphs(), message="Empty", expected=0)
        return publish_shipped(builder)
    if empty:
        _log.warning("%s holds release %s already; --empty has no effect", settings.data_dir, release.number)
    elif release.manifest.shipped_digest not in {None, shipped_digest()}:
        _log.warning("the shipped data is newer than release %s; `jwpgraph load` publishes it", release.number)
    return release


def _check_readable(release: Release) -> None:
    """Raise what is wrong with a release that cannot be served."""
    _ = release.manifest
    release.open_store()


def _listen(settings: Settings) -> socket.socket:
    """The listening socket; bound first, so that a port in use is said before any work is done."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        where = f"{settings.host}:{settings.port}"
        raise Problem("cannot-listen", "The address cannot be listened on", f"{where}: {error.strerror}") from None
    return listener
