"""Names of countries in questions: in all languages of the graph, short names, and ISO codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from babel import Locale

from jwpgraph.answers.words import STOP_WORDS, Word, name_key, read_word_table
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.vocabulary import PREFIX_LINES, PREFIXES

_NAMING: Final = (PREFIXES["skos"] + "prefLabel", PREFIXES["skos"] + "altLabel")
_LONG_CODES: Final = f"{PREFIX_LINES}SELECT ?country ?code WHERE {{ ?country jwp:isoAlpha3 ?code }}"


#: Languages whose short names of countries are understood, and a name in one that is a word of another.
_LANGUAGES: Final = ("en", "fr", "es", "de")
_AMBIGUOUS: Final = frozenset({"Island"})

#: Endings of French and Spanish adjectives in the masculine singular, and their other forms.
_FORMS_FR: Final = (("ien", "ienne"), ("een", "eenne"), ("ec", "ecque"), ("rc", "rque"), ("e", "e"), ("", "e"))
_FORMS_ES: Final = (("o", "a"), ("es", "esa"), ("e", "e"), ("", ""))

#: Letters of the shorter code of a country (ISO 3166 alpha-2).
_SHORT_CODE: Final = 2


@dataclass(frozen=True)
class CountryNames:
    """Countries by folded words of their names, by lower-case code, and by folded words of their adjectives.

    English adjectives stand before the noun (``leading``), French and Spanish ones after it (``following``).
    """

    names: dict[tuple[str, ...], EntityNode]
    codes: dict[str, EntityNode]
    leading: dict[tuple[str, ...], EntityNode]
    following: dict[tuple[str, ...], EntityNode]

    def find(self, words: Sequence[Word]) -> Iterator[tuple[EntityNode, int, int]]:
        """Return the countries named in *words*, each with start and end of its name."""
        folded = tuple(word.folded for word in words)
        longest = max(map(len, self.names), default=0)
        for start in range(len(words)):
            for end in range(start + 1, min(start + longest, len(words)) + 1):
                if named := self.names.get(folded[start:end]):
                    yield named, start, end

    def find_codes(self, words: Sequence[Word]) -> Iterator[tuple[EntityNode, int, int]]:
        """Return the countries whose codes are among *words*, in capitals next to other words, or at the end.

        Codes of three letters are in capitals, as "cub" of "lion cub" is a word, too.
        """
        mixed = any(not word.text.isupper() for word in words)
        for place, word in enumerate(words):
            node = self.codes.get(word.folded)
            capital, last = word.text.isupper() and mixed, place == len(words) - 1
            is_short = len(word.folded) == _SHORT_CODE or word.text.isupper()
            if node and (capital or (last and is_short and word.folded not in STOP_WORDS)):
                yield node, place, place + 1


def _list_short_names() -> Iterator[tuple[str, str]]:
    """Return ISO 3166 codes with the short names of the Unicode CLDR."""
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if name not in _AMBIGUOUS:
                yield code, name
                yield code, name.partition("(")[0]


def _list_forms(adjective: str, endings: Sequence[tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    """Return an adjective in both genders and numbers, as folded words."""
    folded = " ".join(name_key(adjective))
    other = next(folded.removesuffix(end) + form for end, form in endings if folded.endswith(end))
    for form in (folded, other):
        yield from (name_key(form + plural) for plural in ("", "s", "es"))


@cache
def list_country_languages() -> dict[tuple[str, ...], frozenset[str]]:
    """Return the languages of the short names of countries, by the folded words of the name."""
    found: dict[tuple[str, ...], set[str]] = {}
    for language in _LANGUAGES:
        for name in Locale(language).territories.values():
            for form in (name.partition("(")[0], re.split(" - |-", name)[0]):  # "Congo - Kinshasa" is also Congo
                if key := name_key(form):
                    found.setdefault(key, set()).add(language)
    return {name: frozenset(languages) for name, languages in found.items()}


async def get_country_names(site: AppContext) -> CountryNames:
    """Return the names of the countries of the current release."""

    async def read() -> CountryNames:
        nodes = (await get_entity_index(site, BY_SEGMENT["country"])).nodes
        names: dict[tuple[str, ...], EntityNode] = {}
        by_code = {node.notation.casefold(): node for node in nodes if node.notation}
        for predicate in _NAMING:
            for node in nodes:
                for term in node.properties.get(predicate, ()):
                    names.setdefault(name_key(term.value), node)
                    names.setdefault(name_key(term.value.partition("(")[0]), node)
        for code, name in read_word_table("country_names.csv"):
            if known := by_code.get(code.casefold()):
                names.setdefault(name_key(name), known)
        for code, name in _list_short_names():
            if known := by_code.get(code.casefold()):
                names.setdefault(name_key(name), known)
        names.pop((), None)
        by_iri = {node.iri: node for node in nodes}
        codes = dict(by_code)
        for row in await site.queries.select(_LONG_CODES):
            if coded := by_iri.get(row["country"].value):
                codes[row["code"].value.casefold()] = coded
        leading: dict[tuple[str, ...], EntityNode] = {}
        following: dict[tuple[str, ...], EntityNode] = {}
        for code, english, french, spanish in read_word_table("country_adjectives.csv"):
            if known := by_code.get(code.casefold()):
                leading |= dict.fromkeys(map(name_key, english.split()), known)
                for adjectives, endings in ((french, _FORMS_FR), (spanish, _FORMS_ES)):
                    forms = (form for one in adjectives.split() for form in _list_forms(one, endings))
                    following |= dict.fromkeys(forms, known)
        return CountryNames(names, codes, leading, following)

    return await site.once_per_release("country names of questions", read)


def drop_parts_of_places(
    named: Iterable[tuple[EntityNode, int, int]], folded: Sequence[str]
) -> list[tuple[EntityNode, int, int]]:
    """Return the countries without those whose name is a part of another place's, as in ``Netherlands Antilles``.

    A name made of those of several countries, ``Serbia and Montenegro``, stands for them.
    """
    found = list(named)
    for name in get_other_places():
        for start in range(len(folded) - len(name) + 1):
            end = start + len(name)
            if len(name) < 2 or tuple(folded[start:end]) != name:
                continue
            within = [one for one in found if start <= one[1] and one[2] <= end]
            if len({(first, last) for _, first, last in within}) == 1 and within[0][1:] != (start, end):
                found = [one for one in found if one not in within]
    return found


@cache
def get_other_places() -> frozenset[tuple[str, ...]]:
    """Return the folded words of the names of places that are no countries of the graph."""
    return frozenset(name_key(name) for (name,) in read_word_table("other_places.csv"))
