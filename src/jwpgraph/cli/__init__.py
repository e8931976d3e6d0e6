"""Command line interface: one module per command group; an error is one plain line and an exit code.

Entry point: :func:`main`. docs/command-line.md lists the commands.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

import jwpgraph
from jwpgraph.cli.lazy_group import LazyGroup
from jwpgraph.problems import ProblemError

_log = logging.getLogger(__name__)
#: Typer bundles click without exporting it; the base class of usage errors is taken from a subclass.
_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]

app = typer.Typer(
    name="jwpgraph",
    cls=LazyGroup,
    help="The CMS–CITES Joint Work Programme as a linked-data knowledge graph.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"jwpgraph {jwpgraph.__version__}")
        raise typer.Exit


@app.callback()
def set_options(
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Data directory with the releases (JWPGRAPH_DATA_DIR).")
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Publish, query and validate the Joint Work Programme knowledge graph.

    Settings are JWPGRAPH_* environment variables; see docs/settings.md.
    """
    if data_dir is not None:
        os.environ["JWPGRAPH_DATA_DIR"] = str(data_dir)


def _make_usage_message(error: Exception) -> str:
    """Return the message of a usage error on one line; empty if help has been shown instead."""
    describe = getattr(error, "format_message", error.__str__)
    return " ".join(str(describe()).split()).rstrip(".")


def abandon_output() -> None:
    """Prevent an error message of the interpreter at exit about output that cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    """Run a command; print a problem as one line on standard error and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a character shows a replacement.
            stream.reconfigure(errors="replace")
    try:
        code = app(standalone_mode=False)
    except ProblemError as problem:
        typer.echo(f"jwpgraph: {problem.line()}", err=True)
        code = problem.exit_code
    except _USAGE_ERROR as error:
        if message := _make_usage_message(error):
            typer.echo(f"jwpgraph: {message} (see --help)", err=True)
        code = 2
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:
        # The reader of the output has closed the pipe.
        abandon_output()
        code = 0
    except OSError as error:
        typer.echo(f"jwpgraph: {error.strerror or error}{f': {error.filename}' if error.filename else ''}", err=True)
        abandon_output()
        code = 2
    except Exception as error:  # an unexpected error; exit code 1 would mean invalid data
        _log.debug("the command failed", exc_info=True)
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        typer.echo(f"jwpgraph: unexpected error, please report it: {reason}", err=True)
        code = 2
    sys.exit(code or 0)
