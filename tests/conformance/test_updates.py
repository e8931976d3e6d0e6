"""Updates over HTTP: what operations see of each other, and what is refused with nothing changed."""

from __future__ import annotations

import httpx
import pytest

ENTAILED, HIDDEN = "https://w3id.org/jwpgraph/graph/entailed", "urn:jwpgraph:asserted"
SHARED = """INSERT DATA {
  GRAPH <urn:g1> { <urn:a> <urn:q> <urn:b> . <urn:k> <urn:p> 1 }
  GRAPH <urn:g2> { <urn:a> <urn:q> <urn:b> }
}"""


def update(client: httpx.Client, text: str, **parameters: str) -> httpx.Response:
    return client.post("/sparql", data={"update": text, **parameters})


def rows(client: httpx.Client, query: str, **parameters: str) -> list[tuple[str, ...]]:
    response = client.get("/sparql", params={"query": query, **parameters})
    names = response.json()["head"]["vars"]
    return sorted(tuple(row[name]["value"] for name in names) for row in response.json()["results"]["bindings"])


@pytest.fixture
def shared(writable) -> httpx.Client:
    """A client of an instance in which two graphs share a triple."""
    client: httpx.Client = writable.filled(SHARED)
    return client


GRAPHS = "SELECT ?g { GRAPH ?g { <urn:a> <urn:q> ?o } }"


def test_there_is_no_hidden_graph(shared: httpx.Client) -> None:
    count = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { <urn:a> ?p ?o } }"
    assert update(shared, f"INSERT {{ GRAPH <urn:n> {{ <urn:n> <urn:n> ?n }} }} WHERE {{ {count} }}").status_code == 204
    assert rows(shared, "SELECT ?n { <urn:n> <urn:n> ?n }") == [("2",)]
    for parameters in ({}, {"entailment": "false"}):
        assert rows(shared, GRAPHS, **parameters) == [("urn:g1",), ("urn:g2",)]
        assert rows(shared, "SELECT (COUNT(*) AS ?n) { <urn:a> <urn:q> ?o }", **parameters) == [("1",)]
    assert rows(shared, f"SELECT * FROM <{HIDDEN}> {{ ?s ?p ?o }}") == []
    assert rows(shared, "SELECT * { ?s ?p ?o }", **{"default-graph-uri": HIDDEN}) == []
    copy = "INSERT { GRAPH <urn:c> { ?s ?p ?o } } WHERE { ?s ?p ?o }"
    assert update(shared, copy, **{"using-graph-uri": HIDDEN}).status_code == 204
    assert rows(shared, "SELECT * { GRAPH <urn:c> { ?s ?p ?o } }") == []


def test_an_operation_sees_what_the_one_before_it_has_left(shared: httpx.Client) -> None:
    text = """DELETE DATA { GRAPH <urn:g1> { <urn:k> <urn:p> 1 } } ;
    INSERT { GRAPH <urn:out> { ?s <urn:seen> ?o } } WHERE { ?s <urn:p> ?o }"""
    assert update(shared, text).status_code == 204
    assert rows(shared, "SELECT * { ?s <urn:seen> ?o }") == []


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (f"INSERT DATA {{ GRAPH <{ENTAILED}> {{ <urn:a> <urn:p> 1 }} }}", 409),
        (f"MOVE <urn:g1> TO <{ENTAILED}>", 409),
        (f"CLEAR DEFAULT ; COPY <urn:g1> TO <{HIDDEN}>", 409),
        (f"COPY <{HIDDEN}> TO <urn:g1>", 400),
        ("COPY <urn:nowhere> TO <urn:g1>", 400),
        ("INSERT DATA { _:b <urn:p> 1 } ; INSERT DATA { _:b <urn:p> 2 }", 400),
        ("LOAD SILENT <http://127.0.0.1:9/> INTO GRAPH <urn:g1>", 403),
    ],
)
def test_what_is_refused_changes_nothing(shared: httpx.Client, text: str, status: int) -> None:
    everything = "SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } }"
    before = rows(shared, everything)
    response = update(shared, text)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert rows(shared, everything) == before
