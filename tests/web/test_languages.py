"""The language of the interface: chosen, remembered, kept apart in caches, and said to whoever reads."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from jwpgraph.vocabulary import ID
from jwpgraph.web.languages import CONTENT, INTERFACE, PageLanguages, choose_languages, list_language_links, use_locale
from jwpgraph.web.translation import format_day, format_month, format_number

SKIP = {"en": "Skip to the content", "fr": "Aller au contenu", "es": "Ir al contenido"}
PATH = "/doc/body/iccwc"


def asked(query: str = "", **headers: str) -> Request:
    found = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "path": "/", "query_string": query.encode(), "headers": found})


@pytest.mark.parametrize(
    ("query", "headers", "language"),
    [
        ("", {}, "en"),
        ("", {"accept_language": "fr"}, "fr"),
        ("", {"accept_language": "es-419,es;q=0.9,en;q=0.8"}, "es"),
        ("", {"accept_language": "de, fr;q=0.3, es;q=0.2"}, "fr"),
        ("", {"accept_language": "fr;q=0, es;q=0.001"}, "es"),
        ("", {"accept_language": "en;q=0.5, FR-ca;q=0.6"}, "fr"),
        ("", {"accept_language": "de, *"}, "en"),
        ("", {"cookie": "a=b; jwpgraph-ui=es", "accept_language": "fr"}, "es"),
        ("", {"cookie": "jwpgraph-ui=xx", "accept_language": "fr"}, "fr"),
        ("ui=fr", {"cookie": "jwpgraph-ui=es", "accept_language": "en"}, "fr"),
        ("ui=xx", {"cookie": "jwpgraph-ui=es"}, "es"),
        ("ui=", {}, "en"),
    ],
)
def test_the_language_is_what_was_chosen_else_what_is_likely(query: str, headers: dict[str, str], language) -> None:
    assert choose_languages(asked(query, **headers)) == PageLanguages(language, language)


@given(st.text(alphabet=st.characters(codec="latin-1", exclude_characters="\r\n")))
def test_any_header_leads_to_a_language(text: str) -> None:
    found = choose_languages(asked(accept_language=text, cookie=text))
    assert found.interface in INTERFACE
    assert found.content in CONTENT


@pytest.mark.parametrize("language", INTERFACE)
def test_a_page_speaks_the_language_and_says_so(client, language: str) -> None:
    answer = client.get(PATH, accept_language=language)
    assert SKIP[language] in answer.text
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["content-language"] == language
    assert set(re.split(", ?", answer.headers["vary"])) == {"Accept", "Accept-Encoding", "Accept-Language", "Cookie"}
    assert "set-cookie" not in answer.headers


def test_a_choice_is_remembered_and_leaves_links_clean(client) -> None:
    answer = client.get(PATH + "?ui=fr", accept_language="es")
    assert SKIP["fr"] in answer.text
    assert answer.headers["set-cookie"] == "jwpgraph-ui=fr; Path=/; Max-Age=31536000; SameSite=Lax"
    links = re.findall(r'href="([^"]*)"', answer.text)
    assert [link for link in links if "ui=" in link] == ["?ui=en", "?ui=es"]
    # The shipped data has no name in Arabic, so that it is named and not offered.
    offered = [f"?content={code}" for code in CONTENT if code not in {"fr", "ar"}]
    assert [link for link in links if "content=" in link] == offered
    assert '<span lang="ar" dir="auto">' in answer.text


def test_a_language_without_names_says_so(client) -> None:
    said = "This release has no names in the language that you chose"
    assert said in client.get(PATH + "?content=ar").text
    assert said not in client.get(PATH + "?content=zh").text
    assert "in the language that you chose" in client.get(PATH + "?content=zh").text
    assert "in the language that you chose" not in client.get(PATH + "?content=fr").text


def test_the_switch_keeps_what_the_page_was_asked() -> None:
    request = asked("theme=B&theme=%26&ui=fr&q=a+b&content=ar")
    found = {code: href for code, _, href in list_language_links(request, "ui", "fr")}
    assert found == {"en": "?theme=B&theme=%26&q=a+b&ui=en", "fr": None, "es": "?theme=B&theme=%26&q=a+b&ui=es"}


@pytest.mark.parametrize("path", [PATH, "/", "/browse/activities?theme=B", "/doc/taxon/cites/falco-cherrug"])
def test_no_cache_gives_one_language_for_another(client, path: str) -> None:
    """The tag of a page in one language is never that of the page in another, whichever was made first."""
    tags = {}
    for language in [*INTERFACE, *INTERFACE]:
        answer = client.get(path, accept_language=language)
        assert SKIP[language] in answer.text
        assert tags.setdefault(language, answer.headers["etag"]) == answer.headers["etag"]
    assert len(set(tags.values())) == len(INTERFACE)
    for language, other in [("fr", "en"), ("en", "es"), ("es", "fr")]:
        assert client.get(path, accept_language=language, if_none_match=tags[language]).status_code == 304
        changed = client.get(path, accept_language=language, if_none_match=tags[other])
        assert changed.status_code == 200
        assert SKIP[language] in changed.text


def test_an_unchanged_page_says_what_it_depended_on(client) -> None:
    tag = client.get(PATH, accept_language="fr").headers["etag"]
    unchanged = client.get(PATH, accept_language="fr", if_none_match=tag)
    assert unchanged.status_code == 304
    assert "Accept-Language" in unchanged.headers["vary"]
    assert "Cookie" in unchanged.headers["vary"]


def test_problems_speak_the_language_to_people_and_english_to_programs(client) -> None:
    page = client.get("/doc/body/nobody", accept="text/html", accept_language="fr")
    assert page.status_code == 404
    assert SKIP["fr"] in page.text
    assert page.headers["content-language"] == "fr"
    document = client.get("/api/v1/bodies/nobody", accept_language="fr").json()
    assert document["title"] == client.get("/api/v1/bodies/nobody").json()["title"]


@pytest.mark.parametrize(
    ("query", "cookie", "languages"),
    [
        ("content=ar", "", PageLanguages("en", "ar")),
        ("content=xx", "", PageLanguages("en", "en")),
        ("", "jwpgraph-ui=fr/ru", PageLanguages("fr", "ru")),
        ("", "jwpgraph-ui=/zh", PageLanguages("en", "zh")),
        ("ui=es", "jwpgraph-ui=fr/ru", PageLanguages("es", "ru")),
        ("content=en", "jwpgraph-ui=fr", PageLanguages("fr", "en")),
    ],
)
def test_content_has_a_language_of_its_own(query: str, cookie: str, languages: PageLanguages) -> None:
    assert choose_languages(asked(query, cookie=cookie)) == languages


def test_both_choices_are_remembered_together(client) -> None:
    cookie = client.get(PATH + "?content=ar", cookie="jwpgraph-ui=es").headers["set-cookie"]
    assert cookie.startswith("jwpgraph-ui=es/ar;")


def test_names_are_in_the_language_of_the_content_and_fall_back_marked(client) -> None:
    french = client.get("/doc/country/MN", accept_language="fr").text
    assert '<h1><span class="code">MN</span> <span>Mongolie</span></h1>' in french
    mixed = client.get("/doc/country/MN?content=fr").text
    assert '<span lang="fr" dir="auto">Mongolie</span></h1>' in mixed
    arabic = client.get("/doc/country/MN?content=ar").text
    assert re.search(r'<h1>.*<span lang="(ar|en)"( dir="auto")?>|<h1>.*<span>Mongolia</span>', arabic)
    activity = client.get("/doc/activity/jwp-2015-2020/D2", accept_language="fr").text
    assert re.search(r'<h1><span class="code">D2</span> <span>Assister aux groupes', activity)
    assert "personne n’a relu la traduction" in activity
    meeting = client.get("/doc/meeting/cites-cop20", accept_language="fr").text
    assert "<h1><span>20e session de la Conférence des Parties à la CITES</span></h1>" in meeting
    assert re.search(r'<data value="adopted">adoptée</data>', meeting)
    tool = client.get("/doc/tool/cms-family-manual", accept_language="fr").text
    assert '<h1><span lang="en" dir="auto">CMS Family Manual' in tool
    # A common name in the language of the reader is better than the English label of the concept.
    animal = client.get("/species/loxodonta-africana", accept_language="fr").text
    assert re.search(r"<h1><span>Eléphant", animal)


def test_what_is_kept_for_all_readers_does_not_depend_on_the_first(own_client) -> None:
    """Lists keep their order and the API its language when the first reader prefers another."""
    first = own_client.get("/browse/countries", accept_language="fr").text
    assert "Allemagne" in first
    assert own_client.get("/api/v1/countries/DE").json()["label"] == "Germany"
    assert "Germany" in own_client.get("/browse/countries").text


def test_lists_take_the_language_for_no_filter(client) -> None:
    text = client.get("/browse/activities?theme=B&ui=es").text
    assert len(re.findall(r'href="[^"]*\bui=', text)) == 2
    assert 'href="/browse/activities.csv?theme=B"' in text


def test_the_cookie_belongs_to_where_the_service_is_mounted(own_client) -> None:
    own_client.app.root_path = "/graph"
    assert "; Path=/graph;" in own_client.get("/graph/?ui=es").headers["set-cookie"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("1 April 2003", "April 2003", "1,234,567")),
        ("fr", ("1er avril 2003", "avril 2003", "1\u202f234\u202f567")),
        ("es", ("1 de abril de 2003", "abril de 2003", "1.234.567")),
    ],
)
def test_days_and_numbers_are_written_as_the_language_writes_them(language: str, words: tuple[str, ...]) -> None:
    with use_locale(PageLanguages(language, language)):
        assert (format_day(date(2003, 4, 1)), format_month(date(2003, 4, 1)), format_number(1234567)) == words


def test_shapes_are_named_in_the_language_of_the_content(client) -> None:
    path = "/shapes/ListingEvent"
    assert "<h1><span>Listing event</span>" in client.get(path).text
    french = client.get(path, accept_language="fr").text
    assert "<h1><span>Événement d’inscription</span>" in french
    assert re.search(r'href="#ListingEvent-reservingParty">Partie auteur de la réserve</a>', french)
    assert "personne n’a relu la traduction" in french
    # Russian names are not known: those of the interface are shown.
    assert "<h1><span>Evento de inclusión</span>" in client.get(path + "?ui=es&content=ru").text
    assert ">Événement d’inscription</b>" in client.get("/shapes", accept="text/html", accept_language="fr").text


def test_a_name_that_the_content_lacks_is_in_the_language_of_the_interface(client) -> None:
    mixed = client.get("/doc/country/DE?ui=fr&content=ru").text
    assert re.search(r"<h1>.*<span>Allemagne</span></h1>", mixed)


def test_terms_of_the_ontology_are_named_in_the_language_of_the_page(client) -> None:
    period = client.get("/api/v1/listings?limit=1").json()["items"][0]["id"].removeprefix(ID)
    french = client.get(f"/doc/{period}?ui=fr", accept="text/html").text
    # The ontology has these labels; "Listing period", "Latest day" and "Whole taxon" stood there.
    assert "Dernier jour possible" in french
    assert not re.search(r'lang="en"[^>]*>(Latest day|Whole taxon|Listing period)<', french)


def test_an_end_that_is_not_known_is_no_date(client) -> None:
    found = client.get("/api/v1/listings?limit=100").json()["items"]
    period = next(one["id"] for one in found if one.get("until") is None).removeprefix(ID)
    page = client.get(f"/doc/{period}", accept="text/html").text
    assert "December 9999" not in page
    assert "no end known" in page


def test_pages_agree_about_languages_without_names(client) -> None:
    for path in ("/browse/sites", "/validation"):
        assert "(no names yet)" in client.get(path, accept="text/html").text, path
    problem = client.get("/doc/body/nonsense", accept="text/html").text
    assert "Names and texts in:" not in problem  # it has none
