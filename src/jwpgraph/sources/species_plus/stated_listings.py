"""Listings of an export row by row, for comparison with a release; nothing is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from jwpgraph.problems import ProblemError
from jwpgraph.sources.import_report import ImportReport, RowRejectedError
from jwpgraph.sources.species_plus import checklist_index, listing_exports
from jwpgraph.sources.species_plus.listings import parse_scopes, split_note
from jwpgraph.sources.species_plus.places import PlaceIndex
from jwpgraph.sources.tables import TableRecord, open_table

_DAY: Final = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class StatedListing:
    """One Appendix in a row.

    Attributes:
        number: I, II or III.
        inside: the places whose populations alone are covered; empty: all.
        outside: the places whose populations are excluded.
    """

    number: str
    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaxonInRow:
    """One taxon in a row.

    Attributes:
        line: the line of the row.
        taxonomy: ``cites`` or ``cms``.
        name: the scientific name.
        rank: in lower case.
        kingdom: in lower case; empty if the export contains only animals.
        listings: the Appendices that list it, directly or through a higher taxon; empty: not listed.
    """

    line: int
    taxonomy: str
    name: str
    rank: str
    kingdom: str
    listings: tuple[StatedListing, ...]


def parse_day(path: Path) -> date | None:
    """Return the day in an export's file name, such as ``Index_of_CITES_Species_2017-04-21_17-27.csv``."""
    found = _DAY.search(path.name)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def iter_stated_taxa(path: Path, places: PlaceIndex, report: ImportReport) -> Iterator[TaxonInRow]:
    """Yield the rows of an Index of CITES Species, or of a Species+ export of CITES or CMS listings.

    Args:
        path: the file, plain or gzip-compressed.
        places: index for country codes in annotations.
        report: receives rejected rows.

    Raises:
        ProblemError: as :func:`~jwpgraph.sources.tables.open_table`.
    """
    formats = (checklist_index.FORMAT, listing_exports.CITES, listing_exports.CMS)
    with open_table(path, formats, report) as table:
        if table.format is checklist_index.FORMAT:
            yield from table.convert_rows(lambda row: _read_index(row, places))
        else:
            taxonomy = "cites" if table.format is listing_exports.CITES else "cms"
            yield from table.convert_rows(lambda row: _read_export(row, taxonomy))


def _read_index(row: TableRecord, places: PlaceIndex) -> TaxonInRow:
    notes = list(split_note(row["AnnotationEnglish"]))
    rank = row["RankName"].lower()
    try:
        scoped = parse_scopes(notes, places, "AnnotationEnglish")
    except RowRejectedError:  # unknown place: the Appendices are compared all the same
        scoped = []
    found = [StatedListing(number) for number, _ in notes]
    if scoped:
        found = [StatedListing(number, one.inside, one.outside) for (number, _), one in zip(notes, scoped, strict=True)]
    if not found:
        found = [StatedListing(one) for one in listing_exports.parse_appendices(row["CurrentListing"], "cites")]
    if not found and row["CitesAccepted"].lower() == "false":
        raise RowRejectedError("CitesAccepted", "is a name that CITES does not accept", row["FullName"])
    return TaxonInRow(row.line, "cites", row["FullName"], rank, row["Kingdom"].lower(), tuple(found))


def _read_export(row: TableRecord, taxonomy: str) -> TaxonInRow:
    if taxonomy == "cms" and row["Agreement"].upper() not in ("", "CMS"):
        raise RowRejectedError("Agreement", "is another instrument than the Convention", row["Agreement"])
    name = row["Scientific Name"] or row["ScientificName"]
    found = [StatedListing(number) for number in listing_exports.parse_appendices(row["Listing"], taxonomy)]
    rank = row["Rank"].lower()
    return TaxonInRow(row.line, taxonomy, name, rank, row["Kingdom"].lower(), tuple(found))


def require_day(path: Path, given: date | None) -> date:
    """Return the day of an export: *given*, or the day in its file name.

    Raises:
        ProblemError: ``bad-parameter`` if neither is available.
    """
    day = given or parse_day(path)
    if day is None:
        raise ProblemError(
            "bad-parameter", "The day of the file is not known", f"{path.name}: give it with --on 2017-04-21."
        )
    return day
