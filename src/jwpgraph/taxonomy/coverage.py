"""Which of the things that the model can say of a taxon are said, and why the others are not.

One row for each taxon, one field for each thing. A field is filled, filled from above (a listing of the order counts
for the species), or empty; where it is empty the table tells whether no source offers it or one does and it was left
out. What sources offer is known of the shipped taxa alone: whoever draws them from exports notes what was left out.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from jwpgraph.shipped_files import shipped_path
from jwpgraph.vocabulary import ID

#: What drawing the shipped species from exports left out: taxonomy, slug of the taxon, fields separated by blanks.
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
    """Whether a field of a taxon is filled."""

    PRESENT = "present"
    INHERITED = "inherited"
    OFFERED = "offered"
    NOT_OFFERED = "not-offered"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"

    @property
    def is_filled(self) -> bool:
        """Whether something is said."""
        return self in (FieldState.PRESENT, FieldState.INHERITED)

    @property
    def phrase(self) -> str:
        """What it means, in words."""
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
    """A taxon of the table.

    Attributes:
        iri: the concept.
        name: its scientific name.
        taxonomy: ``cites`` or ``cms``.
        rank: the slug of its rank.
        lineage: itself and the taxa above it, from below.
        groups: the slugs of the species groups that it belongs to, through itself or a taxon above.
        counts: how many statements fill a field, by its key; what fills it from above counts as nothing.
        inherited: the keys of the fields that taxa above fill for it.
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
        """What its IRI ends in."""
        return self.iri.rpartition("/")[2]

    def is_below(self, slug: str) -> bool:
        """Whether a taxon with this slug, of the same taxonomy, is above it."""
        return f"{ID}taxon/{self.taxonomy}/{slug}" in self.lineage


@dataclass(frozen=True, slots=True)
class CoverageField:
    """A thing that the model can say of a taxon.

    Attributes:
        key: what it is called in tables.
        title: what it is called for people.
        applies: of which taxa it can be said at all.
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
    """The whole table.

    Attributes:
        rows: the taxa, those of species groups first, in the groups' order, then by name.
        groups: the labels of the species groups by slug, in the order of the programme.
        offered: the keys of the fields that a source offers for a taxon and that were left out, by IRI; a taxon that
            is not in it is none of those that were drawn from the known sources.
    """

    rows: Sequence[TaxonRow]
    groups: Mapping[str, str]
    offered: Mapping[str, frozenset[str]]

    def state(self, row: TaxonRow, one: CoverageField) -> FieldState:
        """Whether a field of a taxon is filled, and why not."""
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
        """The taxa of a species group; all of them without one, those of no group with an empty name."""
        if group is None:
            return list(self.rows)
        return [row for row in self.rows if (group in row.groups if group else not row.groups)]

    def counted(self, rows: Sequence[TaxonRow], one: CoverageField) -> Counter[FieldState]:
        """How many of some taxa have a field in each state."""
        return Counter(self.state(row, one) for row in rows)

    def by_group(self) -> Iterator[tuple[str, str, list[TaxonRow]]]:
        """The slug, label and taxa of each species group that has any; at the end those of no group."""
        for slug, label in [*self.groups.items(), ("", "No species group")]:
            if rows := self.of_group(slug):
                yield slug, label, rows


def read_offered() -> dict[str, frozenset[str]]:
    """What known sources offer of the shipped taxa and the shipped data leave out, by the taxon's IRI."""
    with shipped_path(OFFERED).open(encoding="utf-8", newline="") as file:
        return {
            f"{ID}taxon/{line['taxonomy']}/{line['taxon']}": frozenset(line["left_out"].split())
            for line in csv.DictReader(file)
        }
