"""The whole of an alignment run: candidates, mappings, findings, discrepancies and the worklist, for one day."""

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
    """What the engine has to say on a day."""

    on: date
    reading: TaxonomySnapshot
    candidates: list[AlignmentCandidate]
    mappings: list[ConceptMapping]
    findings: list[ConsistencyFinding]
    discrepancies: list[Discrepancy]
    tasks: list[CuratorTask]

    def name(self, iri: str | None) -> str:
        """The name of a concept."""
        concept = self.reading.taxa.concepts.get(iri or "")
        return concept.name if concept else iri or ""


def assess_alignments(
    reading: TaxonomySnapshot, on: date, priority: frozenset[str] = frozenset()
) -> AlignmentAssessment:
    """Run the engine.

    Args:
        reading: everything that the release says of taxa.
        on: the day for which it is asked.
        priority: IRIs of the concepts in the work programme's species groups.
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
