"""Reader for the Index of CITES Species, an export of the Checklist of CITES Species with one row per listed taxon.

It shows the current state without dates: a listing was in force by the day of the export. ``CurrentListing`` includes
listings of lower taxa (a genus shows I/II for a species in Appendix I); the taxon's own listings are those that its
annotations name.
"""

from __future__ import annotations

from typing import Final

from jwpgraph.sources.species_plus.amending_meetings import find_delayed_date, find_delaying_meeting
from jwpgraph.sources.species_plus.complete_history import MetListing
from jwpgraph.sources.species_plus.import_context import DISTRIBUTION_COLUMNS, ImportContext
from jwpgraph.sources.species_plus.lineage import (
    CHECKLIST_COLUMNS,
    check_number,
    read_names_above,
    state_lineage_and_taxon,
)
from jwpgraph.sources.species_plus.listings import ImportedEvent, parse_scopes, split_note
from jwpgraph.sources.species_plus.names import split_common_names, split_synonyms, strip_markup
from jwpgraph.sources.species_plus.provenance import ExportSource
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.sources.species_plus.taxa import StatedTaxon, TaxonWriter
from jwpgraph.sources.tables import SourceTable, TableFormat, TableRecord

FORMAT: Final = TableFormat(
    "index-of-cites-species",
    ("TaxonId", "FullName", "AuthorYear", "RankName", "CurrentListing", "SynonymsWithAuthors"),
    (
        "Kingdom",
        "Phylum",
        "Class",
        "Order",
        "Family",
        "Genus",
        "Species",
        "Subspecies",
        "FullAnnotationEnglish",
        "AnnotationEnglish",
        "AnnotationSpanish",
        "AnnotationFrench",
        "#AnnotationSymbol",
        "#Annotation",
        "EnglishNames",
        "SpanishNames",
        "FrenchNames",
        "CitesAccepted",
        *DISTRIBUTION_COLUMNS,
    ),
)
_LANGUAGES: Final = {"EnglishNames": "en", "SpanishNames": "es", "FrenchNames": "fr"}
_NOTES: Final = (
    ("AnnotationEnglish", "jwp:shortNote", "en"),
    ("AnnotationSpanish", "jwp:shortNote", "es"),
    ("AnnotationFrench", "jwp:shortNote", "fr"),
    ("FullAnnotationEnglish", "jwp:fullNote", "en"),
)
_IN_REFERENCE: Final = expand_term("jwp:inStandardReference")


def import_rows(job: ImportContext, table: SourceTable, origin: ExportSource) -> None:
    """Import every selected row of an Index of CITES Species."""
    taxa = job.taxa("cites", origin)
    numbers: set[str] = set()

    def convert(row: TableRecord) -> bool:
        if not job.is_selected(row["FullName"], *read_names_above(row)):
            return False
        check_number(row, "TaxonId", numbers)
        taxon = state_lineage_and_taxon(taxa, row, CHECKLIST_COLUMNS, row["TaxonId"])
        _state_names(job, taxa, row, taxon)
        with job.part(table, row):
            _state_listings(job, row, taxon, origin)
        job.distributions(table, row, taxa, taxon)
        return True

    job.rows(table, convert)


def _state_names(job: ImportContext, taxa: TaxonWriter, row: TableRecord, taxon: StatedTaxon) -> None:
    if row["SynonymsWithAuthors"]:
        synonyms = strip_markup(row["SynonymsWithAuthors"])
        for name, author in split_synonyms(synonyms, of_species=_is_of_species(taxon)):
            taxa.synonym(taxon, name, author)
    for column, language in _LANGUAGES.items():
        for name in split_common_names(row[column]):
            taxa.common_name(taxon, name, language)
    if row["CitesAccepted"] in ("true", "false"):
        job.statements.value(taxon.iri, _IN_REFERENCE, row["CitesAccepted"], "boolean")


def _state_listings(job: ImportContext, row: TableRecord, taxon: StatedTaxon, origin: ExportSource) -> None:
    synonyms = split_synonyms(strip_markup(row["SynonymsWithAuthors"]), of_species=_is_of_species(taxon))
    lineage, names = job.settled.lineage(taxon.iri), [name for name, _ in synonyms]
    own = _get_own_listings(taxon, list(split_note(row["AnnotationEnglish"])))
    symbols = dict(split_note(row["#Annotation"]))
    notes = {column: dict(split_note(row[column])) for column, _, _ in _NOTES}
    for (appendix, note), scope in zip(own, parse_scopes(own, job.places, "AnnotationEnglish"), strict=True):
        job.carried.note(taxon, appendix, note, origin)
        effective, delay = find_delayed_date(note) or ("", "")
        meeting, adopted = find_delaying_meeting("cites", note) or ("", "")
        event = job.listings(origin).event(
            ImportedEvent(
                taxon,
                appendix,
                "addition",
                day=effective,
                known_by="" if effective else origin.day,
                scope=scope,
                symbol=row["#AnnotationSymbol"] if symbols.get(appendix) else "",
                notes=[(name, language, notes[column].get(appendix, "")) for column, name, language in _NOTES],
                adopted=adopted,
                meeting=meeting,
                delay=delay,
            )
        )
        if not effective:
            job.history.meet(MetListing(event, taxon.name, taxon.rank, appendix, lineage, names))


def _is_of_species(taxon: StatedTaxon) -> bool:
    return taxon.rank in ("species", "subspecies", "variety")


def _get_own_listings(taxon: StatedTaxon, listings: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the taxon's own listings in a row; for a subspecies listed itself, without those of the species."""
    plain = [one for one in listings if not one[1]]
    return plain if taxon.rank == "subspecies" and plain else listings
