"""A search that is a question: “is the saker falcon protected in Mongolia under CMS?” names a thing and a country."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from jwpgraph.entities.nodes import EntityNode
from jwpgraph.vocabulary import PREFIXES

_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NAMES: Final = (PREFIXES["skos"] + "prefLabel", PREFIXES["skos"] + "altLabel")
_TREATIES: Final = {"cms": "cms", "bonn": "cms", "cites": "cites", "washington": "cites"}
#: What a question says beside what it is about, in the languages of the interface.
_FILLING_WORDS: Final = """
    a about am an and appendix are as at by convention do does for from has have how in is it its legal listed listing
    of on or parte partie party protected protection status subject the there to treaty under was what where which with
    annexe au aux dans de des du elle en est et inscrit inscrite la le les l où par pour protégé protégée quel quelle
    qu'est-ce que qui sous statut sur un une
    apéndice bajo con cuál cuáles del donde el es esta está incluido incluida las los por protegida protegido qué según
    son su tratado una y
    """
_FILLING: Final = frozenset(_FILLING_WORDS.split())


@dataclass(frozen=True, slots=True)
class ParsedQuestion:
    """What a question names.

    Attributes:
        words: the words that name the thing asked about.
        country: where.
        treaty: ``cms`` or ``cites``, where one is named.
    """

    words: str
    country: EntityNode
    treaty: str | None


def parse_question(query: str, countries: Iterable[EntityNode]) -> ParsedQuestion | None:
    """What *query* asks, where it names a country and something beside it; None where it is a search like any other."""
    words = [match[0] for match in _WORD.finditer(query)]
    folded = [word.casefold() for word in words]
    found = _find_country(folded, countries)
    if found is None:
        return None
    country, start, end = found
    rest = [*words[:start], *words[end:]]
    treaty = next((_TREATIES[word.casefold()] for word in rest if word.casefold() in _TREATIES), None)
    content = [word for word in rest if word.casefold() not in _FILLING and word.casefold() not in _TREATIES]
    return ParsedQuestion(" ".join(content), country, treaty) if content else None


def _find_country(words: list[str], countries: Iterable[EntityNode]) -> tuple[EntityNode, int, int] | None:
    """The country with the longest name among *words*, and where that name stands."""
    best: tuple[int, EntityNode, int] | None = None
    for node in countries:
        for predicate in _NAMES:
            for term in node.properties.get(predicate, ()):
                name = [match[0].casefold() for match in _WORD.finditer(term.value.partition("(")[0])]
                start = _find_words(words, name) if name and (best is None or len(name) > best[0]) else None
                if start is not None:
                    best = (len(name), node, start)
    return (best[1], best[2], best[2] + best[0]) if best else None


def _find_words(words: list[str], name: list[str]) -> int | None:
    return next((at for at in range(len(words) - len(name) + 1) if words[at : at + len(name)] == name), None)
