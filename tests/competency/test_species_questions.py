"""The competency questions that listings, Parties and alignments answer; answers from the treaties' own records."""

from __future__ import annotations

import asyncio
from datetime import date

import pyoxigraph as ox
import pytest

from jwpgraph.query_execution.store_reader import StoreReader
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.taxonomy.snapshot import read_all
from jwpgraph.taxonomy.status import TREATY_OF, compute_concept_status

SPLIT = ("BW", "NA", "ZA", "ZW")


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("http://rs.gbif.org/terms/1.0/canonicalName", ["taxon/cites/ursus-maritimus", "taxon/cms/ursus-maritimus"]),
        ("http://rs.tdwg.org/tcs/terms/nameString", ["taxon-name/ursus-maritimus-phipps-1774"]),
    ],
)
def test_a_scientific_name_is_found_as_a_plain_string(shipped_store, term, found) -> None:
    rows = shipped_store.query(f'SELECT ?thing {{ ?thing <{term}> "Ursus maritimus" }}')
    assert sorted(row["thing"].value.partition("/id/")[2] for row in rows) == found


def test_19_strict_under_cms_and_not_under_cites(answer) -> None:
    found = {cms: (cites, appendices) for cms, cites, appendices in answer(19)}
    assert found["Falco cherrug"] == ("Falco cherrug", "CITES II")
    assert not {"Uncia uncia", "Acinonyx jubatus", "Gorilla beringei", "Caretta caretta"} & found.keys()


def test_20_what_cop18_changed_for_taxa_of_cms(answer) -> None:
    changed = {(name, appendix, cms) for name, change, appendix, _, cms in answer(20) if change == "Addition"}
    new = ("collium", "darwini", "jubata", "karelini", "polii", "severtzovi")
    assert {(f"Ovis {name}", "CITES II", "Ovis ammon") for name in new} <= changed


def test_21_listed_species_of_kenya(answer) -> None:
    found = {(name, appendix) for name, _, appendix, _ in answer(21)}
    assert {
        ("Loxodonta africana", "CITES I"),
        ("Loxodonta africana", "CMS II"),
        ("Acinonyx jubatus", "CITES I"),
        ("Acinonyx jubatus", "CMS I"),
    } <= found
    assert ("Loxodonta africana", "CITES II") not in found


def test_22_kazakhstan_has_joined_both_and_signed_for_saiga_and_deer(answer) -> None:
    found = {(kind, instrument.rpartition("/")[2]) for instrument, _, kind, _, _ in answer(22)}
    assert {
        ("party", "cites"),
        ("party", "cms"),
        ("signatory", "saiga-mou"),
        ("signatory", "bukhara-deer-mou"),
    } <= found


def test_23_reservations_of_zimbabwe(answer) -> None:
    assert answer(23) == [
        ("Loxodonta africana", "CITES I", "1990-01-18", "1997-09-17"),
        ("Loxodonta africana", "CITES I", "2019-11-26", None),
    ]


def test_24_zero_quotas_and_suspensions(answer) -> None:
    turtle = """
    jwpid:species-group\\/saiga-antelope jwp:includesTaxon jwpid:taxon\\/cites\\/saiga-tatarica .
    jwpid:taxon\\/cites\\/saiga-tatarica gbif:canonicalName "Saiga tatarica" .
    jwpid:zero a jwp:Quota ; jwp:restrictedTaxon jwpid:taxon\\/cites\\/saiga-tatarica ; jwp:quotaAmount 0.0 .
    jwpid:some a jwp:Quota ; jwp:restrictedTaxon jwpid:taxon\\/cites\\/saiga-tatarica ; jwp:quotaAmount 5.0 .
    jwpid:old a jwp:TradeSuspension ; jwp:restrictedTaxon jwpid:taxon\\/cites\\/saiga-tatarica ;
        jwp:effectiveUntil "2010-01-01"^^xsd:date .
    jwpid:held a jwp:TradeSuspension ; jwp:restrictedTaxon jwpid:taxon\\/cites\\/saiga-tatarica .
    """
    assert {row[0] for row in answer(24, turtle)} == {"zero", "held"}
    assert {row[2] for row in answer(24)} == {"Saiga borealis", "Saiga borealis mongolica", "Saiga tatarica"}


def test_26_activities_for_range_states(answer) -> None:
    found = {code: group for code, _, group, _ in answer(26)}
    assert found["B2"] == "Saiga antelope"
    assert set(found) <= {"B2", "B5", "B10"}
    assert "B10" not in found  # no elephants in Kazakhstan


def test_27_uncia_uncia_then_and_now(answer) -> None:
    found = {(on[:4], taxonomy.split()[-1]): name for on, taxonomy, _, name in answer(27)}
    assert found == {
        ("2015", "CITES"): "Uncia uncia",
        ("2015", "CMS"): "Uncia uncia",
        ("2026", "CITES"): "Panthera uncia",
        ("2026", "CMS"): "Uncia uncia",
    }


def test_28_where_elephants_stood(answer) -> None:
    assert [(place[-2:], on, appendix) for place, on, appendix, _ in answer(28)] == [
        ("BW", "1995-01-01", "CITES I"),
        ("BW", "2017-06-01", "CITES II"),
        ("KE", "2017-06-01", "CITES I"),
    ]


def test_29_history_of_the_african_elephant(answer) -> None:
    history = answer(29)
    days = [row[0] for row in history]
    assert days == sorted(days)
    assert history[0][:4] == ("1976-02-26", "Addition", "CITES III", "Ghana")
    split = {(row[2], row[4], row[5]) for row in history if row[0] == "1997-09-18" and row[1] == "Addition"}
    assert split == {("CITES I", None, "BW NA ZW"), ("CITES II", "BW NA ZW", None)}
    reserving = {row[3] for row in history if row[0] == "1990-01-18" and row[1] == "Reservation"}
    assert {"Botswana", "China", "Malawi", "South Africa", "Zambia", "Zimbabwe"} <= reserving


def test_30_what_ovis_ammon_includes(answer) -> None:
    now = {name: (relation, appendices) for name, relation, appendices in answer(30)}
    assert len(now) == 9
    assert {relation for relation, _ in now.values()} == {"includes"}
    assert {name for name, (_, appendices) in now.items() if appendices == "CITES I"} == {
        "Ovis hodgsoni",
        "Ovis nigrimontana",
    }
    then = answer(30, replace=('"2026-11-22"', '"2017-06-01"'))
    assert then == [("Ovis ammon", "is congruent with", "CITES II")]


def test_31_names_of_the_snow_leopard(answer) -> None:
    found = {(name, taxonomy.split()[-1]) for name, _, taxonomy, *_ in answer(31)}
    assert {("Panthera uncia", "CITES"), ("Uncia uncia", "CITES"), ("Uncia uncia", "CMS")} <= found


def test_32_one_name_for_different_animals(answer) -> None:
    found = {(name, relation, until) for name, relation, _, until, _ in answer(32)}
    assert ("Ovis ammon", "includes", None) in found
    assert ("Loxodonta africana", "is included in", "2025-11") in found
    assert not {name for name, _, _ in found} & {"Falco cherrug", "Acinonyx jubatus"}


def test_34_shared_taxa_per_class(answer) -> None:
    found = {name: (int(shared), int(congruent)) for name, shared, congruent, _ in answer(34)}
    assert found["Reptilia"] == (10, 10)
    # All but argali, urial, wild yak, and seven subspecies that CMS lists in their own right: two Bukhara deer, Ganges
    # river dolphin, Indian elephant, Balkan lynx, and two bottlenose dolphins (gephyreus, ponticus).
    assert found["Mammalia"][0] == found["Mammalia"][1] + 10


def test_39_finds_what_cannot_be_right(answer) -> None:
    turtle = """
    @prefix e: <urn:e:> . @prefix c: <https://w3id.org/jwpgraph/id/listing-change-type/> .
    @prefix a: <https://w3id.org/jwpgraph/id/appendix/> .
    e:party jwp:changeType c:addition ; jwp:appendix a:cites-i ; jwp:party e:KE .
    e:nobody jwp:changeType c:reservation ; jwp:appendix a:cites-i .
    e:both jwp:populationIn e:KE ; jwp:populationOut e:KE .
    e:early jwp:modifiesEvent e:late ; jwp:effectiveOn "1990-01-01"^^xsd:date .
    e:late jwp:effectiveOn "1991"^^xsd:gYear .
    e:gone jwp:changeType c:deletion ; jwp:listedTaxon e:t ; jwp:appendix a:cites-i ;
        jwp:effectiveOn "1990"^^xsd:gYear .
    e:back jwp:changeType c:reservation-withdrawal ; jwp:listedTaxon e:t ; jwp:party e:KE ;
        jwp:effectiveOn "1990-01-01"^^xsd:date .
    e:good jwp:changeType c:addition ; jwp:listedTaxon e:u ; jwp:appendix a:cites-i ;
        jwp:effectiveOn "1980"^^xsd:gYear .
    e:fine jwp:changeType c:deletion ; jwp:listedTaxon e:u ; jwp:appendix a:cites-i ;
        jwp:effectiveOn "1990"^^xsd:gYear .
    e:u jwp:hasListingEvent e:good , e:fine .
    """
    assert {row[0].removeprefix("urn:e:") for row in answer(39, turtle)} == {
        "party",
        "nobody",
        "both",
        "early",
        "gone",
        "back",
    }
    assert not [fault for _, fault in answer(39) if "party in an addition" in (fault or "")]


def test_40_finds_alignments_without_ground_or_against_each_other(answer) -> None:
    turtle = """
    @prefix e: <urn:e:> . @prefix r: <https://w3id.org/jwpgraph/id/alignment-relation/> .
    r:congruent jwp:inverseRelation r:congruent . r:includes jwp:inverseRelation r:is-included-in .
    e:bare a jwp:Alignment ; jwp:subjectConcept e:a ; jwp:objectConcept e:b ; jwp:alignmentRelation r:congruent .
    e:other a jwp:Alignment ; jwp:subjectConcept e:b ; jwp:objectConcept e:a ; jwp:alignmentRelation r:includes ;
        dcterms:creator e:me ; dcterms:created "2020"^^xsd:gYear ; dcterms:source e:book .
    e:once a jwp:Alignment ; jwp:subjectConcept e:c ; jwp:objectConcept e:d ; jwp:alignmentRelation r:congruent ;
        jwp:validUntil "2019-11-25"^^xsd:date ;
        dcterms:creator e:me ; dcterms:created "2020"^^xsd:gYear ; dcterms:source e:book .
    e:now a jwp:Alignment ; jwp:subjectConcept e:c ; jwp:objectConcept e:d ; jwp:alignmentRelation r:includes ;
        jwp:validFrom "2019-11-26"^^xsd:date ;
        dcterms:creator e:me ; dcterms:created "2020"^^xsd:gYear ; dcterms:source e:book .
    e:third a jwp:Alignment ; jwp:subjectConcept e:x ; jwp:objectConcept e:b ; jwp:alignmentRelation r:congruent ;
        dcterms:creator e:me ; dcterms:created "2020"^^xsd:gYear ; dcterms:source e:book .
    e:a tcs:accordingTo e:cms ; jwp:rank e:species . e:x tcs:accordingTo e:cms ; jwp:rank e:species .
    """
    found = {(alignment.removeprefix("urn:e:"), fault) for alignment, fault, _ in answer(40, turtle)}
    assert {("bare", "no author"), ("bare", "no date"), ("bare", "no source")} <= found
    assert {("other", "contradicts"), ("bare", "contradicts")} <= found
    assert ("bare", "makes two concepts one") in found
    assert not {name for name, _ in found} & {"once", "now"}
    assert answer(40) == []


DAYS = ("1976-06-01", "1985-01-01", "1995-01-01", "2012-06-01", "2017-06-01", "2020-06-01", "2026-06-01")


@pytest.fixture(scope="module")
def reading(shipped_store, reads):
    return reads(shipped_store)


@pytest.fixture(scope="module")
def reads():
    """Everything about taxa in a store; the store is asked directly."""
    return lambda store: asyncio.run(read_all(StoreReader(store, 1)))


def _asked(store: ox.Store, taxon: str, on: str) -> tuple[set[str], set[str]]:
    """The Appendices that are certain, and those that are possible besides."""
    text = get_shipped_path("queries/stored/status-as-at.rq").read_text("utf-8")
    original = '(cites:loxodonta-africana "2017-06-01"^^xsd:date)'
    assert original in text
    solutions = store.query(text.replace(original, f'(<{taxon}> "{on}"^^xsd:date)'))
    assert isinstance(solutions, ox.QuerySolutions)
    found = {(solution["appendix"].value, solution["certain"].value == "true") for solution in solutions}
    certain = {appendix for appendix, sure in found if sure}
    return certain, {appendix for appendix, _ in found} - certain


def test_the_stored_query_agrees_with_the_replay(shipped_store, reading) -> None:
    """Of every taxon that is listed, in its own right or through a higher one, each on one of the days."""
    checked = 0
    for number, concept in enumerate(reading.taxa):
        if not reading.events_of(reading.taxa.lineage(concept.iri)):
            continue
        checked += 1
        on = DAYS[number % len(DAYS)]
        status = compute_concept_status(reading, concept.iri, TREATY_OF[concept.taxonomy], date.fromisoformat(on))
        told = set(status.appendices()), set(status.possible_appendices())
        assert _asked(shipped_store, concept.iri, on) == told, (concept.iri, on)
    assert checked > 900


def test_the_stored_query_is_short() -> None:
    lines = get_shipped_path("queries/stored/status-as-at.rq").read_text("utf-8").splitlines()
    assert len([line for line in lines if line and not line.startswith(("#", "PREFIX"))]) < 20


def test_15_shared_species_without_an_activity(answer) -> None:
    """Both list addax and dugong, which are in no group; the whale shark and the saiga are in groups."""
    names = {row[1] for row in answer(15)}
    assert {"Addax nasomaculatus", "Dugong dugon", "Panthera leo"} <= names
    assert names.isdisjoint({"Rhincodon typus", "Saiga tatarica", "Caretta caretta", "Falco cherrug", "Uncia uncia"})
    assert "Anas platyrhynchos" not in names, "CITES does not list the mallard"
