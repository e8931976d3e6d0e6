"""Taxon concepts of the two taxonomies, with names and hierarchy (TDWG Taxon Concept Schema)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from jwpgraph.taxonomy.dates import ALWAYS, DateInterval
from jwpgraph.taxonomy.names import ScientificName, parse_name
from jwpgraph.vocabulary import ID

CITES_TAXONOMY = ID + "taxonomy/cites"
CMS_TAXONOMY = ID + "taxonomy/cms"
_RANKS = ID + "taxon-rank/"
#: Slugs of ranks, from the highest to the lowest.
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
    """A taxon concept according to one taxonomy.

    Attributes:
        iri: IRI of the concept.
        taxonomy: IRI of the taxonomy.
        name: scientific name without author.
        authorship: author and year.
        rank: slug of the rank, such as ``species``.
        parent: IRI of the parent concept.
        synonyms: other scientific names, with author if known.
        common_name: common name in English.
        valid: period in which the taxonomy recognizes the concept.
        remarks: comments in English.
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
        """The parsed name."""
        return parse_name(self.name, self.authorship)

    @property
    def parsed_synonyms(self) -> tuple[ScientificName, ...]:
        """The parsed synonyms."""
        return tuple(parse_name(synonym) for synonym in self.synonyms)

    @property
    def level(self) -> int:
        """The index of the rank in :data:`RANK_ORDER`; an unknown rank counts as species."""
        return RANK_ORDER.index(self.rank if self.rank in RANK_ORDER else "species")

    @property
    def is_above_species(self) -> bool:
        """True for a genus, a family or another taxon above species."""
        return self.level < RANK_ORDER.index("species")


@dataclass
class TaxonIndex:
    """Concepts indexed by IRI and parent."""

    concepts: Mapping[str, TaxonConcept]
    _children: dict[str, list[str]] = field(init=False, default_factory=dict)
    _ordered: Sequence[TaxonConcept] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Order the concepts and index them by parent."""
        self._ordered = sorted(self.concepts.values(), key=lambda one: one.iri)
        for concept in self._ordered:
            if concept.parent:
                self._children.setdefault(concept.parent, []).append(concept.iri)

    def __iter__(self) -> Iterator[TaxonConcept]:
        """Iterate over the concepts in the order of their IRIs."""
        return iter(self._ordered)

    def of(self, taxonomy: str) -> list[TaxonConcept]:
        """Return the concepts of one taxonomy."""
        return [concept for concept in self if concept.taxonomy == taxonomy]

    def lineage(self, iri: str, on: date | None = None) -> list[str]:
        """Return the IRIs of a concept and its ancestors, from the bottom up.

        Args:
            iri: IRI of the concept.
            on: a day; ancestors that the taxonomy did not recognize on it are left out.
        """
        found: list[str] = []
        here: str | None = iri
        while here is not None and here not in found:  # faulty data may contain cycles
            concept = self.concepts.get(here)
            recognized = on is None or concept is None or concept.valid.holds(on) is not False
            if recognized or here == iri:
                found.append(here)
            here = concept.parent if concept else None
        return found

    def children(self, iri: str) -> list[TaxonConcept]:
        """Return the children of a concept."""
        return [self.concepts[child] for child in self._children.get(iri, ())]

    def below(self, iri: str) -> list[TaxonConcept]:
        """Return the descendants of a concept, breadth first."""
        found: dict[str, TaxonConcept] = {}
        waiting = [iri]
        while waiting:
            for child in self.children(waiting.pop(0)):
                if child.iri not in found and child.iri != iri:
                    found[child.iri] = child
                    waiting.append(child.iri)
        return list(found.values())


def get_rank_slug(iri: str | None) -> str:
    """Return the slug of the rank with that IRI; empty for ``None``."""
    return (iri or "").removeprefix(_RANKS)


def index_taxa(concepts: Iterable[TaxonConcept]) -> TaxonIndex:
    """Return *concepts* indexed by IRI."""
    return TaxonIndex({concept.iri: concept for concept in concepts})
