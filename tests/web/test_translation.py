"""The catalogues: complete, with the places of the original, and the same again when they are gathered anew."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from jwpgraph.web import messages
from jwpgraph.web.languages import INTERFACE
from jwpgraph.web.translation import get_catalogue_path

OTHERS = [language for language in INTERFACE if language != "en"]
_PLACE = re.compile(r"%\((\w+)\)s")
_TAG = re.compile(r"</?\w+[^>]*>")


def texts(value: object) -> list[str]:
    return list(value) if isinstance(value, tuple | list) else [str(value)]


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated(language: str) -> None:
    gathered = {(message.context, str(message.id)) for message in messages.gather_messages() if message.id}
    known = {(message.context, str(message.id)) for message in messages.read_catalogue(language) if message.id}
    assert known == gathered, "make messages brings the catalogues up to date"
    assert [message.id for message in messages.list_untranslated(language)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_places_and_the_markup_of_its_message(language: str) -> None:
    for message in messages.read_catalogue(language):
        if not message.id:
            continue
        original = texts(message.id)
        for text in texts(message.string):
            # "one" may leave its number out, as the English singular may.
            places = {frozenset(_PLACE.findall(one)) for one in original}
            assert frozenset(_PLACE.findall(text)) in places, message.id
            assert sorted(_TAG.findall(text)) == sorted(_TAG.findall(original[-1])), message.id
            assert text.replace("%%", "").count("%") == len(_PLACE.findall(text)), message.id


@pytest.mark.parametrize("language", OTHERS)
def test_gathering_again_changes_nothing(language: str) -> None:
    path = get_catalogue_path(language)
    assert messages.update_catalogue(language, messages.gather_messages()) == path.read_text("utf-8")


#: One page of each type.
PAGES = (
    "/",
    "/browse",
    "/browse/activities?theme=B&q=elephant",
    "/search",
    "/search?q=falco",
    "/search?q=nothing-bears-this-name",
    "/search?type=taxon&treaty=cites&appendix=cms-I",
    "/a-z/taxa",
    "/trees",
    "/trees/themes",
    "/doc/activity/jwp-2015-2020/D2",
    "/doc/taxon/cites/falco-cherrug",
    "/doc/taxon/cms/falco-cherrug?in=MN&on=1980-01-01",
    "/doc/taxon/cites/loxodonta-africana?in=ZA",
    "/doc/instrument/cites",
    "/doc/instrument/saiga-mou",
    "/doc/body/iccwc",
    "/doc/programme/mikes",
    "/doc/theme/jwp-2015-2020/B",
    "/doc/country/MN",
    "/doc/source/jwp-2015-2020",
    "/doc/body/nobody",
    "/shared-species",
    "/shared-species?cites=I&cms=II",
    "/compare",
    "/compare?a=taxon/cites/falco-cherrug&b=taxon/cms/falco-cherrug",
    "/validation",
    "/validation/runs/1",
    "/validation/results",
    "/releases",
    "/problem",
    "/problem/unknown-value",
    "/ontology",
    "/shapes",
    "/quality",
    "/sparql",
    "/api/docs",
    "/api/docs/activities",
    "/discrepancies",
    "/discrepancies?cause=population-scope",
    "/search?q=where+does+the+argali+live",
    "/search?q=why+is+the+lion+listed",
    "/search?q=B22",
)
#: What a reader hears or sees of attributes.
_SPOKEN = ("aria-label", "title", "placeholder", "alt")
_EMPTY = frozenset({"meta", "link", "input", "br", "img", "hr", "wbr"})


class Said(HTMLParser):
    """The texts of a page that claim to be in its language."""

    def __init__(self, language: str, text: str) -> None:
        super().__init__()
        self.said: set[str] = set()
        self._language = language
        self._open: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def _current(self) -> str:
        return self._open[-1][1] if self._open else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        language = found.get("lang") or self._current()
        if language == self._language:
            self.said |= {" ".join((found[name] or "").split()) for name in _SPOKEN if name in found}
        if tag not in _EMPTY:
            self._open.append((tag, "" if tag in {"script", "style", "code", "pre", "data"} else language))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._current() == self._language:
            self.said.add(" ".join(data.split()))


def originals(language: str) -> re.Pattern[str]:
    """Matches any English message whose translation is another text."""
    found = set()
    for message in messages.read_catalogue(language):
        for one in texts(message.id):
            if one and one not in texts(message.string) and len(re.sub(r"%\(\w+\)s|\W", "", one)) > 3:
                found.add(re.sub(r"%\\\(\w+\\\)s", ".+", re.escape(one)))
    return re.compile("|".join(sorted(found, key=len, reverse=True)))


@pytest.mark.parametrize("language", OTHERS)
def test_no_page_shows_a_text_that_is_not_translated(shipped, language: str) -> None:
    english, left = originals(language), {}
    with shipped.client() as client:
        for path in PAGES:
            answer = client.get(path, headers={"Accept": "text/html", "Accept-Language": language})
            assert answer.headers["content-language"] == language, path
            found = {text for text in Said(language, answer.text).said if english.fullmatch(text)}
            left |= {path: found} if found else {}
    assert left == {}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize(
    "path", ["/problem", "/problem/query-timeout", "/sparql", "/sparql?example=08-listings-on-a-day", "/quality"]
)
def test_problems_examples_and_checks_are_not_left_in_english(client, path: str, language: str) -> None:
    answer = client.get(path, accept="text/html", accept_language=language)
    said = Said("en", answer.text).said - {"", "English"}
    assert said == set()


@pytest.mark.parametrize(
    ("path", "french", "spanish"),
    [
        (
            "/listings?cms=VII",
            "cms : « VII » ; choisissez parmi any, I, II, none.",
            "cms: «VII»; elija entre any, I, II, none.",
        ),
        (
            "/listings?on=2020-13-01",
            "on : « 2020-13-01 » ; un jour s’écrit 2020-02-22.",
            "un día se escribe 2020-02-22.",
        ),
        (
            "/listings?color=red",
            "color : ce paramètre n’existe pas ; il y a cites, class,",
            "color: ese parámetro no existe",
        ),
        ("/listings?in=Atlantis", "in : « Atlantis ».", "in: «Atlantis»."),
        ("/species/nonesuch", "Aucun animal de ce graphe n’a la page « nonesuch ».", "la página «nonesuch»."),
        ("/problem/nonesuch", "Rien ici ne s’appelle « nonesuch ».", "Nada aquí se llama «nonesuch»."),
        ("/doc/body/nobody", "La version n’a aucune entité à l’adresse", "La versión no tiene ninguna entidad"),
        ("/tables/signatures", "Cela n’a pas de listes", "No tiene listas"),
        ("/steward/records/nonesuch", "Aucune sorte d’enregistrements", "Ninguna clase de registros"),
        ("/nothing/at/all", "Rien ne se trouve à l’adresse /nothing/at/all.", "No hay nada en la dirección"),
        ("/search?q=" + "x" * 201, "q : écrivez 200 caractères au plus.", "q: escriba 200 caracteres como máximo."),
    ],
)
def test_details_of_problems_are_in_the_language_of_the_page(client, path: str, french: str, spanish: str) -> None:
    for language, said in (("fr", french), ("es", spanish)):
        answer = client.get(path, accept="text/html", accept_language=language)
        assert answer.status_code >= 400
        summary = answer.text.partition('<p class="summary"')[2].partition("</p>")[0]
        assert said in summary
        assert 'lang="en"' not in summary
    document = client.get(path, accept="application/json", accept_language="fr").json()
    assert document["detail"].isascii() or "“" in document["detail"]
    assert not any(word in document["detail"] for word in ("choisissez", "Rien", "Aucun", "écrivez"))
