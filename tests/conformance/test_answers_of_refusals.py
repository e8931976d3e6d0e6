"""Refusals by the endpoint: which of several reasons is given, and where it is in the text."""

from __future__ import annotations

import pytest

UNREADABLE = {"Accept": "text/html"}


@pytest.mark.parametrize("accept", ["text/html", "image/png", "text/turtle", "application/json;q=0"])
def test_a_syntax_error_has_precedence_over_the_format(loaded, accept) -> None:
    response = loaded.post("/sparql", data={"query": "SELECT * {\n ?s ?p"}, headers={"Accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert (response.json()["type"].rpartition("/")[2], response.json()["line"]) == ("query-syntax", 2)


def test_a_valid_query_without_an_acceptable_format_is_refused_with_the_formats(loaded) -> None:
    for query in ("ASK {}", "SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"):
        response = loaded.post("/sparql", data={"query": query}, headers=UNREADABLE)
        assert (response.status_code, bool(response.json()["available"])) == (406, True)


def test_a_function_that_does_not_exist_is_located(loaded) -> None:
    query = "PREFIX e: <urn:e#>\nSELECT * { ?s ?p ?o FILTER(e:f(?o)) }"
    response = loaded.post("/sparql", data={"query": query})
    assert (response.status_code, response.json()["line"], response.json()["column"]) == (400, 2, 28)
    update = "INSERT { ?s <urn:p> 1 }\nWHERE { ?s ?p ?o FILTER(<urn:f>(?o)) }"
    response = loaded.post("/sparql", data={"update": update})
    assert (response.status_code, response.json()["type"].rpartition("/")[2]) == (400, "bad-update")
    assert (response.json()["line"], response.json()["column"]) == (2, 25)
