"""Alignments: who says, on what ground and for what time, how two taxon concepts relate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from jwpgraph.taxonomy.dates import ALWAYS, DateInterval
from jwpgraph.taxonomy.relations import Rcc5Relation


@dataclass(frozen=True, slots=True)
class Alignment:
    """An assertion of a curator, or of a rule.

    Attributes:
        iri: the alignment.
        subject: IRI of the concept from which the relation is read.
        relation: how the subject relates to the object.
        object: IRI of the other concept.
        authors: IRIs or names of who aligned them.
        created: when, as precisely as it is known.
        sources: IRIs of what it rests on.
        evidence: IRI of the level of evidence.
        justification: IRI of the kind of ground, a term of the Semantic Mapping Vocabulary.
        confidence: from 0 to 1.
        valid: when it holds.
        notes: remarks in English.
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
        """Whether a rule drew it, and nobody has looked at it."""
        return self.justification is not None and not self.justification.endswith("/ManualMappingCuration")

    def seen_from(self, concept: str) -> tuple[Rcc5Relation, str]:
        """The relation read from *concept*, which is its subject or object, and the concept at the other end."""
        if concept == self.subject:
            return self.relation, self.object
        return self.relation.inverse, self.subject


@dataclass
class AlignmentIndex:
    """Alignments by concept."""

    items: tuple[Alignment, ...] = ()
    _by_concept: dict[str, list[Alignment]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index them by both ends."""
        self.items = tuple(sorted(self.items, key=lambda one: one.iri))
        for one in self.items:
            for concept in {one.subject, one.object}:
                self._by_concept.setdefault(concept, []).append(one)

    def __iter__(self) -> Iterator[Alignment]:
        """All of them, by IRI."""
        return iter(self.items)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.items)

    def of(self, concept: str) -> list[Alignment]:
        """Those that have *concept* at one end."""
        return self._by_concept.get(concept, [])

    def between(self, one: str, other: str) -> list[Alignment]:
        """Those of two concepts, in either direction."""
        return [found for found in self.of(one) if other in {found.subject, found.object} and one != other]

    def on(self, day: date) -> AlignmentIndex:
        """Those that hold on *day*, or may."""
        return AlignmentIndex(tuple(one for one in self.items if one.valid.holds(day) is not False))


def index_alignments(alignments: Iterable[Alignment]) -> AlignmentIndex:
    """Alignments indexed."""
    return AlignmentIndex(tuple(alignments))
