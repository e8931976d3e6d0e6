"""Whether animals are recorded from a country: from there, from elsewhere only, or from nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from jwpgraph.answers.animals import Animal
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.query_execution.queries import GraphReader
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.vocabulary import ID, PREFIX_LINES

_COUNTRY: Final = ID + "country/"
#: Records that do not tell that the animal lives there now.
_DOUBTFUL: Final = frozenset({"extinct", "possibly-extinct", "uncertain"})


class Occurs(StrEnum):
    """Whether an animal is recorded from a country."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What is recorded of an animal in a country.

    Attributes:
        occurs: no where its whole range is recorded and the country is not in it; unknown where it is not, or where
            the records do not tell whether it lives there now.
        presences: how it is recorded there, as slugs such as ``native``, ``extinct`` or ``uncertain``.
    """

    occurs: Occurs
    presences: tuple[str, ...] = ()


async def read_occurrences(
    queries: GraphReader, reading: TaxonomySnapshot, animals: Sequence[Animal], country: str
) -> Mapping[str, Occurrence]:
    """What is recorded of *animals* in *country*, by the IRIs of their concepts.

    What is recorded of a subspecies from there is recorded of its species; that a species lives elsewhere is known
    from its own range only.
    """
    below = {animal.iri: {one.iri for iri in animal.concepts for one in reading.taxa.below(iri)} for animal in animals}
    taxa = {iri for animal in animals for iri in (*animal.concepts, *below[animal.iri])}
    found: dict[str, dict[str, set[str]]] = {}
    whole: set[str] = set()
    if taxa:
        rows = await queries.select(
            f"{PREFIX_LINES}SELECT ?taxon ?place ?status ?partial WHERE {{ "
            f"VALUES ?taxon {{ {' '.join(map(quote_iri, sorted(taxa)))} }} "
            "?record jwp:ofTaxon ?taxon ; jwp:inPlace ?place . OPTIONAL { ?record jwp:distributionStatus ?status } "
            "OPTIONAL { ?record jwp:partialRange ?partial } }"
        )
        for row in rows:
            places = found.setdefault(row["taxon"].value, {})
            if "partial" not in row:
                whole.add(row["taxon"].value)
            status = row["status"].value.rpartition("/")[2] if "status" in row else "occurs"
            places.setdefault(row["place"].value, set()).add(status)
    return {
        animal.iri: _combine(
            [found[iri] for iri in animal.concepts if iri in found],
            [found[iri] for iri in below[animal.iri] if iri in found],
            country,
            # A listing that names the populations of a country contradicts a range without it.
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
    # A range that names regions does not tell which of their countries are in it; one from sources that name some
    # places only does not tell of others.
    known = is_whole and all(place.startswith(_COUNTRY) for one in own for place in one)
    return Occurrence(Occurs.NO if known and own else Occurs.UNKNOWN)
