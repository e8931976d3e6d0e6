"""The legislation tables of 2013: each CITES listing change since 1975, CMS listings and CMS instruments.

The CMS table has one row for each Appendix or instrument. A row of an instrument says that it covers the taxon, which
is no listing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from jwpgraph.sources.species_plus.amending_meetings import deciding_meeting, delayed_until
from jwpgraph.sources.species_plus.dates import iso_date
from jwpgraph.sources.species_plus.instruments import instrument_of
from jwpgraph.sources.species_plus.job import Job
from jwpgraph.sources.species_plus.listing_scopes import is_limiting
from jwpgraph.sources.species_plus.listings import APPENDICES, Event, Scope, appendix_of
from jwpgraph.sources.species_plus.provenance import Origin
from jwpgraph.sources.species_plus.statements import term
from jwpgraph.sources.species_plus.tables_2013 import Register
from jwpgraph.sources.species_plus.taxa import Taxon
from jwpgraph.sources.tables import Format, Rejected, Row, Table

CITES: Final = Format(
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
CMS: Final = Format(
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
_CHANGES: Final = {"": "addition", "/r": "reservation", "/w": "reservation-withdrawal"}
_NOTES: Final = (
    ("short_note_en", "jwp:shortNote", "en"),
    ("short_note_es", "jwp:shortNote", "es"),
    ("short_note_fr", "jwp:shortNote", "fr"),
    ("full_note_en", "jwp:fullNote", "en"),
)


def import_cites(job: Job, table: Table, register: Register, origin: Origin) -> None:
    """Import the CITES listing changes; what a note delays takes effect on the day that it names."""
    rows = list(table)
    delays = _delays(rows)

    def convert(row: Row) -> bool:
        if not register.wanted(row["rank_name"], row["rec_id"]):
            return False
        listing = row["listing"]
        change, appendix = _change_and_appendix(listing)
        taxon = register.taxon("cites", row["rank_name"], row["rec_id"], "rec_id")
        day = iso_date(row["effective_from"], "effective_from")
        effective, delay = delays.get(_key(row), (day, "")) if change in ("addition", "deletion") else (day, "")
        meeting, adopted = (deciding_meeting("cites", day) if delay else None) or ("", "")
        job.listings(origin).event(
            Event(
                taxon,
                appendix_of(appendix, "cites", "listing"),
                change,
                day=effective,
                party=job.places.code(row["party_iso2"], "party_iso2") if row["party_iso2"] else "",
                scope=_scope(job, row, appendix),
                via=_via(register, "cites", row),
                excluded=_excluded(register, "cites", row),
                notes=[(name, language, row[column]) for column, name, language in _NOTES],
                adopted=adopted,
                meeting=meeting,
                delay=delay,
            )
        )
        return True

    job.rows(table, convert, rows)


def _key(row: Row) -> tuple[str, str, str]:
    return row["rank_name"].lower(), row["rec_id"], row["effective_from"]


def _delays(rows: Iterable[Row]) -> dict[tuple[str, str, str], tuple[str, str]]:
    """The day and the reason of each delay, by taxon and date in the table.

    What the table dates alike for the taxon waits with it: the end of Appendix III. Reservations keep their dates.
    """
    found = {}
    for row in rows:
        if delay := delayed_until(row["short_note_en"]):
            found[_key(row)] = delay
    return found


def import_cms(job: Job, table: Table, register: Register, origin: Origin) -> None:
    """Import the CMS listings, and which taxa the instruments under CMS cover."""

    def convert(row: Row) -> bool:
        if not register.wanted(row["rank"], row["rec_id"]):
            return False
        day = iso_date(row["effective_from"], "effective_from")
        taxon = register.taxon("cms", row["rank"], row["rec_id"], "rec_id")
        if row["listing"] in APPENDICES["cms"]:
            job.listings(origin).event(
                Event(
                    taxon,
                    row["listing"],
                    "addition",
                    day=day,
                    scope=_cms_scope(job, row),
                    via=_via(register, "cms", row),
                    excluded=_excluded(register, "cms", row),
                    notes=[("jwp:shortNote", "en", row["LegNotes"])],
                )
            )
            return True
        instrument = instrument_of(row["CMS instrument"] or row["listing"], "CMS instrument")
        instrument.describe(job.statements, origin)
        job.statements.link(instrument.iri, term("jwp:coversTaxon"), taxon.iri)
        return True

    job.rows(table, convert)


def _change_and_appendix(listing: str) -> tuple[str, str]:
    """What ``II/r`` or ``DELIII`` stands for."""
    if listing.startswith("DEL"):
        return "deletion", listing.removeprefix("DEL")
    appendix, slash, kind = listing.partition("/")
    change = _CHANGES.get(slash + kind.lower())
    if change is None:
        raise Rejected("listing", "is no listing change (II, II/r, II/w, DELII)", listing)
    return change, appendix


def _scope(job: Job, row: Row, appendix: str) -> Scope:
    inside = job.places.codes(row["populations_iso2"], "populations_iso2")
    outside = job.places.codes(row["EXCLUDEDpopulations_iso"], "EXCLUDEDpopulations_iso")
    both = set(inside) & set(outside)
    if both:
        raise Rejected("EXCLUDEDpopulations_iso", f"a population is both meant and left out of Appendix {appendix}")
    return Scope(tuple(inside), tuple(outside))


def _cms_scope(job: Job, row: Row) -> Scope:
    """The populations of the columns; where these are empty and the note has words that limit, one that is not told."""
    scope = _scope(job, row, row["listing"])
    if not scope.inside and not scope.outside and is_limiting(row["LegNotes"]):
        return Scope(told=False)
    return scope


def _via(register: Register, taxonomy: str, row: Row) -> Taxon | None:
    if not row["included_in_RecID"]:
        return None
    return register.taxon(taxonomy, row["RankforInclusions"], row["included_in_RecID"], "included_in_RecID")


def _excluded(register: Register, taxonomy: str, row: Row) -> list[Taxon]:
    texts = filter(None, map(str.strip, row["excluded_rec_ids"].split(",")))
    return [register.excluded(taxonomy, one, "excluded_rec_ids") for one in texts]
