"""Listing periods as derived triples: of all taxa when a release is made anew, else of those that a change affects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from datetime import date

import pyoxigraph as ox

from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.releases.rules import Derived
from jwpgraph.taxonomy.concepts import TaxonConcept, TaxonIndex, index_taxa
from jwpgraph.taxonomy.dates import DateInterval, PartialDate
from jwpgraph.taxonomy.event_reading import DECIDING_PROPERTIES, events_of_rows, events_query
from jwpgraph.taxonomy.evidence import strength
from jwpgraph.taxonomy.listing_events import ListingEvent
from jwpgraph.taxonomy.listing_periods import ListingPeriod, listing_periods
from jwpgraph.taxonomy.population_scope import NamedPopulation, PopulationScope
from jwpgraph.vocabulary import ENTAILED_GRAPH, JWP, PREFIXES

#: With more taxa affected than this, all periods are made anew.
_MOST = 2_000
_DEFAULT = ox.DefaultGraph()
_ENTAILED = ox.NamedNode(ENTAILED_GRAPH)
_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
_TITLE = ox.NamedNode(PREFIXES["dcterms"] + "title")
_PARENT = ox.NamedNode(PREFIXES["tcs"] + "parentTaxonConcept")
_ACCORDING_TO = ox.NamedNode(PREFIXES["tcs"] + "accordingTo")
_NAME = ox.NamedNode(PREFIXES["gbif"] + "canonicalName")
_LABEL = ox.NamedNode(PREFIXES["skos"] + "prefLabel")
_DATE, _BOOLEAN = (ox.NamedNode(PREFIXES["xsd"] + name) for name in ("date", "boolean"))


def _jwp(name: str) -> ox.NamedNode:
    return ox.NamedNode(JWP + name)


_PERIOD, _EVENT, _CONCEPT = _jwp("ListingPeriod"), _jwp("ListingEvent"), _jwp("TaxonConcept")
_LISTED, _FROM, _UNTIL = _jwp("listedTaxon"), _jwp("validFrom"), _jwp("validUntil")
_OF_TAXA = frozenset({_PARENT, _ACCORDING_TO, _FROM, _UNTIL, _NAME})
_OF_EVENTS = frozenset(
    ox.NamedNode(PREFIXES[prefix] + name)
    for prefix, name in (one.strip().split(":") for one in f"{DECIDING_PROPERTIES}, jwp:evidence".split(","))
)
_OF_PLACES = frozenset(map(_jwp, ("containedIn", "succeededBy", "countryWithin", "countryPossiblyWithin")))
_SCOPES = tuple(map(_jwp, ("populationIn", "populationOut", "listedPopulation", "excludedPopulation")))
#: Stands for an end that is not known.
_OPEN_END = date(9999, 12, 31)
_PLACE_CLASSES = frozenset(map(_jwp, ("Country", "Site")))


class ListingPeriods:
    """The derivation of listing periods; see :class:`~jwpgraph.releases.rules.Derivation`."""

    #: Changes when periods come to be written otherwise, so that releases made before are not continued from.
    version = "listing-periods-4"

    def derive_all(self, store: ox.Store) -> Iterator[ox.Triple]:
        """The periods of all taxa, as triples."""
        rows = _rows(store, events_query(""))
        return _derived(store, events_of_rows(rows, []), None)

    def list_affected(self, store: ox.Store, changed: Set[ox.Triple]) -> frozenset[str]:
        """The taxa whose periods may differ, as far as *store* tells, before a change or after it."""
        return frozenset(_affected(store, changed))

    def derive_changes(self, store: ox.Store, affected: frozenset[str], changed: Set[ox.Triple]) -> Derived:
        """The periods that come and go with a change of what is stated.

        Args:
            store: its default graph has the change; ``graph/entailed`` holds the periods from before it.
            affected: the taxa whose periods may differ, as it was before the change.
            changed: the triples that have come or gone.
        """
        taxa = affected | self.list_affected(store, changed)
        if not taxa:
            return Derived(frozenset(), frozenset())
        everything = len(taxa) > _MOST
        now = set(self.derive_all(store) if everything else _of_taxa(store, taxa))
        before = set(_written_before(store, None if everything else taxa))
        return Derived(frozenset(now - before), frozenset(before - now))


def _of_taxa(store: ox.Store, taxa: Set[str]) -> Iterator[ox.Triple]:
    lineages = set(taxa)
    for iri in taxa:
        lineages.update(_above(store, iri))
    values = " ".join(str(ox.NamedNode(iri)) for iri in sorted(lineages))
    events = events_of_rows(_rows(store, events_query(f"VALUES ?taxon {{ {values} }}")), [])
    return _derived(store, events, taxa)


def _derived(store: ox.Store, events: Iterable[ListingEvent], wanted: Set[str] | None) -> Iterator[ox.Triple]:
    by_taxon: dict[str, list[ListingEvent]] = {}
    for event in events:
        by_taxon.setdefault(event.taxon, []).append(event)
    chosen = wanted if wanted is not None else _listed_and_below(store, by_taxon)
    taxa = _taxa(store, chosen)
    for iri in sorted(chosen):
        if iri in taxa.concepts:
            for period in listing_periods(taxa, by_taxon, iri):
                yield from _triples(period, taxa)


def _listed_and_below(store: ox.Store, listed: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(listed)
    while waiting:
        iri = waiting.pop()
        if iri not in found:
            found.add(iri)
            waiting += _subjects(store, _PARENT, ox.NamedNode(iri))
    return found


def _taxa(store: ox.Store, wanted: Iterable[str]) -> TaxonIndex:
    """The concepts *wanted* and those above them, as far as periods need them."""
    found: dict[str, TaxonConcept] = {}
    waiting = list(wanted)
    while waiting:
        iri = waiting.pop()
        if iri in found or (concept := _concept(store, iri)) is None:
            continue
        found[iri] = concept
        if concept.parent:
            waiting.append(concept.parent)
    return index_taxa(found.values())


def _concept(store: ox.Store, iri: str) -> TaxonConcept | None:
    node = ox.NamedNode(iri)
    if ox.Quad(node, _TYPE, _CONCEPT, _DEFAULT) not in store:
        return None
    try:
        start, end = (_value(store, node, one) for one in (_FROM, _UNTIL))
        valid = DateInterval(PartialDate.parse(start) if start else None, PartialDate.parse(end) if end else None)
    except ValueError:
        return None
    return TaxonConcept(
        iri,
        _value(store, node, _ACCORDING_TO) or "",
        _value(store, node, _NAME) or _value(store, node, _LABEL) or iri.rpartition("/")[2],
        parent=_value(store, node, _PARENT),
        valid=valid,
    )


def _above(store: ox.Store, iri: str) -> set[str]:
    found: set[str] = set()
    here: str | None = iri
    while here and here not in found:
        found.add(here)
        here = _value(store, ox.NamedNode(here), _PARENT)
    return found


def _affected(store: ox.Store, changed: Set[ox.Triple]) -> set[str]:
    """The taxa whose periods may differ: those that changed events speak of, and all that is below them."""
    taxa: set[str] = set()
    events: set[ox.NamedNode] = set()
    places: set[ox.NamedNode] = set()
    for triple in changed:
        subject, predicate, target = triple.subject, triple.predicate, triple.object
        if not isinstance(subject, ox.NamedNode):
            continue
        if predicate in _OF_EVENTS or (predicate == _TYPE and target == _EVENT):
            events.add(subject)
            taxa |= {target.value} if predicate == _LISTED and isinstance(target, ox.NamedNode) else set()
        elif predicate in _OF_TAXA or (predicate == _TYPE and target == _CONCEPT):
            taxa.add(subject.value)
        elif predicate in _OF_PLACES or (predicate == _TYPE and target in _PLACE_CLASSES):
            places |= {subject, *([target] if isinstance(target, ox.NamedNode) else [])}
        elif predicate == _LABEL and ("/population/" in subject.value or "/region/" in subject.value):
            places.add(subject)
    for place in _and_wider(store, places):
        for link in _SCOPES:
            events |= {ox.NamedNode(iri) for iri in _subjects(store, link, place)}
    for event in events:
        taxa |= {term.value for term in _objects(store, event, _LISTED)}
    return _listed_and_below(store, taxa)


def _and_wider(store: ox.Store, places: Iterable[ox.NamedNode]) -> set[ox.NamedNode]:
    found: set[ox.NamedNode] = set()
    waiting = list(places)
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += _objects(store, place, _jwp("containedIn"))
    return found


def _written_before(store: ox.Store, taxa: Set[str] | None) -> Iterator[ox.Triple]:
    """The triples of the periods of *taxa*, or of all, as they were derived before."""
    listed = [None] if taxa is None else [ox.NamedNode(iri) for iri in taxa]
    for taxon in listed:
        for quad in store.quads_for_pattern(None, _LISTED, taxon, _ENTAILED):
            if ox.Quad(quad.subject, _TYPE, _PERIOD, _ENTAILED) in store:
                yield from (own.triple for own in store.quads_for_pattern(quad.subject, None, None, _ENTAILED))


def _triples(period: ListingPeriod, taxa: TaxonIndex) -> Iterator[ox.Triple]:
    node = ox.NamedNode(period.iri)

    yield ox.Triple(node, _TYPE, _PERIOD)
    yield ox.Triple(node, _TITLE, ox.Literal(_title(period, taxa), language="en"))
    yield _link(node, "listedTaxon", period.taxon)
    yield _link(node, "designation", period.treaty)
    yield _link(node, "appendix", period.appendix)
    for name, day in (("from", period.start), ("until", period.end)):
        if day is not None:
            yield ox.Triple(node, _jwp(name), _day(day))
    latest = period.end or _OPEN_END
    yield ox.Triple(node, _jwp("effectiveEarliest"), _day(period.earliest))
    yield ox.Triple(node, _jwp("effectiveLatest"), _day(latest))
    yield _flag(node, "certain", period.certain)
    yield _flag(node, "wholeTaxon", period.scope.is_everything)
    if period.origin != period.taxon:
        yield _link(node, "viaHigherTaxon", period.origin)
    yield from (_link(node, "restsOnEvent", event.iri) for event in period.events)
    evidence = max((event.evidence for event in period.events), key=strength)
    if evidence:
        yield _link(node, "evidence", evidence)
    yield from _scope(node, period.scope)
    notes = dict.fromkeys(note for event in period.events for note in event.notes)
    yield from (ox.Triple(node, _jwp("populationNote"), ox.Literal(note, language="en")) for note in notes)


def _scope(node: ox.NamedNode, scope: PopulationScope) -> Iterator[ox.Triple]:
    for place in sorted(scope.places):
        if not isinstance(place, NamedPopulation):
            yield _link(node, "populationOut" if scope.all_but else "populationIn", place)
            continue
        if "/population/" in place:
            yield _link(node, "excludedPopulation" if scope.all_but else "listedPopulation", place)
        elif "/region/" in place or "/site/" in place:
            yield _link(node, "populationOut" if scope.all_but else "populationIn", place)
        if place.possible is None:
            yield _flag(node, "populationUnplaced", True)
        yield from (
            _link(node, "populationPossiblyIn", one) for one in sorted((place.possible or set()) - scope.places)
        )


def _link(node: ox.NamedNode, name: str, target: str) -> ox.Triple:
    return ox.Triple(node, _jwp(name), ox.NamedNode(target))


def _flag(node: ox.NamedNode, name: str, value: bool) -> ox.Triple:
    return ox.Triple(node, _jwp(name), ox.Literal(str(value).lower(), datatype=_BOOLEAN))


def _title(period: ListingPeriod, taxa: TaxonIndex) -> str:
    treaty, _, number = period.appendix.rpartition("/")[2].upper().partition("-")
    since = f"from {period.start}" if period.start else "since a day that is not known"
    until = f" until {period.end}" if period.end else ""
    return f"{taxa.concepts[period.taxon].name}, {treaty} Appendix {number}: {since}{until}"


def _day(day: date) -> ox.Literal:
    return ox.Literal(day.isoformat(), datatype=_DATE)


def _subjects(store: ox.Store, link: ox.NamedNode, target: ox.NamedNode) -> list[str]:
    found = store.quads_for_pattern(None, link, target, _DEFAULT)
    return [quad.subject.value for quad in found if isinstance(quad.subject, ox.NamedNode)]


def _objects(store: ox.Store, subject: ox.NamedNode, link: ox.NamedNode) -> list[ox.NamedNode]:
    found = store.quads_for_pattern(subject, link, None, _DEFAULT)
    return [quad.object for quad in found if isinstance(quad.object, ox.NamedNode)]


def _value(store: ox.Store, subject: ox.NamedNode, link: ox.NamedNode) -> str | None:
    found = (quad.object for quad in store.quads_for_pattern(subject, link, None, _DEFAULT))
    return min((term.value for term in found if not isinstance(term, ox.Triple)), default=None)


def _rows(store: ox.Store, query: str) -> Iterator[SolutionRow]:
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101 - a SELECT has no other answer
    for solution in solutions:
        yield {name: _term(solution[name]) for name in ("s", "p", "o")}


def _term(value: object) -> QueryTerm:
    if isinstance(value, ox.Literal):
        return QueryTerm("literal", value.value, value.language)
    assert isinstance(value, ox.NamedNode | ox.BlankNode)  # noqa: S101 - of the query's own patterns
    return QueryTerm("uri" if isinstance(value, ox.NamedNode) else "bnode", value.value)
