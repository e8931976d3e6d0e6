"""The response header about terms of the project that nothing in the release has."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import httpx
import pytest

from jwpgraph.sparql_protocol.unused_terms import UnusedTerms, list_iris

JWP = "https://w3id.org/jwpgraph/ontology#"
COUNTRY = "https://w3id.org/jwpgraph/id/country/"
PREFIXES = f"PREFIX jwp: <{JWP}>\nPREFIX : <{JWP}>\nPREFIX c: <{COUNTRY}>\n"
DATA = PREFIXES + "INSERT DATA { <urn:a> jwp:inPlace c:KE ; a jwp:Kind . jwp:assessedIn <urn:p> 1 }"

CASES = {
    "a used property": ("SELECT * { ?s jwp:inPlace ?o }", []),
    "a misspelt property": ("SELECT * { ?s jwp:inplace ?o }", [JWP + "inplace"]),
    "a property that is only described": ("SELECT * { ?s jwp:assessedIn ?o }", [JWP + "assessedIn"]),
    "in a result with rows": ("SELECT * { ?s jwp:inPlace ?o OPTIONAL { ?s jwp:in ?x } }", [JWP + "in"]),
    "in a negation": ("SELECT * { ?s jwp:inPlace ?o MINUS { ?s :without ?x } }", [JWP + "without"]),
    "in a path": ("SELECT * { ?s jwp:inPlace/^jwp:toPlace ?o }", [JWP + "toPlace"]),
    "an IRI in full": (f"SELECT * {{ ?s <{JWP}nothing> ?o }}", [JWP + "nothing"]),
    "a class": ("SELECT * { ?s a jwp:Kind ; jwp:inPlace ?c }", []),
    "a misspelt class": ("SELECT * { ?s a jwp:Kinds }", [JWP + "Kinds"]),
    "two": ("SELECT * { ?s jwp:b ?c ; jwp:a ?d }", [JWP + "a", JWP + "b"]),
    "a comment and a string": ('SELECT * { ?s jwp:inPlace ?o FILTER("jwp:x" != "") # jwp:y\n }', []),
    "an entity": ("SELECT * { ?s jwp:inPlace c:KEN }", [COUNTRY + "KEN"]),
    "an entity that is false": ("ASK { ?s jwp:inPlace c:KEN }", [COUNTRY + "KEN"]),
    "an entity of an empty graph": ("DESCRIBE c:KEN", [COUNTRY + "KEN"]),
    "a known entity": ("SELECT * { c:KE ?p ?o }", []),
    "an entity of a result with rows": ("SELECT * { VALUES ?c { c:KE c:KEN } ?s jwp:inPlace ?c }", []),
    "a query that is not cached": ("SELECT (NOW() AS ?n) { OPTIONAL { ?s jwp:inplace ?o } }", [JWP + "inplace"]),
    "a name too long to be kept": (f"SELECT * {{ ?s jwp:{'a' * 300} ?o }}", []),
    "no term of the project": ("SELECT * { ?s <urn:none> ?o }", []),
}


@pytest.fixture
def loaded(writable) -> httpx.Client:
    client: httpx.Client = writable.filled(DATA)
    return client


@pytest.mark.parametrize("name", CASES)
def test_terms_without_triples_are_named(loaded, name) -> None:
    query, expected = CASES[name]
    for _ in range(2):  # evaluated, then from the cache
        response = loaded.get("/sparql", params={"query": PREFIXES + query}).raise_for_status()
        assert response.headers.get("x-unused-terms", "") == ", ".join(f"<{iri}>" for iri in expected)


@pytest.mark.parametrize(
    "media_type", ["application/sparql-results+json", "application/sparql-results+xml", "text/csv", "application/json"]
)
def test_an_empty_result_is_recognised_in_each_format(loaded, media_type) -> None:
    query = PREFIXES + "SELECT ?s { ?s jwp:inPlace c:KEN }"
    response = loaded.get("/sparql", params={"query": query}, headers={"Accept": media_type})
    assert response.headers["x-unused-terms"] == f"<{COUNTRY}KEN>"


@pytest.mark.parametrize("name", ["turtle", "nt", "nq", "trig", "n3", "rdf", "jsonld"])
def test_an_empty_graph_is_recognised_in_each_format(loaded, name) -> None:
    query = PREFIXES + "DESCRIBE c:KEN"
    response = loaded.get("/sparql", params={"query": query, "format": name})
    assert response.headers["x-unused-terms"] == f"<{COUNTRY}KEN>"


def test_a_term_that_a_later_release_has_is_no_longer_named(loaded) -> None:
    query = PREFIXES + "SELECT * { ?s jwp:later ?o }"
    assert "x-unused-terms" in loaded.get("/sparql", params={"query": query}).headers
    loaded.post("/sparql", data={"update": PREFIXES + "INSERT DATA { <urn:b> jwp:later 1 }"}).raise_for_status()
    assert "x-unused-terms" not in loaded.get("/sparql", params={"query": query}).headers


def test_many_prefixes_and_terms_take_no_time() -> None:
    """What a client sends is read in the event loop: in time linear to its length."""
    declarations = "".join(f"PREFIX p{number}: <{JWP}> " for number in range(150))
    started = time.process_time()
    for text in (declarations + "?s ?p ?o . " * 100, f"<{JWP}" * 300, PREFIXES + "jwp:a" * 1500):
        list_iris(text)
    assert time.process_time() - started < 0.05


def test_a_result_that_is_still_being_sent_waits_for_no_other_worker() -> None:
    """It holds a worker until it is read."""
    result = SimpleNamespace(entry=None, query_task=SimpleNamespace(body=None), release_number=1, kind="solutions")
    unused = UnusedTerms()
    # There is nobody to look it up.
    assert asyncio.run(unused.find(None, result, PREFIXES + "SELECT * { ?s jwp:none ?o }", "client")) == ()
