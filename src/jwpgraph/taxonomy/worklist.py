"""The ranked worklist of curators: consistency findings and unreviewed mappings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jwpgraph.problems import Explanation, explain
from jwpgraph.taxonomy.concepts import TaxonIndex
from jwpgraph.taxonomy.consistency import ConsistencyFinding
from jwpgraph.taxonomy.mappings import ConceptMapping
from jwpgraph.taxonomy.relations import Rcc5Relation

#: Contradictions come first, then missing alignments, then incomplete ones.
_FINDINGS = {
    "contradiction": 100,
    "composition": 95,
    "unknown-concept": 90,
    "children-differ": 60,
    "no-mapping": 50,
    "unsourced": 40,
}
_ON_PROGRAMME = 30
_LISTED = 10


@dataclass(frozen=True, slots=True)
class CuratorTask:
    """A task of the worklist.

    Attributes:
        score: priority; higher comes first.
        kind: the kind of finding, or ``review-mapping``.
        concepts: IRIs of the concepts concerned.
        question: the question to decide, a message that pages translate.
        reasons: reasons for the priority, messages as well.
        evidence: evidence on the question, messages as well.
    """

    score: int
    kind: str
    concepts: tuple[str, ...]
    question: Explanation
    reasons: tuple[Explanation, ...]
    evidence: tuple[str, ...] = ()

    @property
    def detail(self) -> str:
        """The question and the evidence in English."""
        return f"{self.question} {'; '.join(self.evidence)}".strip()


def make_worklist(
    taxa: TaxonIndex,
    findings: Iterable[ConsistencyFinding],
    mappings: Sequence[ConceptMapping],
    listed: frozenset[str] = frozenset(),
    priority: frozenset[str] = frozenset(),
) -> list[CuratorTask]:
    """Return the tasks by decreasing priority.

    Args:
        taxa: the concepts of both taxonomies.
        findings: the consistency findings.
        mappings: curated mappings and candidates.
        listed: IRIs of the listed concepts.
        priority: IRIs of the concepts in the work programme's species groups.
    """
    tasks = [_get_finding_task(one, listed, priority) for one in findings]
    tasks += [_review_task(taxa, one, listed, priority) for one in mappings if one.curated is None]
    return sorted(tasks, key=lambda one: (-one.score, one.kind, one.concepts))


def _collect_reasons(
    concepts: Sequence[str], listed: frozenset[str], priority: frozenset[str]
) -> tuple[int, tuple[Explanation, ...]]:
    score = 0
    reasons: list[Explanation] = []
    if priority & set(concepts):
        score, reasons = score + _ON_PROGRAMME, [*reasons, explain("in a species group of the work programme")]
    both = listed & set(concepts)
    if both:
        where = explain("listed under both conventions") if len(both) > 1 else explain("one of them is listed")
        score, reasons = score + _LISTED * len(both), [*reasons, where]
    return score, tuple(reasons)


def _get_finding_task(finding: ConsistencyFinding, listed: frozenset[str], priority: frozenset[str]) -> CuratorTask:
    more, reasons = _collect_reasons(finding.concepts[:2], listed, priority)
    return CuratorTask(_FINDINGS[finding.kind] + more, finding.kind, finding.concepts, finding.detail, reasons)


def _review_task(
    taxa: TaxonIndex, mapping: ConceptMapping, listed: frozenset[str], priority: frozenset[str]
) -> CuratorTask:
    concepts = (mapping.subject, mapping.object)
    more, reasons = _collect_reasons(concepts, listed, priority)
    doubt = round(30 * (1 - mapping.confidence))
    reasons = (*reasons, explain("confidence %(confidence)s", confidence=f"{mapping.confidence:.2f}"))
    if mapping.relation is not Rcc5Relation.CONGRUENT:
        doubt, reasons = doubt + 20, (*reasons, explain("names suggest different circumscriptions"))
    names = [taxa.concepts[iri].name if iri in taxa.concepts else iri for iri in concepts]
    question = _ask_about(mapping.relation, *names)
    return CuratorTask(doubt + more, "review-mapping", concepts, question, reasons, mapping.evidence)


def _ask_about(relation: Rcc5Relation, cms: str, cites: str) -> Explanation:
    return {
        Rcc5Relation.CONGRUENT: explain(
            "Does %(cms)s of CMS mean the same animals as %(cites)s of CITES?", cms=cms, cites=cites
        ),
        Rcc5Relation.INCLUDES: explain("Does %(cms)s of CMS include %(cites)s of CITES?", cms=cms, cites=cites),
        Rcc5Relation.IS_INCLUDED_IN: explain(
            "Does %(cms)s of CMS lie within %(cites)s of CITES?", cms=cms, cites=cites
        ),
        Rcc5Relation.OVERLAPS: explain("Does %(cms)s of CMS overlap %(cites)s of CITES?", cms=cms, cites=cites),
        Rcc5Relation.DISJOINT: explain(
            "Does %(cms)s of CMS have nothing in common with %(cites)s of CITES?", cms=cms, cites=cites
        ),
    }[relation]
