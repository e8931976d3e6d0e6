"""The language of a question, and the meaning of names in it: a name in another language may be another animal's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from jwpgraph.answers.countries import list_country_languages
from jwpgraph.answers.names import NamedTaxa
from jwpgraph.answers.words import is_same_name, name_key, read_word_table, split_words

#: Languages in which questions are understood; the first is that of a question in an unknown one.
LANGUAGES: Final = ("en", "fr", "es")
#: Function words of questions, by the languages that have them.
_FUNCTION_WORDS: Final[Mapping[str, str]] = {
    "en": """
    about added against all an and animals any appendices appendix apply are at been being both bought by can could
    country countries covered did do does during endangered every for from given had has have hunted in is it its law
    list listed listing live lives living must not of please protected protection protects regulated sell show
    since sold species states status that the their then there these they this those to today traded treaties treaty
    under was were what when where which who why with would year years yes you
    """,
    "fr": """
    ai annexe annexes après au aucun aujourd aussi aux avec avez avoir ce ces cet cette chez combien comment concerne
    concernent dans depuis des du elle elles espèce espèces et était étaient être il ils inscrit inscrite inscrites
    inscrits je l le les leur leurs liste lorsque mais même nous ont où par pas pays pendant peut pour pourquoi protégé
    protégée protégées protégés qu quand quel quelle quelles quels qui quoi sans sera sont sous toujours tous toute
    toutes traité traités une vendre vit vivent vous d
    """,
    "es": """
    al algún alguna apéndice apéndices bajo cada como cómo con convenio cuál cuáles cuándo cuánto cuántos del desde
    dice dónde durante el ella ellos era especie especies esta está estaba están este esto estos estuvo fue hay hoy
    incluida incluidas incluido incluidos las lista lo los mi o países para pero por protegida protegidas protegido
    protegidos quién quiénes según ser sí sin sobre su sus también tiene tienen todas todo todos unas unos vive viven
    año años tratado tratados
    """,
    "fr es": "de en entre es la me que se si son sur un y",
    "en fr": "on or convention plus",
    "en es": "no",
}


def find_language(text: str, preferred: str) -> str:
    """Return the language of a question, judged by its function words and names of countries.

    Args:
        text: the question.
        preferred: the language if these words tell nothing, or tell of it as much as of another.
    """
    words = [word.folded for word in split_words(text)]
    found = Counter(dict.fromkeys(LANGUAGES, 0))
    for languages in _list_evidence(words):
        found.update(languages)
    if any(sign in text for sign in "¿¡ñÑ"):
        found["es"] += 1
    best = max(found.values())
    tied = [one for one in LANGUAGES if found[one] == best]
    return preferred if preferred in tied else tied[0]


def choose_meanings(
    named: Sequence[NamedTaxa], words: Sequence[str], language: str
) -> tuple[list[NamedTaxa], list[NamedTaxa]]:
    """Return names with their meanings in the language of a question; those in others only if there are none in it.

    Args:
        named: names of taxa in the question.
        words: its folded words.
        language: its language.

    Returns:
        the names, and those that mean something else in the language.
    """
    chosen: list[NamedTaxa] = []
    others: list[NamedTaxa] = []
    for one in named:
        other = _has_other_meaning(tuple(words[one.start : one.end]), language)
        if other and not one.scientific:
            others.append(one)
        else:
            chosen.append(replace(one, common=(), groups=()) if other else _choose_meaning(one, language))
    return chosen, others


def _choose_meaning(named: NamedTaxa, language: str) -> NamedTaxa:
    common = tuple(one for one in named.common if one[0] in ("", language))
    groups = tuple(one for one in named.groups if one[0] == language)
    return replace(named, common=common, groups=groups) if common or groups else named


def has_other_meaning(name: str, language: str) -> bool:
    """Return whether a name of animals means something else to most readers of a language."""
    return _has_other_meaning(name_key(name), language)


def _has_other_meaning(run: tuple[str, ...], language: str) -> bool:
    return any(is_same_name(run, name) for name in _read_other_meanings().get(language, ()))


@cache
def _read_other_meanings() -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for name, languages, _ in read_word_table("other_meanings.csv"):
        for language in languages.split():
            found.setdefault(language, []).append(name_key(name))
    return found


def _list_evidence(words: Sequence[str]) -> list[frozenset[str]]:
    """Return the languages of each function word and name of a country; none for other words."""
    own, places = _get_function_words(), list_country_languages()
    longest = max(map(len, places))
    found, start = [], 0
    while start < len(words):
        runs = (tuple(words[start:end]) for end in range(min(start + longest, len(words)), start, -1))
        place = next((run for run in runs if run in places), None)
        found.append((places[place] if place else own.get(words[start], frozenset())) & frozenset(LANGUAGES))
        start += len(place) if place else 1
    return found


@cache
def _get_function_words() -> dict[str, frozenset[str]]:
    return {
        word.folded: frozenset(languages.split())
        for languages, text in _FUNCTION_WORDS.items()
        for word in split_words(text)
    }
