"""W3C SPARQL 1.1 Protocol tests: the 34 cases of ``sparql11/protocol`` in rdf-tests, by their names there.

The requests are the suite's, sent as raw bytes where the suite is about what an HTTP library would not send.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
TABULAR = {
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
}
BOOLEAN = {"application/sparql-results+json", "application/sparql-results+xml"}
RDF = {"text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json", "application/n-quads"}

DATA = "http://kasei.us/2009/09/sparql/data/data{}.rdf"
D0, D1, D2, D3 = (DATA.format(number) for number in range(4))
TYPED = "<{0}> a ?type"
BOTH_DEFAULT = f"ASK {{ {TYPED.format(D1)} . {TYPED.format(D2)} . }}"
BOTH_NAMED = f"ASK {{ GRAPH ?g1 {{ {TYPED.format(D1)} }} GRAPH ?g2 {{ {TYPED.format(D2)} }} }}"

PROLOGUE = "PREFIX dc: <http://purl.org/dc/terms/>\nPREFIX foaf: <http://xmlns.com/foaf/0.1/>\n"
THREE_DOCUMENTS = (
    "INSERT DATA {" + "".join(f" GRAPH <{d}> {{ <{d}> a foaf:Document }}" for d in (D1, D2, D3)) + " } ;\n"
)


@dataclass(frozen=True)
class Request:
    """One request of a case and what must come back."""

    method: str = "GET"
    parameters: list[tuple[str, str]] = field(default_factory=list)
    content: bytes | str | None = None
    content_type: str | None = None
    status: range = range(200, 400)
    boolean: bool | None = None
    media_types: set[str] = field(default_factory=set)


def post(content: str | bytes, content_type: str | None, *parameters: tuple[str, str], **expected: Any) -> Request:
    return Request("POST", list(parameters), content, content_type, **expected)


def asked_true(content: str, *parameters: tuple[str, str]) -> Request:
    return post(content, QUERY, *parameters, boolean=True, media_types=BOOLEAN)


def refused(request: Request) -> list[Request]:
    return [Request(**{**request.__dict__, "status": range(400, 500)})]


def dataset_graph(name: str) -> str:
    return f"http://example.org/protocol-update-{name}-test/"


def marked(graph: str, *documents: str, unmarked: str | None = None) -> str:
    resource = "<http://purl.org/dc/terms/BibliographicResource>"
    found = " ".join(f"<{document}> a {resource} ." for document in documents)
    absent = f"FILTER NOT EXISTS {{ GRAPH <{graph}> {{ <{unmarked}> a {resource} }} }}" if unmarked else ""
    return f"ASK {{ GRAPH <{graph}> {{ {found} }} {absent} }}"


def mark(graph: str, where: str) -> str:
    return f"INSERT {{ GRAPH <{graph}> {{ ?s a dc:BibliographicResource }} }} WHERE {{ {where} }}"


GET_ASK = [("query", "ASK {}"), ("default-graph-uri", D0)]

CASES: dict[str, list[Request]] = {
    "query_post_form": [post("query=ASK%20%7B%7D", FORM, ("default-graph-uri", D0), boolean=True, media_types=BOOLEAN)],
    "query_dataset_default_graphs_get": [
        Request(
            parameters=[("query", BOTH_DEFAULT), ("default-graph-uri", D1), ("default-graph-uri", D2)],
            boolean=True,
            media_types=BOOLEAN,
        )
    ],
    "query_dataset_default_graphs_post": [
        asked_true(BOTH_DEFAULT, ("default-graph-uri", D1), ("default-graph-uri", D2))
    ],
    "query_dataset_named_graphs_post": [asked_true(BOTH_NAMED, ("named-graph-uri", D1), ("named-graph-uri", D2))],
    "query_dataset_named_graphs_get": [
        Request(
            parameters=[("query", BOTH_NAMED), ("named-graph-uri", D1), ("named-graph-uri", D2)],
            boolean=True,
            media_types=BOOLEAN,
        )
    ],
    "query_dataset_full": [
        asked_true(
            f"ASK {{ {TYPED.format(D3)} GRAPH ?g1 {{ {TYPED.format(D1)} }} GRAPH ?g2 {{ {TYPED.format(D2)} }} }}",
            ("default-graph-uri", D3),
            ("named-graph-uri", D1),
            ("named-graph-uri", D2),
        )
    ],
    # The suite percent-encodes the ampersand between its two parameters, which makes them one.
    "query_multiple_dataset": [
        asked_true(
            f"ASK FROM <{D3}> {{ GRAPH ?g1 {{ {TYPED.format(D1)} }} GRAPH ?g2 {{ {TYPED.format(D2)} }} }}",
            ("named-graph-uri", f"{D1}&named-graph-uri={D2}"),
        )
    ],
    "query_get": [Request(parameters=GET_ASK, boolean=True, media_types=BOOLEAN)],
    "query_content_type_select": [
        post("SELECT (1 AS ?value) {}", QUERY, ("default-graph-uri", D0), media_types=TABULAR)
    ],
    "query_content_type_ask": [post("ASK {}", QUERY, ("default-graph-uri", D0), boolean=True, media_types=BOOLEAN)],
    "query_content_type_describe": [
        post("DESCRIBE <http://example.org/>", QUERY, ("default-graph-uri", D0), media_types=RDF)
    ],
    "query_content_type_construct": [
        post("CONSTRUCT { <s> <p> 1 } WHERE {}", QUERY, ("default-graph-uri", D0), media_types=RDF)
    ],
    "update_dataset_default_graph": [
        post(
            PROLOGUE
            + f"CLEAR ALL ; INSERT DATA {{ GRAPH <{D1}> {{ <{D1}> a foaf:Document }} }} ;\n"
            + mark(dataset_graph("dataset"), "?s a foaf:Document"),
            UPDATE,
            ("using-graph-uri", D1),
        ),
        asked_true(marked(dataset_graph("dataset"), D1)),
    ],
    "update_dataset_default_graphs": [
        post(
            PROLOGUE + "DROP ALL ;\n" + THREE_DOCUMENTS + mark(dataset_graph("dataset-graphs"), "?s a foaf:Document"),
            UPDATE,
            ("using-graph-uri", D1),
            ("using-graph-uri", D2),
        ),
        asked_true(marked(dataset_graph("dataset-graphs"), D1, D2, unmarked=D3)),
    ],
    "update_dataset_named_graphs": [
        post(
            PROLOGUE
            + "DROP ALL ;\n"
            + THREE_DOCUMENTS
            + mark(dataset_graph("dataset-named-graphs"), "GRAPH ?g { ?s a foaf:Document }"),
            UPDATE,
            ("using-named-graph-uri", D1),
            ("using-named-graph-uri", D2),
        ),
        asked_true(marked(dataset_graph("dataset-named-graphs"), D1, D2, unmarked=D3)),
    ],
    "update_dataset_full": [
        post(
            PROLOGUE
            + "DROP ALL ;\n"
            + THREE_DOCUMENTS
            + f"INSERT {{ GRAPH <{dataset_graph('dataset-full')}> {{ ?s <http://example.org/in> ?in }} }} WHERE {{\n"
            + "{ GRAPH ?g { ?s a foaf:Document } BIND(?g AS ?in) }\n"
            + 'UNION { ?s a foaf:Document . BIND("default" AS ?in) } }',
            UPDATE,
            ("using-graph-uri", D1),
            ("using-named-graph-uri", D2),
        ),
        asked_true(
            f'ASK {{ GRAPH <{dataset_graph("dataset-full")}> {{ <{D1}> <http://example.org/in> "default" . '
            f"<{D2}> <http://example.org/in> <{D2}> . }} "
            f"FILTER NOT EXISTS {{ GRAPH <{dataset_graph('dataset-full')}> {{ <{D3}> ?p ?o }} }} }}"
        ),
    ],
    "update_post_form": [post("update=CLEAR+ALL", FORM)],
    "update_post_direct": [post("CLEAR ALL", UPDATE)],
    "update_base_uri": [
        post(
            "CLEAR GRAPH <http://example.org/protocol-base-test/> ;\nINSERT DATA { GRAPH <http://example.org/protocol-base"
            "-test/> { <http://example.org/s> <http://example.org/p> <test> } }",
            UPDATE,
        ),
        post(
            "SELECT ?o WHERE { GRAPH <http://example.org/protocol-base-test/> "
            "{ <http://example.org/s> <http://example.org/p> ?o } }",
            QUERY,
            media_types=TABULAR,
        ),
    ],
    "query_post_direct": [asked_true("ASK {}")],
    "bad_query_method": refused(Request("PUT", GET_ASK, content_type=FORM)),
    "bad_multiple_queries": refused(Request(parameters=[("query", "ASK {}"), ("query", "SELECT * {}")])),
    "bad_query_wrong_media_type": refused(post("ASK {}", "text/plain")),
    "bad_query_missing_form_type": refused(post("query=ASK%20%7B%7D", None)),
    "bad_query_missing_direct_type": refused(post("ASK {}", None)),
    "bad_query_non_utf8": refused(post("ASK {}".encode("utf-16"), QUERY + "; charset=UTF-16")),
    "bad_query_syntax": refused(Request(parameters=[("query", "ASK {")])),
    "bad_update_get": refused(Request(parameters=[("update", "CLEAR ALL")])),
    "bad_multiple_updates": refused(post("update=CLEAR%20NAMED&update=CLEAR%20DEFAULT", FORM)),
    "bad_update_wrong_media_type": refused(post("CLEAR NAMED", "text/plain")),
    "bad_update_missing_form_type": refused(post("update=CLEAR%20NAMED", None)),
    "bad_update_non_utf8": refused(post("CLEAR NAMED".encode("utf-16"), UPDATE + "; charset=UTF-16")),
    "bad_update_syntax": refused(post("update=CLEAR%20XYZ", FORM)),
    "bad_update_dataset_conflict": refused(
        post(
            "PREFIX foaf:  <http://xmlns.com/foaf/0.1/>\nWITH <http://example/addresses>\n"
            "DELETE { ?person foaf:givenName 'Bill' }\nINSERT { ?person foaf:givenName 'William' }\n"
            "WHERE {\n    ?person foaf:givenName 'Bill'\n}",
            UPDATE,
            ("using-named-graph-uri", "http://example/people"),
        )
    ),
}


def send(client: httpx.Client, request: Request) -> httpx.Response:
    url = "/sparql/"
    if request.parameters:
        url += "?" + urlencode(request.parameters, quote_via=quote)
    headers = {"Content-Type": request.content_type} if request.content_type else {}
    return client.request(request.method, url, content=request.content, headers=headers)


@pytest.fixture
def loaded(writable) -> httpx.Client:
    """The instance with the suite's data."""
    documents = " ".join(f"GRAPH <{d}> {{ <{d}> a <http://xmlns.com/foaf/0.1/Document> }}" for d in (D0, D1, D2, D3))
    client: httpx.Client = writable.filled(f"INSERT DATA {{ {documents} }}")
    return client


def test_the_suite_is_whole() -> None:
    assert len(CASES) == 34


@pytest.mark.parametrize("name", CASES)
def test_protocol(loaded: httpx.Client, name: str) -> None:
    for request in CASES[name]:
        response = send(loaded, request)
        assert response.status_code in request.status, response.text
        media_type = response.headers.get("content-type", "").partition(";")[0]
        if request.media_types:
            assert media_type in request.media_types
        if request.boolean is not None:
            assert response.json()["boolean"] is request.boolean
        if request.status.start == 400:
            assert media_type == "application/problem+json"
            assert response.json()["status"] == response.status_code
    if name == "update_base_uri":
        (row,) = response.json()["results"]["bindings"]
        assert row["o"]["type"] == "uri"
        assert row["o"]["value"] != "test"
