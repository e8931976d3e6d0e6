"""Which animals the words of a question name: by exact names, never by a resemblance."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from jwpgraph.answers.words import is_filling, is_same_name, name_key, read_word_table, spellings
from jwpgraph.vocabulary import ID, PREFIXES

_TAXA: Final = ID + "taxon/"
_DWC: Final = PREFIXES["dwc"]
_GBIF: Final = PREFIXES["gbif"]
_SKOS: Final = PREFIXES["skos"]
_SCIENTIFIC: Final = _GBIF + "canonicalName"
_NAMING: Final = (_SCIENTIFIC, _DWC + "vernacularName", _SKOS + "prefLabel", _SKOS + "altLabel", _SKOS + "hiddenLabel")
#: Languages whose names of kinds end with the word for the kind, and those whose names begin with it.
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
    """Words of a question that name taxa.

    Attributes:
        start: the place of the first of the words.
        end: the place after the last.
        scientific: IRIs of the concepts that have or had it as a scientific name.
        common: IRIs of those that have it as a common name.
        groups: scientific names of taxa that the words are a common name of, by the table of this package.
    """

    start: int
    end: int
    scientific: frozenset[str] = frozenset()
    common: frozenset[str] = frozenset()
    groups: tuple[str, ...] = ()


@dataclass(slots=True)
class _Names:
    """Names of taxa that have words of the question in them."""

    scientific: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    common: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    tails: dict[tuple[str, ...], set[str]] = field(default_factory=dict)


async def find_named_taxa(path: Path, words: Sequence[str]) -> list[NamedTaxa]:
    """All runs of folded *words* that are names of taxa, the longest first.

    A name counts where it is the same word for word, apart from case, diacritics and plural; of names of kinds, such
    as ``African forest elephant``, the last words are enough where they are two at least and nothing bears them alone.

    Args:
        path: the text index of the release.
        words: of the question.
    """
    names = await asyncio.to_thread(_read_names, path, words)
    found = []
    for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            run = tuple(words[start : start + length])
            if not is_filling(run):
                found += _match(names, run, start)
    return found


async def find_scientific_names(path: Path, names: Collection[str]) -> frozenset[str]:
    """IRIs of the taxa of which one of *names* is or was the scientific name."""
    keys = {name_key(name) for name in names}
    found = await asyncio.to_thread(_read_names, path, sorted({word for key in keys for word in key}))
    return frozenset(iri for key in keys for iri in found.scientific.get(key, ()))


def _match(names: _Names, run: tuple[str, ...], start: int) -> list[NamedTaxa]:
    scientific, common, groups = frozenset(names.scientific.get(run, ())), _same(names.common, run), _group(run)
    if not scientific and not common and not groups and len(run) > 1:
        common = _same(names.tails, run)
    if not scientific and not common and not groups:
        return []
    return [NamedTaxa(start, start + len(run), scientific, common, groups)]


def _same(names: Mapping[tuple[str, ...], Collection[str]], run: tuple[str, ...]) -> frozenset[str]:
    return frozenset(iri for name, these in names.items() if is_same_name(run, name) for iri in these)


def _group(run: tuple[str, ...]) -> tuple[str, ...]:
    return next((taxa for name, taxa in _group_names().items() if is_same_name(run, name)), ())


@cache
def _group_names() -> dict[tuple[str, ...], tuple[str, ...]]:
    return {name_key(name): tuple(taxa.split(";")) for name, taxa in read_word_table("animal_names.csv")}


def _read_names(path: Path, words: Sequence[str]) -> _Names:
    """The names that have any of *words* in them, in any spelling that counts as the same."""
    found = _Names()
    wanted = sorted({f'"{spelling}"' for word in words for spelling in spellings(word)})
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
        for length in range(2, len(key)):
            if language in _HEAD_LAST:
                found.tails.setdefault(key[-length:], set()).add(iri)
            elif language in _HEAD_FIRST:
                found.tails.setdefault(key[:length], set()).add(iri)
    return found
