"""Consistency checks of the alignments that are valid on a day, among themselves and with hierarchies and listings.

Alignments and hierarchies restrict the possible RCC-5 relations between two concepts. The sets of possible relations
are narrowed by composition until nothing changes (path consistency); an empty set is a contradiction between the
three statements involved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import combinations

from jwpgraph.problems import Explanation, explain
from jwpgraph.taxonomy.alignments import AlignmentIndex
from jwpgraph.taxonomy.concepts import RANK_ORDER, TaxonConcept, TaxonIndex
from jwpgraph.taxonomy.names import NameSimilarity, compare_names
from jwpgraph.taxonomy.relations import ANY, Rcc5Relation, compose_relations, invert_relations

#: In larger components of the network only stated relations are composed, because the closure takes cubic time.
_LARGEST = 80
_APART = frozenset({Rcc5Relation.DISJOINT})


@dataclass(frozen=True, slots=True)
class ConsistencyFinding:
    """An inconsistency or gap for a curator to resolve.

    Attributes:
        kind: ``contradiction``, ``composition``, ``children-differ``, ``no-mapping``, ``unsourced`` or
            ``unknown-concept``.
        detail: a sentence that describes it, a message that pages translate.
        concepts: IRIs of the concepts concerned.
        alignments: IRIs of the alignments concerned.
    """

    kind: str
    detail: Explanation
    concepts: tuple[str, ...]
    alignments: tuple[str, ...] = ()


def check_consistency(
    taxa: TaxonIndex, alignments: AlignmentIndex, on: date, listed: Iterable[str] = ()
) -> list[ConsistencyFinding]:
    """Return the findings for a day.

    Args:
        taxa: the concepts of both taxonomies.
        alignments: all alignments; those that are not valid on the day are ignored.
        on: the day.
        listed: IRIs of the concepts listed on that day.
    """
    current = alignments.on(on)
    independent = _leave_out_rules_on_higher_taxa(taxa, current)
    found = [
        *_find_unsourced(current),
        *_find_unknown(taxa, current),
        *_find_contradictions(taxa, current),
        *_find_composition_conflicts(taxa, independent, on),
        *_check_children(taxa, independent, on),
        *_find_unmapped(taxa, current, set(listed), on),
    ]
    return sorted(set(found), key=lambda one: (one.kind, one.concepts, one.alignments))


def _leave_out_rules_on_higher_taxa(taxa: TaxonIndex, alignments: AlignmentIndex) -> AlignmentIndex:
    """Return the alignments without those of higher taxa that a rule has drawn from the taxa below them.

    They follow from other alignments, so they cannot contradict these; they would make one network of all concepts.
    """

    def is_higher(iri: str) -> bool:
        return iri in taxa.concepts and taxa.concepts[iri].level < RANK_ORDER.index("species")

    return AlignmentIndex(
        tuple(one for one in alignments if not (one.is_by_rule and is_higher(one.subject) and is_higher(one.object)))
    )


def _format_name(taxa: TaxonIndex, iri: str) -> str:
    concept = taxa.concepts.get(iri)
    taxonomy = iri.rpartition("/id/taxon/")[2].partition("/")[0].upper()
    return f"{concept.name} ({taxonomy})" if concept else iri


def _find_unsourced(alignments: AlignmentIndex) -> Iterator[ConsistencyFinding]:
    for one in alignments:
        needs = (
            (one.authors, explain("no author")),
            (one.created, explain("no date")),
            (one.sources or one.evidence, explain("no source")),
        )
        missing = [lack for value, lack in needs if not value]
        if missing:
            yield ConsistencyFinding(
                "unsourced",
                explain("The alignment has %(missing)s.", missing=reduce(_join_with_and, missing)),
                (one.subject, one.object),
                (one.iri,),
            )


def _join_with_and(one: Explanation, other: Explanation) -> Explanation:
    return explain("%(one)s and %(other)s", one=one, other=other)


def _join_with_or(one: Explanation, other: Explanation) -> Explanation:
    return explain("%(one)s or %(other)s", one=one, other=other)


def _find_unknown(taxa: TaxonIndex, alignments: AlignmentIndex) -> Iterator[ConsistencyFinding]:
    for one in alignments:
        strange = tuple(iri for iri in (one.subject, one.object) if iri not in taxa.concepts)
        if strange:
            detail = explain("Unknown concept: %(concepts)s.", concepts=", ".join(strange))
            yield ConsistencyFinding("unknown-concept", detail, strange, (one.iri,))


def _find_contradictions(taxa: TaxonIndex, alignments: AlignmentIndex) -> Iterator[ConsistencyFinding]:
    for one in alignments:
        for other in alignments.between(one.subject, one.object):
            theirs, _ = other.seen_from(one.subject)
            if one.iri < other.iri and theirs is not one.relation and one.valid.meets(other.valid):
                yield ConsistencyFinding(
                    "contradiction",
                    explain(
                        "Two alignments of %(one)s and %(other)s state “%(first)s” and “%(second)s” for the same "
                        "period.",
                        one=_format_name(taxa, one.subject),
                        other=_format_name(taxa, one.object),
                        first=one.relation.phrase,
                        second=theirs.phrase,
                    ),
                    (one.subject, one.object),
                    (one.iri, other.iri),
                )


class _RelationNetwork:
    """The possible relations of pairs of concepts, and the alignments that state them."""

    def __init__(self, taxa: TaxonIndex, alignments: AlignmentIndex, on: date) -> None:
        self.known: dict[tuple[str, str], frozenset[Rcc5Relation]] = {}
        self.ground: dict[tuple[str, str], str] = {}
        self.neighbours: dict[str, set[str]] = {}
        for stated in alignments:
            pair = stated.subject, stated.object
            if len({found.seen_from(stated.subject)[0] for found in alignments.between(*pair)}) == 1:
                self._add(*pair, frozenset({stated.relation}), stated.iri)
        aligned = [taxa.concepts[iri] for iri in sorted(self.neighbours) if iri in taxa.concepts]
        recognized = [one for one in aligned if one.valid.holds(on) is not False]
        lineages = {one.iri: frozenset(taxa.lineage(one.iri)) for one in recognized}
        for one, other in combinations(recognized, 2):
            relations = _get_relation_within_taxonomy(one, other, lineages)
            # Disjointness would connect all concepts, so it is only added for concepts with a common neighbour.
            if relations and (relations != _APART or self._share_neighbour(one.iri, other.iri)):
                self._add(one.iri, other.iri, relations)

    def _share_neighbour(self, one: str, other: str) -> bool:
        """Return whether two concepts have a common neighbour."""
        return not self.neighbours[one].isdisjoint(self.neighbours[other])

    def _add(self, one: str, other: str, relations: frozenset[Rcc5Relation], ground: str = "") -> None:
        self.known[one, other], self.known[other, one] = relations, invert_relations(relations)
        self.neighbours.setdefault(one, set()).add(other)
        self.neighbours.setdefault(other, set()).add(one)
        if ground:
            self.ground[one, other] = self.ground[other, one] = ground

    def relations(self, one: str, other: str) -> frozenset[Rcc5Relation]:
        return self.known.get((one, other), ANY)

    def parts(self) -> Iterator[list[str]]:
        """Yield the connected components."""
        waiting = set(self.neighbours)
        while waiting:
            part, fringe = set(), {min(waiting)}
            while fringe:
                part |= fringe
                fringe = {near for iri in fringe for near in self.neighbours[iri]} - part
            waiting -= part
            yield sorted(part)


def _get_relation_within_taxonomy(
    one: TaxonConcept, other: TaxonConcept, lineages: Mapping[str, frozenset[str]]
) -> frozenset[Rcc5Relation] | None:
    """Return the relations between two concepts that their common taxonomy allows; None if it restricts nothing."""
    if one.taxonomy != other.taxonomy:
        return None
    if other.iri in lineages[one.iri]:
        return frozenset({Rcc5Relation.IS_INCLUDED_IN, Rcc5Relation.CONGRUENT})
    if one.iri in lineages[other.iri]:
        return frozenset({Rcc5Relation.INCLUDES, Rcc5Relation.CONGRUENT})
    return _APART if one.level == other.level else None


def _find_composition_conflicts(taxa: TaxonIndex, alignments: AlignmentIndex, on: date) -> Iterator[ConsistencyFinding]:
    network = _RelationNetwork(taxa, alignments, on)
    for part in network.parts():
        if len(part) > _LARGEST:
            yield from _narrow_relations(taxa, network, part, keep=False)
            continue
        for _ in part:
            before = dict(network.known)
            yield from _narrow_relations(taxa, network, part, keep=True)
            if network.known == before:
                break


def _narrow_relations(
    taxa: TaxonIndex, network: _RelationNetwork, part: list[str], *, keep: bool
) -> Iterator[ConsistencyFinding]:
    """Compose the relations of a component, yield the contradictions, and *keep* narrower relations in the network."""
    for middle in part:
        for one, other in combinations(sorted(network.neighbours[middle]), 2):
            here = network.relations(one, other)
            through = compose_relations(network.relations(one, middle), network.relations(middle, other))
            left = here & through
            if left == here:
                continue
            if left and not keep:
                continue
            if left:
                network.known[one, other], network.known[other, one] = left, invert_relations(left)
                network.neighbours[one].add(other)
                network.neighbours[other].add(one)
                continue
            concepts = tuple(sorted((one, middle, other)))
            grounds = {network.ground.get(pair, "") for pair in combinations(concepts, 2)} - {""}
            names = [_format_name(taxa, iri) for iri in (one, middle, other)]
            said = explain(
                "%(one)s %(first)s %(middle)s, which %(second)s %(other)s; so %(one)s cannot have the relation "
                "“%(stated)s” to %(other)s.",
                one=names[0],
                first=_phrase_relations(network.relations(one, middle)),
                middle=names[1],
                second=_phrase_relations(network.relations(middle, other)),
                other=names[2],
                stated=_phrase_relations(here),
            )
            yield ConsistencyFinding("composition", said, concepts, tuple(sorted(grounds)))


def _phrase_relations(relations: Iterable[Rcc5Relation]) -> Explanation:
    return reduce(_join_with_or, sorted(relation.phrase for relation in relations))


def _check_children(taxa: TaxonIndex, alignments: AlignmentIndex, on: date) -> Iterator[ConsistencyFinding]:
    for one in alignments:
        if one.relation is not Rcc5Relation.CONGRUENT:
            continue
        mine, theirs = (_list_recognized_children(taxa, iri, on) for iri in (one.subject, one.object))
        if not mine or not theirs:
            continue
        alone = [child for child in mine if not _has_partner(child, theirs, alignments)]
        alone += [child for child in theirs if not _has_partner(child, mine, alignments)]
        if alone:
            names = ", ".join(_format_name(taxa, child.iri) for child in alone[:5])
            yield ConsistencyFinding(
                "children-differ",
                explain(
                    "%(one)s and %(other)s are aligned as congruent, but these children have no counterpart: "
                    "%(children)s.",
                    one=_format_name(taxa, one.subject),
                    other=_format_name(taxa, one.object),
                    children=names + (" …" if len(alone) > 5 else ""),
                ),
                (one.subject, one.object, *(child.iri for child in alone)),
                (one.iri,),
            )


def _list_recognized_children(taxa: TaxonIndex, iri: str, on: date) -> list[TaxonConcept]:
    return [child for child in taxa.children(iri) if child.valid.holds(on) is not False]


def _has_partner(child: TaxonConcept, others: Iterable[TaxonConcept], alignments: AlignmentIndex) -> bool:
    same = {NameSimilarity.SAME, NameSimilarity.SAME_WORDS, NameSimilarity.SAME_WORDS_OTHER_AUTHOR}
    return any(
        alignments.between(child.iri, other.iri) or compare_names(child.parsed, other.parsed) in same
        for other in others
    )


def _find_unmapped(
    taxa: TaxonIndex, alignments: AlignmentIndex, listed: set[str], on: date
) -> Iterator[ConsistencyFinding]:
    by_name: dict[str, list[TaxonConcept]] = {}
    for iri in sorted(listed & set(taxa.concepts)):
        concept = taxa.concepts[iri]
        if concept.valid.holds(on) is not False:
            by_name.setdefault(concept.parsed.canonical, []).append(concept)
    for name, concepts in by_name.items():
        for one, other in combinations(concepts, 2):
            if one.taxonomy != other.taxonomy and not (alignments.of(one.iri) or alignments.of(other.iri)):
                yield ConsistencyFinding(
                    "no-mapping",
                    explain("%(name)s is listed under both conventions without any alignment.", name=name),
                    (one.iri, other.iri),
                )
