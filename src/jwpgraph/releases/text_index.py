"""The text index of a release: every label in SQLite FTS5, by words without diacritics and by trigrams (design D7)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import DefaultGraph, Literal, NamedNode, QuerySolutions, Store

from jwpgraph.vocabulary import JWP, PREFIXES

#: Properties whose values a reader may search by, with how much a match weighs (the lowest ranks first).
LABEL_PROPERTIES: dict[str, int] = {
    PREFIXES["skos"] + "prefLabel": 0,
    PREFIXES["skos"] + "notation": 0,
    PREFIXES["rdfs"] + "label": 0,
    PREFIXES["dwc"] + "scientificName": 0,
    PREFIXES["skos"] + "altLabel": 1,
    PREFIXES["dwc"] + "vernacularName": 1,
    JWP + "nameAsWritten": 1,
    JWP + "historicName": 2,
    PREFIXES["skos"] + "hiddenLabel": 2,
}

_SCHEMA = """
CREATE TABLE label (
  id INTEGER PRIMARY KEY, iri TEXT NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL, property TEXT NOT NULL,
  rank INTEGER NOT NULL
);
CREATE TABLE type (iri TEXT NOT NULL, type TEXT NOT NULL, PRIMARY KEY (iri, type)) WITHOUT ROWID;
CREATE VIRTUAL TABLE label_words USING fts5 (
  text, content='label', content_rowid='id', tokenize="unicode61 remove_diacritics 2"
);
CREATE VIRTUAL TABLE label_trigrams USING fts5 (text, content='label', content_rowid='id', tokenize='trigram');
"""

_TYPES = """
SELECT DISTINCT ?s ?type WHERE {{
  VALUES ?label {{ {properties} }}
  ?s ?label ?text ; a ?type .
  FILTER(isIRI(?s) && isIRI(?type))
}}
"""


def build_text_index(store: Store, path: Path) -> int:
    """Write the index of *store*'s union to *path*.

    Returns:
        How many labels it holds.
    """
    connection = sqlite3.connect(path)
    try:
        connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
        connection.executemany(
            "INSERT INTO label (iri, text, language, property, rank) VALUES (?, ?, ?, ?, ?)", _labels(store)
        )
        connection.executemany("INSERT OR IGNORE INTO type VALUES (?, ?)", _types(store))
        connection.execute("CREATE INDEX label_by_iri ON label (iri)")
        connection.execute("INSERT INTO label_words (label_words) VALUES ('rebuild')")
        connection.execute("INSERT INTO label_trigrams (label_trigrams) VALUES ('rebuild')")
        connection.commit()
        (number,) = connection.execute("SELECT count(*) FROM label").fetchone()
    finally:
        connection.close()
    return int(number)


def _labels(store: Store) -> Iterator[tuple[str, str, str, str, int]]:
    for name, rank in LABEL_PROPERTIES.items():
        rows = [
            (quad.subject.value, quad.object.value, quad.object.language or "", name, rank)
            for quad in store.quads_for_pattern(None, NamedNode(name), None, DefaultGraph())
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal)
        ]
        yield from sorted(rows)


def _types(store: Store) -> Iterator[tuple[str, str]]:
    properties = " ".join(str(NamedNode(name)) for name in LABEL_PROPERTIES)
    solutions = store.query(_TYPES.format(properties=properties))
    assert isinstance(solutions, QuerySolutions)  # noqa: S101 - a SELECT has no other answer
    for solution in solutions:
        yield solution["s"].value, solution["type"].value
