"""The pages of listings, their changes, discrepancies and briefings, over the shipped data."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import zipfile
from datetime import date

import pytest

from jwpgraph.answers.listed_animals import get_listed_animals
from jwpgraph.answers.listing_basis import get_listing_taxonomy
from jwpgraph.answers.statuses import compute_statuses
from jwpgraph.taxon_facets.appendices import get_appendix_number
from jwpgraph.taxon_facets.facets import get_facet_values

EXAMPLE_DAY = date(2026, 11, 29)


def rows(client, path: str) -> list[dict[str, str]]:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize("day", [date(1990, 6, 1), date(2016, 11, 29), EXAMPLE_DAY])
def test_periods_say_what_the_replay_says(lasting_site, day: date) -> None:
    async def read():
        animals = await get_listed_animals(lasting_site, day)
        reading = await get_listing_taxonomy(lasting_site)
        return animals, await compute_statuses(lasting_site, reading, [one.animal for one in animals], day, None)

    animals, statuses = asyncio.run(read())
    assert len(animals) > 500
    differing = [
        (one.animal.iri, treaty.short)
        for one, status in zip(animals, statuses, strict=True)
        for treaty in status.treaties
        if sorted(map(get_appendix_number, treaty.appendices)) != one.sides[treaty.short].numbers
    ]
    assert differing == []
    doubted = [
        (one.animal.iri, appendix, level, one.sides[treaty.short].get_evidence(get_appendix_number(appendix)))
        for one, status in zip(animals, statuses, strict=True)
        for treaty in status.treaties
        for appendix, level in treaty.evidence.items()
        if level != one.sides[treaty.short].get_evidence(get_appendix_number(appendix))
    ]
    assert doubted == []


def test_the_gap_between_the_treaties(client) -> None:
    found = {one["scientific_name"]: one for one in rows(client, "/listings.csv?cms=I&cites=none&on=2026-11-29")}
    assert found["Acrocephalus paludicola"]["cites_state"] == "not-in-graph"
    assert found["Eudorcas rufifrons"]["cites_state"] == "unknown"
    # CITES spells it Torgos tracheliotus, and lists all Falconiformes.
    assert "Torgos tracheliotos" not in found
    assert {"Falco cherrug", "Panthera leo"}.isdisjoint(found)
    everything = rows(client, "/listings.csv?cms=I&on=2026-11-29")
    assert {one["scientific_name"] for one in everything} > set(found)
    named = {one["scientific_name"]: one for one in rows(client, "/listings.csv?q=panthera+leo&on=2026-11-29")}
    listed = named["Panthera leo"]  # CITES lists the subspecies persica in Appendix I
    assert (listed["cms"], listed["cms_since"], listed["cites"]) == ("II", "II: 2018-01-26", "I II")


def test_filters_have_counts_that_are_the_lengths_of_their_lists(client) -> None:
    text = client.get("/listings?cms=I&on=2026-11-29", accept="text/html").text
    for query, name in (
        ("class=mammalia", "Mammals"),
        ("red_list=cr", "Critically Endangered"),
        ("cites=none", "none"),
    ):
        found = rows(client, f"/listings.csv?cms=I&on=2026-11-29&{query}")
        assert f"{name} ({len(found)})" in text


def test_what_a_meeting_changed_and_when_sharks_were_listed(client) -> None:
    changed = rows(client, "/listings/changes.csv?meeting=cms-cop13")
    assert {one["effective"] for one in changed} == {"2020-05-22"}
    assert {"Panthera onca", "Tetrax tetrax", "Carcharhinus longimanus"} <= {one["scientific_name"] for one in changed}
    sharks = rows(client, "/listings/changes.csv?group=sharks-and-rays&change=addition&treaty=cites&sort=date")
    days = [one["effective"].removeprefix("../") for one in sharks]
    assert days == sorted(days)
    assert ("Rhincodon typus", "2003-02-13") in {(one["scientific_name"], one["effective"]) for one in sharks}


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("/listings", "cms=I&cites=none&on=2026-11-29"),
        ("/listings/changes", "meeting=cms-cop13&sort=date"),
        ("/shared-species", "cites=I&on=2026-11-29"),
        ("/programme", "programme=jwp-2015-2020"),
    ],
)
def test_lists_are_the_same_as_json(client, page: str, query: str) -> None:
    """Issue 15, section 6: JSON for every page that lists something."""
    answer = client.get(f"{page}.json?{query}")
    assert answer.headers["content-type"] == "application/json"
    expected = [{name: text for name, text in row.items() if text} for row in rows(client, f"{page}.csv?{query}")]
    assert answer.json() == {"total": len(expected), "items": expected}
    assert f"{page}.json?{query.partition('&')[0]}" in client.get(f"{page}?{query}", accept="text/html").text


def test_the_table_of_shared_species_has_all_of_the_page(client) -> None:
    found = client.get("/shared-species.json?on=2016-01-01").json()
    page = client.get("/shared-species?on=2016-01-01", accept="text/html").text
    assert f'<span class="count">{found["total"]}</span>' in page
    (saiga,) = [one for one in found["items"] if one["cites_name"] == "Saiga tatarica"]
    assert (saiga["cms_name"], saiga["cms_appendices"], saiga["cites_appendices"]) == ("Saiga tatarica", "II", "II")


def test_the_table_of_the_programme_has_all_activities(client) -> None:
    activities = rows(client, "/programme.csv")
    assert len(activities) == 33
    assert activities[0]["code"] == "A1"
    page = client.get("/programme", accept="text/html").text
    recorded = [one["code"] for one in activities if {one["actions"], one["meetings"], one["judgements"]} != {"0"}]
    assert f"something is recorded for {len(recorded)} of 33 activities" in page


def test_the_worklist_is_the_same_as_json(client) -> None:
    found, tasks = client.get("/worklist.json").json(), rows(client, "/worklist.csv")
    assert found["total"] == len(tasks) == len(found["items"])
    assert [one["detail"] for one in found["items"]] == [one["detail"] for one in tasks]
    assert "/worklist.json" in client.get("/worklist", accept="text/html").text


@pytest.mark.parametrize(("words", "taxon"), [("okapi", "Okapia johnstoni"), ("éléphant", "Loxodonta africana")])
def test_changes_are_found_by_common_names_of_either_taxonomy(client, words: str, taxon: str) -> None:
    found = rows(client, f"/listings/changes.csv?treaty=cites&q={words}")
    assert taxon in {one["scientific_name"] for one in found}


def test_what_is_told_of_an_animal_has_its_evidence_and_horizon(client, shipped) -> None:
    """No consulted source names the white-backed vulture among those that CITES CoP20 put into Appendix I."""
    query = "q=gyps+africanus&on=2026-11-29"
    (listed,) = rows(client, f"/listings.csv?{query}")
    assert (listed["on"], listed["cites"], listed["cites_evidence"]) == ("2026-11-29", "I", "I: general-knowledge")
    assert (listed["cites_complete_until"], listed["cites_beyond"]) == ("2017-04-21", "yes")
    assert "general knowledge, unchecked" in client.get(f"/listings?{query}", accept="text/html").text
    (change, *_) = rows(client, "/listings/changes.csv?q=gyps+africanus&treaty=cites&from=2026-01-01&change=addition")
    assert change["evidence"] == "general-knowledge"
    question = "/search?q=is+Gyps+africanus+in+CITES+Appendix+I+on+29+November+2026"
    with shipped.client() as service:
        assert "general knowledge, unchecked" in service.get(question, headers={"Accept": "text/html"}).text
        answer = service.get(f"/api/v1{question}").json()["answer"]
    (treaty,) = [one for one in answer["treaties"] if one["treaty"]["label"] == "CITES"]
    assert treaty["evidence"]["I"]["label"] == "general knowledge"
    (item,) = client.get(f"/api/v1/species?{query}").json()["items"]
    (side,) = [one for one in item["treaties"] if one["treaty"]["label"] == "CITES"]
    assert (side["complete_until"], side["beyond"]) == ("2017-04-21", True)
    assert [one["evidence"]["label"] for one in side["listings"] if one["certain"]] == ["general knowledge"]
    brief = "\n".join(",".join(one.values()) for one in rows(client, f"/briefing.csv?{query}"))
    assert "general-knowledge" in brief


def test_tables_have_the_horizon_of_each_group(client) -> None:
    """The listings of whales are complete until November 2022, those of all animals of CITES until April 2017."""
    (whale,) = rows(client, "/listings.csv?q=balaena+mysticetus&on=2022-01-01")
    assert (whale["cites_complete_until"], whale["cites_beyond"]) == ("2022-11-27", "no")
    shared = {one["cites_name"]: one for one in rows(client, "/shared-species.csv?on=2022-01-01")}
    assert shared["Balaena mysticetus"]["cites_beyond"] == "no"
    assert shared["Loxodonta africana"]["cites_complete_until"] == "2017-04-21"
    assert shared["Loxodonta africana"]["cites_beyond"] == "yes"
    assert shared["Balaena mysticetus"]["cites_evidence"] == "I: sourced"


def test_a_briefing_holds_everything_about_a_group(client) -> None:
    page = client.get("/briefing?group=african-elephant", accept="text/html").text
    for word in ("Loxodonta africana", "Changes of the Appendices", "Range", "Activities", "Sources"):
        assert word in page
    aspects = {one["aspect"] for one in rows(client, "/briefing.csv?group=african-elephant")}
    assert aspects >= {"status", "change", "range", "instrument", "activity", "source"}
    for extension, part in (("docx", "word/document.xml"), ("xlsx", "xl/workbook.xml")):
        content = client.get(f"/briefing.{extension}?group=african-elephant&ui=fr").content
        assert part in zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert client.get("/briefing?cms=any").status_code == 422


def test_a_briefing_is_in_the_language_of_its_reader(client) -> None:
    content = client.get("/briefing.docx?group=big-cats&in=KE&ui=fr").content
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        text = re.sub("<[^>]+>", "|", package.read("word/document.xml").decode())
        assert 'w:val="fr"' in package.read("word/styles.xml").decode()
        core = package.read("docProps/core.xml").decode()
    assert "<dc:language>fr</dc:language>" in core
    assert "python-docx" not in core
    assert "Guépard (Acinonyx jubatus)" in text
    assert "Cheetah" not in text
    assert "CITES : Annexe I depuis le 1er juillet 1975." in text.replace("\u00a0", " ")
    assert {one["common_name"] for one in rows(client, "/briefing.csv?group=big-cats&in=KE&ui=es")} == {"Guepardo"}
    page = client.get("/briefing?cms=any&ui=fr", accept="text/html")
    assert page.status_code == 422
    assert "Choisissez un pays ou un groupe." in page.text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("elephants in Kenya", {("cms", "II"), ("cites", "I")}),
        ("African elephant in Zimbabwe", {("cms", "II"), ("cites", "II")}),
        ("African elephant in Zimbabwe 1 January 1990", {("cms", "II"), ("cites", "II")}),
        ("African elephant in Zimbabwe 1 June 1990", {("cms", "II"), ("cites", "I")}),
    ],
)
def test_a_briefing_has_the_status_of_the_country_and_day_in_its_words(shipped, words: str, expected: set) -> None:
    with shipped.client() as service:
        found = [one for one in rows(service, f"/briefing.csv?q={words}") if one["aspect"] == "status"]
    assert {one["scientific_name"] for one in found} == {"Loxodonta africana"}
    assert {(one["treaty"], one["appendix"]) for one in found} == expected


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("lion between 1990 and 2000", "lion between 1990 and 2000, the status on its last day, 31 December 2000"),
        ("lion 1990", "lion 1990, 31 December 1990"),
    ],
)
def test_a_briefing_about_a_period_says_that_it_has_the_last_day(shipped, words: str, title: str) -> None:
    with shipped.client() as service:
        page = service.get(f"/briefing?q={words}", headers={"Accept": "text/html"}).text
    assert f"<h1>{title}</h1>" in page


@pytest.mark.parametrize(
    ("language", "cause", "said"),
    [
        ("fr", "population-scope", "Acinonyx jubatus est inscrit par la CMS comme suit : Annexe I : toutes les"),
        ("es", "appendix-differs", "figura en el Apéndice I y II de la CMS y en el Apéndice II de la CITES."),
        ("fr", "rank", "a le rang « sous-espèce » pour la CMS"),
        ("es", "circumscription", "Ovis ammon (Linnaeus, 1758) de la CMS incluye Ovis collium de la CITES."),
        ("fr", "listed-in-one-only", "la taxonomie de la CITES n’a pas ce concept."),
    ],
)
def test_sentences_about_differences_are_in_the_language_of_the_page(client, language, cause, said) -> None:
    text = client.get(f"/discrepancies?cause={cause}&ui={language}", accept="text/html").text
    assert said in text
    table = text.partition("<tbody>")[2].partition("</tbody>")[0]
    assert not re.search(r" (is listed|is in Appendix|populations of|includes|for CMS)\b", table)


def test_a_difference_names_each_population_once(client) -> None:
    (falcon,) = [
        row["detail"]
        for row in rows(client, "/discrepancies.csv?cause=population-scope")
        if row["cms_name"] == "Falco cherrug"
    ]
    assert falcon == (
        "Falco cherrug is listed by CMS for I: all populations but those of MN; II: all populations, "
        "by CITES for all populations."
    )


def test_discrepancies_and_tasks_can_be_narrowed_down(client) -> None:
    found = rows(client, "/discrepancies.csv?group=argali&cause=circumscription")
    assert "Ovis karelini" in {one["cites_name"] for one in found}
    assert {one["cause"] for one in found} == {"circumscription"}
    text = client.get("/discrepancies?group=argali&ui=fr", accept="text/html").text
    assert "Les traités délimitent l’espèce différemment" in text
    kinds = {one["kind"] for one in rows(client, "/worklist.csv?kind=review-mapping")}
    assert kinds <= {"review-mapping"}


@pytest.mark.parametrize(
    "path",
    ["/listings?cms=IV", "/listings?red_list=x", "/listings?on=2026-13-01",
     "/listings?on=1899-12-31", "/species/saiga-tatarica?on=9999-12-31", "/listings?offset=-1", "/listings?sort=x",
     "/listings/changes?treaty=x", "/listings/changes?from=soon", "/discrepancies?cause=x", "/worklist?kind=x"],
)  # fmt: skip
def test_what_there_is_not_is_refused(client, path: str) -> None:
    assert client.get(path).status_code == 422


@pytest.mark.parametrize("on", ["1900-01-01", "2999-12-31"])
@pytest.mark.parametrize("path", ["/species/saiga-tatarica", "/listings", "/doc/country/KZ"])
def test_the_first_and_the_last_day_have_pages(client, path: str, on: str) -> None:
    assert client.get(f"{path}?on={on}").status_code == 200


def test_activities_are_found_by_country(lasting_site) -> None:
    values = asyncio.run(get_facet_values(lasting_site, EXAMPLE_DAY))
    found = {
        iri.rpartition("/")[2] for iri, pairs in values.items() if "/activity/" in iri and ("country", "KE") in pairs
    }
    assert {"B11", "B17"} <= found


def test_a_species_group_lists_its_animals_once(client) -> None:
    text = client.get("/doc/species-group/saker-falcon").text
    section = text.partition('<section aria-labelledby="taxa">')[2].partition("</section>")[0]
    assert section.count('<th scope="row">') == 1
    assert "/species/falco-cherrug" in section
    assert "since" in section


def test_a_country_has_what_is_recorded_for_the_area_that_it_succeeded(client) -> None:
    found = {one["scientific_name"]: one for one in rows(client, "/listings.csv?in=RS&on=2026-11-29")}
    assert found["Acipenser sturio"]["recorded_for"] == "Serbia and Montenegro"
    assert found["Acipenser sturio"]["occurs"] == ""
    there = client.get("/doc/country/RS?on=2026-11-29", accept="text/html").text
    assert "recorded for Serbia and Montenegro" in there
    assert 'href="/listings.csv?in=RS&amp;on=2026-11-29"' in there


def test_a_part_that_lives_elsewhere_does_not_list_the_animal_of_a_country(client) -> None:
    (argali,) = rows(client, "/listings.csv?in=MN&q=ovis&on=2026-11-29")
    assert (argali["cms"], argali["cites"]) == ("II", "II")  # Appendix I has Ovis hodgsoni and O. nigrimontana
    (cheetah,) = rows(client, "/listings.csv?in=BW&q=acinonyx&on=2026-11-29")
    assert (cheetah["cms"], cheetah["cites"]) == ("", "I")  # CMS leaves the populations of Botswana out


def test_a_listing_of_the_whole_dates_a_row_and_not_that_of_a_part(client) -> None:
    found = {one["scientific_name"]: one for one in rows(client, "/listings.csv?q=gorilla&cms=I&on=2026-11-29")}
    # COP8 listed the species; the mountain gorilla, then Gorilla gorilla beringei, has been listed since 1983.
    assert found["Gorilla gorilla"]["cms_since"] == "I: 2006-02-23"
    assert found["Gorilla beringei"]["cms_since"] == "I: 1983-11-01"


def test_a_printed_page_says_where_and_when_it_is_from(client) -> None:
    text = client.get("/species/falco-cherrug?in=MN", accept="text/html").text
    (foot,) = re.findall(r'<p class="print-only">(.*?)</p>', text)
    assert foot.endswith("/species/falco-cherrug?in=MN")
    day = r"Status today in <span[^>]*>Mongolia</span><span class=\"print-only\"> · \d+ \w+ \d{4}</span>"
    assert re.search(day, text)


def test_a_meeting_tells_what_it_decided_and_what_was_proposed(client) -> None:
    text = client.get("/doc/meeting/cms-cop15", accept="text/html").text
    assert "Proposals to it" in text
    assert "(of)" not in text
    decided = rows(client, "/tables/decided.csv?of=meeting/cms-cop13")
    assert {(one["taxon"], one["appendix"], one["effective"]) for one in decided} >= {
        ("Panthera onca", "CMS I", "2020-05-22"),
        ("Panthera onca", "CMS II", "2020-05-22"),
    }


def test_the_worklist_asks_in_the_language_of_the_page(client) -> None:
    english = client.get("/worklist?kind=review-mapping").text
    french = client.get("/worklist?kind=review-mapping&ui=fr").text
    assert re.search(r'<span class="quiet">Does [^<]+ of CMS [^<]+ of CITES\?', english)
    asked = re.findall(r'<span class="quiet">([^<]+)</span>', french)
    questions = [text for text in asked if "de la CMS" in text]
    assert len(questions) == len(re.findall(r'<span class="quiet">Does ', english))
    assert not re.search(r"same name|both have|both are|is a synonym|counts", " ".join(questions))
    assert not re.search(r">(confidence |names suggest|listed under)", french)
    assert "confiance 0." in french
    detail = rows(client, "/worklist.csv?kind=review-mapping")[0]["detail"]
    assert detail.startswith("Does ")  # files are the same in all languages


def test_a_french_briefing_has_the_order_and_the_colons_of_french(shipped) -> None:
    with shipped.client() as service:
        text = service.get("/briefing?in=KE&group=big-cats&ui=fr", headers={"Accept": "text/html"}).text
    assert "éteint\N{NO-BREAK SPACE}: </span>Afghanistan" in text
    assert text.index("Érythrée") < text.index("Éthiopie") < text.index("Zambie")


def test_a_timeline_and_a_country_tell_until_when_listings_are_complete(client) -> None:
    """CITES: whales until November 2022, all animals until April 2017."""
    whale = client.get("/api/v1/taxa/cites/balaena-mysticetus/timeline").json()["concepts"]
    until = {one["treaty"]["label"]: one["complete_until"] for one in whale}
    assert until == {"CITES": "2022-11-27", "CMS": "2020-05-22"}
    assert [one["label"] for one in whale[0]["later_meetings"]] == ["CITES CoP19", "CITES CoP20"]
    drawn = client.get("/species/balaena-mysticetus", accept="text/html").text
    assert "<title>listings complete until 27 November 2022</title>" in drawn
    kenya = client.get("/api/v1/countries/KE?on=2026-11-29").json()["species"]
    assert {one["treaty"]["label"]: one["horizon"]["complete_until"] for one in kenya} == {
        "CITES": "2017-04-21",
        "CMS": "2020-05-22",
    }
    assert all(one["horizon"]["beyond"] for one in kenya)


def test_the_history_of_a_taxon_tells_days_of_effect_from_days_of_observation(client) -> None:
    """The Index tells that the lion was in Appendices I and II on its day, not since when."""
    found = client.get("/api/v1/queries/listing-history?taxon=cites/panthera-leo", accept="text/csv")
    assert found.status_code == 200
    lines = list(csv.DictReader(io.StringIO(found.text)))
    assert {one["dated"] for one in lines if one["effective"] == "2017-04-21"} == {"by"}
    assert {one["dated"] for one in lines if one["effective"] == "1977-02-04"} == {"on"}
    assert all(one["evidence"] for one in lines)


def test_a_listing_known_by_a_day_has_no_first_day(client) -> None:
    """The table of 2013 has Accipitridae in CMS II on a placeholder day: listed by COP4, since when is unknown."""
    (vulture,) = rows(client, "/listings.csv?q=gyps+africanus&on=2026-11-29")
    assert vulture["cms_since"] == "I: 2018-01-26; II: not known"
    # Its own listing of 1983 is as old as the Convention, whenever that of its family began.
    (warbler,) = rows(client, "/listings.csv?q=acrocephalus+griseldis&on=2026-11-29")
    assert warbler["cms_since"] == "I: 2006-02-23; II: 1983-11-01"
    (saiga,) = rows(client, "/listings.csv?q=saiga+tatarica&on=2026-11-29")
    assert saiga["cites_since"] == "II: 1995-02-16"
