"""Reading of listing events from query results, including places and named populations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from jwpgraph.query_execution.queries import SolutionRow
from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.listing_events import ListingChange, ListingEvent
from jwpgraph.taxonomy.population_scope import NamedPopulation
from jwpgraph.taxonomy.resources import Resource, build_all, group_resources
from jwpgraph.vocabulary import JWP, PREFIX_LINES, PREFIXES

_DCTERMS, _RDF, _SKOS = (PREFIXES[name] for name in ("dcterms", "rdf", "skos"))

DECIDING_PROPERTIES = (
    "jwp:listedTaxon jwp:designation jwp:appendix jwp:changeType "
    "jwp:effectiveOn jwp:effectiveBy jwp:effectiveNotBefore jwp:reservingParty jwp:requestingParty jwp:party "
    "jwp:onBehalfOf "
    "jwp:populationIn jwp:populationOut jwp:listedPopulation jwp:excludedPopulation jwp:populationNote "
    "jwp:excludesTaxon jwp:viaHigherTaxon jwp:modifiesEvent"
).replace(" ", ", ")
EVENT_PROPERTIES = (
    f"{DECIDING_PROPERTIES}, dcterms:source, jwp:evidence, jwp:adoptedOn, jwp:decidedAt, jwp:delayReason, jwp:shortNote"
)
_POPULATIONS = "jwp:listedPopulation|jwp:excludedPopulation"
_PLACES = "jwp:populationIn|jwp:populationOut"
_RESERVATION = f"<{ListingChange.RESERVATION.iri}>"

#: The changes that affect populations; the notes of a reservation do not limit a listing.
_SCOPED = frozenset({ListingChange.ADDITION, ListingChange.AMENDMENT, ListingChange.EXCEPTION, ListingChange.DELETION})


def make_events_query(wanted: str, properties: str = EVENT_PROPERTIES) -> str:
    """Return the query for listing events with their places and populations, as rows ?s ?p ?o.

    Args:
        wanted: a pattern that binds ``?taxon``; empty for all taxa.
        properties: the properties of events to read, separated by commas.
    """
    events = f"{wanted} ?event jwp:listedTaxon ?taxon ; rdf:type jwp:ListingEvent"
    return f"""{PREFIX_LINES}
SELECT DISTINCT ?s ?p ?o WHERE {{
  {{ {wanted} ?s jwp:listedTaxon ?taxon ; rdf:type jwp:ListingEvent ; ?p ?o FILTER(?p IN ({properties})) }}
  UNION {{
    {wanted} ?s jwp:listedTaxon ?taxon ; rdf:type jwp:ListingEvent ; jwp:changeType {_RESERVATION} .
    ?s dcterms:source/dcterms:issued ?o BIND(dcterms:issued AS ?p)
  }}
  UNION {{
    {events} ; {_PLACES} ?o . ?s rdf:type jwp:Country .
    {{ ?s jwp:containedIn+ ?o . BIND(jwp:containedIn AS ?p) }}
    UNION {{ ?o jwp:succeededBy ?s . BIND(jwp:succeededBy AS ?p) }}
  }}
  UNION {{
    {events} ; {_PLACES} ?s .
    ?s ?p ?o FILTER(?p = rdf:type || (?p = skos:prefLabel && LANG(?o) = "en"))
  }}
  UNION {{
    {events} ; {_PLACES} ?s . ?s rdf:type jwp:Site ; jwp:containedIn ?o . BIND(jwp:countryPossiblyWithin AS ?p)
  }}
  UNION {{
    {events} ; {_POPULATIONS} ?s .
    ?s ?p ?o FILTER(?p = jwp:countryWithin || ?p = jwp:countryPossiblyWithin
      || (?p = skos:prefLabel && LANG(?o) = "en"))
  }}
}}"""


def build_events(rows: Iterable[SolutionRow], problems: list[tuple[str, str]]) -> tuple[ListingEvent, ...]:
    """Build the listing events from query results, in the order of their IRIs.

    Args:
        rows: the results of :func:`make_events_query`.
        problems: receives the IRI of each event that cannot be read, and the reason.
    """
    nodes = group_resources(rows)
    places = _PlaceMembers(nodes)
    return tuple(places.apply(*one) for one in build_all(_build_event, nodes, (JWP + "changeType", ""), problems))


def _build_event(iri: str, node: Resource) -> tuple[ListingEvent, Resource]:
    on, by = node.one(JWP + "effectiveOn"), node.one(JWP + "effectiveBy")
    event = ListingEvent(
        iri,
        node.needed(JWP + "designation"),
        node.needed(JWP + "listedTaxon"),
        ListingChange.from_iri(node.needed(JWP + "changeType")),
        PartialDate.parse(on) if on else PartialDate.by(by, node.one(JWP + "effectiveNotBefore")) if by else None,
        node.one(JWP + "appendix"),
        node.one(JWP + "reservingParty") or node.one(JWP + "requestingParty") or node.one(JWP + "party"),
        frozenset(node.all(JWP + "populationIn")),
        frozenset(node.all(JWP + "populationOut")),
        frozenset(node.all(JWP + "excludesTaxon")),
        node.one(JWP + "viaHigherTaxon"),
        frozenset(node.all(JWP + "modifiesEvent")),
        tuple(node.all(JWP + "populationNote", "en")),
        tuple(node.all(_DCTERMS + "source")),
        node.one(JWP + "evidence"),
        node.one(JWP + "adoptedOn"),
        node.one(JWP + "decidedAt"),
        tuple(node.all(JWP + "delayReason")),
        tuple(node.all(JWP + "shortNote", "en")),
        node.one(JWP + "onBehalfOf"),
        max((PartialDate.parse(text).last for text in node.all(_DCTERMS + "issued")), default=None),
    )
    return event, node


class _PlaceMembers:
    """The countries that the places and populations of events consist of."""

    def __init__(self, nodes: Mapping[str, Resource]) -> None:
        self._nodes = nodes
        self._members: dict[str, set[str]] = {}
        for iri, node in nodes.items():
            for wider in [*node.all(JWP + "containedIn"), *node.all(JWP + "succeededBy")]:
                self._members.setdefault(wider, set()).add(iri)

    def apply(self, event: ListingEvent, node: Resource) -> ListingEvent:
        """Return *event* with the countries of its regions and populations, and notes about places without any."""
        if event.change not in _SCOPED:
            return event
        within = event.places_in.union(node.all(JWP + "listedPopulation"))
        without = event.places_out.union(node.all(JWP + "excludedPopulation"))
        if not (within or without or event.notes):
            return event
        told = [note for place in sorted(within | without) for note in self._describe(place)]
        places_in = frozenset().union(*map(self._expand, within))
        places_out = frozenset().union(*map(self._expand, without))
        if event.notes and not (within | without):
            places_in = frozenset({NamedPopulation(event.iri)})  # some populations, which are described in a note only
        return replace(event, places_in=places_in, places_out=places_out, notes=(*event.notes, *told))

    def _expand(self, place: str) -> frozenset[str]:
        """Return a place or population and the countries that certainly lie within it."""
        node = self._nodes.get(place, Resource())
        members = self._members.get(place, set())
        if "/population/" in place:
            sure, possible = node.all(JWP + "countryWithin"), node.all(JWP + "countryPossiblyWithin")
            return frozenset({NamedPopulation(place, frozenset(possible) if sure or possible else None), *sure})
        if "/site/" in place:
            return frozenset({NamedPopulation(place, frozenset(node.all(JWP + "countryPossiblyWithin")) or None)})
        if "/region/" in place and not members:
            return frozenset({NamedPopulation(place)})
        return frozenset({place, *members})

    def _describe(self, place: str) -> list[str]:
        """Return notes about a population or about a region without recorded countries."""
        node = self._nodes.get(place, Resource())
        name = node.one(_SKOS + "prefLabel") or place.rpartition("/")[2]
        if "/population/" in place:
            return [name]
        if "/region/" in place and place not in self._members:
            return [f"Populations of a region without recorded countries: {name}."]
        return []
