"""Clients that people use, unmodified."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore
from SPARQLWrapper import CSV, GET, JSON, JSONLD, POST, POSTDIRECTLY, TSV, TURTLE, URLENCODED, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

COMUNICA = Path(__file__).parent / "node_modules/.bin/comunica-sparql"
S, P, G = URIRef("http://e/s"), URIRef("http://e/p"), URIRef("http://e/g")


@pytest.fixture
def wrapper(client: httpx.Client, origin: str, authorization: dict[str, str]) -> SPARQLWrapper:
    wrapper = SPARQLWrapper(f"{origin}/sparql")
    wrapper.addCustomHttpHeader("Authorization", authorization["Authorization"])
    wrapper.setMethod(POST)
    wrapper.setQuery('INSERT DATA { <http://e/s> <http://e/p> "ü+&%"@de }')
    wrapper.query()
    return wrapper


@pytest.mark.parametrize(("method", "request_method"), [(GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)])
def test_sparqlwrapper_asks(wrapper: SPARQLWrapper, method: str, request_method: str) -> None:
    wrapper.setMethod(method)
    wrapper.setRequestMethod(request_method)
    wrapper.setQuery('SELECT ?o { ?s ?p ?o FILTER(?o = "ü+&%"@de) }')
    wrapper.setReturnFormat(JSON)
    (row,) = wrapper.queryAndConvert()["results"]["bindings"]
    assert row["o"] == {"type": "literal", "value": "ü+&%", "xml:lang": "de"}
    wrapper.setReturnFormat(XML)
    assert len(wrapper.queryAndConvert().getElementsByTagName("result")) == 1
    for table in (CSV, TSV):
        wrapper.setReturnFormat(table)
        assert "ü+&%" in wrapper.queryAndConvert().decode()


def test_sparqlwrapper_constructs_asks_and_fails_properly(wrapper: SPARQLWrapper) -> None:
    wrapper.setMethod("GET")
    wrapper.setQuery("CONSTRUCT WHERE { ?s ?p ?o }")
    for form in (XML, JSONLD):
        wrapper.setReturnFormat(form)
        assert len(wrapper.queryAndConvert()) == 1
    wrapper.setReturnFormat(TURTLE)
    assert len(Graph().parse(data=wrapper.queryAndConvert())) == 1
    wrapper.setQuery("ASK {}")
    wrapper.setReturnFormat(JSON)
    assert wrapper.queryAndConvert()["boolean"] is True
    wrapper.setQuery("SELECT {")
    with pytest.raises(QueryBadFormed, match="query-syntax"):
        wrapper.query()


def test_rdflib_reads(client: httpx.Client, origin: str) -> None:
    turtle = {"Content-Type": "text/turtle"}
    client.put("/graph-store?graph=http://e/g", content="<http://e/s> <http://e/p> 1, 2 .", headers=turtle)
    store = SPARQLStore(f"{origin}/sparql")
    graph = Graph(store=store)
    assert set(graph.objects(S, P)) == {Literal(1), Literal(2)}
    assert (S, P, Literal(1)) in graph
    assert len(graph) == 2
    assert len(graph.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }").graph) == 2
    assert [str(row[0]) for row in graph.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")] == [str(G)]
    posting = Graph(store=SPARQLStore(f"{origin}/sparql", method="POST", returnFormat="json"))
    assert (S, P, Literal(2)) in posting


def test_rdflib_writes(client: httpx.Client, origin: str, authorization: dict[str, str]) -> None:
    store = SPARQLUpdateStore(f"{origin}/sparql", f"{origin}/sparql", headers=authorization)
    graph = Graph(store=store, identifier=G)
    graph.add((S, P, Literal("line\nbreak 'quoted' \"twice\" ü", lang="de")))
    graph.add((S, P, Literal(2)))
    assert set(graph.objects(S, P)) == {Literal("line\nbreak 'quoted' \"twice\" ü", lang="de"), Literal(2)}
    graph.remove((S, P, Literal(2)))
    assert len(graph) == 1
    graph.update("DELETE { ?s ?p ?o } INSERT { ?s ?p 3 } WHERE { ?s ?p ?o }")
    assert [int(value) for value in graph.objects(S, P)] == [3]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl(client: httpx.Client, origin: str, authorization: dict[str, str]) -> None:
    def curl(*arguments: str) -> str:
        return subprocess.run(["curl", "-sSf", *arguments], check=True, capture_output=True, text=True).stdout

    bearer = f"Authorization: {authorization['Authorization']}"
    turtle = "Content-Type: text/turtle"
    curl("-X", "PUT", "-H", bearer, "-H", turtle, "-d", "<http://e/s> <http://e/p> 1 .", f"{origin}/graph-store/curl")
    assert '"1"' in curl("--compressed", "--data-urlencode", "query=SELECT ?o { ?s ?p ?o }", f"{origin}/sparql")
    listed = curl("-G", "--data-urlencode", "query=SELECT ?o { ?s ?p ?o }", "-d", "format=csv", f"{origin}/sparql")
    assert listed.split() == ["o", "1"]


@pytest.mark.skipif(not COMUNICA.exists() or shutil.which("node") is None, reason="make test installs Comunica")
@pytest.mark.parametrize("kind", ["sparql@", ""])
def test_comunica(client: httpx.Client, origin: str, kind: str) -> None:
    turtle = '<http://e/s> <http://e/p> "ü"@de, 2, [ <http://e/q> "line\\nbreak" ] .'
    stored = client.put("/graph-store?graph=http://e/g", content=turtle, headers={"Content-Type": "text/turtle"})
    stored.raise_for_status()
    query = "SELECT ?o ?r WHERE { <http://e/s> <http://e/p> ?o OPTIONAL { ?o <http://e/q> ?r } }"
    command = ["node", str(COMUNICA), f"{kind}{origin}/sparql", query, "-t", "application/sparql-results+json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "WARN" not in done.stderr
    rows = json.loads(done.stdout)["results"]["bindings"]
    assert {row["o"]["value"] for row in rows if row["o"]["type"] != "bnode"} == {"ü", "2"}
    assert [row["r"]["value"] for row in rows if row["o"]["type"] == "bnode"] == ["line\nbreak"]
