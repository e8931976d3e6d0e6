"""Tests of the data files: readable, stable, without dangling references."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest

from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.vocabulary import ID

#: Files written by importers have the importer's format.
WRITTEN_BY_IMPORTERS: Final = {
    "alignments-of-higher-taxa",
    "external-ids",
    "graph-descriptions",
    "leo",
    "parties",
    "red-list",
    "signatories",
    "sites",
    "source-spans",
}
FILES: Final = sorted(
    path for path in get_shipped_path("data/ttl").glob("*.ttl") if path.stem not in WRITTEN_BY_IMPORTERS
)
IN_DOCUMENT_ORDER: Final = {"activities", "activity-parts", "themes", "species-groups"}
LANGUAGES: Final = {"en", "fr", "es", "la"}
#: Records that have a name of another kind, or are identified by what they connect.
RECORDS: Final = (
    "jwp:CommonName",
    "jwp:Distribution",
    "jwp:ListingEvent",
    "jwp:NameUsage",
    "jwp:Quota",
    "jwp:StandardReference",
    "jwp:TaxonName",
    "jwp:TradeSuspension",
    "void:Dataset",
)
LABELS: Final = {
    "skos:prefLabel",
    "skos:altLabel",
    "skos:hiddenLabel",
    "jwp:historicName",
    "rdfs:comment",
    "skos:editorialNote",
}


def test_no_triple_is_stated_twice(files) -> None:
    everything = [triple for triples in files.values() for triple in triples]
    assert len(everything) == len(set(everything))


def test_only_labels_are_tagged_latin(files) -> None:
    tagged = {
        predicate.value.removeprefix("http://www.w3.org/")
        for triples in files.values()
        for _, predicate, value in triples
        if isinstance(value, ox.Literal) and value.language == "la"
    }
    assert tagged <= {
        "2004/02/skos/core#prefLabel",
        "2004/02/skos/core#altLabel",
        "2008/05/skos-xl#literalForm",
        "1999/02/22-rdf-syntax-ns#object",
    }


def test_there_are_no_blank_nodes(files) -> None:
    nodes = [term for triples in files.values() for triple in triples for term in triple]
    assert not [term for term in nodes if isinstance(term, ox.BlankNode)]


def test_whatever_is_linked_to_is_described(described) -> None:
    ours = {
        term.value.removeprefix(ID) for _, _, term in described.triples if getattr(term, "value", "").startswith(ID)
    }
    assert not ours - {subject for subject in described.subjects() if described.terms(subject, "rdf:type")}


def test_everything_has_one_english_label_and_at_most_one_per_language(written, described) -> None:
    records = set().union(*map(written.of_class, RECORDS))
    former = {one for one in written.subjects() if written.predicates(one) == {"dcterms:isReplacedBy"}}
    for subject in set(written.subjects()) - records - former:
        languages = [term.language for term in described.terms(subject, "skos:prefLabel")]
        assert languages.count("en") == 1, subject
        assert len(languages) == len(set(languages)), subject


def test_texts_are_tagged_with_a_language(written) -> None:
    for subject in written.subjects():
        for predicate in LABELS:
            assert all(term.language in LANGUAGES for term in written.terms(subject, predicate)), (subject, predicate)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_says_what_it_holds_and_one_thing_per_line(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert text.endswith("\n")
    assert "\t" not in text
    assert not text.endswith("\n\n")
    bare = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)
    assert not re.search(r"(?m)^[^#]*,", bare), "several objects on one line"
    assert not re.search(r"(?m)^[^#@<\n]*;[^\n]*;", bare), "several statements on one line"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_sorted_so_that_differences_stay_small(path: Path, files) -> None:
    order = list(dict.fromkeys(subject.value for subject, _, _ in files[path.stem]))
    if path.stem not in IN_DOCUMENT_ORDER:
        assert order == sorted(order)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_prefix_is_used_and_sorted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    declared = re.findall(r"(?m)^@prefix ([a-z0-9-]+):", text)
    body = re.sub(r"(?m)^(@prefix|#).*$", "", text)
    body = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', body)
    assert declared == sorted(declared)
    assert not [prefix for prefix in declared if not re.search(rf"(?<![\w-]){re.escape(prefix)}:", body)]
