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


@pytest.mark.parametrize(
    ("content", "media_type"),
    [("CLEAR ALL", "application/sparql-update"), ("update=CLEAR+ALL", "application/x-www-form-urlencoded")],
)
def test_safe_methods_change_nothing(loaded, content, media_type) -> None:
    response = loaded.request("QUERY", "/sparql", content=content, headers={"Content-Type": media_type})
    assert (response.status_code, response.headers["allow"]) == (400, "POST")
    assert response.json()["type"].rpartition("/")[2] == "update-needs-post"
    assert loaded.get("/sparql", params={"query": "ASK { ?s ?p ?o }"}).json()["boolean"]


@pytest.mark.parametrize("length", [65_535, 65_536])
def test_an_address_is_answered_or_too_long(loaded, length) -> None:
    address = "/sparql?query=ASK%7B%7D%23"
    response = loaded.get(address + "x" * (length - len(address)))
    if length == 65_535:
        assert response.json()["boolean"]
    else:
        assert (response.status_code, response.json()["type"].rpartition("/")[2]) == (414, "target-too-long")


@pytest.mark.parametrize("media_type", ["application/sparql-query, text/plain", "application/sparql-query x"])
def test_a_media_type_with_something_behind_it_is_none(loaded, media_type) -> None:
    assert loaded.post("/sparql", content="ASK {}", headers={"Content-Type": media_type}).status_code == 415


def test_a_byte_order_mark_before_a_query_is_ignored(loaded) -> None:
    marked = "\ufeffASK {}"
    direct = loaded.post("/sparql", content=marked, headers={"Content-Type": "application/sparql-query"})
    answers = [direct, loaded.post("/sparql", data={"query": marked}), loaded.get("/sparql", params={"query": marked})]
    assert [answer.json()["boolean"] for answer in answers] == [True] * 3
    assert loaded.post("/sparql", data={"update": "\ufeffDROP SILENT GRAPH <urn:none>"}).status_code == 204


@pytest.mark.parametrize("name", ["a/%2e%2e/b", "a/%2E/b", "%2e%2e"])
def test_a_graph_name_with_dot_segments_is_refused(loaded, name) -> None:
    """RFC 3986, section 6.2.2.3: normalised they are other addresses, and such a graph could not be read again."""
    turtle = {"Content-Type": "text/turtle"}
    response = loaded.put(f"/graph-store/{name}", content="<urn:a> <urn:b> 1 .", headers=turtle)
    assert (response.status_code, response.json()["type"].rpartition("/")[2]) == (400, "bad-graph-name")
