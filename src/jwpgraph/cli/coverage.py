"""``jwpgraph coverage``: report which fields of each taxon are filled, and whether a source offers missing ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated

import orjson
import typer
from rich.table import Table

from jwpgraph.cli.output import console, errors
from jwpgraph.cli.report_options import OutputFile, ReleaseNumber, open_reader, require_format, write_output
from jwpgraph.counts import format_count
from jwpgraph.problems import ProblemError
from jwpgraph.taxonomy import coverage_reports as reports
from jwpgraph.taxonomy.coverage import FIELDS, CoverageTable, FieldState, TaxonRow
from jwpgraph.taxonomy.coverage_reader import read_coverage

_EPILOG = """Exit codes: 0 done, 1 fields offered by a source are missing (with --check), 2 error.

Examples:

    jwpgraph coverage

    jwpgraph coverage --group sharks-and-rays --format csv --out sharks.csv

    jwpgraph coverage --format md --out coverage.md
"""


def register(app: typer.Typer) -> None:
    """Add the command of this module to *app*."""
    app.command(epilog=_EPILOG)(coverage)


def coverage(
    out: OutputFile = None,
    form: Annotated[str, typer.Option("--format", help="text, csv, json or md.")] = "text",
    group: Annotated[
        str | None, typer.Option(help="Only this species group (slug); 'none': taxa without a group.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with code 1 if fields offered by a source are missing.")
    ] = False,
    release: ReleaseNumber = None,
) -> None:
    """Report how completely taxa are described: by taxon and field, grouped by species group.

    An empty field is marked as offered by a source but absent here, or not offered by any source.
    """
    require_format(form, ("text", *_WRITERS))
    table = _read_table(release)
    if group not in (None, "none", *table.groups):
        known = ", ".join(table.groups)
        raise ProblemError("unknown-value", "There is no such group", f"--group {group}; there are {known} and none.")
    rows = table.of_group("" if group == "none" else group)
    if form == "text":
        _print_table(table, rows)
    else:
        write_output(_WRITERS[form](table, rows), out)
    missing = sum(table.state(row, one) is FieldState.OFFERED for row in rows for one in FIELDS)
    if check and missing:
        raise ProblemError(
            "coverage-incomplete",
            "Fields offered by a source are missing",
            f"{missing} fields; --format csv names them.",
            exit_code=1,
        )


def _read_table(number: int | None) -> CoverageTable:
    queries = open_reader(number)
    with errors.status("Reading taxa"):
        return asyncio.run(read_coverage(queries))


def _render_json(table: CoverageTable, rows: Sequence[TaxonRow]) -> str:
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(reports.coverage_to_json(table, rows), option=options).decode()


_WRITERS: dict[str, Callable[[CoverageTable, Sequence[TaxonRow]], str]] = {
    "csv": reports.coverage_to_csv,
    "json": _render_json,
    "md": reports.coverage_to_markdown,
}


def _print_table(table: CoverageTable, rows: Sequence[TaxonRow]) -> None:
    grouped = [row for row in rows if row.groups]
    others = [row for row in rows if not row.groups]
    shown = Table("Field", f"Groups ({len(grouped)})", f"Others ({len(others)})", "Offered, absent", "Not offered")
    for one in FIELDS:
        counted = table.counted(rows, one)
        shares = (reports.format_share(table.counted(found, one)) for found in (grouped, others))
        shown.add_row(
            one.title, *shares, str(counted[FieldState.OFFERED] or ""), str(counted[FieldState.NOT_OFFERED] or "")
        )
    console.print(shown)
    sizes = ", ".join(f"{slug} {len(found)}" for slug, _, found in table.by_group() if slug)
    taxa = format_count(len(rows), "taxon", "taxa")
    summary = f"{taxa}. Shares are of the taxa to which a field applies. Species groups: {sizes}."
    console.print(summary, highlight=False)
