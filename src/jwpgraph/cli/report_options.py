"""Options and output of the commands that report about a release."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from jwpgraph.cli.output import errors
from jwpgraph.cli.output_files import write_file_atomically
from jwpgraph.http.parameters import YEARS, parse_day
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.store_reader import StoreReader
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.maintenance import require_release
from jwpgraph.settings import load_settings

OutputFile = Annotated[Path | None, typer.Option("--out", "-o", help="Write to a file instead of standard output.")]
ReleaseNumber = Annotated[int | None, typer.Option("--release", help="Read this release instead of the published one.")]


def open_reader(number: int | None) -> StoreReader:
    """Return a reader of a release; of the published one for ``None``.

    Raises:
        ProblemError: as :func:`.require_release`.
    """
    release = require_release(ReleaseDirectory(load_settings().data_dir), number)
    return StoreReader(release.open_store(), release.number)


def require_format(form: str, known: Iterable[str]) -> None:
    """Refuse an unknown output format.

    Raises:
        ProblemError: ``unknown-format``.
    """
    names = list(known)
    if form not in names:
        raise ProblemError("unknown-format", "There is no such format", f"{form!r}; there are {', '.join(names)}.")


def write_output(text: str, out: Path | None) -> None:
    """Write *text* to a file, or to standard output with unchanged line ends.

    Raises:
        ProblemError: ``cannot-write``.
    """
    if out is None:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return
    write_file_atomically(text, out, [])
    errors.print(f"{out} written.", highlight=False, markup=False)


def parse_day_option(text: str | None) -> date | None:
    """Return the day of the option ``--on``; ``None`` if it is not given.

    Raises:
        ProblemError: ``bad-date``.
    """
    if text is None:
        return None
    with suppress(ValueError):
        if (day := parse_day(text)).year in YEARS:
            return day
    detail = f"--on: {text} is not a single day from 1900 to 2999; write YYYY-MM-DD."
    raise ProblemError("bad-date", "The date cannot be read", detail)
