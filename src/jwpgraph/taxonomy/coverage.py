"""Coverage of taxa: which fields of the model are filled, and why others are empty.

One row per taxon, one column per field. A field is filled, inherited (a listing of the order counts for the species),
or empty. For an empty field the table says whether a known source offers a value. This is known of the shipped taxa
only, because the command that extracts them from exports records which values it leaves out.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.vocabulary import ID

#: Values in source exports that the shipped data leave out: taxonomy, slug of the taxon, fields separated by spaces.
OFFERED: Final = "data/curated/offered.csv"
UN_LANGUAGES: Final = {
    "ar": "Arabic",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "ru": "Russian",
    "zh": "Chinese",
}
_OF_SPECIES: Final = frozenset({"species", "subspecies", "variety"})
_MAMMALS: Final = "mammalia"
_BIRDS: Final = "aves"


class FieldState(StrEnum):
    """State of a field of a taxon."""

    PRESENT = "present"
    INHERITED = "inherited"
    OFFERED = "offered"
    NOT_OFFERED = "not-offered"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"

    @property
    def phrase(self) -> str:
        """The description for readers."""
        return _PHRASES[self]


_PHRASES: Final = {
    FieldState.PRESENT: "there",
    FieldState.INHERITED: "there, said of a taxon above",
    FieldState.OFFERED: "absent, though a source offers it",
    FieldState.NOT_OFFERED: "absent; none of the sources offers it",
    FieldState.UNKNOWN: "absent; not known whether a source offers it",
    FieldState.NOT_APPLICABLE: "does not apply",
}


@dataclass(frozen=True, slots=True)
class TaxonRow:
    """A row of the table.

    Attributes:
        iri: IRI of the concept.
        name: scientific name.
        taxonomy: ``cites`` or ``cms``.
        rank: slug of the rank.
        lineage: IRIs of the taxon and its ancestors, from the bottom up.
        groups: slugs of the species groups that include it or an ancestor.
        counts: number of statements by key of the field, without inherited ones.
        inherited: keys of the fields that are inherited from ancestors.
    """

    iri: str
    name: str
    taxonomy: str
    rank: str
    lineage: tuple[str, ...]
    groups: tuple[str, ...]
    counts: Mapping[str, int]
    inherited: frozenset[str] = frozenset()

    @property
    def slug(self) -> str:
        """The last segment of the IRI."""
        return self.iri.rpartition("/")[2]

    def is_below(self, slug: str) -> bool:
        """Return whether the taxon with this slug, in the same taxonomy, is an ancestor."""
        return f"{ID}taxon/{self.taxonomy}/{slug}" in self.lineage


@dataclass(frozen=True, slots=True)
class CoverageField:
    """A column of the table.

    Attributes:
        key: name in files.
        title: name for readers.
        applies: returns whether the field applies to a taxon.
    """

    key: str
    title: str
    applies: Callable[[TaxonRow], bool] = lambda _row: True


def _is_species(row: TaxonRow) -> bool:
    return row.rank in _OF_SPECIES


FIELDS: Final = (
    CoverageField("name-record", "scientific name as a record"),
    CoverageField("author", "author and year", _is_species),
    CoverageField("synonyms", "synonyms", _is_species),
    *(CoverageField(f"common-{tag}", f"common names, {name}", _is_species) for tag, name in UN_LANGUAGES.items()),
    CoverageField("kingdom", "parents up to the kingdom", lambda row: row.rank != "kingdom"),
    CoverageField("distribution", "places", _is_species),
    CoverageField("red-list", "Red List category", _is_species),
    CoverageField("listing-cites", "listing by CITES", lambda row: row.taxonomy == "cites"),
    CoverageField("listing-cms", "listing by CMS", lambda row: row.taxonomy == "cms"),
    CoverageField("instruments", "instruments under CMS", lambda row: row.taxonomy == "cms"),
    CoverageField("restrictions", "quotas and suspensions", lambda row: row.taxonomy == "cites"),
    CoverageField("alignment", "curated alignment", _is_species),
    CoverageField("references", "standard references and other works"),
    CoverageField("species-plus", "Species+ identifier", lambda row: row.taxonomy == "cites"),
    CoverageField("wikidata", "Wikidata identifier", _is_species),
    CoverageField("col", "Catalogue of Life identifier", _is_species),
    CoverageField("eol", "Encyclopedia of Life identifier", _is_species),
    CoverageField("gbif", "GBIF identifier", _is_species),
    CoverageField("itis", "ITIS identifier", _is_species),
    CoverageField("iucn", "IUCN identifier", _is_species),
    CoverageField("ncbi", "NCBI identifier", _is_species),
    CoverageField("worms", "WoRMS identifier", _is_species),
    CoverageField("avibase", "Avibase identifier", lambda row: _is_species(row) and row.is_below(_BIRDS)),
    CoverageField(
        "msw", "Mammal Species of the World identifier", lambda row: _is_species(row) and row.is_below(_MAMMALS)
    ),
)


@dataclass(frozen=True)
class CoverageTable:
    """The coverage table.

    Attributes:
        rows: the taxa, those of species groups first in the order of the groups, then by name.
        groups: labels of the species groups by slug, in the order of the work programme.
        offered: keys of the fields that a source offers and the shipped data leave out, by IRI of the taxon; for a
            missing taxon it is not known what sources offer.
    """

    rows: Sequence[TaxonRow]
    groups: Mapping[str, str]
    offered: Mapping[str, frozenset[str]]

    def state(self, row: TaxonRow, one: CoverageField) -> FieldState:
        """Return the state of a field of a taxon."""
        if row.counts.get(one.key):
            return FieldState.PRESENT
        if one.key in row.inherited:
            return FieldState.INHERITED
        if not one.applies(row):
            return FieldState.NOT_APPLICABLE
        if row.iri not in self.offered:
            return FieldState.UNKNOWN
        return FieldState.OFFERED if one.key in self.offered[row.iri] else FieldState.NOT_OFFERED

    def of_group(self, group: str | None) -> list[TaxonRow]:
        """Return the taxa of a species group; all taxa for ``None``, those without a group for an empty slug."""
        if group is None:
            return list(self.rows)
        return [row for row in self.rows if (group in row.groups if group else not row.groups)]

    def counted(self, rows: Sequence[TaxonRow], one: CoverageField) -> Counter[FieldState]:
        """Count the states of a field in some taxa."""
        return Counter(self.state(row, one) for row in rows)

    def by_group(self) -> Iterator[tuple[str, str, list[TaxonRow]]]:
        """Yield slug, label and taxa of each species group that has taxa, then those of the taxa without a group."""
        for slug, label in [*self.groups.items(), ("", "No species group")]:
            if rows := self.of_group(slug):
                yield slug, label, rows


def read_offered() -> dict[str, frozenset[str]]:
    """Return the keys of the fields that sources offer and the shipped data leave out, by IRI of the taxon."""
    with get_shipped_path(OFFERED).open(encoding="utf-8", newline="") as file:
        return {
            f"{ID}taxon/{line['taxonomy']}/{line['taxon']}": frozenset(line["left_out"].split())
            for line in csv.DictReader(file)
        }
