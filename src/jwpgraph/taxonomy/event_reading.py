"""Listing events read from rows ?s ?p ?o: what is asked for, and how places and named populations are taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from jwpgraph.query_execution.queries import SolutionRow
from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.listing_events import ListingChange, ListingEvent
from jwpgraph.taxonomy.population_scope import NamedPopulation
from jwpgraph.taxonomy.resources import Resource, made, resources
from jwpgraph.vocabulary import JWP, PREFIX_LINES, PREFIXES

_DCTERMS, _RDF, _SKOS = (PREFIXES[name] for name in ("dcterms", "rdf", "skos"))

DECIDING_PROPERTIES = (
    "jwp:listedTaxon jwp:designation jwp:appendix jwp:changeType "
    "jwp:effectiveOn jwp:effectiveBy jwp:effectiveNotBefore jwp:reservingParty jwp:requestingParty jwp:party "
    "jwp:populationIn jwp:populationOut jwp:listedPopulation jwp:excludedPopulation jwp:populationNote "
    "jwp:excludesTaxon jwp:viaHigherTaxon jwp:modifiesEvent"
).replace(" ", ", ")
EVENT_PROPERTIES = (
    f"{DECIDING_PROPERTIES}, dcterms:source, jwp:evidence, jwp:adoptedOn, jwp:decidedAt, jwp:delayReason, jwp:shortNote"
)
_POPULATIONS = "jwp:listedPopulation|jwp:excludedPopulation"
_PLACES = "jwp:populationIn|jwp:populationOut"

#: Only these changes move populations; the words of a reservation limit no listing.
_SCOPED = frozenset({ListingChange.ADDITION, ListingChange.AMENDMENT, ListingChange.EXCEPTION, ListingChange.DELETION})


def events_query(wanted: str, properties: str = EVENT_PROPERTIES) -> str:
    """The query for rows of listing events and of the places and populations that they speak of.

    Args:
        wanted: a pattern that binds ``?taxon``; empty for the events of all taxa.
        properties: which of the events' properties are read.
    """
    events = f"{wanted} ?event jwp:listedTaxon ?taxon ; rdf:type jwp:ListingEvent"
    return f"""{PREFIX_LINES}
SELECT DISTINCT ?s ?p ?o WHERE {{
  {{ {wanted} ?s jwp:listedTaxon ?taxon ; rdf:type jwp:ListingEvent ; ?p ?o FILTER(?p IN ({properties})) }}
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


def events_of_rows(rows: Iterable[SolutionRow], problems: list[tuple[str, str]]) -> tuple[ListingEvent, ...]:
    """The events that *rows* tell of, by IRI.

    Args:
        rows: of :func:`events_query`.
        problems: gets what had to be passed over, and why.
    """
    nodes = resources(rows)
    places = _Places(nodes)
    return tuple(places.applied(*one) for one in made(_event, nodes, (JWP + "changeType", ""), problems))


def _event(iri: str, node: Resource) -> tuple[ListingEvent, Resource]:
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
    )
    return event, node


class _Places:
    """What the places and populations of events consist of."""

    def __init__(self, nodes: Mapping[str, Resource]) -> None:
        self._nodes = nodes
        self._members: dict[str, set[str]] = {}
        for iri, node in nodes.items():
            for wider in [*node.all(JWP + "containedIn"), *node.all(JWP + "succeededBy")]:
                self._members.setdefault(wider, set()).add(iri)

    def applied(self, event: ListingEvent, node: Resource) -> ListingEvent:
        """*event* with the countries of its regions and populations beside them, and what is told in words."""
        if event.change not in _SCOPED:
            return event
        within = event.places_in.union(node.all(JWP + "listedPopulation"))
        without = event.places_out.union(node.all(JWP + "excludedPopulation"))
        told = [note for place in sorted(within | without) for note in self._words(place)]
        places_in = frozenset().union(*map(self._expanded, within))
        places_out = frozenset().union(*map(self._expanded, without))
        if event.notes and not (within | without):
            places_in = frozenset({NamedPopulation(event.iri)})  # some population; which, only the words tell
        return replace(event, places_in=places_in, places_out=places_out, notes=(*event.notes, *told))

    def _expanded(self, place: str) -> frozenset[str]:
        """A place or population with the countries that surely lie within it."""
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

    def _words(self, place: str) -> list[str]:
        """What is to be told of a place whose countries are not recorded."""
        node = self._nodes.get(place, Resource())
        name = node.one(_SKOS + "prefLabel") or place.rpartition("/")[2]
        if "/population/" in place:
            return [name]
        if "/region/" in place and place not in self._members:
            return [f"Populations of a region of which no countries are recorded: {name}."]
        return []
