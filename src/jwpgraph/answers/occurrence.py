"""Recorded occurrence of animals in a country."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from jwpgraph.answers.animals import Animal
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.query_execution.queries import GraphReader, SolutionRow
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.vocabulary import ID, PREFIX_LINES

_COUNTRY: Final = ID + "country/"
#: Distribution statuses that do not imply a present occurrence.
_DOUBTFUL: Final = frozenset({"extinct", "possibly-extinct", "uncertain"})
#: Distribution statuses by IRI of the country, for an animal; empty if no country is recorded.
RecordedRange = Mapping[str, tuple[str, ...]]


class Occurs(StrEnum):
    """Occurrence of an animal in a country."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """The records of an animal in a country.

    Attributes:
        occurs: ``no`` if its range is completely recorded without the country; ``unknown`` if the range is incomplete
            or the records do not imply a present occurrence.
        presences: distribution statuses: slugs such as ``native``, ``extinct`` or ``uncertain``.
    """

    occurs: Occurs
    presences: tuple[str, ...] = ()


async def read_recorded_ranges(
    queries: GraphReader, reading: TaxonomySnapshot, animals: Sequence[Animal]
) -> Mapping[str, RecordedRange]:
    """Read the countries from which *animals* are recorded, by IRI of the main concept.

    Records of a subspecies count for its species.
    """
    taxa = {
        animal.iri: {*animal.concepts, *(one.iri for iri in animal.concepts for one in reading.taxa.below(iri))}
        for animal in animals
    }
    found: dict[str, dict[str, set[str]]] = {iri: {} for iri in taxa}
    for row in await _select_records(queries, set().union(*taxa.values())):
        place = row["place"].value
        for iri in taxa if place.startswith(_COUNTRY) else ():
            if row["taxon"].value in taxa[iri]:
                found[iri].setdefault(place, set()).add(_get_status(row))
    return {iri: {place: tuple(sorted(these)) for place, these in places.items()} for iri, places in found.items()}


async def _select_records(queries: GraphReader, taxa: Collection[str]) -> Sequence[SolutionRow]:
    if not taxa:
        return []
    return await queries.select(
        f"{PREFIX_LINES}SELECT ?taxon ?place ?status ?partial WHERE {{ "
        f"VALUES ?taxon {{ {' '.join(map(quote_iri, sorted(taxa)))} }} "
        "?record jwp:ofTaxon ?taxon ; jwp:inPlace ?place . OPTIONAL { ?record jwp:distributionStatus ?status } "
        "OPTIONAL { ?record jwp:partialRange ?partial } }"
    )


def _get_status(row: SolutionRow) -> str:
    return row["status"].value.rpartition("/")[2] if "status" in row else "occurs"


async def read_occurrences(
    queries: GraphReader, reading: TaxonomySnapshot, animals: Sequence[Animal], country: str
) -> Mapping[str, Occurrence]:
    """Read the occurrence of *animals* in *country*, by IRI of the main concept.

    Records of a subspecies count for its species. The absence of a species is known from its own range only.
    """
    below = {animal.iri: {one.iri for iri in animal.concepts for one in reading.taxa.below(iri)} for animal in animals}
    taxa = {iri for animal in animals for iri in (*animal.concepts, *below[animal.iri])}
    found: dict[str, dict[str, set[str]]] = {}
    whole: set[str] = set()
    for row in await _select_records(queries, taxa):
        if "partial" not in row:
            whole.add(row["taxon"].value)
        places = found.setdefault(row["taxon"].value, {})
        places.setdefault(row["place"].value, set()).add(_get_status(row))
    return {
        animal.iri: _combine(
            [found[iri] for iri in animal.concepts if iri in found],
            [found[iri] for iri in below[animal.iri] if iri in found],
            country,
            # A listing of populations of the country contradicts a range without it.
            is_whole=not whole.isdisjoint(animal.concepts)
            and all(country not in event.places_in for event in reading.events_of(animal.concepts)),
        )
        for animal in animals
    }


def _combine(
    own: Sequence[Mapping[str, set[str]]], below: Sequence[Mapping[str, set[str]]], country: str, *, is_whole: bool
) -> Occurrence:
    here = {status for places in (*own, *below) for status in places.get(country, ())}
    presences = tuple(sorted(here))
    if here:
        return Occurrence(Occurs.YES if here - _DOUBTFUL else Occurs.UNKNOWN, presences)
    # A range with regions is incomplete, because the countries within them are unknown; so is a range from sources
    # that name only some places.
    known = is_whole and all(place.startswith(_COUNTRY) for one in own for place in one)
    return Occurrence(Occurs.NO if known and own else Occurs.UNKNOWN)
