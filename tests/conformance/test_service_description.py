"""The service description (SPARQL 1.1 Service Description), and a service without a token."""

from __future__ import annotations

import httpx
import pytest
from rdflib import Graph

from .queries import GRAPH_TYPES, get, problem, read


def test_without_a_token_nobody_writes(read_only: httpx.Client) -> None:
    bearer = {"Authorization": "Bearer x"}
    problem(read_only.post("/sparql", data={"update": "CLEAR ALL"}, headers=bearer), 403, "read-only")
    problem(read_only.put("/graph-store?default", content="", headers=bearer), 403, "read-only")
    problem(read_only.get("/sparql/running", headers=bearer), 403, "read-only")
    assert get(read_only, "ASK {}").json() == {"head": {}, "boolean": True}


SD = "http://www.w3.org/ns/sparql-service-description#"


def described(client: httpx.Client, **headers: str) -> Graph:
    response = client.get("/sparql", headers={"Accept": "text/turtle", **headers})
    assert response.headers["content-type"] == "text/turtle; charset=utf-8"
    return Graph().parse(data=response.text)


def test_the_service_describes_itself(loaded: httpx.Client, origin: str) -> None:
    graph = described(loaded)
    prefix = f"PREFIX sd: <{SD}> PREFIX void: <http://rdfs.org/ns/void#> "
    found = graph.query(
        prefix + "SELECT ?e { ?s a sd:Service ; sd:endpoint ?e ; sd:supportedLanguage sd:SPARQL11Update }"
    )
    assert [str(row[0]) for row in found] == [f"{origin}/sparql"]
    counts = graph.query(prefix + "SELECT ?n ?c { ?g sd:name ?n ; sd:graph [ void:triples ?c ] }")
    assert {str(row[0]): int(row[1]) for row in counts}["http://e/g"] == 2
    total = graph.query(prefix + "SELECT ?c { [] sd:defaultGraph [ void:triples ?c ] }")
    assert [int(row[0]) for row in total] == [5]


def test_the_description_follows_the_release(loaded: httpx.Client) -> None:
    first = loaded.get("/sparql")
    again = loaded.get("/sparql", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    loaded.post("/sparql", data={"update": "DROP ALL"}).raise_for_status()
    assert loaded.get("/sparql", headers={"If-None-Match": first.headers["etag"]}).status_code == 200


@pytest.mark.parametrize("media_type", GRAPH_TYPES)
def test_the_description_comes_in_every_format(client: httpx.Client, media_type: str) -> None:
    response = client.get("/sparql", headers={"Accept": media_type})
    assert bool(read(response, media_type).query(f"ASK {{ ?s a <{SD}Service> }}"))
    problem(client.get("/sparql", headers={"Accept": "image/png"}), 406, "not-acceptable")


def test_a_browser_gets_the_editor(client: httpx.Client) -> None:
    response = client.get("/sparql", headers={"Accept": "text/html,*/*;q=0.8"})
    assert response.headers["content-type"].startswith("text/html")
    # A program that would take a page as well gets what it likes better.
    for accept in ("text/turtle,text/html;q=0.2", "application/n-quads, application/ld+json;q=0.9, text/html;q=0.5"):
        described = client.get("/sparql", headers={"Accept": accept})
        assert described.headers["content-type"].partition(";")[0] == accept.partition(",")[0]


def test_a_read_only_service_says_so(read_only: httpx.Client) -> None:
    graph = described(read_only, Host="graph.example:8443")
    text = graph.serialize(format="nt")
    assert "<http://graph.example:8443/sparql>" in text
    assert "SPARQL11Update" not in text
    assert f"{SD}BasicFederatedQuery" in text
    assert "https://a.example/" in text
