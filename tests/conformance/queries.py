"""What the tests of queries share: data, requests, and readers of answers and problems."""

from __future__ import annotations

import httpx
import pyoxigraph as ox

DATA = """
INSERT DATA {
  <http://e/a> <http://e/label> "Saiga"@en, "сайгак"@ru, "12"^^<http://www.w3.org/2001/XMLSchema#integer> .
  GRAPH <http://e/g> { <http://e/b> <http://e/p> _:x . _:x <http://e/p> "line\\nbreak, \\"quoted\\"" . }
}
"""
LABELS = "SELECT ?o { <http://e/a> <http://e/label> ?o } ORDER BY ?o"
GRAPH_TYPES = [
    "text/turtle",
    "application/n-triples",
    "application/n-quads",
    "application/trig",
    "application/rdf+xml",
    "application/ld+json",
]


def get(client: httpx.Client, query: str, **headers: str) -> httpx.Response:
    return client.get("/sparql", params={"query": query}, headers=headers)


def read(response: httpx.Response, media_type: str) -> ox.Store:
    assert response.headers["content-type"].partition(";")[0] == media_type
    store = ox.Store()
    store.load(response.content, format=ox.RdfFormat.from_media_type(media_type))
    return store


def problem(response: httpx.Response, status: int, slug: str) -> dict[str, object]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, object] = response.json()
    assert document["type"] == f"https://w3id.org/jwpgraph/problem/{slug}"
    assert document["status"] == status
    assert document["title"]
    return document
