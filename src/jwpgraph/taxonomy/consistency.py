"""Do the alignments that hold on a day agree with each other, with the hierarchies and with the lists?

What each alignment, each hierarchy and each pair of species says about two concepts is a set of RCC-5 relations; the
sets are narrowed by composition until nothing changes (path consistency). Where none is left, the three statements
that meet there contradict each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from jwpgraph.taxonomy.alignments import Alignments
from jwpgraph.taxonomy.concepts import Taxa, TaxonConcept
from jwpgraph.taxonomy.names import Likeness, compare
from jwpgraph.taxonomy.relations import ANY, Relation, compose, inverse

#: A part of the network that is larger is only checked one step deep, since closure takes cubic time.
_LARGEST = 80
_APART = frozenset({Relation.DISJOINT})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the alignments that a curator should put right.

    Attributes:
        kind: ``contradiction``, ``composition``, ``children-differ``, ``no-mapping``, ``unsourced`` or
            ``unknown-concept``.
        detail: what is wrong, in a sentence.
        concepts: IRIs of the concepts concerned.
        alignments: IRIs of the alignments concerned.
    """

    kind: str
    detail: str
    concepts: tuple[str, ...]
    alignments: tuple[str, ...] = ()


def check(taxa: Taxa, alignments: Alignments, on: date, listed: Iterable[str] = ()) -> list[Finding]:
    """All findings for a day.

    Args:
        taxa: the concepts.
        alignments: all alignments; those that do not hold on the day are left out.
        on: the day.
        listed: IRIs of the concepts that are listed on that day.
    """
    current = alignments.on(on)
    found = [
        *_unsourced(current),
        *_unknown(taxa, current),
        *_contradictions(taxa, current),
        *_composition(taxa, current, on),
        *_children(taxa, current, on),
        *_unmapped(taxa, current, set(listed), on),
    ]
    return sorted(set(found), key=lambda one: (one.kind, one.concepts, one.alignments))


def _name(taxa: Taxa, iri: str) -> str:
    concept = taxa.concepts.get(iri)
    taxonomy = iri.rpartition("/id/taxon/")[2].partition("/")[0].upper()
    return f"{concept.name} ({taxonomy})" if concept else iri


def _unsourced(alignments: Alignments) -> Iterator[Finding]:
    for one in alignments:
        needs = {"author": one.authors, "date": one.created, "source": one.sources or one.evidence}
        missing = [name for name, value in needs.items() if not value]
        if missing:
            yield Finding(
                "unsourced",
                f"The alignment does not give its {' and '.join(missing)}.",
                (one.subject, one.object),
                (one.iri,),
            )


def _unknown(taxa: Taxa, alignments: Alignments) -> Iterator[Finding]:
    for one in alignments:
        strange = tuple(iri for iri in (one.subject, one.object) if iri not in taxa.concepts)
        if strange:
            yield Finding("unknown-concept", f"There is no concept {' or '.join(strange)}.", strange, (one.iri,))


def _contradictions(taxa: Taxa, alignments: Alignments) -> Iterator[Finding]:
    for one in alignments:
        for other in alignments.between(one.subject, one.object):
            theirs, _ = other.seen_from(one.subject)
            if one.iri < other.iri and theirs is not one.relation and one.valid.meets(other.valid):
                names = f"{_name(taxa, one.subject)} and {_name(taxa, one.object)}"
                said = f"“{one.relation.phrase}” and “{theirs.phrase}”"
                yield Finding(
                    "contradiction",
                    f"Of {names} two alignments say {said} for the same time.",
                    (one.subject, one.object),
                    (one.iri, other.iri),
                )


class _Network:
    """What is known of each pair of concepts, and which alignment says so."""

    def __init__(self, taxa: Taxa, alignments: Alignments, on: date) -> None:
        self.known: dict[tuple[str, str], frozenset[Relation]] = {}
        self.ground: dict[tuple[str, str], str] = {}
        self.neighbours: dict[str, set[str]] = {}
        for one in alignments:
            if len({found.seen_from(one.subject)[0] for found in alignments.between(one.subject, one.object)}) == 1:
                self._say(one.subject, one.object, frozenset({one.relation}), one.iri)
        aligned = [iri for iri in self.neighbours if iri in taxa.concepts]
        for left, right in combinations(sorted(aligned), 2):
            relations = _within(taxa, taxa.concepts[left], taxa.concepts[right], on)
            # Disjointness joins everything to everything, so it is only stated where the two can meet at all.
            if relations and (relations != _APART or self._meet(left, right)):
                self._say(left, right, relations)

    def _meet(self, one: str, other: str) -> bool:
        """Whether something is related to both, so that their relation matters."""
        return not self.neighbours[one].isdisjoint(self.neighbours[other])

    def _say(self, one: str, other: str, relations: frozenset[Relation], ground: str = "") -> None:
        self.known[one, other], self.known[other, one] = relations, inverse(relations)
        self.neighbours.setdefault(one, set()).add(other)
        self.neighbours.setdefault(other, set()).add(one)
        if ground:
            self.ground[one, other] = self.ground[other, one] = ground

    def relations(self, one: str, other: str) -> frozenset[Relation]:
        return self.known.get((one, other), ANY)

    def parts(self) -> Iterator[list[str]]:
        """The connected parts, so that what has nothing to do with each other is not compared."""
        waiting = set(self.neighbours)
        while waiting:
            part, fringe = set(), {min(waiting)}
            while fringe:
                part |= fringe
                fringe = {near for iri in fringe for near in self.neighbours[iri]} - part
            waiting -= part
            yield sorted(part)


def _within(taxa: Taxa, one: TaxonConcept, other: TaxonConcept, on: date) -> frozenset[Relation] | None:
    """What a single taxonomy says of two of its own concepts; None where it says nothing."""
    if one.taxonomy != other.taxonomy or one.valid.holds(on) is False or other.valid.holds(on) is False:
        return None
    if other.iri in taxa.lineage(one.iri):
        return frozenset({Relation.IS_INCLUDED_IN, Relation.CONGRUENT})
    if one.iri in taxa.lineage(other.iri):
        return frozenset({Relation.INCLUDES, Relation.CONGRUENT})
    return _APART if one.level == other.level else None


def _composition(taxa: Taxa, alignments: Alignments, on: date) -> Iterator[Finding]:
    network = _Network(taxa, alignments, on)
    for part in network.parts():
        rounds = 1 if len(part) > _LARGEST else len(part)
        for _ in range(rounds):
            before = dict(network.known)
            yield from _narrow(taxa, network, part)
            if network.known == before:
                break


def _narrow(taxa: Taxa, network: _Network, part: list[str]) -> Iterator[Finding]:
    for middle in part:
        for one, other in combinations(sorted(network.neighbours[middle]), 2):
            here = network.relations(one, other)
            through = compose(network.relations(one, middle), network.relations(middle, other))
            left = here & through
            if left == here:
                continue
            if left:
                network.known[one, other], network.known[other, one] = left, inverse(left)
                network.neighbours[one].add(other)
                network.neighbours[other].add(one)
                continue
            concepts = tuple(sorted((one, middle, other)))
            grounds = {network.ground.get(pair, "") for pair in combinations(concepts, 2)} - {""}
            names = [_name(taxa, iri) for iri in (one, middle, other)]
            said = (
                f"{names[0]} {_phrase(network.relations(one, middle))} {names[1]}, which "
                f"{_phrase(network.relations(middle, other))} {names[2]}; so {names[0]} cannot be one that "
                f"{_phrase(here)} {names[2]}"
            )
            yield Finding("composition", said + ".", concepts, tuple(sorted(grounds)))


def _phrase(relations: Iterable[Relation]) -> str:
    return " or ".join(sorted(relation.phrase for relation in relations))


def _children(taxa: Taxa, alignments: Alignments, on: date) -> Iterator[Finding]:
    for one in alignments:
        if one.relation is not Relation.CONGRUENT:
            continue
        mine, theirs = (_recognized(taxa, iri, on) for iri in (one.subject, one.object))
        if not mine or not theirs:
            continue
        alone = [child for child in mine if not _has_partner(child, theirs, alignments)]
        alone += [child for child in theirs if not _has_partner(child, mine, alignments)]
        if alone:
            names = ", ".join(_name(taxa, child.iri) for child in alone[:5])
            yield Finding(
                "children-differ",
                f"{_name(taxa, one.subject)} and {_name(taxa, one.object)} are held to be congruent, but without a "
                f"counterpart in the other are {names}{' …' if len(alone) > 5 else ''}.",
                (one.subject, one.object, *(child.iri for child in alone)),
                (one.iri,),
            )


def _recognized(taxa: Taxa, iri: str, on: date) -> list[TaxonConcept]:
    return [child for child in taxa.children(iri) if child.valid.holds(on) is not False]


def _has_partner(child: TaxonConcept, others: Iterable[TaxonConcept], alignments: Alignments) -> bool:
    same = {Likeness.SAME, Likeness.SAME_WORDS, Likeness.SAME_WORDS_OTHER_AUTHOR}
    return any(
        alignments.between(child.iri, other.iri) or compare(child.parsed, other.parsed) in same for other in others
    )


def _unmapped(taxa: Taxa, alignments: Alignments, listed: set[str], on: date) -> Iterator[Finding]:
    by_name: dict[str, list[TaxonConcept]] = {}
    for iri in sorted(listed & set(taxa.concepts)):
        concept = taxa.concepts[iri]
        if concept.valid.holds(on) is not False:
            by_name.setdefault(concept.parsed.canonical, []).append(concept)
    for name, concepts in by_name.items():
        for one, other in combinations(concepts, 2):
            if one.taxonomy != other.taxonomy and not (alignments.of(one.iri) or alignments.of(other.iri)):
                yield Finding(
                    "no-mapping",
                    f"{name} is listed under both conventions without any alignment.",
                    (one.iri, other.iri),
                )


def findings_by_kind(findings: Iterable[Finding]) -> Mapping[str, int]:
    """How many there are of each kind."""
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.kind] = counts.get(finding.kind, 0) + 1
    return counts
