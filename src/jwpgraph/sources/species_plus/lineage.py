"""The taxon that a row of an export speaks of, and those above it, which stand in columns of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jwpgraph.sources.species_plus.taxa import Taxon, TaxonWriter, rank_slug
from jwpgraph.sources.tables import Rejected, Row

_HIGHER: Final = ("Kingdom", "Phylum", "Class", "Order", "Family", "Genus")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where an export has name, rank and author of its taxa."""

    name: str
    rank: str
    author: str


CHECKLIST_COLUMNS: Final = Columns("FullName", "RankName", "AuthorYear")


def names_above(row: Row) -> list[str]:
    """The names of the taxa above that of a row, as far as the row has them."""
    names = [row[rank] for rank in _HIGHER]
    return [*names, f"{row['Genus']} {row['Species']}"] if row["Species"] else names


def check_number(row: Row, column: str, seen: set[str]) -> None:
    """Refuse a row whose identifier is none, or one that another row has.

    Raises:
        Rejected: naming *column*.
    """
    number = row[column]
    if not number.isascii() or not number.isdigit():
        raise Rejected(column, "is no identifier of Species+ (a number)", number)
    if number in seen:
        raise Rejected(column, "is the identifier of an earlier row", number)
    seen.add(number)


def lineage_and_taxon(taxa: TaxonWriter, row: Row, columns: Columns, number: str = "") -> Taxon:
    """State a row's taxon, and those above it from kingdom down.

    Raises:
        Rejected: when the row has no name or no known rank.
    """
    name, rank = row[columns.name], rank_slug(row[columns.rank], columns.rank)
    if not name:
        raise Rejected(columns.name, "is empty; a taxon needs a name")
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
