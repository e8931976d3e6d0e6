"""Derivation of listing periods as triples: for all taxa on a rebuild, else for the taxa affected by a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from datetime import date

import pyoxigraph as ox

from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.releases.rules import Derived
from jwpgraph.taxonomy.concepts import TaxonConcept, TaxonIndex, index_taxa
from jwpgraph.taxonomy.dates import DateInterval
from jwpgraph.taxonomy.event_reading import DECIDING_PROPERTIES, build_events, make_events_query
from jwpgraph.taxonomy.evidence import rank_evidence
from jwpgraph.taxonomy.listing_events import ListingEvent
from jwpgraph.taxonomy.listing_patterns import compute_periods_of_all
from jwpgraph.taxonomy.listing_periods import ListingPeriod
from jwpgraph.taxonomy.population_scope import NamedPopulation, PopulationScope
from jwpgraph.vocabulary import ENTAILED_GRAPH, JWP, PREFIXES

#: Number of affected taxa above which all periods are derived again.
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


def _make_jwp_term(name: str) -> ox.NamedNode:
    return ox.NamedNode(JWP + name)


_PERIOD, _EVENT, _CONCEPT = (
    _make_jwp_term("ListingPeriod"),
    _make_jwp_term("ListingEvent"),
    _make_jwp_term("TaxonConcept"),
)
_LISTED, _FROM, _UNTIL = _make_jwp_term("listedTaxon"), _make_jwp_term("validFrom"), _make_jwp_term("validUntil")
_OF_TAXA = frozenset({_PARENT, _ACCORDING_TO, _FROM, _UNTIL, _NAME})
_PROPERTIES_OF_EVENTS = f"{DECIDING_PROPERTIES}, jwp:evidence"
_OF_EVENTS = frozenset(
    ox.NamedNode(PREFIXES[prefix] + name)
    for prefix, name in (one.strip().split(":") for one in _PROPERTIES_OF_EVENTS.split(","))
)
_OF_PLACES = frozenset(map(_make_jwp_term, ("containedIn", "succeededBy", "countryWithin", "countryPossiblyWithin")))
_SCOPES = tuple(map(_make_jwp_term, ("populationIn", "populationOut", "listedPopulation", "excludedPopulation")))
#: Stands for an unknown end.
_OPEN_END = date(9999, 12, 31)
_PLACE_CLASSES = frozenset(map(_make_jwp_term, ("Country", "Site")))


class ListingPeriods:
    """The derivation of listing periods; see :class:`~jwpgraph.releases.rules.Derivation`."""

    #: Changed whenever the derived triples change, so that older releases are not updated incrementally.
    version = "listing-periods-7"

    def derive_all(self, store: ox.Store) -> Iterator[ox.Triple]:
        """Yield the triples of the periods of all taxa."""
        return _derive(store, _read_events(store, ""), None)

    def list_affected(self, store: ox.Store, changed: Set[ox.Triple]) -> frozenset[str]:
        """Return the IRIs of the taxa whose periods a change may affect, given the store before or after the change."""
        return frozenset(_list_affected(store, changed))

    def derive_changes(self, store: ox.Store, affected: frozenset[str], changed: Set[ox.Triple]) -> Derived:
        """Return the period triples that a change adds and removes.

        Args:
            store: the store after the change, with the previous periods in ``graph/entailed``.
            affected: the result of :meth:`list_affected` before the change.
            changed: the added and removed triples.
        """
        taxa = affected | self.list_affected(store, changed)
        if not taxa:
            return Derived(frozenset(), frozenset())
        everything = len(taxa) > _MOST
        now = set(self.derive_all(store) if everything else _derive_for(store, taxa))
        before = set(_read_derived(store, None if everything else taxa))
        return Derived(frozenset(now - before), frozenset(before - now))


def _derive_for(store: ox.Store, taxa: Set[str]) -> Iterator[ox.Triple]:
    lineages = set(taxa)
    for iri in taxa:
        lineages.update(_list_ancestors(store, iri))
    values = " ".join(str(ox.NamedNode(iri)) for iri in sorted(lineages))
    return _derive(store, _read_events(store, f"VALUES ?taxon {{ {values} }}"), taxa)


def _read_events(store: ox.Store, wanted: str) -> tuple[ListingEvent, ...]:
    return build_events(_select(store, make_events_query(wanted, _PROPERTIES_OF_EVENTS)), [])


def _derive(store: ox.Store, events: Iterable[ListingEvent], wanted: Set[str] | None) -> Iterator[ox.Triple]:
    by_taxon: dict[str, list[ListingEvent]] = {}
    for event in events:
        by_taxon.setdefault(event.taxon, []).append(event)
    chosen = wanted if wanted is not None else _list_listed_and_below(store, by_taxon)
    taxa = _read_taxa(store, chosen)
    for period in compute_periods_of_all(taxa, by_taxon, sorted(taxa.concepts.keys() & chosen)):
        yield from _to_triples(period, taxa)


def _list_listed_and_below(store: ox.Store, listed: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(listed)
    while waiting:
        iri = waiting.pop()
        if iri not in found:
            found.add(iri)
            waiting += _find_subjects(store, _PARENT, ox.NamedNode(iri))
    return found


def _read_taxa(store: ox.Store, wanted: Iterable[str]) -> TaxonIndex:
    """Read the concepts *wanted* and their ancestors, with the properties needed for periods."""
    found: dict[str, TaxonConcept] = {}
    waiting = list(wanted)
    while waiting:
        iri = waiting.pop()
        if iri in found or (concept := _read_concept(store, iri)) is None:
            continue
        found[iri] = concept
        if concept.parent:
            waiting.append(concept.parent)
    return index_taxa(found.values())


def _read_concept(store: ox.Store, iri: str) -> TaxonConcept | None:
    node = ox.NamedNode(iri)
    if ox.Quad(node, _TYPE, _CONCEPT, _DEFAULT) not in store:
        return None
    try:
        valid = DateInterval.parse(*(_find_value(store, node, one) for one in (_FROM, _UNTIL)))
    except ValueError:
        return None
    return TaxonConcept(
        iri,
        _find_value(store, node, _ACCORDING_TO) or "",
        _find_value(store, node, _NAME) or _find_value(store, node, _LABEL) or iri.rpartition("/")[2],
        parent=_find_value(store, node, _PARENT),
        valid=valid,
    )


def _list_ancestors(store: ox.Store, iri: str) -> set[str]:
    found: set[str] = set()
    here: str | None = iri
    while here and here not in found:
        found.add(here)
        here = _find_value(store, ox.NamedNode(here), _PARENT)
    return found


def _list_affected(store: ox.Store, changed: Set[ox.Triple]) -> set[str]:
    """Return the taxa whose periods may differ: those of changed events, and their descendants."""
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
    for place in _add_wider(store, places):
        for link in _SCOPES:
            events |= {ox.NamedNode(iri) for iri in _find_subjects(store, link, place)}
    for event in events:
        taxa |= {term.value for term in _find_objects(store, event, _LISTED)}
    return _list_listed_and_below(store, taxa)


def _add_wider(store: ox.Store, places: Iterable[ox.NamedNode]) -> set[ox.NamedNode]:
    found: set[ox.NamedNode] = set()
    waiting = list(places)
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += _find_objects(store, place, _make_jwp_term("containedIn"))
    return found


def _read_derived(store: ox.Store, taxa: Set[str] | None) -> Iterator[ox.Triple]:
    """Yield the previously derived triples of the periods of *taxa*, or of all taxa."""
    listed = [None] if taxa is None else [ox.NamedNode(iri) for iri in taxa]
    for taxon in listed:
        for quad in store.quads_for_pattern(None, _LISTED, taxon, _ENTAILED):
            if ox.Quad(quad.subject, _TYPE, _PERIOD, _ENTAILED) in store:
                yield from (own.triple for own in store.quads_for_pattern(quad.subject, None, None, _ENTAILED))


def _to_triples(period: ListingPeriod, taxa: TaxonIndex) -> Iterator[ox.Triple]:
    node = ox.NamedNode(period.iri)

    yield ox.Triple(node, _TYPE, _PERIOD)
    yield ox.Triple(node, _TITLE, ox.Literal(_make_title(period, taxa), language="en"))
    yield _make_link(node, "listedTaxon", period.taxon)
    yield _make_link(node, "designation", period.treaty)
    yield _make_link(node, "appendix", period.appendix)
    for name, day in (("from", period.start), ("until", period.end)):
        if day is not None:
            yield ox.Triple(node, _make_jwp_term(name), _make_date(day))
    latest = period.end or _OPEN_END
    yield ox.Triple(node, _make_jwp_term("effectiveEarliest"), _make_date(period.earliest))
    yield ox.Triple(node, _make_jwp_term("effectiveLatest"), _make_date(latest))
    yield _make_flag(node, "certain", period.certain)
    yield _make_flag(node, "wholeTaxon", period.scope.is_everything)
    yield from (_make_link(node, "excludesTaxon", taxon) for taxon in sorted(period.excludes))
    if period.origin != period.taxon:
        yield _make_link(node, "viaHigherTaxon", period.origin)
    yield from (_make_link(node, "restsOnEvent", event.iri) for event in period.events)
    evidence = max((event.evidence for event in period.events), key=rank_evidence)
    if evidence:
        yield _make_link(node, "evidence", evidence)
    yield from _make_scope_triples(node, period.scope)
    notes = dict.fromkeys(note for event in period.events for note in event.notes)
    yield from (ox.Triple(node, _make_jwp_term("populationNote"), ox.Literal(note, language="en")) for note in notes)


def _make_scope_triples(node: ox.NamedNode, scope: PopulationScope) -> Iterator[ox.Triple]:
    for place in sorted(scope.places):
        if not isinstance(place, NamedPopulation):
            yield _make_link(node, "populationOut" if scope.all_but else "populationIn", place)
            continue
        if "/population/" in place:
            yield _make_link(node, "excludedPopulation" if scope.all_but else "listedPopulation", place)
        elif "/region/" in place or "/site/" in place:
            yield _make_link(node, "populationOut" if scope.all_but else "populationIn", place)
        if place.possible is None:
            yield _make_flag(node, "populationUnplaced", True)
        yield from (
            _make_link(node, "populationPossiblyIn", one) for one in sorted((place.possible or set()) - scope.places)
        )


def _make_link(node: ox.NamedNode, name: str, target: str) -> ox.Triple:
    return ox.Triple(node, _make_jwp_term(name), ox.NamedNode(target))


def _make_flag(node: ox.NamedNode, name: str, value: bool) -> ox.Triple:
    return ox.Triple(node, _make_jwp_term(name), ox.Literal(str(value).lower(), datatype=_BOOLEAN))


def _make_title(period: ListingPeriod, taxa: TaxonIndex) -> str:
    treaty, _, number = period.appendix.rpartition("/")[2].upper().partition("-")
    since = f"from {period.start}" if period.start else "since a day that is not known"
    until = f" until {period.end}" if period.end else ""
    return f"{taxa.concepts[period.taxon].name}, {treaty} Appendix {number}: {since}{until}"


def _make_date(day: date) -> ox.Literal:
    return ox.Literal(day.isoformat(), datatype=_DATE)


def _find_subjects(store: ox.Store, link: ox.NamedNode, target: ox.NamedNode) -> list[str]:
    found = store.quads_for_pattern(None, link, target, _DEFAULT)
    return [quad.subject.value for quad in found if isinstance(quad.subject, ox.NamedNode)]


def _find_objects(store: ox.Store, subject: ox.NamedNode, link: ox.NamedNode) -> list[ox.NamedNode]:
    found = store.quads_for_pattern(subject, link, None, _DEFAULT)
    return [quad.object for quad in found if isinstance(quad.object, ox.NamedNode)]


def _find_value(store: ox.Store, subject: ox.NamedNode, link: ox.NamedNode) -> str | None:
    found = (quad.object for quad in store.quads_for_pattern(subject, link, None, _DEFAULT))
    return min((term.value for term in found if not isinstance(term, ox.Triple)), default=None)


def _select(store: ox.Store, query: str) -> Iterator[SolutionRow]:
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101 - a SELECT has no other answer
    for solution in solutions:
        yield {name: _make_term(solution[name]) for name in ("s", "p", "o")}


def _make_term(value: object) -> QueryTerm:
    if isinstance(value, ox.Literal):
        return QueryTerm("literal", value.value, value.language)
    assert isinstance(value, ox.NamedNode | ox.BlankNode)  # noqa: S101 - of the query's own patterns
    return QueryTerm("uri" if isinstance(value, ox.NamedNode) else "bnode", value.value)
