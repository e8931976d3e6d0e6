"""The command line: one module per group of commands; errors are one plain line and an exit code."""

from __future__ import annotations

import io
import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

import jwpgraph
from jwpgraph.cli import (
    align,
    backup,
    checking,
    coverage,
    import_group,
    load,
    publish,
    query,
    release,
    schedule,
    serve,
    validate,
)
from jwpgraph.problems import ProblemError

_log = logging.getLogger(__name__)
#: Typer carries its own copy of click, which it does not export; what it calls a usage error is known by its child.
_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]

app = typer.Typer(
    name="jwpgraph",
    help="The CMS–CITES Joint Work Programme as a linked-data knowledge graph.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(checking.app, name="check", help="Hold what a release says against what others state.")
app.add_typer(import_group.app, name="import", help="Turn documents and exports of others into graphs.")
app.add_typer(release.app, name="release", help="List, compare, roll back, prune and verify releases.")
for module in (serve, load, validate, schedule, query, align, coverage, backup, publish):
    module.register(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"jwpgraph {jwpgraph.__version__}")
        raise typer.Exit


@app.callback()
def settings_from_options(
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Folder that holds the releases (JWPGRAPH_DATA_DIR).")
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Settings are JWPGRAPH_* environment variables; see docs/settings.md."""
    if data_dir is not None:
        os.environ["JWPGRAPH_DATA_DIR"] = str(data_dir)


def _usage_message(error: Exception) -> str:
    """What a usage error says, on one line; nothing where help has been shown instead."""
    describe = getattr(error, "format_message", error.__str__)
    return " ".join(str(describe()).split()).rstrip(".")


def _abandon_output() -> None:
    """Keep the interpreter from complaining at exit of what cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    """The entry point: runs a command and turns a problem into a line on standard error and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a character shows another one in its place.
            stream.reconfigure(errors="replace")
    try:
        code = app(standalone_mode=False)
    except ProblemError as problem:
        typer.echo(f"jwpgraph: {problem.line()}", err=True)
        code = problem.exit_code
    except _USAGE_ERROR as error:
        if message := _usage_message(error):
            typer.echo(f"jwpgraph: {message} (--help tells more)", err=True)
        code = 2
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        _abandon_output()
        code = 0
    except OSError as error:
        typer.echo(f"jwpgraph: {error.strerror or error}{f': {error.filename}' if error.filename else ''}", err=True)
        _abandon_output()
        code = 2
    except Exception as error:  # what it was asked for it has not done, and 1 would mean that the data are at fault
        _log.debug("the command failed", exc_info=True)
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        typer.echo(f"jwpgraph: it failed by a fault of its own, please report it: {reason}", err=True)
        code = 2
    sys.exit(code or 0)
