"""Reader for the tables of 2013 about works: citations, standard references, and suspensions of trade.

Citations are meaningful only through references to them. Works and suspension notices are therefore read before the
tables that refer to them by number, and only those that are referred to are stated; the others are skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from jwpgraph.sources.import_report import RowRejectedError
from jwpgraph.sources.species_plus.dates import parse_date
from jwpgraph.sources.species_plus.import_context import ImportContext
from jwpgraph.sources.species_plus.provenance import ExportSource
from jwpgraph.sources.species_plus.references import state_standard_reference
from jwpgraph.sources.species_plus.restrictions import ReportedRestriction, state_notification
from jwpgraph.sources.species_plus.tables_2013 import TaxonTable2013
from jwpgraph.sources.species_plus.taxa import StatedTaxon
from jwpgraph.sources.tables import SourceTable, TableFormat, TableRecord

WORKS: Final = TableFormat("species-plus-2013-references", ("DscRecID", "Full_citation", "Year"))
STANDARD_REFERENCES: Final = TableFormat(
    "species-plus-2013-standard-references", ("Rank", "RecID", "DesignationStandardReferenceID", "Excludes", "Cascade")
)
NOTICES: Final = TableFormat(
    "species-plus-2013-events",
    ("Legacy_ID", "Designation", "LnmShortDesc", "Date valid from", "Event Type"),
    ("Basis for Suspension", "LnmURL"),
)
SUSPENSIONS: Final = TableFormat(
    "species-plus-2013-suspensions",
    ("IsCurrent", "Kingdom", "Rank", "RecID", "ISO code", "StartNotificationID", "EndNotificationID"),
    ("Notes", "ExcludedTaxa"),
)
_SUSPENDS: Final = "cites suspension notification"
_BELOW: Final = {"Y": True, "N": False, "": False}


def read_works(job: ImportContext, table: SourceTable, register: TaxonTable2013, origin: ExportSource) -> None:
    """Read the citations, for reference by other tables."""
    del origin

    def take(row: TableRecord) -> None:
        if not row["Full_citation"]:
            raise RowRejectedError("Full_citation", "is empty; a work needs a citation")
        register.library.add_work(row["DscRecID"], row)

    _read_column(job, table, "DscRecID", take)


def read_notices(job: ImportContext, table: SourceTable, register: TaxonTable2013, origin: ExportSource) -> None:
    """Read the notices that suspend trade, for reference by suspensions; other events have separate numbers."""
    del origin

    def take(row: TableRecord) -> None:
        if row["Event Type"].lower() != _SUSPENDS:
            job.report.skip("an event that suspends no trade under CITES")
            return
        if not row["LnmShortDesc"]:
            raise RowRejectedError("LnmShortDesc", "is empty; a notice needs a name")
        parse_date(row["Date valid from"], "Date valid from")
        register.library.add_notice(row["Legacy_ID"], row)

    _read_column(job, table, "Legacy_ID", take)


def _read_column(job: ImportContext, table: SourceTable, column: str, take: Callable[[TableRecord], None]) -> None:
    for row in table:
        with job.part(table, row):
            if not row[column].isdecimal():
                raise RowRejectedError(column, "is not a number", row[column])
            take(row)


def import_standard_references(
    job: ImportContext, table: SourceTable, register: TaxonTable2013, origin: ExportSource
) -> None:
    """Import the standard references of taxa; the file name distinguishes CMS from CITES."""
    taxonomy = "cms" if table.name.lower().startswith("cms") else "cites"

    def convert(row: TableRecord) -> bool:
        if not register.is_selected(row["Rank"], row["RecID"]):
            return False
        if row["Cascade"].upper() not in _BELOW:
            raise RowRejectedError("Cascade", "is neither Y nor N", row["Cascade"])
        number = row["DesignationStandardReferenceID"]
        work = register.library.work(number)
        if work is None:
            raise RowRejectedError(
                "DesignationStandardReferenceID", "no work with this number is in the tables", number
            )
        taxon = register.taxon(taxonomy, row["Rank"], row["RecID"], "RecID")
        excluded = _find_excluded(job, table, register, taxonomy, row, "Excludes")
        below = _BELOW[row["Cascade"].upper()]
        state_standard_reference(job.statements, taxon, work, origin.iri, below=below, excluded=excluded)
        return True

    job.rows(table, convert)


def import_suspensions(job: ImportContext, table: SourceTable, register: TaxonTable2013, origin: ExportSource) -> None:
    """Import recommendations to suspend trade with a country, in a taxon or in all taxa listed by CITES."""

    def convert(row: TableRecord) -> bool:
        kingdom = row["Kingdom"].lower()
        if kingdom not in ("", "animalia"):
            job.report.note(
                f"{table.name}: suspensions that are not of animals are left out; their numbers are others."
            )
            return False
        if row["RecID"] and not register.is_selected(row["Rank"], row["RecID"]):
            return False
        taxon = register.taxon("cites", row["Rank"], row["RecID"], "RecID") if row["RecID"] else None
        start, announced, basis = _find_notice(job, register, origin, row, "StartNotificationID")
        end = _find_notice(job, register, origin, row, "EndNotificationID")[0] if row["EndNotificationID"] else ""
        if end and start > end:
            raise RowRejectedError(
                "EndNotificationID", f"the suspension would end on {end}, before it began on {start}"
            )
        job.restrictions(origin).write(
            ReportedRestriction(
                "suspension",
                row["StartNotificationID"],
                job.places.code(row["ISO code"], "ISO code"),
                taxon,
                _find_excluded(job, table, register, "cites", row, "ExcludedTaxa"),
                start,
                end,
                notification=announced,
                basis=basis,
                note=row["Notes"],
            )
        )
        return True

    job.rows(table, convert)


def _find_notice(
    job: ImportContext, register: TaxonTable2013, origin: ExportSource, row: TableRecord, column: str
) -> tuple[str, str, str]:
    """Return the day of a row's notice, the notice's IRI, and the reason of the suspension."""
    found = register.library.notice(row[column])
    if found is None:
        raise RowRejectedError(column, "no notice with this number is in the tables", row[column])
    day = parse_date(found["Date valid from"], "Date valid from")
    iri = state_notification(job.statements, origin.iri, found["LnmShortDesc"], found["LnmURL"], day)
    return day, iri, found["Basis for Suspension"]


def _find_excluded(
    job: ImportContext, table: SourceTable, register: TaxonTable2013, taxonomy: str, row: TableRecord, column: str
) -> tuple[StatedTaxon, ...]:
    """Return the taxa that a row excludes; unknown taxa are rejected and the others kept."""
    found: list[StatedTaxon] = []
    for one in filter(None, map(str.strip, row[column].split(","))):
        with job.part(table, row):
            found.append(register.parse_excluded(taxonomy, one, column))
    return tuple(found)
