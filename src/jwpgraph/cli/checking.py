"""``jwpgraph check``: compare a release with external data."""

from __future__ import annotations

import asyncio
from pathlib import Path
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
from jwpgraph.counts import format_count
from jwpgraph.http.csv_tables import to_csv
from jwpgraph.problems import ProblemError
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.species_plus.places import get_known_places
from jwpgraph.sources.species_plus.stated_listings import TaxonInRow, iter_stated_taxa, require_day
from jwpgraph.taxonomy.listing_check import CheckedStatement, ExportStatement, ListingCheck, Verdict, check_listings
from jwpgraph.taxonomy.snapshot import read_all

_EPILOG = """Exit codes: 0 no contradictions, 1 contradictions found, 2 error.

Examples:

    jwpgraph check listings --against Index_of_CITES_Species_2017-04-21_17-27.csv.gz

    jwpgraph check listings --against cites_listings.csv --on 2023-07-01 --format csv --out differences.csv
"""
_FORMATS = ("table", "json", "csv")

app = typer.Typer(no_args_is_help=True)


def register(group: typer.Typer) -> None:
    """Add the subgroup of this module to *group*."""
    group.add_typer(app, name="check", help="Compare a release with external data.")


@app.command(epilog=_EPILOG)
def listings(
    against: Annotated[Path, typer.Option(help="Index of CITES Species, or Species+ export of CITES or CMS listings.")],
    on: Annotated[
        str | None, typer.Option(help="Date of the file (YYYY-MM-DD); default: the date in its name.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
    out: OutputFile = None,
    limit: Annotated[int, typer.Option(min=0, help="Maximum number of table rows; 0: all.")] = 40,
    animals: Annotated[
        bool, typer.Option("--animals/--all-kingdoms", help="Compare only animals, or all kingdoms.")
    ] = True,
    release: ReleaseNumber = None,
) -> None:
    """Compare the listings in a release with an export, taxon by taxon and population by population.

    Each row agrees, is explained (a delayed entry into effect, a row that repeats a higher taxon), is unknown (the
    taxon is not in the release, dates or populations leave it open, the day lies beyond the horizon) or is
    contradicted. States recorded on the date of the file itself are ignored, so that nothing agrees with itself.
    """
    require_format(form, _FORMATS)
    day = require_day(against, parse_day_option(on))
    reader = open_reader(release)
    report = ImportReport()
    stated = [
        _read_stated(one)
        for one in iter_stated_taxa(against, get_known_places(), report)
        if not animals or one.kingdom in {"", "animalia"}
    ]
    reading = asyncio.run(read_all(reader))
    outcome = check_listings(reading, stated, day)
    for rejection in report.rejections[:5]:
        errors.print(f"skipped: {rejection.sentence()}", markup=False, highlight=False)
    if form == "table":
        _print(outcome, limit)
    else:
        text = (
            _get_json(outcome) if form == "json" else to_csv(_COLUMNS, map(_get_values, outcome.items), line_end="\n")
        )
        write_output(text, out)
    if count := outcome.counts[Verdict.CONTRADICTED]:
        first = next(one for one in outcome.items if one.verdict is Verdict.CONTRADICTED)
        raise ProblemError(
            "listings-contradicted",
            "The file contradicts the release",
            f"{count} of {len(outcome.items)} rows; the first: line {first.stated.line}, {first.stated.name}: "
            f"{first.reason}",
            exit_code=1,
        )


def _read_stated(one: TaxonInRow) -> ExportStatement:
    places = {place for listing in one.listings for place in (*listing.inside, *listing.outside)}
    by_place = {}
    for place in places:
        # If another listing names the place, a listing without a scope means all other populations.
        naming = [listing for listing in one.listings if place in listing.inside]
        covering = naming or [each for each in one.listings if not each.inside and place not in each.outside]
        by_place[place] = frozenset(listing.number for listing in covering)
    numbers = frozenset(listing.number for listing in one.listings)
    only_named = bool(one.listings) and all(listing.inside for listing in one.listings)
    return ExportStatement(one.line, one.taxonomy, one.name, numbers, by_place, only_named)


def _print(outcome: ListingCheck, limit: int) -> None:
    counts = ", ".join(f"{count} {verdict}" for verdict, count in outcome.counts.items())
    console.print(
        f"{format_count(len(outcome.items), 'taxon', 'taxa')} on {outcome.on}: {counts}.", markup=False, highlight=False
    )
    order = list(Verdict)
    differing = sorted(
        (one for one in outcome.items if one.verdict is not Verdict.AGREE),
        key=lambda one: (-order.index(one.verdict), one.stated.name),
    )
    if not differing:
        return
    table = Table("line", "taxon", "file", "release", "", "why", box=None)
    for one in differing[: limit or None]:
        file = "/".join(sorted(one.stated.appendices)) or "none"
        table.add_row(str(one.stated.line), one.stated.name, file, one.answered, one.verdict.value, one.reason)
    console.print(table)
    if limit and len(differing) > limit:
        console.print(f"… and {len(differing) - limit} more; --limit 0 shows all.", markup=False, highlight=False)


def _get_json(outcome: ListingCheck) -> str:
    items = [dict(zip(_COLUMNS, _get_values(one), strict=True)) for one in outcome.items]
    document = {"on": outcome.on.isoformat(), "counts": dict(outcome.counts), "items": items}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"


_COLUMNS = ("line", "taxon", "file", "release", "verdict", "reason")


def _get_values(one: CheckedStatement) -> tuple[object, ...]:
    file = "/".join(sorted(one.stated.appendices))
    return one.stated.line, one.stated.name, file, one.answered, one.verdict.value, one.reason
