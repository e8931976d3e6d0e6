"""The text index of a release: all labels in SQLite FTS5, by words without diacritics and by trigrams."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, Store, Triple

from jwpgraph.durable_storage import link_or_copy
from jwpgraph.vocabulary import JWP, PREFIXES, SCIENTIFIC_NAMES

#: Identifiers in other databases.
IDENTIFIER_PROPERTIES = frozenset(
    JWP + name for name in ("wikidataId", "itisId", "wormsId", "gbifId", "ncbiId", "iucnId", "speciesPlusId", "colId")
)
#: Searchable properties with the rank of a match; lower ranks come first.
LABEL_PROPERTIES: dict[str, int] = {
    PREFIXES["skos"] + "prefLabel": 0,
    PREFIXES["skos"] + "notation": 0,
    PREFIXES["rdfs"] + "label": 0,
    PREFIXES["gbif"] + "canonicalName": 0,
    PREFIXES["skos"] + "altLabel": 1,
    PREFIXES["dwc"] + "vernacularName": 1,
    JWP + "nameAsWritten": 1,
    JWP + "historicName": 2,
    PREFIXES["skos"] + "hiddenLabel": 2,
    **dict.fromkeys(sorted(IDENTIFIER_PROPERTIES), 3),
}

_INDEXES = ("label_words", "label_trigrams")
_INSERT = "INSERT INTO label (iri, text, language, property, rank) VALUES (?, ?, ?, ?, ?)"
_MOST_SUBJECTS = 2_000
_TYPE = PREFIXES["rdf"] + "type"
_DEFAULT = DefaultGraph()

_LabelRow = tuple[str, str, str, str, int]

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
    """Write the index of the union of *store* to *path*.

    Returns:
        The number of labels in the index.
    """
    connection = sqlite3.connect(path)
    try:
        connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
        connection.executemany(_INSERT, _read_labels(store))
        connection.executemany("INSERT OR IGNORE INTO type VALUES (?, ?)", _read_types(store))
        connection.execute("CREATE INDEX label_by_iri ON label (iri)")
        connection.execute("INSERT INTO label_words (label_words) VALUES ('rebuild')")
        connection.execute("INSERT INTO label_trigrams (label_trigrams) VALUES ('rebuild')")
        connection.commit()
        (number,) = connection.execute("SELECT count(*) FROM label").fetchone()
    finally:
        connection.close()
    return int(number)


def update_text_index(store: Store, previous: Path, path: Path, triples: Iterable[Triple]) -> bool:
    """Write the index of the union of *store* to *path* by updating a copy of the parent's index.

    Args:
        store: the store of the candidate.
        previous: the parent's index.
        path: the file to write.
        triples: the triples in which the two unions differ.

    Returns:
        Whether the index was written; for more than 2000 changed subjects a new index is faster.
    """
    indexed = {*LABEL_PROPERTIES, _TYPE}
    subjects = {
        triple.subject
        for triple in triples
        if triple.predicate.value in indexed and isinstance(triple.subject, NamedNode)
    }
    if len(subjects) > _MOST_SUBJECTS:
        return False
    if not subjects:
        link_or_copy(path, previous)
        return True
    shutil.copyfile(previous, path)
    connection = sqlite3.connect(path)
    try:
        connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")
        for subject in sorted(subjects, key=str):
            _delete_entity(connection, subject.value)
            _insert_entity(connection, store, subject)
        connection.commit()
    finally:
        connection.close()
    return True


def _delete_entity(connection: sqlite3.Connection, iri: str) -> None:
    rows = connection.execute("SELECT id, text FROM label WHERE iri = ?", (iri,)).fetchall()
    for index in _INDEXES:
        # Deleting from an external-content FTS5 table requires the old text (FTS5, section 6.3).
        connection.executemany(f"INSERT INTO {index} ({index}, rowid, text) VALUES ('delete', ?, ?)", rows)  # noqa: S608
    connection.execute("DELETE FROM label WHERE iri = ?", (iri,))
    connection.execute("DELETE FROM type WHERE iri = ?", (iri,))


def _insert_entity(connection: sqlite3.Connection, store: Store, subject: NamedNode) -> None:
    quads = list(store.quads_for_pattern(subject, None, None, _DEFAULT))
    labels = [row for name, rank in LABEL_PROPERTIES.items() for row in _label_rows(quads, name, rank)]
    for row in labels:
        number = connection.execute(_INSERT, row).lastrowid
        for index in _INDEXES:
            connection.execute(f"INSERT INTO {index} (rowid, text) VALUES (?, ?)", (number, row[1]))  # noqa: S608
    if any(quad.predicate.value in LABEL_PROPERTIES for quad in quads):
        types = {
            quad.object.value for quad in quads if quad.predicate.value == _TYPE and isinstance(quad.object, NamedNode)
        }
        connection.executemany("INSERT INTO type VALUES (?, ?)", ((subject.value, name) for name in sorted(types)))


def _read_labels(store: Store) -> Iterator[_LabelRow]:
    for name, rank in LABEL_PROPERTIES.items():
        yield from _label_rows(store.quads_for_pattern(None, NamedNode(name), None, _DEFAULT), name, rank)


def _label_rows(quads: Iterable[Quad], name: str, rank: int) -> list[_LabelRow]:
    """Return the rows for the values of property *name* in *quads*, sorted."""
    language = "la" if name in SCIENTIFIC_NAMES else ""
    return sorted(
        (quad.subject.value, quad.object.value, quad.object.language or language, name, rank)
        for quad in quads
        if quad.predicate.value == name and isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal)
    )


def _read_types(store: Store) -> Iterator[tuple[str, str]]:
    properties = " ".join(str(NamedNode(name)) for name in LABEL_PROPERTIES)
    solutions = store.query(_TYPES.format(properties=properties))
    assert isinstance(solutions, QuerySolutions)  # noqa: S101 - a SELECT has no other answer
    for solution in solutions:
        yield solution["s"].value, solution["type"].value
