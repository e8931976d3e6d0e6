"""Reader for the History of CITES Listings, an export of the Checklist of CITES Species with one row per change."""

from __future__ import annotations

from typing import Final

from jwpgraph.sources.import_report import RowRejectedError
from jwpgraph.sources.species_plus.dates import parse_date
from jwpgraph.sources.species_plus.import_context import ImportContext
from jwpgraph.sources.species_plus.lineage import CHECKLIST_COLUMNS, read_names_above, state_lineage_and_taxon
from jwpgraph.sources.species_plus.listings import ImportedEvent, parse_appendix, parse_change, parse_scope
from jwpgraph.sources.species_plus.provenance import ExportSource
from jwpgraph.sources.tables import SourceTable, TableFormat, TableRecord

_DATE_COLUMNS: Final = ("EffectiveAt(DD/MM/YYYY)", "EffectiveAt")
_ANNOTATIONS: Final = ("#AnnotationSymbol", "#Annotation", "FullAnnotationEnglish", "AnnotationEnglish")
_OPTIONAL: Final = (
    "Kingdom",
    "Phylum",
    "Class",
    "Order",
    "Family",
    "Genus",
    "Species",
    "Subspecies",
    "AuthorYear",
    "PartyFullName",
    "IsCurrent",
    *_ANNOTATIONS,
    "AnnotationSpanish",
    "AnnotationFrench",
    "NomenclatureNote",
)
#: The name of the date column has changed over time.
FORMATS: Final = tuple(
    TableFormat(
        "history-of-cites-listings",
        ("TaxonId", "FullName", "RankName", "Appendix", "PartyIsoCode", "ChangeType", date),
        _OPTIONAL,
    )
    for date in _DATE_COLUMNS
)
_NOTES: Final = (
    ("AnnotationEnglish", "jwp:shortNote", "en"),
    ("AnnotationSpanish", "jwp:shortNote", "es"),
    ("AnnotationFrench", "jwp:shortNote", "fr"),
    ("FullAnnotationEnglish", "jwp:fullNote", "en"),
    ("NomenclatureNote", "jwp:nomenclatureNote", "en"),
)


def import_rows(job: ImportContext, table: SourceTable, origin: ExportSource) -> None:
    """Import every selected listing change."""
    taxa = job.taxa("cites", origin)
    column = table.format.columns[-1]

    def convert(row: TableRecord) -> bool:
        if not job.is_selected(row["FullName"], *read_names_above(row)):
            return False
        if row["TaxonId"] and not row["TaxonId"].isdigit():
            raise RowRejectedError("TaxonId", "is not a Species+ identifier (a number)", row["TaxonId"])
        change, day = parse_change(row["ChangeType"], "ChangeType"), parse_date(row[column], column)
        appendix = parse_appendix(row["Appendix"], "cites", "Appendix")
        party = job.places.code(row["PartyIsoCode"], "PartyIsoCode") if row["PartyIsoCode"] else ""
        scope = parse_scope(row["AnnotationEnglish"], job.places, "AnnotationEnglish")
        job.listings(origin).event(
            ImportedEvent(
                state_lineage_and_taxon(taxa, row, CHECKLIST_COLUMNS, row["TaxonId"]),
                appendix,
                change,
                day=day,
                party=party,
                scope=scope,
                symbol=row["#AnnotationSymbol"],
                notes=[(name, language, row[one]) for one, name, language in _NOTES],
            )
        )
        return True

    job.rows(table, convert)
