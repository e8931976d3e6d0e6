"""Mappings from CMS to CITES concepts on a day: curated alignments, and candidates for the other concepts."""

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
    """A mapping from a CMS concept to a CITES concept.

    Attributes:
        subject: IRI of the CMS concept.
        relation: relation of the subject to the object.
        object: IRI of the CITES concept.
        confidence: confidence from 0 to 1.
        curated: the curated alignment; None for a candidate.
        candidate: the candidate for the pair, if any.
    """

    subject: str
    relation: Rcc5Relation
    object: str
    confidence: float
    curated: Alignment | None = None
    candidate: AlignmentCandidate | None = None

    @property
    def evidence(self) -> tuple[str, ...]:
        """Descriptions of the evidence."""
        said = self.curated.notes if self.curated else ()
        found = [one.detail for one in self.candidate.evidence] if self.candidate else []
        return (*said, *found, *(self.candidate.lumping if self.candidate else ()))


def select_mappings(
    taxa: TaxonIndex, alignments: AlignmentIndex, on: date, proposed: Sequence[AlignmentCandidate] | None = None
) -> list[ConceptMapping]:
    """Return the mappings from CMS to CITES on a day, curated ones first.

    Candidates with a concept that a curator has mapped are left out.

    Args:
        taxa: the concepts of both taxonomies.
        alignments: the curated alignments.
        on: the day.
        proposed: the candidates, if already computed.
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
