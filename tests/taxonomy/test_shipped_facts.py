"""What the shipped data must answer: the facts by which the two conventions are known to differ, or to agree."""

from __future__ import annotations

import pytest


@pytest.fixture
def status(client):
    """A function that asks for a status and gives the convention's part of the answer."""

    def ask(taxon: str, on: str, treaty: str, country: str = ""):
        answer = client.get(f"/api/v1/taxa/{taxon}/status?on={on}" + (f"&country={country}" if country else ""))
        assert answer.status_code == 200, answer.text
        (found,) = [one for one in answer.json()["treaties"] if one["treaty"]["label"] == treaty]
        return found

    return ask


def test_in_2017_cites_has_one_argali_with_two_subspecies_in_appendix_one(status):
    cites = status("cms/ovis-ammon", "2017-06-01", "CITES")
    (concept,) = cites["concepts"]
    assert (concept["concept"]["label"], concept["appendices"]) == ("Ovis ammon", ["II"])
    assert concept["relation"]["label"] == "is congruent with"
    below = {one["concept"]["label"]: one["appendices"] for one in concept["below"]}
    assert below == {"Ovis ammon hodgsonii": ["I"], "Ovis ammon nigrimontana": ["I"]}


def test_since_2019_ovis_ammon_of_cms_includes_nine_species_of_cites(status):
    cites = status("cms/ovis-ammon", "2020-06-01", "CITES")
    assert {one["relation"]["label"] for one in cites["concepts"]} == {"includes"}
    assert {one["concept"]["label"]: one["appendices"] for one in cites["concepts"]} == {
        "Ovis ammon": ["II"],
        "Ovis collium": ["II"],
        "Ovis darwini": ["II"],
        "Ovis hodgsoni": ["I"],
        "Ovis jubata": ["II"],
        "Ovis karelini": ["II"],
        "Ovis nigrimontana": ["I"],
        "Ovis polii": ["II"],
        "Ovis severtzovi": ["II"],
    }


def test_a_listed_subspecies_does_not_stand_for_its_species_in_the_other_taxonomy(status):
    """CMS lists the mainland Asian elephant, not those of Sumatra and Sri Lanka."""
    expected = {"IN": (["I"], []), "MY": ([], ["I"]), "ID": ([], []), "LK": ([], [])}
    for taxon in ("cites/elephas-maximus", "cms/elephas-maximus"):
        for country, appendices in expected.items():
            cms = status(taxon, "2026-01-01", "CMS", country)
            assert (cms["appendices"], cms["possible_appendices"]) == appendices, (taxon, country)
    assert status("cites/lynx-lynx", "2026-01-01", "CMS")["appendices"] == ["II"]


def test_loxodonta_africana_has_two_appendices_at_once(status):
    assert status("cites/loxodonta-africana", "2017-06-01", "CITES")["appendices"] == ["I", "II"]
    for country in ("BW", "NA", "ZA", "ZW"):
        assert status("cites/loxodonta-africana", "2017-06-01", "CITES", country)["appendices"] == ["II"]
    assert status("cites/loxodonta-africana", "2017-06-01", "CITES", "KE")["appendices"] == ["I"]
    assert status("cites/loxodonta-africana", "1999-06-01", "CITES", "ZA")["appendices"] == ["I"]


def test_both_african_elephants_of_cms_lie_in_the_one_of_cites_until_2025(status):
    for slug in ("africana", "cyclotis"):
        cites = status(f"cms/loxodonta-{slug}", "2017-06-01", "CITES")
        (concept,) = cites["concepts"]
        assert (concept["concept"]["label"], concept["relation"]["label"]) == ("Loxodonta africana", "is included in")
        assert cites["appendices"] == ["I", "II"]
    (concept,) = status("cms/loxodonta-africana", "2026-06-01", "CITES")["concepts"]
    assert concept["relation"]["label"] == "is congruent with"


def test_falco_cherrug_of_mongolia_is_not_in_cms_appendix_one(status):
    assert status("cms/falco-cherrug", "2015-06-01", "CMS", "MN")["appendices"] == ["II"]
    assert status("cms/falco-cherrug", "2015-06-01", "CMS", "KZ")["appendices"] == ["I", "II"]
    assert status("cms/falco-cherrug", "2015-06-01", "CITES", "MN")["appendices"] == ["II"]


def test_cheetahs_of_three_countries_are_not_in_cms_appendix_one(status):
    for country in ("BW", "NA", "ZW"):
        assert status("cms/acinonyx-jubatus", "2016-05-01", "CMS", country)["appendices"] == []
        assert status("cms/acinonyx-jubatus", "2016-05-01", "CITES", country)["appendices"] == ["I"]
    assert status("cms/acinonyx-jubatus", "2016-05-01", "CMS", "KE")["appendices"] == ["I"]


def test_uncia_uncia_is_panthera_uncia_for_cites_from_2019(status):
    for on, name in (("2015-01-01", "Uncia uncia"), ("2019-11-25", "Uncia uncia"), ("2019-11-26", "Panthera uncia")):
        (concept,) = status("cms/uncia-uncia", on, "CITES")["concepts"]
        assert concept["concept"]["id"].endswith("/taxon/cites/panthera-uncia")
        assert concept["relation"]["label"] == "is congruent with"
        assert concept["name_then"] == name
        assert concept["appendices"] == ["I"]


def test_the_alignments_are_consistent(client):
    for day in ("2010-01-01", "2017-06-01", "2020-06-01", "2026-06-01"):
        findings = client.get(f"/api/v1/alignments?on={day}&limit=1000").json()["findings"]
        assert not [
            one for one in findings if one["kind"] in {"contradiction", "composition", "unknown-concept", "unsourced"}
        ]


def test_a_country(client):
    document = client.get("/api/v1/countries/KE?on=2016-05-01").json()
    species = {one["treaty"]["label"]: one for one in document["species"]}
    cites = {one["taxon"]["label"]: one["appendices"] for one in species["CITES"]["items"]}
    cms = {one["taxon"]["label"]: one["appendices"] for one in species["CMS"]["items"]}
    assert cites["Loxodonta africana"] == ["I"]
    assert cms["Loxodonta africana"] == ["II"]
    assert {"B10", "B12"} <= {one["notation"] for one in document["activities"]}
    joined = {one["instrument"]["id"].rpartition("/")[2] for one in document["joined"] if one["status"] == "party"}
    assert joined >= {"cites", "cms"}
