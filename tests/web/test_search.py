"""Finding: facets with counts, questions, the alphabet and trees; every state is a URL."""

from __future__ import annotations

import re

import pytest

from jwpgraph.web.alphabet import get_initial


def test_letters_have_no_diacritics() -> None:
    assert [get_initial(name) for name in ("Éléphant", "ßaker", "«Âne»", "3 toads", "سقر", "—")] == list("ESA#س#")


def page(shipped, path: str) -> str:
    with shipped.client() as client:
        answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, path
    return answer.text


def test_one_search_answers_whether_the_saker_is_protected_in_mongolia(shipped) -> None:
    text = page(shipped, "/search?q=is+the+saker+falcon+protected+in+Mongolia+under+CMS")
    answer = text.partition('<section class="answer')[2].partition("</section>")[0]
    assert "Yes." in answer
    assert "Saker falcon in Mongolia" in answer
    assert "Not Appendix I: it leaves out these populations." in answer
    assert "CMS Appendix </span>II" in answer
    assert "CITES" not in answer
    assert 'href="/species/falco-cherrug?in=MN"' in answer


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("tiger in india", "No animal in this graph is known as “tiger”"),
        ("polar bear kenya", "Not recorded from Kenya."),
        ("saker falcon 30 February 2016", "There is no such day: 30 February 2016."),
        ("does Kenya have polar bears?", "<strong>Not recorded there.</strong>"),
        ("how many elephants are there in Kenya", "The number of animals in the wild is not recorded here."),
        ("is the saiga not listed", "A question with “not” is not answered with yes or no here"),
        ("is the EU a Party to CITES", "European Union is a Party to CITES, since 8 July 2015."),
        ("what does Appendix II mean", 'href="/doc/scheme/appendices"'),
        ("are sharks protected?", "Yes: those below."),
        ("which meetings were held in 2017", "It does not have every meeting"),
    ],
)
def test_what_is_not_known_is_said(shipped, query: str, said: str) -> None:
    text = page(shipped, f"/search?q={query.replace(' ', '+')}")
    assert said in text.partition('<section class="answer')[2].partition("</section>")[0]


def test_the_facade_answers_as_the_page_does(shipped) -> None:
    with shipped.client() as client:
        found = client.get("/api/v1/search?q=is the saker falcon protected in Mongolia under CMS?").json()
        assert found["answer_reason"] is None
        answer = found["answer"]
        assert answer["taxon"]["label"] == "Falco cherrug"
        assert (answer["country"]["notation"], answer["occurs"], answer["verdict"]) == ("MN", "yes", "yes")
        assert {one["treaty"]["label"]: one["appendices"] for one in answer["treaties"]} == {
            "CMS": ["II"],
            "CITES": ["II"],
        }
        kenya = client.get("/api/v1/search?q=which activities concern Kenya").json()
        assert (kenya["answer"], kenya["answer_reason"]) == (None, "activities")
        assert kenya["items"][0]["type"] == "Activity"
        assert "TaxonConcept" not in {item["type"] for item in kenya["items"]}
        assert client.get("/api/v1/search?q=ICCWC").json()["answer_reason"] == "other-thing"
        assert client.get("/api/v1/search?q=B14").json()["items"][0]["notation"] == "B14"
        pangolin = client.get("/api/v1/search?q=pangolin").json()
        assert (pangolin["answer"], pangolin["answer_reason"], pangolin["items"]) == (None, "not-in-graph", [])


def test_an_excluded_appendix_leads_to_a_list_that_exists(shipped) -> None:
    with shipped.client() as client:
        page = client.get("/search?q=species in CMS Appendix II but not in Appendix I", headers={"Accept": "text/html"})
        assert 'href="/listings?cms=II"' in page.text


@pytest.mark.parametrize(
    ("question", "reason", "first"),
    [
        ("what is GRASP", "other-thing", "programme/grasp"),
        ("what is MIKE", "other-thing", "programme/mike"),
        ("who is in the CPW", "other-thing", "body/cpw"),
        ("Qu'est-ce que la CITES ?", "other-thing", "instrument/cites"),
        ("CITES Virtual College", "other-thing", "tool/cites-virtual-college"),
        ("which bodies are in D2", "activity", "activity/jwp-2015-2020/D2"),
        ("B22", "no-such-entity", None),
        ("COP99", "no-such-entity", None),
        # The programme MIKES is named in B6, B7, B12 and B16.
        ("activities with MIKES", "activities", "activity/jwp-2015-2020/B6"),
        ("which activities involve MIKES", "activities", "activity/jwp-2015-2020/B6"),
        ("quelles activités citent MIKES", "activities", "activity/jwp-2015-2020/B6"),
        ("activities for turtles in Kenya", "activities", "activity/jwp-2015-2020/B16"),
        ("which countries signed the saiga MoU", "instruments", "instrument/saiga-mou"),
        ("has Kenya signed the dugong MoU", "instruments", "instrument/dugong-mou"),
        ("action plan for the saker falcon", "instruments", "instrument/sakergap"),
        ("who proposed the jaguar", "proposals", "proposal/cms-cop13-panthera-onca"),
    ],
)
def test_things_that_are_no_animals_are_answered(shipped, question: str, reason: str, first: str | None) -> None:
    with shipped.client() as client:
        found = client.get("/api/v1/search", params={"q": question}).json()
    assert (found["answer"], found["answer_reason"]) == (None, reason)
    assert [item["id"].partition("/id/")[2] for item in found["items"][:1]] == ([first] if first else [])


def test_activities_about_a_subject_are_not_all_activities(shipped) -> None:
    """B9 and B14 have the word in their titles; a subject without an activity has none."""
    with shipped.client() as client:
        trade = client.get("/api/v1/search?q=which activities concern trade&limit=100").json()["items"]
        mikes = client.get("/api/v1/search?q=activities with MIKES&type=activity").json()["items"]
    assert [item["notation"] for item in trade if item["type"] == "Activity"] == ["B9", "B14"]
    assert [item["notation"] for item in mikes] == ["B6", "B7", "B12", "B16"]


def test_the_range_is_listed_where_the_question_asks_for_it(shipped) -> None:
    with shipped.client() as client:
        answer = client.get("/api/v1/search?q=range states of the snow leopard").json()["answer"]
    codes = {iri.rpartition("/")[2] for iri in answer["recorded_from"]}
    assert {"AF", "BT", "CN", "IN", "KZ", "KG", "MN", "NP", "PK", "RU", "TJ", "UZ"} <= codes
    text = page(shipped, "/search?q=où+vit+l'addax+%3F")
    assert "Algeria (extinct), Chad, " in text
    assert "Recorded from" in text


@pytest.mark.parametrize(
    ("question", "href"),
    [
        ("CMS I and not CITES", "/listings?cms=I&amp;cites=none"),
        ("animals in Appendix I of CMS", "/listings?cms=I"),
        ("species listed by CMS but not by CITES in Kenya", "/listings?cms=any&amp;cites=none&amp;in=KE"),
        ("quels animaux sont dans les deux conventions ?", "/listings?cms=any&amp;cites=any"),
        ("what changed in CITES in 2019", "/listings/changes?from=2019-01-01&amp;to=2019-12-31&amp;treaty=cites"),
    ],
)
def test_questions_about_lists_lead_to_the_list(shipped, question: str, href: str) -> None:
    text = page(shipped, "/search?q=" + question.replace(" ", "+"))
    assert f'<a href="{href}"' in text.partition('<section class="answer')[2].partition("</section>")[0]


def test_what_is_asked_and_not_answered_is_said(shipped) -> None:
    with shipped.client() as client:
        found = client.get("/api/v1/search?q=¿por qué está el león en la CMS?").json()
        permit = client.get("/api/v1/search?q=do I need a permit for a saker falcon").json()
    assert (found["answer"]["verdict"], found["not_answered"]) == (None, ["reasons"])
    assert permit["not_answered"] == ["permission"]
    assert "The reasons of listings are not recorded here." in page(shipped, "/search?q=why+is+the+lion+listed")


def test_a_result_has_the_appendices_of_the_answer(shipped) -> None:
    """CITES lists argali of one name of CMS in both Appendices."""
    with shipped.client() as service:
        page = service.get("/search?q=argali", headers={"Accept": "text/html"}).text
    answer, _, results = page.partition("</section>")
    for part in (answer, results.partition('<i lang="la">Ovis ammon</i>')[2].partition("</li>")[0]):
        assert "CITES Appendix </span>I<" in part
        assert "CITES Appendix </span>II<" in part


def test_facets_count_what_they_lead_to(shipped) -> None:
    text = page(shipped, "/search?q=falco")
    facets = text.partition('<nav class="facets"')[2].partition("</nav>")[0]
    choices = re.findall(r'<li><a href="(/search[^"]+)"[^>]*>[^<]+</a> <span class="quiet">(\d+)</span>', facets)
    assert len(choices) > 6
    for href, count in choices[:12]:
        there = page(shipped, href.replace("&amp;", "&"))
        assert re.search(rf'aria-live="polite">{count} found', there), href


def test_results_are_grouped_by_kind_with_the_name_that_was_found(shipped) -> None:
    text = page(shipped, "/search?q=faucon+sacre")
    assert '<h2 id="of-taxon">' in text
    assert '<span lang="fr" dir="auto">Faucon sacre</span>' in text


@pytest.mark.parametrize("identifier", ["Q165974", "345164"])
def test_identifiers_of_other_databases_are_found(shipped, identifier: str) -> None:
    text = page(shipped, f"/search?q={identifier}")
    assert text.count('href="/species/falco-cherrug"') == 1
    (row,) = re.findall(r"<li><a href=./species/falco-cherrug.*?</li>", text, re.DOTALL)
    assert re.findall(r"(CMS|CITES) Appendix </span>(I+)", row) == [("CMS", "I"), ("CMS", "II"), ("CITES", "II")]
    assert [one.strip() for one in re.findall(r'class="badges-of (?:cms|cites)">(\w+) ', row)] == ["CMS", "CITES"]
    assert "Taxon · CMS, CITES" in row


def test_the_matrix_leads_to_as_many_species_as_it_counts(shipped) -> None:
    cells = re.findall(r'href="(/shared-species\?[^"]+)"[^>]*><strong>(\d+)</strong>', page(shipped, "/"))
    assert len(cells) >= 3
    for href, count in cells:
        text = page(shipped, href.replace("&amp;", "&"))
        assert f'<span class="count">{count}</span></h1>' in text, href
        assert text.count('<th scope="row">') == int(count), href


def test_the_alphabet_has_every_language_and_alternative_names(client) -> None:
    text = client.get("/a-z/taxa?lang=fr&letter=F").text
    assert '<span lang="fr" dir="auto">Faucon sacre</span>' in text
    assert "→ Saker falcon" in text
    assert client.get("/a-z/activities").status_code == 200
    assert client.get("/a-z/nothing").status_code == 404
    assert "has a name in this language" in client.get("/a-z/taxa?lang=xx").text
    assert client.get("/a-z/taxa?lang=x%20y").status_code == 422


def test_an_animal_is_in_the_alphabet_once(client) -> None:
    """Both treaties know the lesser kestrel and the false killer whale, which one calls by another name, too."""
    text = client.get("/a-z/taxa?letter=F").text
    for name in ("Falco naumanni", "Ferruginous Duck", "False Pilot Whale", "Falco"):
        assert text.count(f'dir="auto">{name}</span>') == 1, name
    assert 'href="/species/falco-naumanni"' in text
    entries = re.findall(r'<li><a href="([^"]+)"><span[^>]*>([^<]+)<', text)
    assert len(set(entries)) == len(entries)


def test_a_tree_is_walked_down_and_up(client) -> None:
    top = client.get("/trees/cms").text
    below = re.search(r'href="(/trees/cms\?at=[^"]+)"', top)
    assert below
    path = "/trees/cms?at=taxon/cms/falconidae"
    text = client.get(path).text
    assert text.index("Animalia") < text.index("Aves") < text.index('href="/trees/cms?at=taxon/cms/falco"')
    themes = client.get("/trees/themes?at=theme/jwp-2015-2020/B").text
    assert themes.index("Argali") < themes.index("Saiga") < themes.index("Sharks")
    assert "B14" in client.get("/trees/themes?at=heading/jwp-2015-2020/saker-falcon").text
    assert "C1" in client.get("/trees/leo?at=http://www.informea.org/terms/synergy").text or "synergy" in top
    for wrong in ("/trees/nothing", "/trees/cms?at=taxon/cms/nothing"):
        assert client.get(wrong).status_code == 404


def test_an_animal_is_compared_by_the_address_of_its_page(shipped) -> None:
    text = page(shipped, "/compare?a=falco-cherrug&b=saiga-tatarica")
    assert "/taxon/cites/falco-cherrug" in text
    assert "/taxon/cites/saiga-tatarica" in text


def test_an_animal_is_compared_as_a_whole(shipped) -> None:
    """CITES lists the argali of CMS as nine species in two Appendices, of which *Ovis ammon* is one."""
    text = page(shipped, "/compare?a=argali&b=saiga")
    row = text.partition("Listed by CITES</th>")[2].partition("</tr>")[0]
    assert re.findall(r"Appendix (I+)<", row) == ["I", "II", "II"]


def test_a_name_that_is_compared_is_an_animal_if_one_has_it(shipped) -> None:
    """The genus *Saiga* has that name, too."""
    text = page(shipped, "/compare?a=saiga&b=saker+falcon")
    assert '/doc/taxon/cites/saiga-tatarica"' in text
    assert '/doc/taxon/cites/saiga"' not in text.partition("<thead>")[2].partition("</thead>")[0]


@pytest.mark.parametrize(
    ("question", "meetings"),
    [
        ("which meetings were held in 2017", ["cms-cop12"]),
        ("quelles réunions ont eu lieu en 2016", ["cites-cop17"]),
        ("¿qué reuniones de la CITES se celebraron entre 2019 y 2022?", ["cites-cop18", "cites-sc73", "cites-cop19"]),
        ("meetings in Uzbekistan", ["cms-cop14", "cites-cop20"]),
        ("meetings in 1950", []),
    ],
)
def test_meetings_of_a_time_or_a_country_are_found(shipped, question: str, meetings: list[str]) -> None:
    with shipped.client() as client:
        found = client.get("/api/v1/search", params={"q": question}).json()
    assert (found["answer"], found["answer_reason"]) == (None, "meetings")
    assert [one["id"].rpartition("/")[2] for one in found["items"] if one["type"] == "Meeting"] == meetings


def test_a_number_is_that_of_the_listed_animals(shipped) -> None:
    text = page(shipped, "/search?q=how+many+sharks+are+listed+by+CITES")
    with shipped.client() as client:
        found = client.get("/api/v1/search?q=how many sharks are listed by CITES").json()
        unknown = client.get("/api/v1/search?q=how many elephants are there in Kenya").json()
    assert f"{len(found['answer'])} animals, as far as is recorded." in text
    assert (found["not_answered"], unknown["not_answered"]) == ([], ["number"])


def test_activities_are_not_found_by_the_adjective_of_a_question(shipped) -> None:
    """ "Find the money for joint projects" (C5) has a word of the question, but does not concern big cats."""
    with shipped.client() as client:
        found = client.get("/api/v1/search?q=joint activities on big cats").json()
    assert found["answer_reason"] == "activities"
    codes = [one["notation"] for one in found["items"] if one["type"] == "Activity"]
    assert "B5" in codes
    assert "C5" not in codes


def test_a_question_for_reservations_is_not_answered_with_the_range(shipped) -> None:
    with shipped.client() as client:
        found = client.get("/api/v1/search?q=which countries have reservations on the basking shark").json()
    assert found["answer"]["recorded_from"] is None
