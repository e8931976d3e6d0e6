"""``jwpgraph mcp``: the tools for assistants over standard input and output."""

from __future__ import annotations

from typing import Annotated

import typer

from jwpgraph.settings import load_settings

_EPILOG = """Examples:

    jwpgraph mcp

    jwpgraph mcp --url https://graph.example.org/jwpgraph
"""


def register(app: typer.Typer) -> None:
    """Add the command of this module to *app*."""
    app.command(epilog=_EPILOG)(mcp)


def mcp(
    url: Annotated[
        str | None, typer.Option(help="A running service to ask; default: the release in the data directory.")
    ] = None,
) -> None:
    """Offer the graph to an assistant by the Model Context Protocol, over standard input and output.

    The tools are those of /mcp, see docs/assistants.md. The assistant starts this command.
    """
    from jwpgraph.server.assistants import run_over_stdio  # noqa: PLC0415 - the other commands need no web server

    run_over_stdio(load_settings(), url)
