"""What is to be said of each pair of concepts on a day: the curator's word where there is one, else a candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from jwpgraph.taxonomy.alignments import Alignment, AlignmentIndex
from jwpgraph.taxonomy.candidates import AlignmentCandidate, find_candidates
from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, CMS_TAXONOMY, TaxonIndex
from jwpgraph.taxonomy.relations import Rcc5Relation


@dataclass(frozen=True, slots=True)
class ConceptMapping:
    """How a concept of CMS relates to one of CITES.

    Attributes:
        subject: IRI of the concept of CMS.
        relation: how it relates to the object.
        object: IRI of the concept of CITES.
        confidence: from 0 to 1.
        curated: the alignment that says so; None for a candidate.
        candidate: what speaks for the pair, if anything does.
    """

    subject: str
    relation: Rcc5Relation
    object: str
    confidence: float
    curated: Alignment | None = None
    candidate: AlignmentCandidate | None = None

    @property
    def evidence(self) -> tuple[str, ...]:
        """The reasons in words."""
        said = self.curated.notes if self.curated else ()
        found = [one.detail for one in self.candidate.evidence] if self.candidate else []
        return (*said, *found, *(self.candidate.lumping if self.candidate else ()))


def select_mappings(
    taxa: TaxonIndex, alignments: AlignmentIndex, on: date, proposed: Sequence[AlignmentCandidate] | None = None
) -> list[ConceptMapping]:
    """The mappings from CMS to CITES that hold on a day, curated ones first.

    A candidate is left out where a curator has mapped one of its ends: a resemblance of names adds nothing then.

    Args:
        taxa: the concepts.
        alignments: the curators' assertions.
        on: the day.
        proposed: the candidates, where they have been found before.
    """
    found = find_candidates(taxa) if proposed is None else proposed
    by_pair = {(one.subject.iri, one.object.iri): one for one in found}
    made = []
    spoken: set[str] = set()
    for one in alignments.on(on):
        ends = {iri: taxa.concepts[iri].taxonomy for iri in (one.subject, one.object) if iri in taxa.concepts}
        if sorted(ends.values()) != sorted((CITES_TAXONOMY, CMS_TAXONOMY)):
            continue
        subject = next(iri for iri, taxonomy in ends.items() if taxonomy == CMS_TAXONOMY)
        relation, other = one.seen_from(subject)
        spoken |= {subject, other}
        confidence = 1.0 if one.confidence is None else one.confidence
        made.append(ConceptMapping(subject, relation, other, confidence, one, by_pair.get((subject, other))))
    made.sort(key=lambda one: (one.subject, one.object))
    for candidate in found:
        ends_valid = all(concept.valid.holds(on) is not False for concept in (candidate.subject, candidate.object))
        known = {candidate.subject.iri, candidate.object.iri} & spoken
        if ends_valid and not known:
            made.append(
                ConceptMapping(
                    candidate.subject.iri,
                    candidate.relation,
                    candidate.object.iri,
                    candidate.confidence,
                    candidate=candidate,
                )
            )
    return made
