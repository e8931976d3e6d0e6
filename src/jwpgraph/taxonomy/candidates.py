"""Candidate pairs of concepts of the two taxonomies that may be the same taxon, each with its evidence.

A candidate is a proposal for a curator, with textual evidence and a confidence derived from it. Besides names, two
hints are used: if synonyms of a concept are accepted names in the other taxonomy, the concept lumps taxa that the
other taxonomy splits, and the proposed relation is not congruence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod

from jwpgraph.problems import Explanation, explain
from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, CMS_TAXONOMY, TaxonConcept, TaxonIndex
from jwpgraph.taxonomy.names import NameSimilarity, ScientificName, compare_names, is_same_author, list_stems
from jwpgraph.taxonomy.relations import Rcc5Relation

#: Weight of each kind of evidence; independent pieces of evidence are combined.
WEIGHTS: dict[str, float] = {
    "same-name-and-author": 0.95,
    "same-name": 0.85,
    "same-name-other-author": 0.6,
    "synonym": 0.7,
    "shared-synonym": 0.4,
    "spelling": 0.55,
    "other-genus": 0.5,
    "other-rank": 0.35,
    "common-name": 0.15,
}
_BY_LIKENESS = {
    NameSimilarity.SAME: "same-name-and-author",
    NameSimilarity.SAME_WORDS: "same-name",
    NameSimilarity.SAME_WORDS_OTHER_AUTHOR: "same-name-other-author",
    NameSimilarity.SPELLING: "spelling",
    NameSimilarity.OTHER_GENUS: "other-genus",
    NameSimilarity.OTHER_RANK: "other-rank",
}
_LIKENESSES = {
    NameSimilarity.SAME: explain("same name and author"),
    NameSimilarity.SAME_WORDS: explain("same name, author missing on one side"),
    NameSimilarity.SAME_WORDS_OTHER_AUTHOR: explain("same name, other author or year"),
    NameSimilarity.SPELLING: explain("names that differ in spelling"),
    NameSimilarity.OTHER_GENUS: explain("same epithet and author in another genus"),
    NameSimilarity.OTHER_RANK: explain("same epithet and author at another rank"),
}
#: Minimum confidence of a candidate.
_LEAST = 0.3


@dataclass(frozen=True, slots=True)
class MatchEvidence:
    """Evidence that two concepts are the same taxon.

    Attributes:
        kind: a key of :data:`WEIGHTS`.
        detail: a description, a message that pages translate.
    """

    kind: str
    detail: Explanation


@dataclass(frozen=True, slots=True)
class AlignmentCandidate:
    """A candidate pair.

    Attributes:
        subject: the concept of CMS.
        object: the concept of CITES.
        relation: the proposed relation.
        evidence: the evidence, by decreasing weight.
        lumping: descriptions of synonyms of one concept that are accepted names in the other taxonomy.
    """

    subject: TaxonConcept
    object: TaxonConcept
    relation: Rcc5Relation
    evidence: tuple[MatchEvidence, ...]
    lumping: tuple[Explanation, ...] = ()

    @property
    def confidence(self) -> float:
        """Return the likelihood, from 0 to 1, that the concepts are related, regardless of the relation."""
        doubt = prod(1 - WEIGHTS[one.kind] for one in self.evidence)
        certainty = 1 - doubt
        return round(certainty * (0.7 if self.lumping else 1.0), 2)


@dataclass
class _ConceptIndex:
    """The concepts of one taxonomy, indexed by name."""

    concepts: Sequence[TaxonConcept]
    accepted: dict[str, list[TaxonConcept]] = field(default_factory=lambda: defaultdict(list))
    synonyms: dict[str, list[TaxonConcept]] = field(default_factory=lambda: defaultdict(list))
    epithets: dict[str, list[TaxonConcept]] = field(default_factory=lambda: defaultdict(list))
    genera: dict[tuple[str, int], list[TaxonConcept]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for concept in self.concepts:
            name = concept.parsed
            self.accepted[name.canonical].append(concept)
            for synonym in concept.parsed_synonyms:
                self.synonyms[synonym.canonical].append(concept)
            if name.epithets:
                for stem in list_stems(name.epithets[-1]):
                    self.epithets[stem].append(concept)
                self.genera[name.genus, len(name.epithets)].append(concept)


def find_candidates(taxa: TaxonIndex) -> list[AlignmentCandidate]:
    """Return the candidate pairs of CMS and CITES concepts, by decreasing confidence."""
    cms, cites = _ConceptIndex(taxa.of(CMS_TAXONOMY)), _ConceptIndex(taxa.of(CITES_TAXONOMY))
    found = []
    for subject in cms.concepts:
        for other in _get_likely_partners(subject, cites):
            evidence = _collect_evidence(subject, other)
            if evidence:
                found.append(_make_candidate(subject, other, evidence, cms, cites))
    kept = [one for one in found if one.confidence >= _LEAST]
    return sorted(kept, key=lambda one: (-one.confidence, one.subject.iri, one.object.iri))


def _get_likely_partners(subject: TaxonConcept, side: _ConceptIndex) -> Iterable[TaxonConcept]:
    """Return the distinct concepts of the other taxonomy to compare *subject* with."""
    name = subject.parsed
    near = [*side.accepted.get(name.canonical, ()), *side.synonyms.get(name.canonical, ())]
    for synonym in subject.parsed_synonyms:
        near += [*side.accepted.get(synonym.canonical, ()), *side.synonyms.get(synonym.canonical, ())]
    if name.epithets:
        for stem in sorted(list_stems(name.epithets[-1])):
            near += side.epithets.get(stem, ())
        near += side.genera.get((name.genus, len(name.epithets)), ())
    return {one.iri: one for one in near}.values()


def _collect_evidence(subject: TaxonConcept, other: TaxonConcept) -> tuple[MatchEvidence, ...]:
    found = []
    mine, theirs = subject.parsed, other.parsed
    likeness = compare_names(mine, theirs)
    if likeness in _BY_LIKENESS:
        found.append(
            MatchEvidence(
                _BY_LIKENESS[likeness],
                explain(
                    "%(one)s and %(other)s: %(likeness)s",
                    one=_quote_name(subject),
                    other=_quote_name(other),
                    likeness=_LIKENESSES[likeness],
                ),
            )
        )
    for name, concept, synonyms, whose in (
        (mine, subject, other.parsed_synonyms, "CITES"),
        (theirs, other, subject.parsed_synonyms, "CMS"),
    ):
        if any(_is_same_name(name, synonym) for synonym in synonyms):
            found.append(
                MatchEvidence(
                    "synonym",
                    explain(
                        "%(name)s is a synonym in the taxonomy of %(convention)s", name=concept.name, convention=whose
                    ),
                )
            )
    shared = {name.canonical for name in subject.parsed_synonyms} & {name.canonical for name in other.parsed_synonyms}
    if shared:
        found.append(MatchEvidence("shared-synonym", explain("both have the synonym %(name)s", name=min(shared))))
    common = {(one.common_name or "").casefold() for one in (subject, other)}
    # The label of a concept without a common name is its scientific name, which says nothing more.
    if found and len(common) == 1 and common.isdisjoint({"", subject.name.casefold(), other.name.casefold()}):
        found.append(MatchEvidence("common-name", explain("both are called %(name)s", name=subject.common_name)))
    return tuple(sorted(found, key=lambda one: (-WEIGHTS[one.kind], one.detail)))


def _make_candidate(
    subject: TaxonConcept,
    other: TaxonConcept,
    evidence: tuple[MatchEvidence, ...],
    cms: _ConceptIndex,
    cites: _ConceptIndex,
) -> AlignmentCandidate:
    wider = _find_lumped(other, subject, cms)
    narrower = _find_lumped(subject, other, cites)
    relation = {
        (False, False): Rcc5Relation.CONGRUENT,
        (True, False): Rcc5Relation.IS_INCLUDED_IN,
        (False, True): Rcc5Relation.INCLUDES,
        (True, True): Rcc5Relation.OVERLAPS,
    }[bool(wider), bool(narrower)]
    lumping = [
        explain("CITES counts %(part)s as part of %(whole)s, CMS does not", part=name, whole=other.name)
        for name in wider
    ]
    lumping += [
        explain("CMS counts %(part)s as part of %(whole)s, CITES does not", part=name, whole=subject.name)
        for name in narrower
    ]
    return AlignmentCandidate(subject, other, relation, evidence, tuple(lumping))


def _find_lumped(concept: TaxonConcept, partner: TaxonConcept, other: _ConceptIndex) -> list[str]:
    """Return the synonyms of *concept* that the other taxonomy accepts for concepts other than *partner*."""
    found = set()
    for synonym in concept.parsed_synonyms:
        for rival in other.accepted.get(synonym.canonical, ()):
            if partner.iri not in {rival.iri, rival.parent} and rival.level == partner.level:
                found.add(rival.name)
    # If the partner's name is only a synonym, the concept with this concept's name is another one.
    if any(_is_same_name(partner.parsed, synonym) for synonym in concept.parsed_synonyms):
        rivals = other.accepted.get(concept.parsed.canonical, ())
        found |= {rival.name for rival in rivals if rival.iri != partner.iri and rival.level == partner.level}
    return sorted(found)


def _is_same_name(one: ScientificName, other: ScientificName) -> bool:
    return one.canonical == other.canonical and is_same_author(one, other) is not False


def _quote_name(concept: TaxonConcept) -> str:
    return f"{concept.name} {concept.authorship}".strip()
