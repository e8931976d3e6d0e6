"""Recognition of names of taxa in questions, by exact match only."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from jwpgraph.answers.words import STOP_WORDS, are_stop_words, is_same_name, list_spellings, name_key, read_word_table
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
        common: IRIs of the concepts with it as a common name.
        groups: scientific names of higher taxa with it as a common name, from a table of this package.
    """

    start: int
    end: int
    scientific: frozenset[str] = frozenset()
    common: frozenset[str] = frozenset()
    groups: tuple[str, ...] = ()


@dataclass(slots=True)
class _Names:
    """Names of taxa that contain words of the question."""

    scientific: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    common: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    tails: dict[tuple[str, ...], set[str]] = field(default_factory=dict)


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
    scientific, common, groups = (
        frozenset(names.scientific.get(run, ())),
        _find_same(names.common, run),
        _find_group(run),
    )
    if not scientific and not common and not groups and len(run) > 1:
        common = _find_same(names.tails, run)
    if not scientific and not common and not groups:
        return []
    return [NamedTaxa(start, start + len(run), scientific, common, groups)]


def _find_same(names: Mapping[tuple[str, ...], Collection[str]], run: tuple[str, ...]) -> frozenset[str]:
    return frozenset(iri for name, these in names.items() if is_same_name(run, name) for iri in these)


def _find_group(run: tuple[str, ...]) -> tuple[str, ...]:
    return next((taxa for name, taxa in _read_group_names().items() if is_same_name(run, name)), ())


@cache
def _read_group_names() -> dict[tuple[str, ...], tuple[str, ...]]:
    return {name_key(name): tuple(taxa.split(";")) for name, taxa in read_word_table("animal_names.csv")}


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
        found.common.setdefault(key, set()).add(iri)
        if "s" in key:  # "Przewalski horse" for "Przewalski's horse"
            found.common.setdefault(tuple(word for word in key if word != "s"), set()).add(iri)
        for length in range(2, len(key)):
            if language in _HEAD_LAST:
                found.tails.setdefault(key[-length:], set()).add(iri)
            elif language in _HEAD_FIRST and key[length - 1] not in STOP_WORDS:  # not "âne sauvage de"
                found.tails.setdefault(key[:length], set()).add(iri)
    return found
