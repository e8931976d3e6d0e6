"""Graphs that some formats cannot express, over HTTP: another format that the client takes, or 406 with the reason."""

from __future__ import annotations

import httpx
import pytest

GRAPH = "http://e.org/graph"
TRIPLE_TERM = "<http://e.org/s> <http://e.org/says> <<( <http://e.org/a> <http://e.org/b> <http://e.org/c> )>> ."
ODD_PREDICATE = '<http://e.org/s> <http://e.org/123> "x" .'
CONTROL = r'<http://e.org/s> <http://e.org/p> "\u0001" .'
QUERY = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"
JSON_LD, XML, TURTLE = "application/ld+json", "application/rdf+xml", "text/turtle"


@pytest.fixture(params=["/sparql", "/graph-store"])
def fetch(request, origin, authorization):
    """A function that stores a graph, if one is given, and reads it, by a query and by Graph Store Protocol."""
    client = httpx.Client(base_url=origin, verify=False)

    def get(turtle: str | None, accept: str) -> httpx.Response:
        headers = authorization | {"Content-Type": TURTLE}
        if turtle is not None:
            client.put("/graph-store", params={"graph": GRAPH}, content=turtle, headers=headers).raise_for_status()
        parameters = {"query": QUERY} if request.param == "/sparql" else {"graph": GRAPH}
        return client.get(request.param, params=parameters, headers={"Accept": accept})

    yield get
    client.close()


@pytest.mark.parametrize(
    ("turtle", "refused"),
    [(TRIPLE_TERM, JSON_LD), (ODD_PREDICATE, XML), (CONTROL, XML)],
    ids=["term", "name", "control"],
)
def test_the_next_best_format_is_taken(fetch, turtle, refused) -> None:
    answer = fetch(turtle, f"{refused}, text/turtle;q=0.5")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(TURTLE)
    again = fetch(None, f"{refused}, text/turtle;q=0.5")
    assert (again.content, again.headers["etag"]) == (answer.content, answer.headers["etag"])
    assert fetch(None, f"{JSON_LD}, {XML};q=0.9, application/n-triples;q=0.1").status_code == 200


@pytest.mark.parametrize(
    ("turtle", "refused", "reason"),
    [
        (TRIPLE_TERM, JSON_LD, "JSON-LD has no triple terms"),
        # Turtle is no answer for it: what N3 lacks is what readers of N3 cannot read.
        (TRIPLE_TERM, "text/n3", "N3 has no triple terms"),
        (ODD_PREDICATE, XML, "no element for the predicate <http://e.org/123>"),
        (CONTROL, XML, "control character"),
    ],
    ids=["term", "term in N3", "name", "control"],
)
def test_without_another_it_is_not_acceptable(fetch, turtle, refused, reason) -> None:
    answer = fetch(turtle, refused)
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/problem+json"
    assert reason in answer.json()["detail"]


@pytest.mark.parametrize("accept", [JSON_LD, XML, "application/n-triples"])
def test_what_can_be_written_is_written_as_asked(fetch, accept) -> None:
    answer = fetch('<http://e.org/s> <http://e.org/p> "x" .', f"{accept}, text/turtle;q=0.5")
    assert answer.headers["content-type"].startswith(accept)


def test_rdf_xml_of_any_kind_is_stored(origin, authorization) -> None:
    body = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e.org/" xml:lang="en">'
        '<e:T rdf:about="http://e.org/s"><e:p>a <![CDATA[<b>]]><!-- c --></e:p><e:p xml:lang="">d</e:p></e:T></rdf:RDF>'
    )
    with httpx.Client(base_url=origin, params={"graph": GRAPH}) as client:
        put = client.put("/graph-store", content=body, headers=authorization | {"Content-Type": XML})
        assert put.status_code in {201, 204}
        stored = client.get("/graph-store", headers={"Accept": "application/n-triples"}).text
        assert '"a <b>"@en' in stored
        assert '"d" .' in stored
        put = client.put("/graph-store", content="﻿" + TRIPLE_TERM, headers=authorization | {"Content-Type": TURTLE})
        assert put.status_code == 204
        bad = client.put(
            "/graph-store", content=body.replace("</e:T>", ""), headers=authorization | {"Content-Type": XML}
        )
        assert (bad.status_code, bad.json()["line"]) == (400, 1)
        assert "mismatched tag" in bad.json()["detail"]
