"""``jwpgraph mcp``: serve the tools for assistants over standard input and output."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from urllib.parse import urlsplit

from jwpgraph.integrations.assistants.service_client import ServiceClient
from jwpgraph.operations.logs import configure_logs
from jwpgraph.problems import ProblemError
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.server.app import Application
from jwpgraph.settings import Settings

#: Seconds in addition to the time limit of a query after which a request is abandoned.
_GRACE = 10.0


def run_over_stdio(settings: Settings, url: str | None) -> None:
    """Serve until standard input ends.

    Args:
        settings: the settings, with the data directory.
        url: the base URL of a running service; default: the release in the data directory is read.

    Raises:
        ProblemError: ``bad-parameter``, or ``no-release`` if the data directory has none.
    """
    configure_logs(settings)
    if url is not None:
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
            raise ProblemError(
                "bad-parameter", "Not the URL of a service", f"--url {url}: begin with http:// or https://"
            )
        asyncio.run(_serve(ServiceClient(url.rstrip("/"), settings.query_timeout + _GRACE)))
        return
    release = ReleaseDirectory(settings.data_dir).current()
    if release is None:
        detail = f"{settings.data_dir} has none: run jwpgraph load, or name a running service with --url"
        raise ProblemError("no-release", "There is no release", detail)
    asyncio.run(
        _serve_here(
            Application(settings.model_copy(update={"admin_token": None, "tokens_file": Path(os.devnull)}), release),
            settings,
        )
    )


async def _serve_here(application: Application, settings: Settings) -> None:
    await application.start()
    try:
        await _serve(ServiceClient(application, settings.query_timeout + _GRACE))
    finally:
        await application.stop()


async def _serve(service: ServiceClient) -> None:
    from jwpgraph.integrations.assistants.server import make_server  # noqa: PLC0415 - loads the package mcp

    await make_server(service).run_stdio_async()
