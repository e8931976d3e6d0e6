"""The History of CITES Listings, which the Checklist of CITES Species exports: one row for each listing change."""

from __future__ import annotations

from typing import Final

from jwpgraph.sources.species_plus.dates import iso_date
from jwpgraph.sources.species_plus.job import Job
from jwpgraph.sources.species_plus.lineage import CHECKLIST_COLUMNS, lineage_and_taxon, names_above
from jwpgraph.sources.species_plus.listings import Event, appendix_of, change_slug, scope_of
from jwpgraph.sources.species_plus.provenance import Origin
from jwpgraph.sources.tables import Format, Rejected, Row, Table

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
#: The heading of the date has changed its form.
FORMATS: Final = tuple(
    Format(
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


def import_rows(job: Job, table: Table, origin: Origin) -> None:
    """Import every wanted listing change."""
    taxa = job.taxa("cites", origin)
    column = table.format.columns[-1]

    def convert(row: Row) -> bool:
        if not job.wanted(row["FullName"], *names_above(row)):
            return False
        if row["TaxonId"] and not row["TaxonId"].isdigit():
            raise Rejected("TaxonId", "is no identifier of Species+ (a number)", row["TaxonId"])
        change, day = change_slug(row["ChangeType"], "ChangeType"), iso_date(row[column], column)
        appendix = appendix_of(row["Appendix"], "cites", "Appendix")
        party = job.places.code(row["PartyIsoCode"], "PartyIsoCode") if row["PartyIsoCode"] else ""
        scope = scope_of(row["AnnotationEnglish"], job.places, "AnnotationEnglish")
        job.listings(origin).event(
            Event(
                lineage_and_taxon(taxa, row, CHECKLIST_COLUMNS, row["TaxonId"]),
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
