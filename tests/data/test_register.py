"""Tests of themes, headings, species groups, and the register of entities that the programme names."""

from __future__ import annotations

from typing import Final

import pytest

HEADINGS: Final = [
    ("A", "Harmonization of species-specific information contained in related databases", 1),
    ("A", "Harmonize Nomenclature", 1),
    ("B", "Argali", 1),
    ("B", "Saiga antelope", 3),
    ("B", "Big cats", 2),
    ("B", "Great apes", 3),
    ("B", "African elephant", 4),
    ("B", "Saker falcon", 2),
    ("B", "Marine turtles", 1),
    ("B", "Sharks and Rays", 2),
    ("B", "Other species issues", 3),
    ("C", "Secretariat coordination meetings", 1),
    ("C", "Exchange information", 1),
    ("C", "Staffing", 2),
    ("C", "Fundraising", 1),
]

GROUPS: Final = [
    ("argali", ["Ovis ammon"]),
    ("saiga-antelope", ["Saiga spp."]),
    ("big-cats", ["Acinonyx jubatus", "Uncia uncia"]),
    ("great-apes", ["Hominidae"]),
    ("african-elephant", ["Loxodonta spp."]),
    ("saker-falcon", ["Falco cherrug"]),
    ("marine-turtles", ["Cheloniidae", "Dermochelyidae"]),
    ("sharks-and-rays", ["Elasmobranchii"]),
]

TREATY_CODES: Final = {
    "atlantic-africa-turtles-mou": "atlantic-turtles",
    "bukhara-deer-mou": "bukhara-deer",
    "cami": "central-asian-mammals",
    "cites": "cites",
    "cms": "cms",
    "gorilla-agreement": "gorilla",
    "iosea-turtles-mou": "iosea-marine-turtles",
    "raptors-mou": "birds-of-prey",
    "saiga-mou": "saiga-antelope",
    "sharks-mou": "sharks",
    "west-african-elephant-mou": "west-african-elephants",
}

NAMED_INSTRUMENTS: Final = {
    "african-elephant-action-plan",
    "aichi-biodiversity-targets",
    "argali-action-plan",
    "cami",
    "cites",
    "cms",
    "cms-turtle-instruments",
    "gorilla-agreement",
    "nbsaps",
    "ndf-protocol",
    "saiga-mou",
    "saiga-mtiwp",
    "sakergap",
    "strategic-plan-for-biodiversity-2011-2020",
    "west-african-elephant-mou",
}


def test_the_programme_spans_2015_to_2020_and_claims_no_day(written) -> None:
    programme = "work-programme/jwp-2015-2020"
    assert written.of_class("jwp:WorkProgramme") == {programme}
    assert written.values(programme, "jwp:startYear") == {"2015"}
    assert written.values(programme, "jwp:endYear") == {"2020"}
    assert written.values(programme, "jwp:numberOfItems") == {"33"}
    assert written.values(programme, "jwp:parentConvention") == {"instrument/cites", "instrument/cms"}
    assert not written.terms(programme, "jwp:adoptedOn")


def test_four_themes_with_their_counts_and_differing_titles(written) -> None:
    themes = {letter: f"theme/jwp-2015-2020/{letter}" for letter in "ABCD"}
    assert written.of_class("jwp:Theme") == set(themes.values())
    counts = {letter: written.values(theme, "jwp:numberOfItems") for letter, theme in themes.items()}
    assert counts == {"A": {"2"}, "B": {"21"}, "C": {"5"}, "D": {"5"}}
    assert written.english(themes["C"], "skos:prefLabel") == {"Implementation and fundraising"}
    assert written.values(themes["C"], "skos:altLabel") == {"Implementation and fundraising cooperation"}
    assert written.english(themes["D"], "skos:prefLabel") == {"Outreach and capacity building"}
    (section_title,) = written.values(themes["D"], "skos:altLabel")
    assert "biodiversity-related conventions" in section_title
    assert not written.values(themes["A"], "skos:altLabel") | written.values(themes["B"], "skos:altLabel")


def test_fifteen_headings_in_order_below_their_themes(written) -> None:
    headings = sorted(written.of_class("jwp:Heading"), key=lambda one: int(*written.values(one, "schema:position")))
    assert [
        (
            written.values(one, "skos:broader"),
            written.english(one, "skos:prefLabel"),
            written.values(one, "jwp:numberOfItems"),
        )
        for one in headings
    ] == [({f"theme/jwp-2015-2020/{theme}"}, {label}, {str(count)}) for theme, label, count in HEADINGS]
    for heading in headings:
        members = [one for one in written.of_class("jwp:Activity") if heading in written.values(one, "jwp:heading")]
        assert {str(len(members))} == written.values(heading, "jwp:numberOfItems")


def test_eight_species_groups_as_the_programme_writes_them(written) -> None:
    assert written.of_class("jwp:SpeciesGroup") == {f"species-group/{slug}" for slug, _ in GROUPS}
    for position, (slug, names) in enumerate(GROUPS, 1):
        group = f"species-group/{slug}"
        assert written.values(group, "schema:position") == {str(position)}
        assert sorted(written.values(group, "jwp:nameAsWritten")) == names
        assert {term.language for term in written.terms(group, "jwp:nameAsWritten")} == {None}
        assert {term.language for term in written.terms(group, "skos:prefLabel")} == {"en", "fr", "es"}


def test_groups_cover_todays_concepts_of_both_taxonomies(written) -> None:
    included = {slug: written.values(f"species-group/{slug}", "jwp:includesTaxon") for slug, _ in GROUPS}
    assert "taxon/cites/panthera-uncia" in included["big-cats"]
    assert len([taxon for taxon in included["argali"] if taxon.startswith("taxon/cites/")]) == 9
    assert [taxon for taxon in included["argali"] if taxon.startswith("taxon/cms/")] == ["taxon/cms/ovis-ammon"]
    assert len([taxon for taxon in included["marine-turtles"] if taxon.startswith("taxon/cites/")]) == 7
    assert not [taxon for taxa in included.values() for taxon in taxa if "homo" in taxon]


def test_taxon_concepts_say_whose_they_are_and_are_never_identified_across_taxonomies(written) -> None:
    for concept in written.of_class("jwp:TaxonConcept"):
        _, taxonomy, slug = concept.split("/")
        assert written.values(concept, "tcs:accordingTo") == {f"taxonomy/{taxonomy}"}
        (name,) = written.terms(concept, "gbif:canonicalName")
        assert name.language is None
        assert name.value.lower().replace(" ", "-") == slug
        for forbidden in ("owl:sameAs", "skos:exactMatch"):
            assert not written.terms(concept, forbidden)


def test_species_plus_ids_are_unique_and_only_given_for_cites(written) -> None:
    given = {one: written.values(one, "jwp:speciesPlusId") for one in written.of_class("jwp:TaxonConcept")}
    ids = [value for values in given.values() for value in values]
    assert len(ids) == len(set(ids))
    assert all(concept.startswith("taxon/cites/") for concept, values in given.items() if values)
    assert given["taxon/cites/panthera-uncia"] == {"32743"}
    assert given["taxon/cites/ovis-ammon"] == {"7093"}


def test_mike_and_mikes_are_two(written) -> None:
    assert written.of_class("jwp:Programme") == {
        f"programme/{slug}" for slug in ("mike", "mikes", "grasp", "african-elephant-fund")
    }
    assert written.values("programme/mikes", "jwp:buildsOn") == {"programme/mike"}
    assert written.values("programme/mikes", "owl:differentFrom") == {"programme/mike"}
    assert written.values("programme/mike", "owl:differentFrom") == {"programme/mikes"}
    assert not written.values("programme/mike", "skos:altLabel") & written.values("programme/mikes", "skos:altLabel")


def test_every_named_instrument_and_the_five_tools_are_registered(written) -> None:
    assert {f"instrument/{slug}" for slug in NAMED_INSTRUMENTS} <= written.of_class(
        "jwp:Instrument"
    ) | written.of_class("jwp:Convention")
    assert written.of_class("jwp:Convention") == {"instrument/cites", "instrument/cms"}
    assert written.of_class("jwp:Tool") == {
        f"tool/{slug}"
        for slug in ("cms-family-manual", "cms-e-community", "nbsap-guidelines", "cites-virtual-college", "informea")
    }


def test_turtle_instruments_are_a_class_whose_members_are_inferred(written) -> None:
    turtles = "instrument/cms-turtle-instruments"
    assert written.values(turtles, "jwp:instrumentKind") == {"instrument-kind/class-of-instruments"}
    assert written.values(turtles, "dcterms:hasPart") == {
        "instrument/iosea-turtles-mou",
        "instrument/atlantic-africa-turtles-mou",
    }
    evidence = {
        level
        for statement in written.of_class("jwp:SourcedStatement")
        if written.values(statement, "rdf:subject") == {turtles}
        and written.values(statement, "rdf:predicate") == {"dcterms:hasPart"}
        for level in written.values(statement, "jwp:evidence")
    }
    assert evidence == {"evidence-level/inferred"}


def test_informea_treaty_codes_are_verbatim(written) -> None:
    given = {
        subject.removeprefix("instrument/"): value
        for subject in written.of_class("jwp:Instrument") | written.of_class("jwp:Convention")
        for value in written.values(subject, "jwp:informeaTreatyCode")
    }
    assert given == TREATY_CODES


@pytest.mark.parametrize(
    ("subject", "predicate", "value"),
    [
        ("instrument/saiga-mou", "jwp:effectiveFrom", "2006-09-24"),
        ("instrument/saiga-mou", "jwp:legalStatus", "legal-status/non-binding"),
        ("instrument/saiga-mtiwp", "jwp:subordinateTo", "instrument/saiga-mou"),
        ("instrument/west-african-elephant-mou", "jwp:openedForSignatureOn", "2005-11-22"),
        ("instrument/west-african-elephant-mou", "jwp:statedSignatoryCount", "13"),
        ("instrument/gorilla-agreement", "jwp:effectiveFrom", "2008-06-01"),
        ("instrument/gorilla-agreement", "jwp:legalStatus", "legal-status/binding"),
        ("instrument/sharks-mou", "jwp:effectiveFrom", "2010-03-01"),
        ("instrument/iosea-turtles-mou", "jwp:effectiveFrom", "2001-09-01"),
        ("instrument/atlantic-africa-turtles-mou", "jwp:effectiveFrom", "1999-07-01"),
        ("instrument/sakergap", "jwp:adoptedOn", "2014-11"),
        ("instrument/cami", "jwp:resolution", "CMS Resolution 11.24 (Rev.COP13)"),
        ("instrument/african-elephant-action-plan", "jwp:adoptedOn", "2010-03"),
        ("programme/african-elephant-fund", "jwp:launchedOn", "2011-08"),
        ("programme/mikes", "jwp:endYear", "2018"),
        ("body/iccwc", "jwp:establishedOn", "2010-11-23"),
        ("body/cpw", "jwp:establishedOn", "2013-03-10"),
        ("tool/cites-virtual-college", "jwp:launchedOn", "2011-06-07"),
        ("body/iccwc", "skos:altLabel", "International Consortium for Combating Wildlife Crime"),
        ("body/img-biodiversity", "skos:altLabel", "IMG4"),
        ("instrument/saiga-mou", "skos:altLabel", "Saiga MoU"),
    ],
)
def test_facts_from_elsewhere(written, subject: str, predicate: str, value: str) -> None:
    assert value in written.values(subject, predicate)


def test_the_liaison_group_grows_from_five_to_seven(written) -> None:
    since = [
        min(written.values(one, "jwp:memberFrom"))
        for one in written.of_class("jwp:Membership")
        if written.values(one, "org:organization") == {"body/blg"} and written.values(one, "jwp:memberFrom")
    ]
    assert [len([year for year in since if year <= limit]) for limit in ("2005", "2011", "2016")] == [5, 6, 7]


def test_iccwc_has_five_partners(written) -> None:
    partners = {
        member
        for one in written.of_class("jwp:Membership")
        if written.values(one, "org:organization") == {"body/iccwc"}
        for member in written.values(one, "org:member")
    }
    assert partners == {f"body/{slug}" for slug in ("cites-secretariat", "interpol", "unodc", "world-bank", "wco")}


def test_five_states_signed_the_saiga_mou_in_this_order(written) -> None:
    signed = sorted(
        (*written.values(one, "jwp:signedOn"), *written.values(one, "jwp:signatory"))
        for one in written.of_class("jwp:Signature")
        if written.values(one, "jwp:signedInstrument") == {"instrument/saiga-mou"}
        and not written.values(one, "prov:alternateOf")
    )
    assert signed == [
        ("2005-11-23", "country/TM"),
        ("2006-05-23", "country/UZ"),
        ("2006-09-24", "country/KZ"),
        ("2009-06-24", "country/RU"),
        ("2010-09-10", "country/MN"),
    ]


def test_countries_have_codes_and_three_languages(written) -> None:
    countries = written.of_class("jwp:Country")
    assert len(countries) > 240
    alpha3 = [code for country in countries for code in written.values(country, "jwp:isoAlpha3")]
    without = {"country/CP"}  # Clipperton, which ISO 3166-1 counts with France
    assert {country for country in countries if not written.values(country, "jwp:isoAlpha3")} == without
    assert len(set(alpha3)) == len(countries - without)
    for country in countries:
        assert written.values(country, "skos:notation") == {country.removeprefix("country/")}
        assert sorted(term.language for term in written.terms(country, "skos:prefLabel")) == ["en", "es", "fr"]
    assert written.values("country/KE", "jwp:isoAlpha3") == {"KEN"}
    assert {term.language: term.value for term in written.terms("country/CI", "skos:prefLabel")}[
        "fr"
    ] == "Côte d'Ivoire"


def test_regions_have_their_m49_codes(written) -> None:
    codes = {region: written.values(region, "jwp:m49Code") for region in written.of_class("jwp:Region")}
    assert len(codes) == 5 + 22 + 2  # continents, the regions of countries, and two that join such regions
    assert {code for one in codes.values() for code in one} >= {"002", "011", "143", "202", "419", "150"}
    assert all(len(code) == 1 for code in codes.values())
    assert codes["region/west-africa"] == {"011"}
    assert codes["region/central-asia"] == {"143"}


def _within(written, region: str) -> set[str]:
    """Return the countries of a region, at any depth."""
    parts = {one for one in written.of_class("jwp:Region") if region in written.values(one, "jwp:containedIn")}
    countries = {one for one in written.of_class("jwp:Country") if region in written.values(one, "jwp:containedIn")}
    return countries.union(*(_within(written, part) for part in parts))


def test_every_country_is_in_the_regions_of_m49(written) -> None:
    without = {one for one in written.of_class("jwp:Country") if not written.values(one, "jwp:containedIn")}
    assert without == {"country/AQ", "country/CP"}  # Antarctica is in no region, Clipperton in no area of M49
    # From the M49 publication: 60 areas in Africa, 17 in Western Africa, 5 in Central Asia.
    assert len(_within(written, "region/africa")) == 60
    west = {"BJ", "BF", "CV", "CI", "GM", "GH", "GN", "GW", "LR", "ML", "MR", "NE", "NG", "SH", "SN", "SL", "TG"}
    assert _within(written, "region/west-africa") == {f"country/{code}" for code in west}
    assert _within(written, "region/central-asia") == {f"country/{code}" for code in ["KZ", "KG", "TJ", "TM", "UZ"]}
    assert written.values("country/KE", "jwp:m49Code") == {"404"}
    assert {"country/EG", "country/SD"} <= _within(written, "region/northern-africa")


@pytest.mark.parametrize("slug", ["raptors-mou", "sharks-mou", "saiga-mtiwp", "sakergap", "cms"])
def test_instruments_of_the_programme_have_names_that_await_review(written, slug: str) -> None:
    names = written.terms(f"instrument/{slug}", "skos:prefLabel")
    assert sorted(term.language for term in names) == ["en", "es", "fr"]
    assert "review" in " ".join(term.value for term in written.terms(f"instrument/{slug}", "skos:editorialNote"))
