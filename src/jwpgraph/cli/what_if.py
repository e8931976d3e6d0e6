"""``jwpgraph what-if``: report the effects of a list of proposals before they are adopted."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from jwpgraph.cli.output import Json, console, print_json
from jwpgraph.cli.report_options import parse_day_option
from jwpgraph.problems import ProblemError
from jwpgraph.programme.record_models import ProposalRecord
from jwpgraph.programme.record_statements import list_unknown_names
from jwpgraph.programme.record_tables import read_rows
from jwpgraph.programme.references import InvalidReferencesError, confirm_iris, read_reference_index
from jwpgraph.programme.what_if import WhatIf, compute_what_if, resolve_proposal
from jwpgraph.query_execution.store_reader import StoreReader
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.maintenance import require_release
from jwpgraph.releases.release import Release
from jwpgraph.settings import load_settings
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxonomy.snapshot import read_all

_EPILOG: Final = """Exit codes: 0 reported, 1 no row could be read, 2 could not run.

Examples:

    jwpgraph what-if proposals.csv

    jwpgraph what-if proposals.csv --on 2026-06-27 --release 3 --json
"""


def register(app: typer.Typer) -> None:
    """Add the command of this module to *app*."""
    app.command("what-if", epilog=_EPILOG)(what_if)


def what_if(
    file: Annotated[Path, typer.Argument(help="A table of proposals; `jwpgraph template proposals` has its columns.")],
    on: Annotated[
        str | None, typer.Option("--on", help="The day on which both states are compared; default: today.")
    ] = None,
    release: Annotated[int | None, typer.Option("--release", help="Start from this release.")] = None,
    as_json: Json = False,
) -> None:
    """Report which species, countries and activities a list of proposals would affect; nothing is published."""
    day = parse_day_option(on) or get_today()
    report = ImportReport()
    chosen = require_release(ReleaseDirectory(load_settings().data_dir), release)
    found = asyncio.run(_compute(file, chosen, day, report))
    if as_json:
        rejected = [one.sentence() for one in report.rejections]
        print_json(found.document() | {"release": chosen.number, "rejected": rejected})
    else:
        _print_table(found, report)
    if not report.imported:
        raise ProblemError("nothing-imported", "No row could be read", file.name, exit_code=1)


async def _compute(file: Path, release: Release, day: date, report: ImportReport) -> WhatIf:
    reader = StoreReader(release.open_store(), release.number)
    rows = read_rows("proposals", file, report)
    index = await read_reference_index(reader.select)
    confirmed = await confirm_iris(reader.select, [row.record for row in rows])
    proposals = []
    for row in rows:
        assert isinstance(row.record, ProposalRecord)  # noqa: S101 - the rows of a table of proposals
        if row.faults:
            row.reject(file.name, list_unknown_names(row.record, row.key, index, confirmed), report)
            continue
        try:
            proposals.append(resolve_proposal(row.key, row.record, index, confirmed))
        except InvalidReferencesError as error:
            row.reject(file.name, error.faults, report)
    report.imported = len(proposals)
    return await compute_what_if(reader.select, lambda _: read_all(reader), proposals, day)


def _print_table(found: WhatIf, report: ImportReport) -> None:
    table = Table("Treaty", "Taxon", "Before", "After", "Other treaty", "Countries", "Activities", "Proposals")
    for one in (difference.document() for difference in found.differences):
        others = "; ".join(f"{other['name']} {', '.join(other['appendices']) or '–'}" for other in one["counterparts"])
        after = ", ".join(one["after"]) or "–"
        cells = (one["treaty"].upper(), one["name"], ", ".join(one["before"]) or "–")
        last = (str(len(one["countries"])), ", ".join(one["activities"]), ", ".join(one["proposals"]))
        table.add_row(*cells, after + (" (other populations)" if one["scope_changes"] else ""), others, *last)
    console.print(table, markup=False)
    for words, keys in (
        ("Without effect on Appendices or populations", found.without_effect),
        ("Passed over, rejected or withdrawn", found.passed_over),
        ("They do not say what they lead to", found.undecidable),
    ):
        if keys:
            console.print(f"{words}: {', '.join(keys)}", markup=False, soft_wrap=True)
    for rejection in report.rejections:
        console.print(rejection.sentence(), markup=False, soft_wrap=True)
