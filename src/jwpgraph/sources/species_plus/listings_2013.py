"""Reader for the legislation tables of 2013: CITES listing changes since 1975, CMS listings and CMS instruments.

The CMS table has one row for each Appendix or instrument. A row of an instrument means that it covers the taxon, which
is not a listing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from jwpgraph.sources.import_report import RowRejectedError
from jwpgraph.sources.species_plus.amending_meetings import find_deciding_meeting, find_delayed_date
from jwpgraph.sources.species_plus.dates import parse_date
from jwpgraph.sources.species_plus.import_context import ImportContext
from jwpgraph.sources.species_plus.instruments import find_instrument
from jwpgraph.sources.species_plus.listing_scopes import is_limiting
from jwpgraph.sources.species_plus.listings import (
    APPENDICES,
    ImportedEvent,
    ListingScope,
    find_represented,
    is_partly_in_words,
    parse_appendix,
)
from jwpgraph.sources.species_plus.provenance import ExportSource
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.sources.species_plus.tables_2013 import TaxonTable2013
from jwpgraph.sources.species_plus.taxa import StatedTaxon
from jwpgraph.sources.tables import SourceTable, TableFormat, TableRecord

CITES: Final = TableFormat(
    "species-plus-2013-cites-legislation",
    ("rank_name", "rec_id", "listing", "effective_from", "party_iso2", "populations_iso2", "EXCLUDEDpopulations_iso"),
    (
        "is_current",
        "is_inclusion",
        "included_in_RecID",
        "RankforInclusions",
        "excluded_rec_ids",
        "short_note_en",
        "short_note_es",
        "short_note_fr",
        "full_note_en",
        "SpeciesIndexAnnotation",
        "HistoryAnnotation",
        "hash_note",
        "Notes",
    ),
)
CMS: Final = TableFormat(
    "species-plus-2013-cms-legislation",
    ("rank", "rec_id", "listing", "effective_from", "populations_iso2", "EXCLUDEDpopulations_iso", "CMS instrument"),
    (
        "is_current",
        "is_inclusion",
        "included_in_RecID",
        "RankforInclusions",
        "excluded_rec_ids",
        "LegNotes",
        "Internal Notes",
    ),
)
#: Names of lower taxa that a note excludes, such as "Except subspecies <i>hemionus</i> & <i>khur</i>".
_EXCEPT: Final = re.compile(
    r"\bexcept (?:for )?(?:subspecies |sspp?\. )?((?:<i>[^<]+</i>(?:, | and | & )?)+)", re.IGNORECASE
)
_NAMES: Final = re.compile(r"<i>([^<]+)</i>")
#: "Population of US deleted; only MX population remaining": the row also ends the listing of all other populations.
_REMOVED: Final = re.compile(r"\bpopulations? of .*\b(?:removed|deleted)\b(?! from the wild)", re.IGNORECASE)
_CHANGES: Final = {"": "addition", "/r": "reservation", "/w": "reservation-withdrawal"}
_NOTES: Final = (
    ("short_note_en", "jwp:shortNote", "en"),
    ("short_note_es", "jwp:shortNote", "es"),
    ("short_note_fr", "jwp:shortNote", "fr"),
    ("full_note_en", "jwp:fullNote", "en"),
)


def import_cites(job: ImportContext, table: SourceTable, register: TaxonTable2013, origin: ExportSource) -> None:
    """Import the CITES listing changes; a change delayed by a note takes effect on the date in the note."""
    rows = list(table)
    delays = _get_delays(rows)

    def convert(row: TableRecord) -> bool:
        change, appendix = _parse_change_and_appendix(row["listing"])
        if register.is_known(row["rank_name"], row["rec_id"]):
            name, day = register.full_name((row["rank_name"].lower(), row["rec_id"])), row["effective_from"]
            job.history.change(name, appendix, parse_date(day, "effective_from"), origin.iri)
        if not register.is_selected(row["rank_name"], row["rec_id"]):
            return False
        taxon = register.taxon("cites", row["rank_name"], row["rec_id"], "rec_id")
        day = parse_date(row["effective_from"], "effective_from")
        effective, delay = delays.get(_make_key(row), (day, "")) if change in ("addition", "deletion") else (day, "")
        meeting, adopted = (find_deciding_meeting("cites", day) if delay else None) or ("", "")
        scope = _get_cites_scope(job, row, appendix)
        event = ImportedEvent(
            taxon,
            parse_appendix(appendix, "cites", "listing"),
            change,
            day=effective,
            party=job.places.code(row["party_iso2"], "party_iso2") if row["party_iso2"] else "",
            on_behalf_of=find_represented(row["short_note_en"], job.places, "short_note_en"),
            scope=scope,
            via=_find_higher_taxon(register, "cites", row),
            excluded=_find_excluded(register, "cites", row, row["rank_name"], row["short_note_en"]),
            notes=[(name, language, row[column]) for column, name, language in _NOTES],
            adopted=adopted,
            meeting=meeting,
            delay=delay,
        )
        job.listings(origin).event(event)
        if change == "addition" and scope.inside and _REMOVED.search(row["short_note_en"]):
            rest = ListingScope(outside=scope.inside)
            job.listings(origin).event(replace(event, change="deletion", scope=rest, excluded=(), notes=()))
        return True

    job.rows(table, convert, rows)


def _make_key(row: TableRecord) -> tuple[str, str, str]:
    return row["rank_name"].lower(), row["rec_id"], row["effective_from"]


def _get_delays(rows: Iterable[TableRecord]) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Return the date and the reason of each delay, by taxon and date in the table.

    Other changes of the taxon with the same date, such as the end of Appendix III, are delayed with it. Reservations
    keep their dates.
    """
    found = {}
    for row in rows:
        if delay := find_delayed_date(row["short_note_en"]):
            found[_make_key(row)] = delay
    return found


def import_cms(job: ImportContext, table: SourceTable, register: TaxonTable2013, origin: ExportSource) -> None:
    """Import the CMS listings, and the taxa covered by instruments under CMS."""

    def convert(row: TableRecord) -> bool:
        if not register.is_selected(row["rank"], row["rec_id"]):
            return False
        day = parse_date(row["effective_from"], "effective_from")
        taxon = register.taxon("cms", row["rank"], row["rec_id"], "rec_id")
        if row["listing"] in APPENDICES["cms"]:
            job.listings(origin).event(
                ImportedEvent(
                    taxon,
                    row["listing"],
                    "addition",
                    day=day,
                    scope=_get_cms_scope(job, row),
                    via=_find_higher_taxon(register, "cms", row),
                    excluded=_find_excluded(register, "cms", row, row["rank"], row["LegNotes"]),
                    notes=[("jwp:shortNote", "en", row["LegNotes"])],
                )
            )
            return True
        instrument = find_instrument(row["CMS instrument"] or row["listing"], "CMS instrument")
        instrument.describe(job.statements, origin)
        job.statements.link(instrument.iri, expand_term("jwp:coversTaxon"), taxon.iri)
        return True

    job.rows(table, convert)


def _parse_change_and_appendix(listing: str) -> tuple[str, str]:
    """Return the change and the Appendix of a listing such as ``II/r`` or ``DELIII``."""
    if listing.startswith("DEL"):
        return "deletion", listing.removeprefix("DEL")
    appendix, slash, kind = listing.partition("/")
    change = _CHANGES.get(slash + kind.lower())
    if change is None:
        raise RowRejectedError("listing", "is not a listing change (II, II/r, II/w, DELII)", listing)
    return change, appendix


def _parse_scope(job: ImportContext, row: TableRecord, appendix: str) -> ListingScope:
    inside = job.places.codes(row["populations_iso2"], "populations_iso2")
    outside = job.places.codes(row["EXCLUDEDpopulations_iso"], "EXCLUDEDpopulations_iso")
    both = set(inside) & set(outside)
    if both:
        raise RowRejectedError(
            "EXCLUDEDpopulations_iso", f"a population is both meant and left out of Appendix {appendix}"
        )
    return ListingScope(tuple(inside), tuple(outside))


def _get_cites_scope(job: ImportContext, row: TableRecord, appendix: str) -> ListingScope:
    """Return the populations in the columns; an unknown scope if the note limits the listing to parts of them."""
    scope = _parse_scope(job, row, appendix)
    return ListingScope(understood=False) if is_partly_in_words(row["short_note_en"]) else scope


def _get_cms_scope(job: ImportContext, row: TableRecord) -> ListingScope:
    """Return the populations in the columns; if these are empty and the note limits the listing, an unknown scope."""
    scope = _parse_scope(job, row, row["listing"])
    if not scope.inside and not scope.outside and is_limiting(row["LegNotes"]):
        return ListingScope(understood=False)
    return scope


def _find_higher_taxon(register: TaxonTable2013, taxonomy: str, row: TableRecord) -> StatedTaxon | None:
    if not row["included_in_RecID"]:
        return None
    return register.taxon(taxonomy, row["RankforInclusions"], row["included_in_RecID"], "included_in_RecID")


def _find_excluded(
    register: TaxonTable2013, taxonomy: str, row: TableRecord, rank: str, note: str
) -> list[StatedTaxon]:
    """Return the lower taxa that a row excludes by number, or by name in its note."""
    texts = filter(None, map(str.strip, row["excluded_rec_ids"].split(",")))
    numbered = [register.parse_excluded(taxonomy, one, "excluded_rec_ids") for one in texts]
    found = None if numbered else _EXCEPT.search(note)
    names = [name for part in _NAMES.findall(found[1]) for name in re.split(r",\s*", part)] if found else []
    named = (register.find_below(taxonomy, rank, row["rec_id"], name) for name in names if name.strip())
    return numbered + [taxon for taxon in named if taxon]
