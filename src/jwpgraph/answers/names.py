"""Recognition of names of taxa in questions, by exact match only."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from jwpgraph.answers.words import STOP_WORDS, are_stop_words, is_same_name, list_spellings, name_key, split_words
from jwpgraph.entities.common_names import read_animal_names
from jwpgraph.vocabulary import ID, PREFIXES

_TAXA: Final = ID + "taxon/"
_DWC: Final = PREFIXES["dwc"]
_GBIF: Final = PREFIXES["gbif"]
_SKOS: Final = PREFIXES["skos"]
_SCIENTIFIC: Final = _GBIF + "canonicalName"
_NAMING: Final = (_SCIENTIFIC, _DWC + "vernacularName", _SKOS + "prefLabel", _SKOS + "altLabel", _SKOS + "hiddenLabel")
#: Languages in which the head of a compound name is its last word, and those in which it is the first.
_HEAD_LAST: Final = ("en",)
_HEAD_FIRST: Final = ("fr", "es")
_HYPHENS: Final = frozenset("-‐‑")
_PARTICIPLE: Final = "ed"
_LONGEST_NAME: Final = 8
_FIND: Final = (
    "SELECT label.iri, label.text, label.language, label.property FROM label_words "  # noqa: S608 - made of constants
    "JOIN label ON label.id = label_words.rowid "
    f"WHERE label_words MATCH ? AND label.iri >= '{_TAXA}' AND label.iri < '{_TAXA[:-1]}0' "
    f"AND label.property IN ({', '.join('?' * len(_NAMING))})"
)


@dataclass(frozen=True, slots=True)
class NamedTaxa:
    """A name of taxa in a question.

    Attributes:
        start: index of the first word.
        end: index after the last word.
        scientific: IRIs of the concepts with it as a current or former scientific name.
        common: languages and IRIs of the concepts with it as a common name in each; the language may be empty.
        groups: languages and scientific names of taxa with it as a common name, from a table of this package.
    """

    start: int
    end: int
    scientific: frozenset[str] = frozenset()
    common: tuple[tuple[str, frozenset[str]], ...] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def common_taxa(self) -> frozenset[str]:
        """IRIs of the concepts with it as a common name in any of the languages."""
        return frozenset(iri for _, taxa in self.common for iri in taxa)

    @property
    def group_taxa(self) -> tuple[str, ...]:
        """Scientific names of the taxa that a table of this package has for it."""
        return tuple(dict.fromkeys(name for _, taxa in self.groups for name in taxa))

    def list_foreign_languages(self, language: str) -> list[str]:
        """Return the languages in which it is a common name; none if it is one in *language*, or a scientific one."""
        languages = sorted({one for one, _ in (*self.common, *self.groups)})
        return [] if self.scientific or {"", language} & {*languages} else languages


#: IRIs of taxa by the folded words of a name and by its language.
_ByLanguage = dict[tuple[str, ...], dict[str, set[str]]]


@dataclass(slots=True)
class _Names:
    """Names of taxa that contain words of the question."""

    scientific: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    common: _ByLanguage = field(default_factory=dict)
    tails: _ByLanguage = field(default_factory=dict)


async def find_named_taxa(path: Path, words: Sequence[str]) -> list[NamedTaxa]:
    """Return all names of taxa in the folded *words*, the longest first.

    Names are compared word by word, ignoring case, diacritics and plural. Of a compound name such as
    ``African forest elephant``, the last words match if they are two or more and no other taxon has them as its name.

    Args:
        path: path of the text index of the release.
        words: the words of the question.
    """
    names = await asyncio.to_thread(_read_names, path, words)
    found = []
    for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            run = tuple(words[start : start + length])
            if not are_stop_words(run):
                found += _match(names, run, start)
    return found


async def find_scientific_names(path: Path, names: Collection[str]) -> frozenset[str]:
    """Return the IRIs of the taxa with one of *names* as a current or former scientific name."""
    keys = {name_key(name) for name in names}
    found = await asyncio.to_thread(_read_names, path, sorted({word for key in keys for word in key}))
    return frozenset(iri for key in keys for iri in found.scientific.get(key, ()))


def _match(names: _Names, run: tuple[str, ...], start: int) -> list[NamedTaxa]:
    scientific = frozenset(names.scientific.get(run, ()))
    common, groups = _find_same(names.common, run), _find_group(run)
    if not scientific and not common and not groups and len(run) > 1:
        common = _find_same(names.tails, run)
    if not scientific and not common and not groups:
        return []
    return [NamedTaxa(start, start + len(run), scientific, common, groups)]


def _find_same(names: _ByLanguage, run: tuple[str, ...]) -> tuple[tuple[str, frozenset[str]], ...]:
    found: dict[str, set[str]] = {}
    for name, by_language in names.items():
        if is_same_name(run, name):
            for language, taxa in by_language.items():
                found.setdefault(language, set()).update(taxa)
    return tuple((language, frozenset(taxa)) for language, taxa in sorted(found.items()))


def _find_group(run: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, tuple[str, ...]] = {}
    for name, language, taxa in _read_group_names():
        if is_same_name(run, name):
            found.setdefault(language, taxa)
    return tuple(sorted(found.items()))


@cache
def _read_group_names() -> list[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    return [(name_key(one.name), language, one.taxa) for one in read_animal_names() for language in one.languages]


def _read_names(path: Path, words: Sequence[str]) -> _Names:
    """Read the names that contain any of *words*, in any equivalent spelling."""
    found = _Names()
    wanted = sorted({f'"{spelling}"' for word in words for spelling in list_spellings(word)})
    if not wanted:
        return found
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        rows = connection.execute(_FIND, (" OR ".join(wanted), *_NAMING)).fetchall()
    for iri, text, language, name in rows:
        key = name_key(text)
        if name == _SCIENTIFIC or language == "la":
            found.scientific.setdefault(key, set()).add(iri)
            continue
        _add_name(found.common, key, language, iri)
        if "s" in key:  # "Przewalski horse" for "Przewalski's horse"
            _add_name(found.common, tuple(word for word in key if word != "s"), language, iri)
        if len(key) > 2:
            _add_tails(found.tails, text, language, iri)
    return found


def _add_tails(names: _ByLanguage, text: str, language: str, iri: str) -> None:
    """Add the names that a longer name contains with its head; adjectives such as ``red-crowned`` are not divided.

    "Forest elephant" is contained in "African forest elephant", "crowned crane" is not in "Red-crowned crane".
    """
    words = split_words(text)
    for length in range(2, len(words)):
        place = len(words) - length if language in _HEAD_LAST else length
        is_hyphenated = text[words[place - 1].end : words[place].start] in _HYPHENS
        if is_hyphenated and words[place].folded.endswith(_PARTICIPLE):
            continue
        key = tuple(word.folded for word in (words[place:] if language in _HEAD_LAST else words[:place]))
        if language in _HEAD_LAST or (language in _HEAD_FIRST and key[-1] not in STOP_WORDS):  # not "âne sauvage de"
            _add_name(names, key, language, iri)


def _add_name(names: _ByLanguage, key: tuple[str, ...], language: str, iri: str) -> None:
    names.setdefault(key, {}).setdefault(language, set()).add(iri)
