"""Links between the listing events of a taxon."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode

from jwpgraph.producers.event_links import link_events
from jwpgraph.producers.triples import StatedTriple
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.vocabulary import ID


def links_of(*events: str) -> set[tuple[str, str, str]]:
    """Return the links of events written as ``name change appendix day [property=slug]``."""
    merged: dict[str, set[StatedTriple]] = {}
    for event in events:
        name, change, appendix, day, *others = event.split()
        iri = f"{ID}listing-event/{name}"
        values = {
            "jwp:listedTaxon": "taxon/lion",
            "jwp:changeType": f"listing-change-type/{change}",
            "jwp:appendix": f"appendix/{appendix}",
        } | dict(other.split("=") for other in others)
        merged[iri] = {StatedTriple(iri, expand_term(key), NamedNode(ID + value)) for key, value in values.items()}
        merged[iri].add(StatedTriple(iri, expand_term("jwp:effectiveOn"), Literal(day)))
    before = {one for triples in merged.values() for one in triples}
    link_events(merged)
    return {
        (one.subject.rpartition("/")[2], one.predicate.rpartition("#")[2], one.object.value.rpartition("/")[2])
        for triples in merged.values()
        for one in triples - before
    }


def test_a_withdrawal_relates_to_the_last_reservation_of_its_party() -> None:
    assert links_of(
        "first reservation cites-i 1980-01-01 jwp:reservingParty=country/JP",
        "second reservation cites-i 1990-01-01 jwp:reservingParty=country/JP",
        "other reservation cites-i 1992-01-01 jwp:reservingParty=country/CA",
        "gone reservation-withdrawal cites-i 2000-01-01 jwp:reservingParty=country/JP",
    ) == {("gone", "modifiesEvent", "second")}


def test_a_withdrawal_on_the_day_of_a_new_reservation_relates_to_the_earlier_one() -> None:
    assert links_of(
        "first reservation cites-i 1980-11-04 jwp:reservingParty=country/JP",
        "second reservation cites-i 1981-06-06 jwp:reservingParty=country/JP",
        "gone reservation-withdrawal cites-i 1981-06-06 jwp:reservingParty=country/JP",
    ) == {("gone", "modifiesEvent", "first")}


def test_a_transfer_comes_from_the_one_appendix_left_that_day() -> None:
    one, other = ("jwp:requestingParty=country/CA", "jwp:requestingParty=country/CR")
    ca, cr = f"ca deletion cites-iii 1977-02-04 {one}", f"cr deletion cites-iii 1977-02-04 {other}"
    assert links_of("up addition cites-ii 1977-02-04", ca, cr) == {("up", "fromAppendix", "cites-iii")}
    # Two Appendices are left, or only a population moves: from where is not certain.
    assert not links_of("up addition cites-i 1977-02-04", ca, "ii deletion cites-ii 1977-02-04")
    assert not links_of("up addition cites-ii 1977-02-04 jwp:populationIn=country/CA", ca)


def test_a_listing_through_a_genus_is_no_part_of_a_transferred_species() -> None:
    """The bonobo left Appendix II in 1977, when its genus came into Appendix I."""
    gone = "gone deletion cites-ii 1977-02-04"
    assert links_of("up addition cites-i 1977-02-04 jwp:viaHigherTaxon=taxon/pan", gone) == {
        ("up", "fromAppendix", "cites-ii")
    }


def test_a_whole_taxon_leaves_the_appendix_that_lists_it_when_another_does() -> None:
    old, new = "old addition cites-ii 2017-10-04", "new addition cites-i 2026-03-05"
    assert links_of(old, new) == {("new", "fromAppendix", "cites-ii")}
    assert not links_of(f"{old} jwp:populationIn=country/CA", new)
    assert not links_of(old, "gone deletion cites-ii 2020-01-01", new)
    # A subspecies was in the new Appendix already; CMS lists one taxon in both of its Appendices.
    assert not links_of(old, new, "below addition cites-i 1975-07-01 jwp:listedTaxon=taxon/lion-persica")
    assert not links_of("old addition cms-ii 2000-01-01", "new addition cms-i 2010-01-01")


def test_a_listing_that_is_repeated_restates_the_earlier_one() -> None:
    assert links_of("a addition cites-ii 1977-02-04", "b addition cites-ii 1979-06-28") == {("b", "restatesEvent", "a")}
    assert not links_of(
        "a addition cites-ii 1977-02-04", "d deletion cites-ii 1978-01-01", "b addition cites-ii 1979-06-28"
    )
