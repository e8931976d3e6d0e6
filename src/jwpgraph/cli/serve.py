"""``jwpgraph serve``: run the web service."""

from __future__ import annotations

import gc
from typing import Annotated

import typer

from jwpgraph.settings import load_settings

_EPILOG = """Examples:

    jwpgraph serve

    JWPGRAPH_ADMIN_TOKEN=secret jwpgraph serve --host 0.0.0.0 --port 8080

    jwpgraph serve --empty
"""


def register(app: typer.Typer) -> None:
    """Add the command of this module to *app*."""
    app.command(epilog=_EPILOG)(serve)


def serve(
    empty: Annotated[
        bool, typer.Option("--empty", help="Do not publish the shipped data in an empty data directory.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on (JWPGRAPH_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port (JWPGRAPH_PORT); 0 selects a free port.")] = None,
) -> None:
    """Serve the SPARQL endpoint, the API and the pages.

    If the data directory has no release, the shipped ontology and data are validated and published first.
    """
    # Importing makes no garbage; looking for it takes a fifth of the time of a start.
    gc.disable()
    from jwpgraph.server.startup import run_server  # noqa: PLC0415 - the other commands need no web server

    gc.enable()
    run_server(load_settings(host=host, port=port), empty=empty)
