"""Taxa that are listed alike get the periods that are computed for each of them alone."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from jwpgraph.taxonomy import listing_patterns
from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, CMS_TAXONOMY, TaxonConcept, index_taxa
from jwpgraph.taxonomy.dates import DateInterval, PartialDate
from jwpgraph.taxonomy.listing_events import CITES, CMS, ListingChange, ListingEvent
from jwpgraph.taxonomy.listing_patterns import compute_periods_of_all
from jwpgraph.taxonomy.listing_periods import compute_listing_periods
from jwpgraph.taxonomy.treaty_status import CITES_I, CITES_II, CITES_III, CMS_I, CMS_II

SPECIES = ("species-1", "species-2", "species-3", "species-4")
ABOVE = ("genus", "family")
_day = st.integers(0, 3).map(lambda days: date(2000, 1, 1) + timedelta(days=days))
_when = st.one_of(
    st.none(),
    _day.map(lambda day: PartialDate(day, day)),
    _day.map(lambda day: PartialDate(date.min, day)),
)
_taxa = st.frozensets(st.sampled_from((*SPECIES, "genus")), max_size=2)


@st.composite
def families(draw):
    """Species of a genus, with few events of few kinds, so that many of them are listed alike."""
    taxonomy, treaty = draw(st.sampled_from([(CITES_TAXONOMY, CITES), (CMS_TAXONOMY, CMS)]))
    appendices = [CITES_I, CITES_II, CITES_III] if treaty == CITES else [CMS_I, CMS_II]
    concepts = [TaxonConcept("genus", taxonomy, "genus", parent="family"), TaxonConcept("family", taxonomy, "family")]
    for iri in SPECIES:
        valid = DateInterval(draw(st.sampled_from([None, None, PartialDate(date(2000, 1, 2), date(2000, 1, 2))])))
        concepts.append(TaxonConcept(iri, taxonomy, iri, parent="genus", valid=valid))
    events: dict[str, list[ListingEvent]] = {}
    numbers = iter(draw(st.permutations(range(8))))
    for taxon in draw(st.lists(st.sampled_from((*SPECIES, *SPECIES, *ABOVE)), min_size=1, max_size=8)):
        event = ListingEvent(
            f"e{next(numbers)}",
            treaty,
            taxon,
            draw(st.sampled_from([ListingChange.ADDITION, ListingChange.ADDITION, ListingChange.DELETION])),
            draw(_when),
            draw(st.sampled_from(appendices)),
            None,
            draw(st.sampled_from([frozenset(), frozenset({"KE"})])),
            excludes=draw(_taxa),
            via=draw(st.sampled_from([None, None, "genus", "family"])) if taxon in SPECIES else None,
        )
        events.setdefault(taxon, []).append(event)
    return index_taxa(concepts), events


@given(families())
def test_periods_are_those_computed_one_by_one(family):
    taxa, events = family
    wanted = (*SPECIES, *ABOVE)
    expected = [period for taxon in wanted for period in compute_listing_periods(taxa, events, taxon)]
    assert list(compute_periods_of_all(taxa, events, wanted)) == expected


def test_the_order_of_the_iris_of_events_counts():
    concepts = [TaxonConcept("genus", CITES_TAXONOMY, "genus")]
    concepts += [TaxonConcept(iri, CITES_TAXONOMY, iri, parent="genus") for iri in SPECIES[:2]]
    taxa = index_taxa(concepts)
    day = PartialDate(date(2000, 1, 1), date(2000, 1, 1))
    events = {
        "genus": [ListingEvent("e2", CITES, "genus", ListingChange.ADDITION, day, CITES_I)],
        "species-1": [ListingEvent("e1", CITES, "species-1", ListingChange.ADDITION, None, CITES_I)],
        "species-2": [ListingEvent("e3", CITES, "species-2", ListingChange.ADDITION, None, CITES_I)],
    }
    found = list(compute_periods_of_all(taxa, events, SPECIES[:2]))
    # From the day on which the genus is listed, it is certain that one of the two listings is in force.
    assert [[event.iri for event in one.events] for one in found if one.certain] == [["e1", "e2"], ["e2", "e3"]]


def test_alike_taxa_are_computed_once(monkeypatch):
    computed = []

    def compute(taxa, events, taxon):
        computed.append(taxon)
        return compute_listing_periods(taxa, events, taxon)

    monkeypatch.setattr(listing_patterns, "compute_listing_periods", compute)
    concepts = [TaxonConcept("genus", CITES_TAXONOMY, "genus")]
    concepts += [TaxonConcept(iri, CITES_TAXONOMY, iri, parent="genus") for iri in SPECIES]
    day = PartialDate(date(1977, 2, 4), date(1977, 2, 4))
    events = {
        iri: [
            ListingEvent(
                f"e-{iri}", CITES, iri, ListingChange.ADDITION, day, CITES_I if iri == "species-4" else CITES_II
            )
        ]
        for iri in SPECIES
    }
    periods = list(compute_periods_of_all(index_taxa(concepts), events, SPECIES))
    assert computed == ["species-1", "species-4"]
    assert [(one.taxon, one.origin, one.appendix, one.events[0].iri) for one in periods] == [
        (iri, iri, CITES_I if iri == "species-4" else CITES_II, f"e-{iri}") for iri in SPECIES
    ]
