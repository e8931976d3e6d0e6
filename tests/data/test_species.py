"""Tests of the shipped species: listings, dates, populations and names."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Final

import pytest

from jwpgraph.producers.species_collection import RENAMED
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.vocabulary import ID

GROUP_TAXA: Final = 37
#: Animals that lists name by a synonym which only one of the taxonomies records.
BY_SYNONYM: Final = {
    "Aquila clanga",
    "Grus leucogeranus",
    "Grus vipio",
    "Lagenorhynchus acutus",
    "Lagenorhynchus australis",
    "Lagenorhynchus obscurus",
    "Vicugna vicugna",
}
FOUR: Final = {f"country/{code}" for code in ("BW", "NA", "ZA", "ZW")}


@pytest.fixture(scope="module")
def events(written):
    """Return the listing events of a taxon: Appendix, kind of change and date, and the event."""
    by_taxon: dict[str, list[tuple[str, str, str, str]]] = {}
    for event in written.of_class("jwp:ListingEvent"):
        (taxon,) = written.values(event, "jwp:listedTaxon")
        (change,) = written.values(event, "jwp:changeType")
        dates = written.values(event, "jwp:effectiveOn") or {
            f"by {one}" for one in written.values(event, "jwp:effectiveBy")
        }
        appendix = "".join(written.values(event, "jwp:appendix")).removeprefix("appendix/")
        by_taxon.setdefault(taxon, []).append((appendix, change.rpartition("/")[2], *dates, event))
    return by_taxon


def test_every_taxon_that_cms_lists_is_there_with_its_counterpart(written, events) -> None:
    listed = {taxon for taxon in events if taxon.startswith("taxon/cms/")}
    assert len(listed) > 400
    counterparts = {
        taxon for taxon in listed if taxon.replace("/cms/", "/cites/") in written.of_class("jwp:TaxonConcept")
    }
    assert len(counterparts) > 180


def test_the_african_elephant_is_in_two_appendices_by_population_in_2017(written, events) -> None:
    state = {
        appendix: event
        for appendix, _, date, event in events["taxon/cites/loxodonta-africana"]
        if date == "by 2017-04-21"
    }
    assert set(state) == {"cites-i", "cites-ii"}
    assert written.values(state["cites-i"], "jwp:populationOut") == FOUR
    assert written.values(state["cites-ii"], "jwp:populationIn") == FOUR


def test_the_saker_falcon_is_in_cms_appendix_i_without_the_mongolian_population(written, events) -> None:
    (event,) = [event for appendix, _, _, event in events["taxon/cms/falco-cherrug"] if appendix == "cms-i"]
    assert written.values(event, "jwp:populationOut") == {"country/MN"}
    assert written.values(event, "jwp:effectiveOn") == {"2012-02-23"}


def test_the_cheetah_is_in_cms_appendix_i_without_three_populations(written, events) -> None:
    ((appendix, _, date, event),) = events["taxon/cms/acinonyx-jubatus"]
    assert (appendix, date) == ("cms-i", "2009-03-05")
    assert written.values(event, "jwp:populationOut") == FOUR - {"country/ZA"}


def test_the_snow_leopard_is_panthera_uncia_since_2019_and_kept_its_listing(written, events) -> None:
    usages = {
        next(iter(written.values(one, "jwp:usedName"))): one
        for one in written.of_class("jwp:NameUsage")
        if written.values(one, "jwp:ofTaxon") == {"taxon/cites/panthera-uncia"}
    }
    assert written.values(usages["taxon-name/uncia-uncia-schreber-1775"], "jwp:validUntil") == {"2019-11-25"}
    assert written.values(usages["taxon-name/panthera-uncia-schreber-1775"], "jwp:validFrom") == {"2019-11-26"}
    assert ("cites-i", "addition", "1975-07-01") in {event[:3] for event in events["taxon/cites/panthera-uncia"]}
    assert written.predicates("taxon/cites/uncia-uncia") == {"dcterms:isReplacedBy"}


def test_argali_were_one_species_with_two_subspecies_and_are_nine_since_2019(written, events) -> None:
    species = {
        taxon
        for taxon in written.values("species-group/argali", "jwp:includesTaxon")
        if taxon.startswith("taxon/cites/")
    }
    assert len(species) == 9
    new = species - {"taxon/cites/ovis-ammon"}
    assert all(written.values(taxon, "jwp:validFrom") == {"2019-11-26"} for taxon in new)
    first = {taxon.rpartition("-")[2] for taxon in species if any(event[0] == "cites-i" for event in events[taxon])}
    assert first == {"hodgsoni", "nigrimontana"}
    for subspecies in ("hodgsonii", "nigrimontana"):
        taxon = f"taxon/cites/ovis-ammon-{subspecies}"
        assert written.values(taxon, "jwp:validUntil") == {"2019-11-25"}
        assert {event[0] for event in events[taxon]} == {"cites-i"}
    assert {event[0] for event in events["taxon/cites/ovis-ammon"]} == {"cites-ii"}


@pytest.mark.parametrize(
    ("taxon", "appendix", "date"),
    [
        ("cms/pan-troglodytes", "cms-i", "2018-01-26"),
        ("cms/sphyrna-lewini", "cms-ii", "2015-02-08"),
        ("cms/carcharhinus-longimanus", "cms-i", "2020-05-22"),
        ("cites/isurus-oxyrinchus", "cites-ii", "2019-11-26"),
        ("cites/prionace-glauca", "cites-ii", "2023-11-25"),
        ("cites/rhincodon-typus", "cites-ii", "2003-02-13"),
        ("cites/rhincodon-typus", "cites-i", "2026-03-05"),
        ("cites/sphyrna-lewini", "cites-ii", "2014-09-14"),
        ("cites/mobula-tarapacana", "cites-ii", "2017-04-04"),
        ("cites/alopias-vulpinus", "cites-ii", "2017-10-04"),
        ("cites/elephas-maximus", "cites-i", "1975-07-01"),
        ("cites/panthera-leo-persica", "cites-i", "1977-02-04"),
        ("cms/gorilla-gorilla", "cms-i", "2006-02-23"),
        ("cms/equus-africanus", "cms-ii", "2018-01-26"),
        ("cms/thalassarche-chrysostoma", "cms-ii", "1997-07-15"),
        ("cms/phocoena-phocoena", "cms-i", "2024-05-16"),
        ("cites/falconiformes", "cites-ii", "1979-06-28"),
        ("cites/caretta-caretta", "cites-i", "1981-06-06"),
    ],
)
def test_listings_old_and_new(events, taxon: str, appendix: str, date: str) -> None:
    assert (appendix, "addition", date) in {event[:3] for event in events[f"taxon/{taxon}"]}


def test_each_later_listing_says_what_it_rests_on(written) -> None:
    with get_shipped_path("data/curated/later-listings.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["sources"] or row["evidence"] == "general-knowledge" for row in rows)
    assert all(row["remark"] for row in rows if row["evidence"] == "general-knowledge")


def test_each_listing_event_has_one_level_of_evidence(written) -> None:
    events = written.of_class("jwp:ListingEvent")
    assert len(events) > 1700
    assert not [event for event in events if len(written.values(event, "jwp:evidence")) != 1]


def test_no_cms_listing_precedes_the_convention_or_has_a_placeholder_day(written, events) -> None:
    dates = {event[2] for taxon, found in events.items() if taxon.startswith("taxon/cms/") for event in found}
    assert min(dates) == "1983-11-01"
    assert not [day for day in dates if day.endswith("-01-01")]


def test_no_limited_row_of_2013_is_served_as_all_populations(written, events) -> None:
    with get_shipped_path("data/curated/listing-scopes.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["taxonomy"] == "cms"]
    limits = ("populations", "excluded_populations", "places_in", "places_out", "note")
    said = (
        "jwp:listedPopulation",
        "jwp:excludedPopulation",
        "jwp:populationIn",
        "jwp:populationOut",
        "jwp:populationNote",
    )
    limited = [row for row in rows if any(row[name] for name in limits)]
    assert len(limited) > 70
    for row in limited:
        taxon = f"taxon/cms/{row['name'].lower().replace(' ', '-')}"
        found = [event for event in events[taxon] if event[0] == f"cms-{row['appendix'].lower()}"]
        assert any(written.values(event[-1], one) for event in found for one in said), row


def test_whatever_is_said_of_species_has_a_source(written) -> None:
    for kind in ("TaxonConcept", "TaxonName", "CommonName", "Distribution", "ListingEvent", "NameUsage"):
        things = written.of_class(f"jwp:{kind}")
        assert things
        # Without a source, a record says that it is general knowledge.
        unsourced = [one for one in things if not written.values(one, "dcterms:source")]
        levels = {str(level) for one in unsourced for level in written.values(one, "jwp:evidence") or ["none"]}
        assert all(level.endswith("general-knowledge") for level in levels), kind


def test_each_name_of_a_taxon_has_a_usage(written) -> None:
    """No shape asks for it, because importers write most names without a usage."""
    used = {
        (taxon, name)
        for usage in written.of_class("jwp:NameUsage")
        for taxon in written.values(usage, "jwp:ofTaxon")
        for name in written.values(usage, "jwp:usedName")
    }
    names = {
        (taxon, name)
        for taxon in written.of_class("jwp:TaxonConcept")
        for name in written.values(taxon, "tcs:taxonName") | written.values(taxon, "tcs:synonym")
    }
    assert names
    assert names - used == set()
    assert written.of_class("jwp:TaxonName") - {name for _, name in used} == set()


def test_the_species_groups_have_names_places_and_listings(written, events) -> None:
    places = {taxon for one in written.of_class("jwp:Distribution") for taxon in written.values(one, "jwp:ofTaxon")}
    groups = [f"species-group/{slug}" for slug in ("saiga-antelope", "great-apes", "saker-falcon", "marine-turtles")]
    for group in groups:
        for taxon in written.values(group, "jwp:includesTaxon"):
            assert written.values(taxon, "tcs:taxonName"), taxon
            if taxon.startswith("taxon/cites/"):
                assert taxon in places, taxon
    languages = {term.language for term in written.terms("taxon/cites/falco-cherrug", "dwc:vernacularName")}
    assert {"en", "es", "fr"} <= languages


def _places(written, taxon: str, status: str) -> set[str]:
    return {
        place
        for one in written.of_class("jwp:Distribution")
        if taxon in written.values(one, "jwp:ofTaxon")
        and f"distribution-status/{status}" in written.values(one, "jwp:distributionStatus")
        for place in written.values(one, "jwp:inPlace")
    }


def test_ranges_are_those_of_the_sources(written) -> None:
    # In the Index of 2017: native in Kenya, which a table of 2013 called extinct.
    assert "country/KE" in _places(written, "taxon/cites/acinonyx-jubatus", "native")
    assert "country/KE" not in _places(written, "taxon/cites/acinonyx-jubatus", "extinct")
    assert "country/KE" not in _places(written, "taxon/cms/acinonyx-jubatus", "extinct")
    # The argali of Appendix I have the range of the former subspecies in the Index.
    assert _places(written, "taxon/cites/ovis-hodgsoni", "native") == {"country/CN", "country/IN", "country/NP"}
    assert _places(written, "taxon/cites/ovis-nigrimontana", "native") == {"country/KZ"}
    # A taxon that only CMS lists, from the export of 2025.
    assert _places(written, "taxon/cms/branta-ruficollis", "uncertain") >= {"country/AL", "country/AT"}
    assert "country/FI" in _places(written, "taxon/cms/phocoena-phocoena", "extinct")


def test_no_pair_of_taxon_and_place_is_recorded_twice(written) -> None:
    pairs = [
        (taxon, place)
        for one in written.of_class("jwp:Distribution")
        for taxon in written.values(one, "jwp:ofTaxon")
        for place in written.values(one, "jwp:inPlace")
    ]
    assert len(pairs) > 10_000
    assert len(pairs) == len(set(pairs))


def test_most_taxa_that_cms_lists_have_a_range(written) -> None:
    ranged = {
        taxon.rpartition("/")[2]
        for one in written.of_class("jwp:Distribution")
        for taxon in written.values(one, "jwp:ofTaxon")
    }
    listed = {
        taxon
        for event in written.of_class("jwp:ListingEvent")
        if "instrument/cms" in written.values(event, "jwp:designation")
        for taxon in written.values(event, "jwp:listedTaxon")
    }
    assert len([taxon for taxon in listed if taxon.rpartition("/")[2] in ranged]) >= 260


def test_every_species_reaches_a_class_in_its_taxonomy(written) -> None:
    def lineage(taxon: str) -> list[str]:
        found = [taxon]
        while above := written.values(found[-1], "tcs:parentTaxonConcept") - set(found):
            found += sorted(above)
        return found

    concepts = written.of_class("jwp:TaxonConcept")
    rootless = {one for one in concepts if not written.values(one, "tcs:parentTaxonConcept")}
    assert rootless == {"taxon/cites/animalia", "taxon/cms/animalia"}
    for concept in concepts:
        if written.values(concept, "jwp:rank") <= {"taxon-rank/species", "taxon-rank/subspecies"}:
            above = lineage(concept)
            assert any("taxon-rank/class" in written.values(one, "jwp:rank") for one in above), concept
            assert {one.split("/")[1] for one in above} == {concept.split("/")[1]}
    assert "taxon/cms/giraffidae" in lineage("taxon/cms/giraffa-camelopardalis")
    assert "taxon/cites/elasmobranchii" in lineage("taxon/cites/rhinopristiformes")


OTHER_SCRIPTS = {"ar", "bg", "el", "he", "hi", "ja", "ru", "zh"}


def test_a_name_in_latin_letters_is_no_arabic_or_russian_name(written) -> None:
    names = [
        term
        for subject in written.subjects()
        if subject.startswith(("taxon/", "common-name/"))
        for predicate in ("dwc:vernacularName", "skosxl:literalForm")
        for term in written.terms(subject, predicate)
        if (term.language or "") in OTHER_SCRIPTS
    ]
    assert len(names) > 200
    assert not [term.value for term in names if any("a" <= char <= "z" for char in term.value.lower())]


def test_no_common_name_is_a_list(written) -> None:
    for one in written.of_class("jwp:CommonName"):
        for term in written.terms(one, "skosxl:literalForm"):
            assert not set(",;") & set(term.value), term.value


def test_chinese_names_are_those_of_the_lists(written) -> None:
    for taxon, name in (("acinonyx-jubatus", "猎豹"), ("panthera-uncia", "雪豹"), ("panthera-onca", "美洲豹")):
        assert name in {term.value for term in written.terms(f"taxon/cites/{taxon}", "dwc:vernacularName")}, taxon


def test_former_identifiers_of_merged_concepts_are_replaced(written) -> None:
    renamed = {old: new for old, new in RENAMED.items() if old.startswith(f"{ID}taxon/")}
    assert renamed
    for old, new in renamed.items():
        assert written.values(old.removeprefix(ID), "dcterms:isReplacedBy") == {new.removeprefix(ID)}
        assert new.removeprefix(ID) in written.of_class("jwp:TaxonConcept")


@pytest.mark.parametrize("link", ["jwp:avibaseId", "jwp:wikidataId", "jwp:itisId", "rdfs:seeAlso", "red-list"])
def test_concepts_with_one_name_have_the_same_records(written, mapped, link: str) -> None:
    # The registers are joined by name: a difference means that they were not read again for a new taxon.
    records: dict[str, set[str]] = defaultdict(set)
    for record in written.of_class("jwp:RedListAssessment"):
        (taxon,) = written.values(record, "jwp:ofTaxon")
        records[taxon] |= written.values(record, "dcterms:source")
    by_name: dict[str, list[set[str]]] = defaultdict(list)
    for taxon in written.of_class("jwp:TaxonConcept"):
        (name,) = written.values(taxon, "gbif:canonicalName")
        values = {"red-list": records[taxon], "rdfs:seeAlso": mapped.values(taxon, link)}
        by_name[name].append(values.get(link, written.values(taxon, link)))
    pairs = {name: found for name, found in by_name.items() if len(found) == 2}
    assert len(pairs) > 300
    assert sum(bool(one) for one, _ in pairs.values()) > 20
    assert {name for name, (one, other) in pairs.items() if one != other} <= BY_SYNONYM


def test_the_listings_from_general_knowledge_are_those_in_the_documentation() -> None:
    with get_shipped_path("data/curated/later-listings.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["evidence"] == "general-knowledge" and row["change"]]
    text = (
        (Path(__file__).parents[2] / "docs" / "data.md")
        .read_text("utf-8")
        .partition("### Listings from general knowledge\n")[2]
    )
    epithets = " ".join(text.partition("\n## ")[0].split())
    assert len(rows) == 38
    assert f"these {len(rows)} listings" in epithets
    assert not [row["name"] for row in rows if row["name"].split()[-1] not in epithets]
