"""Periods of listing say on every day what the replay says; a small change brings them to where a new build does."""

from __future__ import annotations

from datetime import date, timedelta

import pyoxigraph as ox
import pytest
from event_replay import replay_events
from hypothesis import given, settings
from hypothesis import strategies as st

from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, CMS_TAXONOMY, TaxonConcept, index_taxa
from jwpgraph.taxonomy.dates import DateInterval, PartialDate
from jwpgraph.taxonomy.listing_events import CITES, CMS, ListingChange, ListingEvent
from jwpgraph.taxonomy.listing_periods import compute_listing_periods
from jwpgraph.taxonomy.period_derivation import ListingPeriods
from jwpgraph.taxonomy.population_scope import NamedPopulation
from jwpgraph.taxonomy.treaty_status import CITES_I, CITES_II, CITES_III, CMS_I, CMS_II, TreatyStatus
from jwpgraph.vocabulary import ENTAILED_GRAPH

PLACES = ("BW", "KE", "NA", "elsewhere")
START = date(2000, 1, 1)
DAYS = 12
_day = st.integers(0, DAYS).map(lambda days: START + timedelta(days=days))
_when = st.one_of(
    st.none(),
    _day.map(lambda day: PartialDate(day, day)),
    st.tuples(_day, _day).map(lambda ends: PartialDate(min(ends), max(ends))),
    _day.map(lambda day: PartialDate(date.min, day)),
)
_place = st.one_of(
    st.sampled_from(PLACES[:3]), st.just(NamedPopulation("p", frozenset({"KE"}))), st.just(NamedPopulation("q"))
)


@st.composite
def histories(draw):
    """A species, its genus and its family, each recognized for a time, with events of one treaty."""
    taxonomy, treaty = draw(st.sampled_from([(CITES_TAXONOMY, CITES), (CMS_TAXONOMY, CMS)]))
    appendices = [CITES_I, CITES_II, CITES_III] if treaty == CITES else [CMS_I, CMS_II]
    chain = ["species", "genus", "family"]
    concepts = []
    for iri, parent in zip(chain, [*chain[1:], None], strict=True):
        ends = sorted(draw(st.tuples(_day, _day)))
        valid = DateInterval(*(draw(st.one_of(st.none(), st.just(PartialDate(day, day)))) for day in ends))
        concepts.append(TaxonConcept(iri, taxonomy, iri, parent=parent, valid=valid))
    events = []
    for number in range(draw(st.integers(1, 5))):
        change = draw(st.sampled_from(list(ListingChange)))
        inside, outside = draw(
            st.tuples(st.frozensets(_place, max_size=2), st.frozensets(_place, max_size=1)).filter(
                lambda one: not all(one)
            )
        )
        events.append(
            ListingEvent(
                f"e{number}",
                treaty,
                draw(st.sampled_from(chain)),
                change,
                draw(_when),
                draw(st.sampled_from(appendices)),
                "GH" if change in {ListingChange.RESERVATION, ListingChange.WITHDRAWAL} else None,
                inside,
                outside,
                draw(st.sampled_from([frozenset(), frozenset({"species"})])),
                draw(st.sampled_from([None, "family"])),
            )
        )
    return index_taxa(concepts), treaty, events


def told(appendix: str, scope, certain: bool) -> set[tuple[str, str, bool]]:
    """For which places an Appendix holds, and whether that is certain."""
    covers = {place: scope.covers(place) for place in PLACES}
    return {(appendix, place, certain and found is True) for place, found in covers.items() if found is not False}


@settings(max_examples=60)
@given(histories())
def test_on_every_day_periods_say_what_the_replay_says(history):
    taxa, treaty, events = history
    by_taxon: dict[str, list[ListingEvent]] = {}
    for event in events:
        by_taxon.setdefault(event.taxon, []).append(event)
    periods = compute_listing_periods(taxa, by_taxon, "species")
    assert len({one.iri for one in periods}) == len(periods)
    for offset in range(-1, DAYS + 2):
        day = START + timedelta(days=offset)
        lineage = taxa.lineage("species", day)
        status = replay_events(events, day, lineage).get(treaty, TreatyStatus(treaty))
        expected = set().union(*(told(one.appendix, one.scope, one.certain) for one in status.listings), set())
        for appendix, scope in status.certain:
            expected |= {(appendix, place, True) for place in PLACES if scope.covers(place)}
        found = set().union(*(told(one.appendix, one.scope, one.certain) for one in periods if one.holds(day)), set())
        assert found == expected, day


PREFIXES = """
@prefix jwp: <https://w3id.org/jwpgraph/ontology#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix tcs: <http://rs.tdwg.org/tcs/terms/> . @prefix dwc: <http://rs.tdwg.org/dwc/terms/> .
@prefix gbif: <http://rs.gbif.org/terms/1.0/> .
@prefix change: <https://w3id.org/jwpgraph/id/listing-change-type/> .
@prefix : <https://w3id.org/jwpgraph/id/taxon/cites/> .
@prefix appendix: <https://w3id.org/jwpgraph/id/appendix/> . @prefix e: <https://w3id.org/jwpgraph/id/listing-event/> .
@prefix country: <https://w3id.org/jwpgraph/id/country/> . @prefix p: <https://w3id.org/jwpgraph/id/population/> .
@prefix region: <https://w3id.org/jwpgraph/id/region/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
_CITES = "<https://w3id.org/jwpgraph/id/instrument/cites>"
#: Statements of which some are there before a change and others after it.
STATEMENTS = (
    *(
        f':{name} a jwp:TaxonConcept ; tcs:accordingTo <{CITES_TAXONOMY}> ; gbif:canonicalName "{name}" .'
        for name in "abcd"
    ),
    ":a tcs:parentTaxonConcept :b .",
    ":b tcs:parentTaxonConcept :c .",
    ":d tcs:parentTaxonConcept :c .",
    ':b jwp:validUntil "2005-03-01"^^xsd:date .',
    "country:KE a jwp:Country ; jwp:containedIn region:east .",
    "p:east jwp:countryWithin country:KE .",
    'p:east skos:prefLabel "Eastern population"@en .',
    *(
        f"e:{number} a jwp:ListingEvent ; jwp:listedTaxon :{taxon} ; jwp:designation {_CITES} ; jwp:changeType"
        f' change:{kind} ; jwp:appendix appendix:cites-{appendix} ; jwp:effectiveOn "{day}"^^xsd:date .'
        for number, taxon, kind, appendix, day in (
            (1, "c", "addition", "ii", "2001-01-01"),
            (2, "a", "addition", "i", "2003-05-01"),
            (3, "b", "addition", "i", "2004-05-01"),
            (4, "a", "deletion", "i", "2006-05-01"),
            (5, "d", "addition", "iii", "2002-05-01"),
        )
    ),
    "e:1 jwp:excludesTaxon :d .",
    "e:2 jwp:populationIn region:east .",
    "e:3 jwp:listedPopulation p:east .",
    'e:3 jwp:populationNote "Some."@en .',
)


def store_of(statements) -> ox.Store:
    store = ox.Store()
    store.load((PREFIXES + "\n".join(statements)).encode(), format=ox.RdfFormat.TURTLE)
    return store


@settings(max_examples=40)
@given(st.sets(st.sampled_from(STATEMENTS)), st.sets(st.sampled_from(STATEMENTS)))
def test_a_change_brings_the_periods_to_where_a_new_build_does(before, after):
    derivation = ListingPeriods()
    old, new = store_of(sorted(before)), store_of(sorted(after))
    derived_before, expected = set(derivation.derive_all(old)), set(derivation.derive_all(new))
    changed = {quad.triple for quad in old} ^ {quad.triple for quad in new}
    entailed = ox.NamedNode(ENTAILED_GRAPH)
    new.extend(ox.Quad(one.subject, one.predicate, one.object, entailed) for one in derived_before)
    derived = derivation.derive_changes(new, derivation.list_affected(old, changed), changed)
    assert (derived_before | derived.added) - derived.removed == expected
    assert not derived.added & derived_before
    assert derived.removed <= derived_before


@pytest.mark.parametrize("unrelated", [':a dwc:vernacularName "x" .', 'e:1 jwp:fullNote "x"@en .'])
def test_what_decides_nothing_changes_nothing(unrelated):
    derivation = ListingPeriods()
    old, new = store_of(STATEMENTS), store_of([*STATEMENTS, unrelated])
    changed = {quad.triple for quad in new} - {quad.triple for quad in old}
    derived = derivation.derive_changes(new, derivation.list_affected(old, changed), changed)
    assert not derived.added
    assert not derived.removed


def test_possible_listings_that_differ_only_in_the_listed_taxon_are_one_period():
    chain = ["species", "genus", "family"]
    concepts = [
        TaxonConcept(iri, CITES_TAXONOMY, iri, parent=parent)
        for iri, parent in zip(chain, [*chain[1:], None], strict=True)
    ]
    seen = PartialDate(date.min, date(2017, 4, 21))
    events = {
        iri: [ListingEvent(f"event-of-{iri}", CITES, iri, ListingChange.ADDITION, seen, CITES_II)] for iri in chain
    }
    taxa = index_taxa(concepts)
    found = [(one.origin, one.certain, one.start, one.end) for one in compute_listing_periods(taxa, events, "species")]
    assert found == [("species", False, None, date(2017, 4, 20)), ("species", True, date(2017, 4, 21), None)]
    # Listings at the request of different Parties are different answers.
    events = {
        iri: [ListingEvent(f"event-of-{iri}", CITES, iri, ListingChange.ADDITION, seen, CITES_III, party)]
        for iri, party in (("genus", "GH"), ("family", "TN"))
    }
    found = [(one.origin, one.certain) for one in compute_listing_periods(taxa, events, "species") if not one.certain]
    assert sorted(found) == [("family", False), ("genus", False)]
