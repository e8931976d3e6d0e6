"""Alignments: sourced assertions of how two taxon concepts relate, each for a period of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from jwpgraph.taxonomy.dates import ALWAYS, DateInterval
from jwpgraph.taxonomy.relations import Rcc5Relation


@dataclass(frozen=True, slots=True)
class Alignment:
    """An asserted relation between two taxon concepts.

    Attributes:
        iri: IRI of the alignment.
        subject: IRI of the subject concept.
        relation: how the subject relates to the object.
        object: IRI of the other concept.
        authors: IRIs or names of the authors.
        created: date of creation, with the precision of the source.
        sources: IRIs of the sources.
        evidence: IRI of the level of evidence.
        justification: IRI of the justification, a term of the Semantic Mapping Vocabulary (SEMAPV).
        confidence: confidence from 0 to 1.
        valid: period of validity.
        notes: comments in English.
    """

    iri: str
    subject: str
    relation: Rcc5Relation
    object: str
    authors: tuple[str, ...] = ()
    created: str | None = None
    sources: tuple[str, ...] = ()
    evidence: str | None = None
    justification: str | None = None
    confidence: float | None = None
    valid: DateInterval = ALWAYS
    notes: tuple[str, ...] = ()

    @property
    def is_by_rule(self) -> bool:
        """True if a rule made the alignment and no curator has reviewed it."""
        return self.justification is not None and not self.justification.endswith("/ManualMappingCuration")

    def seen_from(self, concept: str) -> tuple[Rcc5Relation, str]:
        """Return the relation as seen from *concept* (the subject or the object), and the IRI of the other concept."""
        if concept == self.subject:
            return self.relation, self.object
        return self.relation.inverse, self.subject


@dataclass
class AlignmentIndex:
    """Alignments indexed by concept."""

    items: tuple[Alignment, ...] = ()
    _by_concept: dict[str, list[Alignment]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index the alignments by subject and object."""
        self.items = tuple(sorted(self.items, key=lambda one: one.iri))
        for one in self.items:
            for concept in {one.subject, one.object}:
                self._by_concept.setdefault(concept, []).append(one)

    def __iter__(self) -> Iterator[Alignment]:
        """Iterate over the alignments in the order of their IRIs."""
        return iter(self.items)

    def __len__(self) -> int:
        """Return the number of alignments."""
        return len(self.items)

    def of(self, concept: str) -> list[Alignment]:
        """Return the alignments with *concept* as subject or object."""
        return self._by_concept.get(concept, [])

    def between(self, one: str, other: str) -> list[Alignment]:
        """Return the alignments between two concepts, in either direction."""
        return [found for found in self.of(one) if other in {found.subject, found.object} and one != other]

    def on(self, day: date) -> AlignmentIndex:
        """Return the alignments that are, or may be, valid on *day*."""
        return AlignmentIndex(tuple(one for one in self.items if one.valid.holds(day) is not False))
