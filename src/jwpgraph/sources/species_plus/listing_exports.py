"""Readers for the listing exports of Species+: CITES listings (current state, no dates) and CMS listings (dated)."""

from __future__ import annotations

import re
from typing import Final

from jwpgraph.sources.import_report import RowRejectedError
from jwpgraph.sources.species_plus.dates import parse_date
from jwpgraph.sources.species_plus.import_context import DISTRIBUTION_COLUMNS, ImportContext
from jwpgraph.sources.species_plus.instruments import find_instrument
from jwpgraph.sources.species_plus.lineage import TaxonColumns, check_number, read_names_above, state_lineage_and_taxon
from jwpgraph.sources.species_plus.listings import ImportedEvent, parse_appendix, parse_scope, split_note
from jwpgraph.sources.species_plus.provenance import ExportSource
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.sources.species_plus.taxa import StatedTaxon, TaxonWriter
from jwpgraph.sources.tables import SourceTable, TableFormat, TableRecord

_LINEAGE: Final = ("Kingdom", "Phylum", "Class", "Order", "Family", "Genus", "Species", "Subspecies")
CITES: Final = TableFormat(
    "cites-listings",
    ("Id", "Scientific Name", "Author", "Rank", "Listing", "Party", "Listed under"),
    (*_LINEAGE, "Full note", "# Full note", *DISTRIBUTION_COLUMNS),
)
CMS: Final = TableFormat(
    "cms-listings",
    ("Id", "ScientificName", "Author", "Rank", "Agreement", "Listing", "Listed under", "Date"),
    (*_LINEAGE, "Note", *DISTRIBUTION_COLUMNS),
)
_CITES_COLUMNS: Final = TaxonColumns("Scientific Name", "Rank", "Author")
_CMS_COLUMNS: Final = TaxonColumns("ScientificName", "Rank", "Author")
_SEPARATORS: Final = re.compile(r"[/,;\s]+")
_CODE: Final = re.compile(r"[A-Z]{2}")


def import_cites(job: ImportContext, table: SourceTable, origin: ExportSource) -> None:
    """Import the CITES listings: the state on the day of the export."""
    taxa = job.taxa("cites", origin)
    seen: set[str] = set()

    def convert(row: TableRecord) -> bool:
        if not job.is_selected(row["Scientific Name"], *read_names_above(row)):
            return False
        check_number(row, "Id", seen)
        taxon = state_lineage_and_taxon(taxa, row, _CITES_COLUMNS, row["Id"])
        notes = dict(split_note(row["Full note"]))
        parties = [code for code in _SEPARATORS.split(row["Party"]) if _CODE.fullmatch(code)]
        with job.part(table, row):
            for appendix in parse_appendices(row["Listing"], "cites"):
                note = notes.get(appendix, row["Full note"])
                event = ImportedEvent(
                    taxon,
                    appendix,
                    "addition",
                    known_by=origin.day,
                    party=job.places.code(parties[0], "Party") if appendix == "III" and len(parties) == 1 else "",
                    scope=parse_scope(note, job.places, "Full note"),
                    via=_find_higher_taxon(taxa, row, taxon),
                    notes=[("jwp:fullNote", "en", note)],
                )
                job.listings(origin).event(event)
        job.distributions(table, row, taxa, taxon)
        return True

    job.rows(table, convert)


def import_cms(job: ImportContext, table: SourceTable, origin: ExportSource) -> None:
    """Import the CMS listings and the taxa covered by instruments under CMS; a taxon can have several rows."""
    taxa = job.taxa("cms", origin)

    def convert(row: TableRecord) -> bool:
        if not job.is_selected(row["ScientificName"], *read_names_above(row)):
            return False
        if not row["Id"].isdigit():
            raise RowRejectedError("Id", "is not a Species+ identifier (a number)", row["Id"])
        if row["Agreement"].upper() in ("", "CMS"):
            appendices, instrument = parse_appendices(row["Listing"], "cms"), None
        else:
            appendices, instrument = [], find_instrument(row["Agreement"], "Agreement")
        dates = _parse_dates(row["Date"], appendices) if appendices else {}
        taxon = state_lineage_and_taxon(taxa, row, _CMS_COLUMNS, row["Id"])
        for appendix in appendices:
            event = ImportedEvent(
                taxon,
                appendix,
                "addition",
                day=dates[appendix],
                scope=parse_scope(row["Note"], job.places, "Note"),
                via=_find_higher_taxon(taxa, row, taxon),
                notes=[("jwp:shortNote", "en", row["Note"])],
            )
            job.listings(origin).event(event)
        if instrument:
            instrument.describe(job.statements, origin)
            job.statements.link(instrument.iri, expand_term("jwp:coversTaxon"), taxon.iri)
        job.distributions(table, row, taxa, taxon)
        return True

    job.rows(table, convert)


def parse_appendices(text: str, taxonomy: str) -> list[str]:
    """Return the Appendices of a listing such as ``I/II`` or ``II/NC``; empty if the taxon is not covered."""
    named = [one for one in _SEPARATORS.split(text) if one and one.upper() != "NC"]
    return list(dict.fromkeys(parse_appendix(one, taxonomy, "Listing") for one in named))


def _parse_dates(text: str, appendices: list[str]) -> dict[str, str]:
    """Return the date of each Appendix: one for all, or one for each in order."""
    dates = [parse_date(one, "Date") for one in re.findall(r"[^\s,;]+", re.sub(r"\bI{1,2}\s*:", " ", text))]
    if not dates:
        raise RowRejectedError("Date", "is empty; a date is needed")
    if len(dates) == 1:
        dates *= len(appendices)
    if len(dates) != len(appendices):
        raise RowRejectedError("Date", f"has {len(dates)} dates for {len(appendices)} Appendices", text)
    return dict(zip(appendices, dates, strict=True))


def _find_higher_taxon(taxa: TaxonWriter, row: TableRecord, taxon: StatedTaxon) -> StatedTaxon | None:
    """Return the higher taxon under which a taxon is listed; ``None`` if it is listed itself."""
    name = row["Listed under"].removesuffix(" spp.").strip()
    if not name or name.casefold() == taxon.name.casefold():
        return None
    for rank in ("Genus", "Family", "Order", "Class", "Phylum", "Kingdom"):
        if row[rank].casefold() == name.casefold():
            return taxa.concept(row[rank], rank.lower())
    if taxon.rank in ("subspecies", "variety") and taxon.name.startswith(f"{name} "):
        return taxa.concept(name, "species")
    raise RowRejectedError("Listed under", "is neither the taxon nor one above it", name)
