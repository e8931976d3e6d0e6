"""Name search: in all languages, ignoring diacritics, by prefix or substring, and tolerant of spelling errors.

Uses the text index of the served release (``jwpgraph.releases.text_index``): FTS5 prefix search for words, then
trigrams for parts of words, then edit distance. Each entity is found once, by its best name. Identifiers in other
databases match only as a whole, and codes only exactly, because a similar number is another number.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rapidfuzz import fuzz

from jwpgraph.entities.common_names import choose_common_name
from jwpgraph.entities.entity_types import BY_CLASS, EntityType
from jwpgraph.entities.nodes import COMMON_NAME
from jwpgraph.problems import ProblemError
from jwpgraph.releases.release import Release
from jwpgraph.releases.text_index import IDENTIFIER_PROPERTIES
from jwpgraph.vocabulary import JWP, PREFIXES

LONGEST_QUERY: Final = 200
_WORD: Final = re.compile(r"\w+")
_DIGIT: Final = re.compile(r"\d")
_CANDIDATES: Final = 2000
_LEAST_SIMILARITY: Final = 74
_PREFERRED: Final = PREFIXES["skos"] + "prefLabel"
_NOTATION: Final = PREFIXES["skos"] + "notation"

#: IRI, text, language, property, rank, and the score of the engine.
_Row = tuple[str, str, str, str, int, float]

_BY_WORDS = """
SELECT label.iri, label.text, label.language, label.property, label.rank, bm25(label_words)
FROM label_words JOIN label ON label.id = label_words.rowid WHERE label_words MATCH ? LIMIT ?
"""
_BY_TRIGRAMS = """
SELECT label.iri, label.text, label.language, label.property, label.rank, bm25(label_trigrams)
FROM label_trigrams JOIN label ON label.id = label_trigrams.rowid WHERE label_trigrams MATCH ?
ORDER BY bm25(label_trigrams) LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class SearchMatch:
    """An entity in the search results, and its matching name."""

    iri: str
    kind: EntityType
    label: str
    language: str
    notation: str | None
    matched: str
    matched_language: str
    score: float
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchResults:
    """Search results: one page of matches, the total, and the number for each type."""

    matches: list[SearchMatch]
    total: int
    kinds: list[tuple[EntityType, int]]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """An entity found by a text, before its labels are read.

    Attributes:
        iri: the entity.
        kind: its type.
        text: the matching name.
        language: the language of that name.
        score: similarity of the name to the text; higher is better.
        also: other entities that stand for the same and have no hit of their own.
    """

    iri: str
    kind: EntityType
    text: str = ""
    language: str = ""
    score: float = 0.0
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _IndexHit:
    iri: str
    text: str
    language: str
    score: float


async def find_hits(release: Release, query: str, *, near_misses: bool = True) -> list[SearchHit]:
    """Return all hits for *query* in the names of *release*, best first.

    Args:
        release: the release being served.
        query: what the reader typed.
        near_misses: whether names that resemble it are found where none has its words in it.

    Raises:
        ProblemError: as :func:`check_query`.
    """
    text = check_query(query)
    return await asyncio.to_thread(_rank_hits, release.search_path, text, near_misses)


def check_query(query: str) -> str:
    """Return *query* with single spaces.

    Raises:
        ProblemError: ``bad-search`` (422) if it has no word in it or is longer than 200 characters.
    """
    text = " ".join(query.split())
    if not _WORD.search(text) or len(text) > LONGEST_QUERY:
        raise ProblemError(
            "bad-search",
            "The search query is invalid",
            f"enter at least one word and at most {LONGEST_QUERY} characters",
            status=422,
        )
    return text


async def label_hits(
    release: Release, hits: Sequence[SearchHit], languages: Sequence[str] = ("en",)
) -> list[SearchMatch]:
    """Return *hits* with the labels of their entities.

    Args:
        release: the release.
        hits: the hits.
        languages: the preferred languages of the labels, best first; English is the last resort.
    """
    return await asyncio.to_thread(_label_matches, release.search_path, hits, (*languages, "en", "la"))


def _rank_hits(path: Path, text: str, near_misses: bool) -> list[SearchHit]:
    connection = _open_index(path)
    hits = _get_best_hits(_query_index(connection, text, near_misses))
    kinds = _read_kinds(connection, [hit.iri for hit in hits])
    found = [SearchHit(hit.iri, kinds[hit.iri], hit.text, hit.language, hit.score) for hit in hits if hit.iri in kinds]
    # A heading of the programme has the name of what it is about, which comes first.
    return sorted(found, key=lambda hit: (-hit.score, hit.kind.segment == "heading"))


def _label_matches(path: Path, hits: Sequence[SearchHit], languages: Sequence[str]) -> list[SearchMatch]:
    names = _read_names(_open_index(path), [hit.iri for hit in hits], languages)
    return [_make_match(hit, names[hit.iri]) for hit in hits]


def _make_match(hit: SearchHit, names: _EntityNames) -> SearchMatch:
    label = names.label or hit.text
    return SearchMatch(
        iri=hit.iri,
        kind=hit.kind,
        label=label,
        language=names.language if names.label else hit.language,
        notation=names.notation,
        matched=hit.text or label,
        matched_language=hit.language,
        score=round(hit.score, 1),
        also=hit.also,
    )


def _query_index(connection: sqlite3.Connection, text: str, near_misses: bool) -> list[_IndexHit]:
    words = _WORD.findall(text)
    prefixes = " AND ".join(f'"{word}"*' for word in words)
    rows = _drop_other_identifiers(connection.execute(_BY_WORDS, (prefixes, _CANDIDATES)), text)
    if not rows and near_misses and len(text) > 2:
        rows = _drop_other_identifiers(connection.execute(_BY_TRIGRAMS, (_quote_phrase(text), _CANDIDATES)), text)
    if rows:
        return [_IndexHit(iri, name, tag, _score_similarity(text, name) - rank) for iri, name, tag, _, rank, _ in rows]
    return _find_near_misses(connection, text) if near_misses else []


def _drop_other_identifiers(rows: Iterable[_Row], text: str) -> list[_Row]:
    """Return the rows without identifiers that only begin with or contain the text."""
    wanted = text.casefold()
    return [row for row in rows if row[3] not in IDENTIFIER_PROPERTIES or row[1].casefold() == wanted]


def _find_near_misses(connection: sqlite3.Connection, text: str) -> list[_IndexHit]:
    folded = text.casefold()
    trigrams = {folded[index : index + 3] for index in range(len(folded) - 2)}
    if not trigrams:
        return []
    query = " OR ".join(_quote_phrase(trigram) for trigram in sorted(trigrams))
    rows: list[_Row] = connection.execute(_BY_TRIGRAMS, (query, _CANDIDATES)).fetchall()
    scored = [
        _IndexHit(iri, name, tag, _score_resemblance(folded, name.casefold()) - rank)
        for iri, name, tag, key, rank, _ in rows
        if key not in IDENTIFIER_PROPERTIES and key != _NOTATION
    ]
    return [hit for hit in scored if hit.score >= _LEAST_SIMILARITY]


def _score_resemblance(text: str, name: str) -> float:
    """Return 100 if each word of *text* is a word of *name*, less for each differing letter.

    Words are compared as a whole: a short name is not a misspelling of a longer word that contains it. A word with a
    digit is a number or a code and must be equal: CoP16 is not a misspelling of CoP17.
    """
    words, known = _WORD.findall(text), _WORD.findall(name)
    if not words or not known:
        return 0.0
    if any(_DIGIT.search(word) and word not in known for word in words):
        return 0.0
    return sum(max(fuzz.ratio(word, other) for other in known) for word in words) / len(words)


def _score_similarity(text: str, name: str) -> float:
    """Return 100 for an exact match; a name that begins with the text scores higher than one that contains it."""
    wanted, given = text.casefold(), name.casefold()
    if wanted == given:
        return 100.0
    share = len(wanted) / len(given)
    return (80.0 if given.startswith(wanted) else 60.0) + 15.0 * min(share, 1.0)


def _get_best_hits(hits: list[_IndexHit]) -> list[_IndexHit]:
    best: dict[str, _IndexHit] = {}
    for hit in hits:
        if hit.iri not in best or hit.score > best[hit.iri].score:
            best[hit.iri] = hit
    return sorted(best.values(), key=lambda hit: (-hit.score, hit.text, hit.iri))


def _read_kinds(connection: sqlite3.Connection, iris: list[str]) -> dict[str, EntityType]:
    found: dict[str, EntityType] = {}
    for iri in iris:
        for (name,) in connection.execute("SELECT type FROM type WHERE iri = ?", (iri,)):
            kind = BY_CLASS.get(name.removeprefix(JWP))
            if kind is not None:
                found[iri] = kind
    return found


@dataclass(slots=True)
class _EntityNames:
    label: str | None = None
    language: str = ""
    notation: str | None = None


def _read_names(connection: sqlite3.Connection, iris: list[str], languages: Sequence[str]) -> dict[str, _EntityNames]:
    return {iri: _read_names_of(connection, iri, languages) for iri in iris}


def _read_names_of(connection: sqlite3.Connection, iri: str, languages: Sequence[str]) -> _EntityNames:
    """Return the names of an entity: in each language the label, else the common name; then another label."""
    names = _EntityNames()
    rows = connection.execute("SELECT text, language, property FROM label WHERE iri = ?", (iri,)).fetchall()
    preference = {language: place for place, language in reversed([*enumerate(languages)])}
    common: dict[str, list[str]] = {}
    for text, tag, name in sorted(rows, key=lambda row: (preference.get(row[1], len(languages)), row[0])):
        if name == _NOTATION:
            names.notation = text
        elif name == _PREFERRED and names.label is None:
            names.label, names.language = text, tag
        elif name == COMMON_NAME:
            common.setdefault(tag, []).append(text)
    for language in languages:
        if language in (names.language, "en"):
            break
        if language in common:
            text = choose_common_name(common[language], iri)
            names.label, names.language = text[:1].upper() + text[1:], language
            break
    return names


def _quote_phrase(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


_local = threading.local()


def _open_index(path: Path) -> sqlite3.Connection:
    """Return this thread's connection to the index of the served release, closing one to an earlier release."""
    kept: tuple[Path, sqlite3.Connection] | None = getattr(_local, "kept", None)
    if kept is not None and kept[0] == path:
        return kept[1]
    if kept is not None:
        kept[1].close()
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    _local.kept = (path, connection)
    return connection
