"""Recorded ranges of taxa, and three-valued occurrence in a country."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.query_execution.queries import GraphReader
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.vocabulary import ID, PREFIX_LINES

#: Statuses with which it is uncertain whether the taxon ever occurred.
_DOUBTFUL: Final = frozenset(ID + "distribution-status/" + slug for slug in ("uncertain", "possibly-introduced"))
_COUNTRY: Final = ID + "country/"
_FORMER: Final = ID + "historic-area/"
_QUERY: Final = f"""{PREFIX_LINES}
SELECT ?taxon ?place ?status ?partial ?successor WHERE {{
  VALUES ?taxon {{ %taxa }}
  %link ; jwp:inPlace ?place .
  OPTIONAL {{ ?record jwp:distributionStatus ?status }}
  OPTIONAL {{ ?record jwp:partialRange ?partial }}
  OPTIONAL {{ ?place jwp:succeededBy ?successor }}
}}"""
_ITSELF: Final = "?record jwp:ofTaxon ?taxon"
_WITHIN: Final = (
    '?taxon skos:prefLabel ?name FILTER(LANG(?name) = "la") '
    "?of skos:altLabel ?name ; rdf:type jwp:TaxonConcept FILTER(?of != ?taxon) "
    "?record jwp:ofTaxon ?of"
)


@dataclass(slots=True)
class Range:
    """The recorded range of a taxon, extinct populations included.

    Attributes:
        sure: IRIs of the countries with a record.
        doubtful: IRIs of the countries with an uncertain record, or with a record of a former area or a region that
            they belong to.
        is_whole: whether the records are meant to be complete.
        within: ranges of concepts with its name as a synonym, which include its range.
    """

    sure: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    is_whole: bool = False
    within: tuple[Range, ...] = ()

    def holds(self, place: str) -> bool | None:
        """Return whether the taxon occurs in *place*; None if unknown."""
        if place in self.sure:
            return True
        if self.is_whole and place not in self.doubtful:
            return False
        return False if any(one.holds(place) is False for one in self.within) else None


@dataclass(frozen=True)
class Ranges:
    """The ranges of some taxa.

    Attributes:
        by_taxon: recorded ranges by IRI of the taxon.
    """

    by_taxon: Mapping[str, Range] = field(default_factory=dict)

    def holds(self, taxon: str, place: str) -> bool | None:
        """Return whether *taxon* occurs in *place*; None if unknown."""
        found = self.by_taxon.get(taxon)
        return found.holds(place) if found else None

    def holds_below(self, taxon: str, above: str, place: str) -> bool | None:
        """Return the same for a descendant of *above*, whose range includes that of *taxon*."""
        found = self.holds(taxon, place)
        return False if found is None and self.holds(above, place) is False else found


async def read_ranges(queries: GraphReader, reading: TaxonomySnapshot, taxa: Iterable[str]) -> Ranges:
    """Read the ranges of *taxa*.

    If the recorded range of a concept is incomplete, that of its counterpart in the other taxonomy is added: of the
    congruent concept, or of the concept of the same name unless an alignment says that they differ.

    Args:
        queries: reader of the release of *reading*.
        reading: the snapshot with the counterparts.
        taxa: IRIs of concepts.
    """
    others_of = {iri: _get_counterparts(reading, iri) for iri in taxa}
    wanted = sorted({*others_of, *(one for others in others_of.values() for one in others)})
    own = await _read(queries, wanted, _ITSELF)
    wider = await _read(queries, [iri for iri in others_of if iri not in own or not own[iri].is_whole], _WITHIN)
    found = {}
    for iri, others in others_of.items():
        known = [own[one] for one in (iri, *others) if one in own]
        if known and iri in own and own[iri].is_whole:
            found[iri] = own[iri]
        elif known or iri in wider:
            found[iri] = Range(
                set().union(*(one.sure for one in known)),
                set().union(*(one.doubtful for one in known)),
                any(one.is_whole for one in known),
                (wider[iri],) if iri in wider else (),
            )
    return Ranges(found)


def _get_counterparts(reading: TaxonomySnapshot, iri: str) -> set[str]:
    concept = reading.taxa.concepts.get(iri)
    if concept is None:
        return set()
    aligned = [one.seen_from(iri) for one in reading.alignments.of(iri)]
    differing = {other for relation, other in aligned if relation is not Rcc5Relation.CONGRUENT}
    congruent = {other for relation, other in aligned if relation is Rcc5Relation.CONGRUENT}
    return {*congruent, *(other.iri for other in reading.find_namesakes(concept))} - differing


async def _read(queries: GraphReader, taxa: Sequence[str], link: str) -> dict[str, Range]:
    if not taxa:
        return {}
    rows = await queries.select(_QUERY.replace("%taxa", " ".join(map(quote_iri, taxa))).replace("%link", link))
    found: dict[str, Range] = {}
    regions: set[str] = set()
    for row in rows:
        taxon, place = row["taxon"].value, row["place"].value
        one = found.setdefault(taxon, Range())
        if "partial" not in row:
            one.is_whole = True
        if place.startswith(_COUNTRY):
            is_sure = "status" not in row or row["status"].value not in _DOUBTFUL
            (one.sure if is_sure else one.doubtful).add(place)
        elif place.startswith(_FORMER):
            one.doubtful.update([row["successor"].value] if "successor" in row else [])
        else:
            regions.add(taxon)
    for taxon in regions:  # the countries within the region are unknown
        found[taxon].is_whole = False
    return found
