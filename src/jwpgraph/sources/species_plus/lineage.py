"""The taxon of an export row and the higher taxa in its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jwpgraph.sources.import_report import RowRejectedError
from jwpgraph.sources.species_plus.taxa import StatedTaxon, TaxonWriter, parse_rank
from jwpgraph.sources.tables import TableRecord

_HIGHER: Final = ("Kingdom", "Phylum", "Class", "Order", "Family", "Genus")


@dataclass(frozen=True, slots=True)
class TaxonColumns:
    """Columns of name, rank and author in an export."""

    name: str
    rank: str
    author: str


CHECKLIST_COLUMNS: Final = TaxonColumns("FullName", "RankName", "AuthorYear")


def read_names_above(row: TableRecord) -> list[str]:
    """Return the names of the higher taxa in a row, as far as given."""
    names = [row[rank] for rank in _HIGHER]
    return [*names, f"{row['Genus']} {row['Species']}"] if row["Species"] else names


def check_number(row: TableRecord, column: str, seen: set[str]) -> None:
    """Check the identifier of a row and that no earlier row has it.

    Raises:
        RowRejectedError: with *column*.
    """
    number = row[column]
    if not number.isascii() or not number.isdigit():
        raise RowRejectedError(column, "is not a Species+ identifier (a number)", number)
    if number in seen:
        raise RowRejectedError(column, "is the identifier of an earlier row", number)
    seen.add(number)


def state_lineage_and_taxon(
    taxa: TaxonWriter, row: TableRecord, columns: TaxonColumns, number: str = ""
) -> StatedTaxon:
    """State a row's taxon and its higher taxa from kingdom down.

    Raises:
        RowRejectedError: if the row has no name or no known rank.
    """
    name, rank = row[columns.name], parse_rank(row[columns.rank], columns.rank)
    if not name:
        raise RowRejectedError(columns.name, "is empty; a taxon needs a name")
    above: list[tuple[str, str]] = []
    for column in _HIGHER:
        if column.lower() == rank:
            break
        above.append((column.lower(), row[column]))
        if rank == "subfamily" and column == "Family":
            break
    if rank in ("subspecies", "variety"):
        above.append(("species", " ".join(name.split()[:2])))
    parent = taxa.lineage(above)
    return taxa.concept(name, rank, author=row[columns.author], number=number, parent=parent)
