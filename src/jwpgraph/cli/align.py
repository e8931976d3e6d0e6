"""``jwpgraph align``: mappings between the concepts of the two taxonomies, discrepancies, and a worklist."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from datetime import date
from typing import Annotated

import orjson
import typer
from rich.table import Table

from jwpgraph.cli.output import console, errors
from jwpgraph.cli.report_options import (
    OutputFile,
    ReleaseNumber,
    open_reader,
    parse_day_option,
    require_format,
    write_output,
)
from jwpgraph.problems import ProblemError
from jwpgraph.sources.turtle_writer import write_turtle
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxonomy import reports, sssom
from jwpgraph.taxonomy.assessment import AlignmentAssessment, assess_alignments
from jwpgraph.taxonomy.snapshot import read_all, read_priority_concepts

_EPILOG = """Exit codes: 0 done, 1 the alignments contradict each other (with --check), 2 could not run.

Examples:

    jwpgraph align

    jwpgraph align --on 2017-06-01 --format html --out discrepancies.html

    jwpgraph align --format sssom --out cms-cites.sssom.tsv

    jwpgraph align --worklist --limit 20
"""
#: Kinds of findings that are errors in the graph.
_FAULTS = {"contradiction", "composition", "unknown-concept"}


def register(app: typer.Typer) -> None:
    """Add the command of this module to *app*."""
    app.command(epilog=_EPILOG)(align)


def align(
    out: OutputFile = None,
    form: Annotated[
        str, typer.Option("--format", help="table, json, csv, html, ttl (discrepancies) or sssom (mappings).")
    ] = "table",
    on: Annotated[str | None, typer.Option(help="Date to compare at (YYYY-MM-DD); default: today.")] = None,
    show_worklist: Annotated[
        bool, typer.Option("--worklist", help="Print a curator's worklist by priority instead (table, json, csv).")
    ] = False,
    limit: Annotated[int, typer.Option(min=0, help="Maximum number of rows in tables and worklist; 0: all.")] = 0,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with code 1 if alignments contradict each other.")
    ] = False,
    release: ReleaseNumber = None,
) -> None:
    """Align the taxonomies of CMS and CITES: mappings, checks, discrepancies and a worklist.

    Curators' alignments in the graph override mappings inferred from names. The release is not changed; load the output
    of --format ttl to publish it.
    """
    day = parse_day_option(on) or get_today()
    writers = _WORKLIST_FORMATS if show_worklist else _FORMATS
    require_format(form, writers)
    found = _make_assessment(day, release)
    if form == "table":
        _print_worklist(found, limit or 20) if show_worklist else _print_summary(found, limit or 20)
    else:
        write_output(writers[form](found, limit), out)
    faults = [one for one in found.findings if one.kind in _FAULTS]
    if check and faults:
        raise ProblemError(
            "alignments-contradict",
            "The alignments contradict each other",
            f"{len(faults)} findings; the first: {faults[0].detail}",
            exit_code=1,
        )


def _make_assessment(day: date, number: int | None) -> AlignmentAssessment:
    queries = open_reader(number)

    async def run() -> AlignmentAssessment:
        return assess_alignments(await read_all(queries), day, await read_priority_concepts(queries))

    with errors.status("Comparing the taxonomies"):
        return asyncio.run(run())


def _render_sssom(found: AlignmentAssessment, limit: int) -> str:
    shown = found.mappings[:limit] if limit else found.mappings
    return sssom.write_sssom(found.reading.taxa, shown, found.on, found.on.isoformat())


def _render_turtle(found: AlignmentAssessment, limit: int) -> str:
    del limit
    out = io.StringIO()
    header = f"Discrepancies between CMS and CITES as at {found.on}.\nMade with: jwpgraph align --format ttl"
    write_turtle(reports.make_discrepancy_triples(found), out, header=header)
    return out.getvalue()


def _render_json(document: object) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _render_tasks(found: AlignmentAssessment, limit: int) -> str:
    tasks = found.tasks[:limit] if limit else found.tasks
    return _render_json(
        {"on": found.on.isoformat(), "total": len(found.tasks), "tasks": [reports.task_to_json(one) for one in tasks]}
    )


_Writer = Callable[[AlignmentAssessment, int], str]
_FORMATS: dict[str, _Writer] = {
    "table": lambda _found, _limit: "",
    "json": lambda found, _limit: _render_json(reports.assessment_to_json(found)),
    "csv": lambda found, _limit: reports.discrepancies_to_csv(found),
    "html": lambda found, _limit: reports.assessment_to_html(found),
    "ttl": _render_turtle,
    "sssom": _render_sssom,
}
_WORKLIST_FORMATS: dict[str, _Writer] = {
    "table": lambda _found, _limit: "",
    "json": _render_tasks,
    "csv": lambda found, limit: reports.tasks_to_csv(found.tasks[:limit] if limit else found.tasks),
}


def _print_summary(found: AlignmentAssessment, limit: int) -> None:
    counts = reports.assessment_to_json(found)["counts"]
    console.print(
        f"As at {found.on}: {counts['mappings']} mappings, {counts['curated']} of them by a curator; "
        f"{len(found.discrepancies)} discrepancies; {len(found.findings)} findings.",
        highlight=False,
    )
    table = Table("Cause", "Number", title="Discrepancies")
    for cause, number in counts["discrepancies"].items():
        table.add_row(cause, str(number))
    console.print(table)
    for one in found.findings[:limit]:
        console.print(f"{one.kind}: {one.detail}", highlight=False, markup=False)
    if len(found.findings) > limit:
        console.print(f"… and {len(found.findings) - limit} more findings (--format json has all).", highlight=False)


def _print_worklist(found: AlignmentAssessment, limit: int) -> None:
    table = Table("Score", "Kind", "What", "Why")
    for one in found.tasks[:limit]:
        table.add_row(str(one.score), one.kind, one.detail, "; ".join(one.reasons))
    console.print(table, markup=False)
    console.print(f"{min(limit, len(found.tasks))} of {len(found.tasks)} tasks.", highlight=False)
