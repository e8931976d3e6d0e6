"""Tests of files and pages: names of animals in the language of the reader, and all rows of a list."""

from __future__ import annotations

import csv
import io
import re

import pytest


def _get_page(shipped, path: str, **headers: str) -> str:
    with shipped.client() as client:
        return client.get(path, headers={"Accept": "text/html", **headers}).text


def _read(shipped, address: str, **headers: str) -> list[dict[str, str]]:
    with shipped.client() as client:
        answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize(
    ("address", "column"),
    [
        ("/listings.csv?in=NE", "scientific_name"),
        ("/listings/changes.csv?meeting=cms-cop12", "scientific_name"),
        ("/shared-species.csv", "cites_name"),
    ],
)
def test_files_have_the_common_names_of_the_language(shipped, address: str, column: str) -> None:
    def names(**headers: str) -> dict[str, tuple[str, str]]:
        rows = _read(shipped, address, **headers)
        return {row[column]: (row["common_name"], row["common_name_lang"]) for row in rows}

    english, french = names(), names(**{"Accept-Language": "fr"})
    assert english.keys() == french.keys()
    name = next(one for one in ("Acinonyx jubatus", "Panthera leo") if one in english)
    assert english[name] == {"Acinonyx jubatus": ("Cheetah", "en"), "Panthera leo": ("Lion", "en")}[name]
    assert french[name] == {"Acinonyx jubatus": ("Guépard", "fr"), "Panthera leo": ("Lion d'Afrique", "fr")}[name]
    assert all(bool(text) == bool(language) for text, language in (*english.values(), *french.values()))


def test_the_address_chooses_the_language_of_a_file(shipped) -> None:
    (row,) = [
        one for one in _read(shipped, "/listings.csv?in=NE&content=es") if one["scientific_name"] == "Acinonyx jubatus"
    ]
    assert (row["common_name"], row["common_name_lang"]) == ("Guepardo", "es")
    with shipped.client() as client:
        assert "Accept-Language" in client.get("/listings.csv?in=NE").headers["vary"]


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("giraffa-camelopardalis", "Giraffe"),
        ("megaptera-novaeangliae", "Humpback Whale"),
        ("vicugna-vicugna", "Vicuña"),
        ("neophron-percnopterus", "Egyptian Vulture"),
    ],
)
def test_an_animal_has_the_english_name_that_readers_use(shipped, slug: str, name: str) -> None:
    text = _get_page(shipped, f"/species/{slug}")
    assert f"<h1><span>{name}</span></h1>" in text


def test_a_name_that_nobody_uses_is_no_title(shipped) -> None:
    """The sources have "Domestic Yak" alone for the wild yak of the treaties."""
    rows = {row["scientific_name"]: row["common_name"] for row in _read(shipped, "/listings.csv")}
    assert rows["Bos grunniens"] == ""


def test_a_scientific_name_is_said_to_be_one(shipped) -> None:
    text = _get_page(shipped, "/species/delphinapterus-leucas", **{"Accept-Language": "fr"})
    names = text.partition('<p class="names">')[2].partition("</p>")[0]
    assert names.startswith('<span lang="la" dir="auto">Delphinapterus leucas</span>')
    assert names.count("Delphinapterus leucas") == 1


def test_other_names_say_their_language(shipped) -> None:
    text = _get_page(shipped, "/doc/instrument/sharks-mou", **{"Accept-Language": "es"})
    assert (
        '<span class="quiet">Tiburón sedoso</span>' in text
        or '<span class="quiet" lang="en" dir="auto">Silky shark</span>' in text
    )
    assert '<span class="quiet">Silky shark</span>' not in text


def test_a_citation_says_the_language_of_the_title(shipped) -> None:
    text = _get_page(shipped, "/doc/listing-event/cms/panthera-onca/i-addition-2020-05-22", **{"Accept-Language": "fr"})
    assert re.search(r'<span class="copy">« ?<span lang="en" dir="auto">Panthera onca, CMS Appendix I', text)
    assert '<title lang="en" dir="auto">' in text


def test_a_name_with_another_meaning_is_no_title(shipped) -> None:
    """ "Pez espada", one of the names of the sawfish in the sources, is the swordfish."""
    rows = {row["scientific_name"]: row["common_name"] for row in _read(shipped, "/listings.csv?content=es")}
    assert "Pez espada" not in rows.values()


def test_a_file_of_results_has_all_of_them(shipped) -> None:
    with shipped.client() as client:
        total = int(client.get("/api/v1/validation/results.csv?limit=1").headers["x-total-count"])
        rows = list(csv.reader(io.StringIO(client.get("/api/v1/validation/results.csv").text)))
    assert total > 100
    assert len(rows) == total + 1


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Crex crex, Faroe Islands, Extinct"), ("fr", "Crex crex, Îles Féroé, éteint")]
)
def test_a_record_without_a_label_is_called_by_what_it_links(shipped, language: str, title: str) -> None:
    path = "/doc/distribution/cms/crex-crex/extinct.species-plus-2013"
    assert f"<h1><span>{title}</span></h1>" in _get_page(shipped, path, **{"Accept-Language": language})
