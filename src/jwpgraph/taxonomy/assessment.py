"""The assessment of alignments on a day: candidates, mappings, consistency findings, discrepancies and worklist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from jwpgraph.taxonomy.candidates import AlignmentCandidate, find_candidates
from jwpgraph.taxonomy.consistency import ConsistencyFinding, check_consistency
from jwpgraph.taxonomy.discrepancies import Discrepancy, find_discrepancies
from jwpgraph.taxonomy.mappings import ConceptMapping, select_mappings
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.worklist import CuratorTask, make_worklist


@dataclass(frozen=True)
class AlignmentAssessment:
    """The results of an assessment."""

    on: date
    reading: TaxonomySnapshot
    candidates: list[AlignmentCandidate]
    mappings: list[ConceptMapping]
    findings: list[ConsistencyFinding]
    discrepancies: list[Discrepancy]
    tasks: list[CuratorTask]

    def name(self, iri: str | None) -> str:
        """Return the name of a concept; its IRI if the concept is unknown."""
        concept = self.reading.taxa.concepts.get(iri or "")
        return concept.name if concept else iri or ""


def assess_alignments(
    reading: TaxonomySnapshot, on: date, priority: frozenset[str] = frozenset()
) -> AlignmentAssessment:
    """Assess the alignments of a release.

    Args:
        reading: a snapshot of the whole taxonomy.
        on: the day of the assessment.
        priority: IRIs of the concepts in the species groups of the work programme.
    """
    proposed = find_candidates(reading.taxa)
    found = select_mappings(reading.taxa, reading.alignments, on, proposed)
    listed = frozenset(
        event.taxon for event in reading.events if event.effective is None or event.effective.has_come(on) is not False
    )
    findings = check_consistency(reading.taxa, reading.alignments, on, listed)
    return AlignmentAssessment(
        on,
        reading,
        proposed,
        found,
        findings,
        find_discrepancies(reading, found, on),
        make_worklist(reading.taxa, findings, found, listed, priority),
    )
