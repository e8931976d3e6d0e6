"""Ranges of the shipped taxa: conflicts between sources resolved by date, places grouped into records.

Exports have one record for each taxon and place, which would be a third of the graph. Here all places of a taxon with
the same status and sources share one record. If sources contradict each other on a place (extinct in 2013, native in
2017), the latest source with a status is used, and the contradiction is reported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from jwpgraph.producers.triples import StatedTriple
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.vocabulary import ID, make_entity_iri

#: Dates of the sources; for one place the source with the latest date is used.
DATED: Final = {
    f"{ID}source/species-plus-2013": "2013-06-12",
    f"{ID}source/cites-index-2017": "2017-04-21",
    f"{ID}source/species-plus-updates": "2025-03-18",
    f"{ID}source/cms-listings-arctic-2025": "2025-07-10",
    f"{ID}source/mdd-2024": "2024-07",
    f"{ID}source/soib-2025": "2025",
}
#: Sources that name only some of a taxon's places: one country's birds; tagged places.
PARTIAL: Final = frozenset({f"{ID}source/soib-2025", f"{ID}source/species-plus-2013"})
_OF: Final = expand_term("jwp:ofTaxon")
_IN: Final = expand_term("jwp:inPlace")
_STATUS: Final = expand_term("jwp:distributionStatus")
_SOURCE: Final = expand_term("dcterms:source")
_TYPE: Final = expand_term("rdf:type")
_PARTIAL: Final = expand_term("jwp:partialRange")
_EVIDENCE: Final = expand_term("jwp:evidence")
_CLASS: Final = NamedNode(expand_term("jwp:Distribution"))
_SOURCED: Final = NamedNode(make_entity_iri("evidence-level", "sourced"))
_TRUE: Final = Literal("true", datatype=NamedNode(expand_term("xsd:boolean")))
_RECORD: Final = f"{ID}distribution/"


@dataclass(frozen=True, slots=True)
class RangeStatement:
    """A taxon in a place, according to one source.

    Attributes:
        taxon, place, source: their IRIs.
        statuses: IRIs of the distribution statuses; empty if the source gives none.
    """

    taxon: str
    place: str
    statuses: frozenset[str]
    source: str


def list_occurrences(layer: Iterable[StatedTriple]) -> list[RangeStatement]:
    """Return the occurrences among the statements of one source; each record has one place."""
    records: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in layer:
        if one.subject.startswith(_RECORD) and one.predicate in (_OF, _IN, _STATUS, _SOURCE):
            records[one.subject][one.predicate].add(one.object.value)
    return [
        RangeStatement(taxon, place, frozenset(record[_STATUS]), source)
        for record in records.values()
        for taxon in record[_OF]
        for place in record[_IN]
        for source in record[_SOURCE]
    ]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Different statuses of one taxon in one place, with the chosen one."""

    taxon: str
    place: str
    followed: RangeStatement
    others: tuple[RangeStatement, ...]

    def sentence(self) -> str:
        """Return a description of the contradiction."""
        others = "; ".join(f"{_get_local(one.source)} says {_get_words(one)}" for one in self.others)
        said = f"{_get_local(self.followed.source)} says {_get_words(self.followed)} and is followed, as the latest"
        return f"{_get_local(self.taxon)} in {_get_local(self.place)}: {said}; {others}."


@dataclass(frozen=True)
class MergedRanges:
    """Records to ship, by subject, and contradictions between sources."""

    records: dict[str, list[StatedTriple]]
    contradictions: list[Contradiction]


def settle(found: Iterable[RangeStatement]) -> MergedRanges:
    """Return one statement for each taxon and place, and one record for all equivalent places of a taxon."""
    by_pair: dict[tuple[str, str], list[RangeStatement]] = defaultdict(list)
    by_name: dict[tuple[str, str], list[RangeStatement]] = defaultdict(list)
    for one in found:
        by_pair[one.taxon, one.place].append(one)
        by_name[_get_local(one.taxon), one.place].append(one)
    alike: dict[tuple[str, frozenset[str], tuple[str, ...]], list[str]] = defaultdict(list)
    contradictions = []
    for (taxon, place), several in sorted(by_pair.items()):
        followed, agreeing, others = _choose_occurrence(several)
        # A later source on the same animal in the other taxonomy also applies; it is found by name.
        latest, _, _ = _choose_occurrence(by_name[_get_local(taxon), place])
        if latest.taxon != taxon and latest.statuses and _get_date(latest) > _get_date(followed):
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
    return MergedRanges(dict(sorted(records.items())), contradictions)


def _choose_occurrence(
    several: Sequence[RangeStatement],
) -> tuple[RangeStatement, list[RangeStatement], list[RangeStatement]]:
    """Return the occurrence to use, those that agree with it, and those with another status."""
    ordered = sorted(several, key=lambda one: (bool(one.statuses), _get_date(one), one.source))
    followed = ordered[-1]
    agreeing = [one for one in several if one.statuses == followed.statuses or not one.statuses]
    others = [one for one in ordered if one not in agreeing]
    return followed, agreeing, others


def _get_date(one: RangeStatement) -> str:
    return DATED.get(one.source, "")


def _record_iri(taxon: str, statuses: frozenset[str], sources: Sequence[str]) -> str:
    parts = [*(sorted(map(_get_local, statuses)) or ["occurs"]), *map(_get_local, sources)]
    return f"{_RECORD}{taxon.removeprefix(f'{ID}taxon/')}/{'.'.join(parts)}"


def _record(
    iri: str, taxon: str, places: Iterable[str], statuses: Iterable[str], sources: Iterable[str]
) -> list[StatedTriple]:
    linked = [(_STATUS, status) for status in statuses] + [(_SOURCE, source) for source in sources]
    linked += [(_IN, place) for place in places] + [(_OF, taxon)]
    triples = [StatedTriple(iri, _TYPE, _CLASS), StatedTriple(iri, _EVIDENCE, _SOURCED)]
    if PARTIAL.issuperset(sources):
        triples.append(StatedTriple(iri, _PARTIAL, _TRUE))
    return sorted([*triples, *(StatedTriple(iri, predicate, NamedNode(value)) for predicate, value in linked)], key=str)


def replace_ranges(merged: Mapping[str, list[StatedTriple]], ranges: MergedRanges) -> dict[str, list[StatedTriple]]:
    """Return the shipped statements with the records of *ranges* in place of those from the exports."""
    kept = {iri: triples for iri, triples in merged.items() if not iri.startswith(_RECORD)}
    taxa = set(kept)
    there = {
        iri: triples
        for iri, triples in ranges.records.items()
        if any(one.predicate == _OF and one.object.value in taxa for one in triples)
    }
    return kept | there


def _get_local(iri: str) -> str:
    return iri.rpartition("/")[2]


def _get_words(one: RangeStatement) -> str:
    return " and ".join(sorted(map(_get_local, one.statuses))) or "that it occurs"
