"""Taxon concepts of the two taxonomies, their names and their place in the hierarchy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from jwpgraph.taxonomy.dates import ALWAYS, DateInterval
from jwpgraph.taxonomy.names import ScientificName, parse_name
from jwpgraph.vocabulary import ID

CITES_TAXONOMY = ID + "taxonomy/cites"
CMS_TAXONOMY = ID + "taxonomy/cms"
_RANKS = ID + "taxon-rank/"
#: From the highest rank down; names of ranks as in their scheme.
RANK_ORDER = (
    "kingdom",
    "phylum",
    "class",
    "subclass",
    "order",
    "family",
    "subfamily",
    "genus",
    "species",
    "subspecies",
    "variety",
)


@dataclass(frozen=True, slots=True)
class TaxonConcept:
    """A circumscription according to one taxonomy.

    Attributes:
        iri: the concept.
        taxonomy: IRI of the taxonomy.
        name: its scientific name, without author.
        authorship: author and year.
        rank: the slug of its rank, such as ``species``.
        parent: IRI of the concept above it.
        synonyms: other scientific names of it, with author where that is known.
        common_name: its name in English.
        valid: when the taxonomy recognizes it.
        remarks: what is said of it in words.
    """

    iri: str
    taxonomy: str
    name: str
    authorship: str = ""
    rank: str = ""
    parent: str | None = None
    synonyms: tuple[str, ...] = ()
    common_name: str | None = None
    valid: DateInterval = ALWAYS
    remarks: tuple[str, ...] = ()

    @property
    def parsed(self) -> ScientificName:
        """Its name taken apart."""
        return parse_name(self.name, self.authorship)

    @property
    def parsed_synonyms(self) -> tuple[ScientificName, ...]:
        """Its other names taken apart."""
        return tuple(parse_name(synonym) for synonym in self.synonyms)

    @property
    def level(self) -> int:
        """The place of its rank, counted from the kingdom; an unknown rank counts as species."""
        return RANK_ORDER.index(self.rank if self.rank in RANK_ORDER else "species")


@dataclass
class TaxonIndex:
    """Concepts by IRI."""

    concepts: Mapping[str, TaxonConcept]
    _children: dict[str, list[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Turn the links to parents round."""
        for concept in sorted(self.concepts.values(), key=lambda one: one.iri):
            if concept.parent:
                self._children.setdefault(concept.parent, []).append(concept.iri)

    def __iter__(self) -> Iterator[TaxonConcept]:
        """The concepts by IRI."""
        return (self.concepts[iri] for iri in sorted(self.concepts))

    def of(self, taxonomy: str) -> list[TaxonConcept]:
        """The concepts of one taxonomy."""
        return [concept for concept in self if concept.taxonomy == taxonomy]

    def lineage(self, iri: str, on: date | None = None) -> list[str]:
        """The concept and what is above it, upwards.

        Args:
            iri: the concept.
            on: leave out what the taxonomy did not recognize on that day.
        """
        found: list[str] = []
        here: str | None = iri
        while here is not None and here not in found:  # a cycle of parents is a fault of the data, not ours to fall for
            concept = self.concepts.get(here)
            recognized = on is None or concept is None or concept.valid.holds(on) is not False
            if recognized or here == iri:
                found.append(here)
            here = concept.parent if concept else None
        return found

    def children(self, iri: str) -> list[TaxonConcept]:
        """The concepts directly below."""
        return [self.concepts[child] for child in self._children.get(iri, ())]

    def below(self, iri: str) -> list[TaxonConcept]:
        """All concepts below, nearest first."""
        found: dict[str, TaxonConcept] = {}
        waiting = [iri]
        while waiting:
            for child in self.children(waiting.pop(0)):
                if child.iri not in found and child.iri != iri:
                    found[child.iri] = child
                    waiting.append(child.iri)
        return list(found.values())


def get_rank_slug(iri: str | None) -> str:
    """The slug of the rank that *iri* names; empty for none."""
    return (iri or "").removeprefix(_RANKS)


def index_taxa(concepts: Iterable[TaxonConcept]) -> TaxonIndex:
    """Concepts gathered."""
    return TaxonIndex({concept.iri: concept for concept in concepts})
