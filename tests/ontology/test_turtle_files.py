"""The Turtle files as files: they parse, say nothing twice, and leave nothing without a name or a language."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, Triple

#: Properties whose values are words in some language.
WORDS = {
    "http://purl.org/dc/terms/description",
    "http://purl.org/dc/terms/title",
    "http://rs.tdwg.org/dwc/terms/vernacularName",
    "http://www.w3.org/2000/01/rdf-schema#comment",
    "http://www.w3.org/2000/01/rdf-schema#label",
    "http://www.w3.org/2004/02/skos/core#altLabel",
    "http://www.w3.org/2004/02/skos/core#changeNote",
    "http://www.w3.org/2004/02/skos/core#definition",
    "http://www.w3.org/2004/02/skos/core#editorialNote",
    "http://www.w3.org/2004/02/skos/core#hiddenLabel",
    "http://www.w3.org/2004/02/skos/core#historyNote",
    "http://www.w3.org/2004/02/skos/core#note",
    "http://www.w3.org/2004/02/skos/core#prefLabel",
    "http://www.w3.org/2004/02/skos/core#scopeNote",
    "http://www.w3.org/2008/05/skos-xl#literalForm",
    "https://w3id.org/jwpgraph/ontology#delayReason",
    "https://w3id.org/jwpgraph/ontology#fullNote",
    "https://w3id.org/jwpgraph/ontology#historicName",
    "https://w3id.org/jwpgraph/ontology#nomenclatureNote",
    "https://w3id.org/jwpgraph/ontology#officialText",
    "https://w3id.org/jwpgraph/ontology#populationNote",
    "https://w3id.org/jwpgraph/ontology#restrictionBasis",
    "https://w3id.org/jwpgraph/ontology#shortNote",
}

#: The object of a described statement is whatever that statement's own property takes.
REIFIED_OBJECT = "http://www.w3.org/1999/02/22-rdf-syntax-ns#object"


def literals(triples: list[Triple]) -> list[tuple[Triple, Literal]]:
    return [(triple, triple.object) for triple in triples if isinstance(triple.object, Literal)]


def has_blank_node(triple: Triple) -> bool:
    return isinstance(triple.subject, BlankNode) or isinstance(triple.object, BlankNode)


def test_only_the_ontology_holds_blank_nodes(statements: dict[Path, list[Triple]], ontology_file: Path) -> None:
    found = {
        path.name: [str(triple) for triple in triples if has_blank_node(triple)]
        for path, triples in statements.items()
        if path != ontology_file
    }
    assert not {name: triples for name, triples in found.items() if triples}


def test_words_have_a_language(statements: dict[Path, list[Triple]]) -> None:
    missing = [
        f"{path.name}: {triple}"
        for path, triples in statements.items()
        for triple, literal in literals(triples)
        if triple.predicate.value in WORDS and not literal.language
    ]
    assert not missing


def test_every_property_of_words_is_watched(statements: dict[Path, list[Triple]]) -> None:
    tagged = {
        triple.predicate.value
        for triples in statements.values()
        for triple, literal in literals(triples)
        if literal.language
    }
    assert tagged - WORDS <= {REIFIED_OBJECT}


def test_literals_are_tidy(statements: dict[Path, list[Triple]]) -> None:
    untidy = [
        f"{path.name}: {triple}"
        for path, triples in statements.items()
        for triple, literal in literals(triples)
        if not literal.value.strip()
        or literal.value != literal.value.strip()
        or not unicodedata.is_normalized("NFC", literal.value)
    ]
    assert not untidy


def test_no_file_states_a_triple_twice(statements: dict[Path, list[Triple]]) -> None:
    repeated = [
        f"{path.name}: {triple}"
        for path, triples in statements.items()
        for triple, times in Counter(triple for triple in triples if not has_blank_node(triple)).items()
        if times > 1
    ]
    assert not repeated


def test_no_two_files_state_one_triple(statements: dict[Path, list[Triple]]) -> None:
    first_seen: dict[Triple, str] = {}
    repeated = []
    for path, triples in statements.items():
        for triple in set(triples):
            if has_blank_node(triple):
                continue
            if first_seen.setdefault(triple, path.name) != path.name:
                repeated.append(f"{first_seen[triple]} and {path.name}: {triple}")
    assert not repeated


def test_files_are_utf8_text_that_ends_in_a_line(source_files: list[Path]) -> None:
    for path in source_files:
        content = path.read_bytes()
        assert content.endswith(b"\n"), path
        assert b"\r" not in content, path
        assert not content.startswith(b"\xef\xbb\xbf"), path
        content.decode("utf-8")


@pytest.mark.parametrize("prefix", ["rdf", "rdfs", "owl", "skos", "dcterms", "jwp", "schema", "prov", "xsd"])
def test_prefixes_mean_the_same_in_every_file(source_files: list[Path], prefix: str) -> None:
    meanings = {
        line.split()[2]
        for path in source_files
        for line in path.read_text().splitlines()
        if line.startswith(f"@prefix {prefix}:")
    }
    assert len(meanings) == 1
