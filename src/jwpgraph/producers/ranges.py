"""Where the shipped taxa occur: what several sources say of one place settled by date, many places in one record.

An export has a record for each taxon and place. Shipped like that they would be a third of the graph; here all places
of a taxon that are alike, in status and in sources, share one record. Where sources contradict each other on a place
(extinct in 2013, native in 2017) the latest that gives a status is followed, and the contradiction is reported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from jwpgraph.producers.triples import StatedTriple
from jwpgraph.sources.species_plus.sorted_statements import term_iri
from jwpgraph.vocabulary import ID, entity_iri

#: Of one place the source with the latest of these dates is followed.
DATED: Final = {
    f"{ID}source/species-plus-2013": "2013-06-12",
    f"{ID}source/cites-index-2017": "2017-04-21",
    f"{ID}source/species-plus-updates": "2025-03-18",
    f"{ID}source/cms-listings-arctic-2025": "2025-07-10",
    f"{ID}source/mdd-2024": "2024-07",
    f"{ID}source/soib-2025": "2025",
}
#: Sources that name some of a taxon's places only: one country's birds; the places that have a tag.
PARTIAL: Final = frozenset({f"{ID}source/soib-2025", f"{ID}source/species-plus-2013"})
_OF: Final = term_iri("jwp:ofTaxon")
_IN: Final = term_iri("jwp:inPlace")
_STATUS: Final = term_iri("jwp:distributionStatus")
_SOURCE: Final = term_iri("dcterms:source")
_TYPE: Final = term_iri("rdf:type")
_PARTIAL: Final = term_iri("jwp:partialRange")
_EVIDENCE: Final = term_iri("jwp:evidence")
_CLASS: Final = NamedNode(term_iri("jwp:Distribution"))
_SOURCED: Final = NamedNode(entity_iri("evidence-level", "sourced"))
_TRUE: Final = Literal("true", datatype=NamedNode(term_iri("xsd:boolean")))
_RECORD: Final = f"{ID}distribution/"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """That one source has a taxon in a place.

    Attributes:
        taxon, place, source: their IRIs.
        statuses: IRIs of how it comes to be there; none where the source does not say.
    """

    taxon: str
    place: str
    statuses: frozenset[str]
    source: str


def occurrences(layer: Iterable[StatedTriple]) -> list[Occurrence]:
    """The occurrences among the statements of one source, whose records have a place each."""
    records: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in layer:
        if one.subject.startswith(_RECORD) and one.predicate in (_OF, _IN, _STATUS, _SOURCE):
            records[one.subject][one.predicate].add(one.object.value)
    return [
        Occurrence(taxon, place, frozenset(said[_STATUS]), source)
        for said in records.values()
        for taxon in said[_OF]
        for place in said[_IN]
        for source in said[_SOURCE]
    ]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """That sources give one taxon different statuses in one place, and which was followed."""

    taxon: str
    place: str
    followed: Occurrence
    others: tuple[Occurrence, ...]

    def sentence(self) -> str:
        """The contradiction in words."""
        others = "; ".join(f"{_local(one.source)} says {_words(one)}" for one in self.others)
        said = f"{_local(self.followed.source)} says {_words(self.followed)} and is followed, as the latest"
        return f"{_local(self.taxon)} in {_local(self.place)}: {said}; {others}."


@dataclass(frozen=True)
class Ranges:
    """The records to ship, by subject, and what sources contradict each other on."""

    records: dict[str, list[StatedTriple]]
    contradictions: list[Contradiction]


def settled(found: Iterable[Occurrence]) -> Ranges:
    """One statement for each taxon and place, and one record for all places of a taxon that are alike."""
    by_pair: dict[tuple[str, str], list[Occurrence]] = defaultdict(list)
    by_name: dict[tuple[str, str], list[Occurrence]] = defaultdict(list)
    for one in found:
        by_pair[one.taxon, one.place].append(one)
        by_name[_local(one.taxon), one.place].append(one)
    alike: dict[tuple[str, frozenset[str], tuple[str, ...]], list[str]] = defaultdict(list)
    contradictions = []
    for (taxon, place), said in sorted(by_pair.items()):
        followed, agreeing, others = _followed(said)
        # What a later source says of the animal under the other taxonomy holds for this one, too, and is found by name.
        latest, _, _ = _followed(by_name[_local(taxon), place])
        if latest.taxon != taxon and latest.statuses and _date(latest) > _date(followed):
            if followed.statuses and latest.statuses != followed.statuses:
                contradictions.append(Contradiction(taxon, place, latest, (followed, *others)))
            continue
        alike[taxon, followed.statuses, tuple(sorted({one.source for one in agreeing}))].append(place)
        if others:
            contradictions.append(Contradiction(taxon, place, followed, tuple(others)))
    records: dict[str, list[StatedTriple]] = {}
    for (taxon, statuses, sources), places in alike.items():
        iri = _record_iri(taxon, statuses, sources)
        records[iri] = _record(iri, taxon, places, statuses, sources)
    return Ranges(dict(sorted(records.items())), contradictions)


def _followed(said: Sequence[Occurrence]) -> tuple[Occurrence, list[Occurrence], list[Occurrence]]:
    """The occurrence that is followed, those that agree with it, and those that give another status."""
    ordered = sorted(said, key=lambda one: (bool(one.statuses), _date(one), one.source))
    followed = ordered[-1]
    agreeing = [one for one in said if one.statuses == followed.statuses or not one.statuses]
    others = [one for one in ordered if one not in agreeing]
    return followed, agreeing, others


def _date(one: Occurrence) -> str:
    return DATED.get(one.source, "")


def _record_iri(taxon: str, statuses: frozenset[str], sources: Sequence[str]) -> str:
    parts = [*(sorted(map(_local, statuses)) or ["occurs"]), *map(_local, sources)]
    return f"{_RECORD}{taxon.removeprefix(f'{ID}taxon/')}/{'.'.join(parts)}"


def _record(
    iri: str, taxon: str, places: Iterable[str], statuses: Iterable[str], sources: Iterable[str]
) -> list[StatedTriple]:
    linked = [(_STATUS, status) for status in statuses] + [(_SOURCE, source) for source in sources]
    linked += [(_IN, place) for place in places] + [(_OF, taxon)]
    said = [StatedTriple(iri, _TYPE, _CLASS), StatedTriple(iri, _EVIDENCE, _SOURCED)]
    if PARTIAL.issuperset(sources):
        said.append(StatedTriple(iri, _PARTIAL, _TRUE))
    return sorted([*said, *(StatedTriple(iri, predicate, NamedNode(value)) for predicate, value in linked)], key=str)


def with_ranges(merged: Mapping[str, list[StatedTriple]], ranges: Ranges) -> dict[str, list[StatedTriple]]:
    """What is shipped with the records of *ranges* in place of those that the exports have."""
    kept = {iri: said for iri, said in merged.items() if not iri.startswith(_RECORD)}
    taxa = set(kept)
    there = {
        iri: said
        for iri, said in ranges.records.items()
        if any(one.predicate == _OF and one.object.value in taxa for one in said)
    }
    return kept | there


def _local(iri: str) -> str:
    return iri.rpartition("/")[2]


def _words(one: Occurrence) -> str:
    return " and ".join(sorted(map(_local, one.statuses))) or "that it occurs"
