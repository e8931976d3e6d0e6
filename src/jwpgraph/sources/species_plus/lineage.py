"""The taxon that a row of an export speaks of, and those above it, which stand in columns of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jwpgraph.sources.species_plus.taxa import StatedTaxon, TaxonWriter, parse_rank
from jwpgraph.sources.tables import RowRejectedError, TableRecord

_HIGHER: Final = ("Kingdom", "Phylum", "Class", "Order", "Family", "Genus")


@dataclass(frozen=True, slots=True)
class TaxonColumns:
    """Where an export has name, rank and author of its taxa."""

    name: str
    rank: str
    author: str


CHECKLIST_COLUMNS: Final = TaxonColumns("FullName", "RankName", "AuthorYear")


def read_names_above(row: TableRecord) -> list[str]:
    """The names of the taxa above that of a row, as far as the row has them."""
    names = [row[rank] for rank in _HIGHER]
    return [*names, f"{row['Genus']} {row['Species']}"] if row["Species"] else names


def check_number(row: TableRecord, column: str, seen: set[str]) -> None:
    """Refuse a row whose identifier is none, or one that another row has.

    Raises:
        RowRejectedError: naming *column*.
    """
    number = row[column]
    if not number.isascii() or not number.isdigit():
        raise RowRejectedError(column, "is no identifier of Species+ (a number)", number)
    if number in seen:
        raise RowRejectedError(column, "is the identifier of an earlier row", number)
    seen.add(number)


def state_lineage_and_taxon(
    taxa: TaxonWriter, row: TableRecord, columns: TaxonColumns, number: str = ""
) -> StatedTaxon:
    """State a row's taxon, and those above it from kingdom down.

    Raises:
        RowRejectedError: when the row has no name or no known rank.
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
