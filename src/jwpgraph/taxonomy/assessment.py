"""The whole of an alignment run: candidates, mappings, findings, discrepancies and the worklist, for one day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from jwpgraph.taxonomy.candidates import Candidate, candidates
from jwpgraph.taxonomy.consistency import Finding, check
from jwpgraph.taxonomy.discrepancies import Discrepancy, discrepancies
from jwpgraph.taxonomy.mappings import Mapping, mappings
from jwpgraph.taxonomy.reading import Reading
from jwpgraph.taxonomy.worklist import Task, worklist


@dataclass(frozen=True)
class Assessment:
    """What the engine has to say on a day."""

    on: date
    reading: Reading
    candidates: list[Candidate]
    mappings: list[Mapping]
    findings: list[Finding]
    discrepancies: list[Discrepancy]
    tasks: list[Task]

    def name(self, iri: str | None) -> str:
        """The name of a concept."""
        concept = self.reading.taxa.concepts.get(iri or "")
        return concept.name if concept else iri or ""


def assess(reading: Reading, on: date, priority: frozenset[str] = frozenset()) -> Assessment:
    """Run the engine.

    Args:
        reading: everything that the release says of taxa.
        on: the day for which it is asked.
        priority: IRIs of the concepts in the work programme's species groups.
    """
    proposed = candidates(reading.taxa)
    found = mappings(reading.taxa, reading.alignments, on, proposed)
    listed = frozenset(
        event.taxon for event in reading.events if event.effective is None or event.effective.has_come(on) is not False
    )
    findings = check(reading.taxa, reading.alignments, on, listed)
    return Assessment(
        on,
        reading,
        proposed,
        found,
        findings,
        discrepancies(reading, found, on),
        worklist(reading.taxa, findings, found, listed, priority),
    )
