"""Queries over HTTP beyond W3C's suite: formats, negotiation, caching, limits, administration."""

from __future__ import annotations

import csv
import gzip
import io
import json
import socket
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import brotli
import httpx
import pytest
import zstandard

from .queries import GRAPH_TYPES, LABELS, get, problem, read


def test_the_function_iri_resolves_against_the_endpoint(origin: str) -> None:
    """SPARQL 1.1 Query, section 17.4.2.8: a relative IRI is resolved against the base IRI of the query."""
    query = "SELECT (IRI('rel') AS ?a) (URI(CONCAT('#', 'x')) AS ?b) {}"
    (row,) = httpx.get(f"{origin}/sparql", params={"query": query}).json()["results"]["bindings"]
    assert (row["a"]["value"], row["b"]["value"]) == (f"{origin}/rel", f"{origin}/sparql#x")


def test_graph_clauses_and_path_alternatives_follow_the_specification(client: httpx.Client) -> None:
    client.post(
        "/sparql",
        data={
            "update": """PREFIX : <urn:clause:> INSERT DATA {
            GRAPH :g1 { :a :p 9 ; :pl "x" ; :al "x" } GRAPH :g2 { :b :p 8 } } ;
            INSERT { GRAPH :out { ?s :in ?g } } WHERE { GRAPH ?g { { SELECT ?s { ?s :p 9 } } } } ;
            INSERT { GRAPH :out { ?g :size ?n } } WHERE { GRAPH ?g { { SELECT (COUNT(*) AS ?n) { ?s :p ?o } } } }"""
        },
    ).raise_for_status()

    def rows(query: str) -> list[str]:
        response = get(client, f"PREFIX : <urn:clause:> {query}", Accept="text/csv").raise_for_status()
        return sorted(response.text.split()[1:])

    out = "urn:clause:"
    assert rows("SELECT ?g ?s { GRAPH ?g { { SELECT ?s { ?s :p 9 } } } }") == [f"{out}g1,{out}a"]
    assert rows("SELECT ?l FROM :g1 { ?s :pl|:al ?l }") == ["x", "x"]
    assert rows("SELECT ?g FROM NAMED :g2 FROM NAMED :g1 { GRAPH ?g { VALUES ?x { 1 } } }") == [f"{out}g1", f"{out}g2"]
    assert rows("SELECT ?s ?g { GRAPH :out { ?s :in ?g } }") == [f"{out}a,{out}g1"]
    assert rows("SELECT ?n { GRAPH :out { :g1 :size ?n } }") == ["1"]
    refused = problem(get(client, "SELECT (COUNT(DISTINCT *) AS ?n) {\n [] <a:a>|<a:b> ?o }"), 400, "query-unsupported")
    assert (refused["line"], refused["column"]) == (1, 24)


@pytest.mark.parametrize("media_type", ["application/sparql-results+json", "application/json"])
def test_json_keeps_languages_and_datatypes(loaded: httpx.Client, media_type: str) -> None:
    response = get(loaded, LABELS, Accept=media_type)
    assert response.headers["content-type"] == media_type
    terms = [row["o"] for row in response.json()["results"]["bindings"]]
    assert {(term["value"], term.get("xml:lang"), term.get("datatype", "")[-7:]) for term in terms} == {
        ("Saiga", "en", ""),
        ("сайгак", "ru", ""),
        ("12", None, "integer"),
    }


def test_xml_csv_and_tsv_say_the_same(loaded: httpx.Client) -> None:
    xml = get(loaded, LABELS, Accept="application/sparql-results+xml")
    assert len(ElementTree.fromstring(xml.content).findall(".//{*}result")) == 3
    table = get(loaded, LABELS, Accept="text/csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert {row[0] for row in csv.reader(io.StringIO(table.text))} == {"o", "12", "Saiga", "сайгак"}
    tabs = get(loaded, LABELS, Accept="text/tab-separated-values")
    assert '"Saiga"@en' in tabs.text.splitlines()


@pytest.mark.parametrize("media_type", GRAPH_TYPES)
def test_graphs_come_in_every_format_with_blank_nodes_joined(loaded: httpx.Client, media_type: str) -> None:
    query = "CONSTRUCT { ?s ?p ?o } { GRAPH <http://e/g> { ?s ?p ?o } }"
    response = get(loaded, query, Accept=media_type)
    found = read(response, media_type).query("SELECT ?o { <http://e/b> <http://e/p> [ <http://e/p> ?o ] }")
    assert [row["o"].value for row in found] == ['line\nbreak, "quoted"']


@pytest.mark.parametrize(
    ("query", "accept", "expected"),
    [
        ("SELECT * {}", "*/*", "application/sparql-results+json"),
        ("SELECT * {}", "text/csv;q=0.5, application/sparql-results+xml", "application/sparql-results+xml"),
        ("SELECT * {}", "text/turtle, */*;q=0.1", "application/sparql-results+json"),
        ("DESCRIBE <http://e/a>", "application/sparql-results+json, text/turtle;q=0.2", "text/turtle"),
        # What a browser sends.
        (
            "SELECT * {}",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "application/sparql-results+json",
        ),
        ("DESCRIBE <http://e/a>", "text/html,application/xml;q=0.9,*/*;q=0.8", "text/turtle"),
    ],
)
def test_negotiation(client: httpx.Client, query: str, accept: str, expected: str) -> None:
    response = get(client, query, Accept=accept)
    assert response.headers["content-type"].partition(";")[0] == expected
    assert response.headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize(
    ("query", "accept"),
    [("SELECT * {}", "text/turtle"), ("ASK {}", "text/csv"), ("DESCRIBE <http://e/a>", "text/csv")],
)
def test_what_nobody_can_give_is_406_with_a_list(client: httpx.Client, query: str, accept: str) -> None:
    document = problem(get(client, query, Accept=accept), 406, "not-acceptable")
    available = document["available"]
    assert isinstance(available, list)
    assert accept not in available
    assert get(client, query, Accept=available[0]).status_code == 200


@pytest.mark.parametrize(
    ("query", "name", "expected"),
    [
        ("SELECT * {}", "csv", "text/csv"),
        ("SELECT * {}", "xml", "application/sparql-results+xml"),
        ("SELECT * {}", "text/tab-separated-values", "text/tab-separated-values"),
        ("DESCRIBE <http://e/a>", "xml", "application/rdf+xml"),
        ("DESCRIBE <http://e/a>", "nt", "application/n-triples"),
        ("DESCRIBE <http://e/a>", "jsonld", "application/ld+json"),
    ],
)
def test_a_person_may_name_the_format(client: httpx.Client, query: str, name: str, expected: str) -> None:
    response = client.get("/sparql", params={"query": query, "format": name}, headers={"Accept": "text/html"})
    assert response.headers["content-type"].partition(";")[0] == expected


def test_an_unknown_format_is_406(client: httpx.Client) -> None:
    problem(client.get("/sparql", params={"query": "SELECT * {}", "format": "pdf"}), 406, "not-acceptable")


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [("SELECT * {\n  ?s ?p\n}", 3, None), ("ASK { 'open\n}", 1, 7), ("SELECT * { ?s ?p ?o", 1, 20)],
)
def test_syntax_errors_have_line_and_column(client: httpx.Client, query: str, line: int, column: int | None) -> None:
    document = problem(get(client, query), 400, "query-syntax")
    assert document["line"] == line
    assert column is None or document["column"] == column


@pytest.mark.parametrize(
    ("parameters", "slug"),
    [
        ("query=ASK%20%7B%7D&default-graph-uri=relative", "bad-graph-name"),
        ("query=ASK%20%7B%7D&using-graph-uri=http://e/g", "parameter-out-of-place"),
        ("query=%FF", "not-utf-8"),
        ("query=CLEAR%20ALL", "query-syntax"),
        ("query=ASK%20%7B%7D&timeout=1&timeout=2", "repeated-parameter"),
    ],
)
def test_bad_parameters_are_told(client: httpx.Client, parameters: str, slug: str) -> None:
    problem(client.get(f"/sparql?{parameters}"), 400, slug)


@pytest.mark.parametrize(
    ("parameter", "slug"),
    [
        ("timeout=soon", "bad-timeout"),
        ("timeout=-1", "bad-timeout"),
        ("timeout=nan", "bad-timeout"),
        ("entailment=perhaps", "invalid-parameter"),
        ("release=soon", "bad-release"),
        ("nonsense=1", "invalid-parameter"),
    ],
)
def test_parameters_beyond_the_protocol_are_refused_as_everywhere(
    client: httpx.Client, parameter: str, slug: str
) -> None:
    problem(client.get(f"/sparql?query=ASK%20%7B%7D&{parameter}"), 422, slug)


def test_bodies_are_read_strictly(client: httpx.Client) -> None:
    direct = {"Content-Type": "application/sparql-query"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    problem(client.post("/sparql", content=b"ASK { 'caf\xe9' }", headers=direct), 400, "not-utf-8")
    problem(client.post("/sparql?query=ASK{}", content="ASK {}", headers=direct), 400, "two-operations")
    problem(client.post("/sparql", data={"query": "ASK {}", "update": "CLEAR ALL"}), 400, "two-operations")
    problem(client.post("/sparql", content="", headers=form), 400, "operation-missing")
    packed = {**direct, "Content-Encoding": "gzip"}
    assert client.post("/sparql", content=gzip.compress(b"ASK {}"), headers=packed).json()["boolean"] is True
    problem(client.post("/sparql", content=gzip.compress(bytes(10**8)), headers=packed), 413, "query-too-long")
    problem(client.post("/sparql", content="#" * 1_000_001, headers=direct), 413, "query-too-long")
    problem(client.get("/sparql", params={"query": "ASK {}" + "{" * 10_000}), 400, "query-too-deep")


def test_calls_to_other_hosts_are_refused(client: httpx.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.2)
        url = f"http://127.0.0.1:{trap.getsockname()[1]}/"
        for query in (f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}", f"SELECT * {{ \\u0053ERVICE <{url}> {{}} }}"):
            problem(get(client, query), 403, "service-refused")
        problem(client.post("/sparql", data={"update": f"LOAD <{url}>"}), 403, "load-refused")
        with pytest.raises(TimeoutError):
            trap.accept()


def test_methods(client: httpx.Client) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        response = client.request(method, "/sparql")
        problem(response, 405, "method-not-allowed")
        assert "POST" in response.headers["allow"]
    options = client.options("/sparql", headers={"Origin": "https://portal.example"})
    assert options.status_code == 204
    assert "GET" in options.headers["access-control-allow-methods"]
    assert "authorization" in options.headers["access-control-allow-headers"].lower()
    query = client.request("QUERY", "/sparql", content="ASK {}", headers={"Content-Type": "application/sparql-query"})
    assert query.json()["boolean"] is True
    problem(client.get("/sparql/elsewhere"), 404, "not-found")


def test_every_answer_may_be_read_across_origins_without_credentials(client: httpx.Client) -> None:
    for response in (get(client, "ASK {}"), get(client, "ASK {"), client.options("/sparql")):
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers


def test_head_is_get_without_a_body(loaded: httpx.Client) -> None:
    expected = get(loaded, LABELS)
    response = loaded.head("/sparql", params={"query": LABELS})
    assert not response.content
    for name in ("content-type", "content-length", "etag", "x-release"):
        assert response.headers[name] == expected.headers[name]


def test_an_unchanged_answer_is_not_sent_again(loaded: httpx.Client) -> None:
    first = get(loaded, LABELS)
    etag = first.headers["etag"]
    assert not etag.startswith("W/")
    for accept_encoding in ("identity", "gzip"):
        again = get(loaded, LABELS, **{"If-None-Match": etag, "Accept-Encoding": accept_encoding})
        assert again.status_code == 304
        assert not again.content
    assert get(loaded, LABELS, **{"If-None-Match": etag, "Accept": "text/csv"}).status_code == 200
    loaded.post("/sparql", data={"update": "INSERT DATA { <http://e/c> <http://e/p> 1 }"}).raise_for_status()
    moved = get(loaded, LABELS, **{"If-None-Match": etag})
    assert moved.status_code == 200
    assert moved.headers["etag"] != etag
    assert int(moved.headers["x-release"]) == int(first.headers["x-release"]) + 1


def test_an_answer_is_known_to_be_unchanged_without_being_evaluated(loaded: httpx.Client) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { VALUES ?a { 1 2 } VALUES ?b { 1 2 } VALUES ?c { 1 2 } }"
    etag = get(loaded, slow).headers["etag"]
    response = get(loaded, slow, **{"If-None-Match": f'W/{etag}, "other"'})
    assert response.status_code == 304
    assert response.headers["x-query-id"].count("-") == 1


def test_fickle_answers_are_never_kept(client: httpx.Client) -> None:
    query = "SELECT (UUID() AS ?x) {}"
    first, second = get(client, query), get(client, query)
    assert first.content != second.content
    assert first.headers["cache-control"] == "no-store"
    assert "etag" not in first.headers


@pytest.mark.parametrize(
    ("coding", "decode"),
    [("gzip", gzip.decompress), ("br", brotli.decompress), ("zstd", zstandard.decompress)],
)
def test_answers_are_compressed_as_the_client_likes(
    client: httpx.Client, coding: str, decode: Callable[[bytes], bytes]
) -> None:
    query = "SELECT ?x { VALUES ?x { " + "'the same words over and over' " * 200 + "} }"
    plain = get(client, query, **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    for _ in range(2):
        url = httpx.URL(f"{client.base_url}/sparql", params={"query": query})
        with client.stream("GET", url, headers={"Accept-Encoding": coding}) as response:
            body = b"".join(response.iter_raw())
        assert response.headers["content-encoding"] == coding
        assert response.headers["etag"] != plain.headers["etag"]
        assert len(body) < len(plain.content) / 5
        assert decode(body) == plain.content


def test_every_answer_has_a_query_id(client: httpx.Client) -> None:
    responses = [
        get(client, "ASK {}"),
        get(client, "ASK {}"),
        get(client, "ASK {"),
        get(client, "SELECT (NOW() AS ?x) {}"),
    ]
    ids = [response.headers["x-query-id"] for response in responses]
    assert len(set(ids)) == len(ids)


CARTESIAN = (
    "SELECT (COUNT(*) AS ?n) { " + " ".join(f"VALUES ?{v} {{ {' '.join('0123456789' * 9)} }}" for v in "abcdef") + "}"
)


def test_a_query_is_stopped_at_its_timeout(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": CARTESIAN, "timeout": "0.3"})
    problem(response, 503, "query-timeout")


def test_running_queries_can_be_listed_and_cancelled(client: httpx.Client, origin: str) -> None:
    outcome: list[httpx.Response] = []
    asking = threading.Thread(
        target=lambda: outcome.append(httpx.get(f"{origin}/sparql", params={"query": CARTESIAN}, timeout=30))
    )
    asking.start()
    for _ in range(1000):
        running = [
            query for query in client.get("/sparql/running").json()["queries"] if query["query"] == CARTESIAN[:500]
        ]
        if running:
            break
        time.sleep(0.05)
    (query,) = running
    assert httpx.get(f"{origin}/sparql/running").status_code == 401
    assert httpx.delete(f"{origin}/sparql/running/{query['id']}").status_code == 401
    assert client.delete(f"/sparql/running/{query['id']}").status_code == 204
    asking.join(10)
    problem(outcome[0], 503, "query-cancelled")
    problem(client.delete(f"/sparql/running/{query['id']}"), 404, "no-such-query")


def test_a_client_that_leaves_frees_its_worker(client: httpx.Client, origin: str) -> None:
    query = CARTESIAN.replace("?n", "?left")
    with socket.create_connection(("127.0.0.1", int(origin.rpartition(":")[2]))) as connection:
        url = httpx.URL("/sparql", params={"query": query})
        connection.sendall(f"GET {url.raw_path.decode()} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        for _ in range(1000):
            if any("?left" in running["query"] for running in client.get("/sparql/running").json()["queries"]):
                break
            time.sleep(0.05)
    for _ in range(1000):
        if not any("?left" in running["query"] for running in client.get("/sparql/running").json()["queries"]):
            return
        time.sleep(0.05)
    pytest.fail("the query still runs")


MANY = "SELECT * { " + " ".join(f"VALUES ?{v} {{ {' '.join('0123456789' * 3)} }}" for v in "abcd") + "}"


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
def test_a_long_answer_streams_whole(client: httpx.Client, coding: str) -> None:
    url = httpx.URL(f"{client.base_url}/sparql", params={"query": MANY, "format": "csv"})
    with client.stream("GET", url, headers={"Accept-Encoding": coding}) as response:
        assert response.headers.get("transfer-encoding") == "chunked" or "etag" in response.headers
        lines = sum(chunk.count("\n") for chunk in response.iter_text())
    assert lines == 30**4 + 1


def test_an_answer_that_breaks_off_breaks_the_connection(client: httpx.Client) -> None:
    endless = MANY.replace("SELECT *", "SELECT ?a ?b ?c ?d ?e ?f").replace(
        "VALUES ?a", "VALUES ?e { 1 2 3 4 5 6 7 8 9 } VALUES ?f { 1 2 3 4 5 6 7 8 9 } VALUES ?a"
    )
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/sparql", params={"query": endless, "timeout": "1.5", "format": "tsv"})
    assert get(client, "ASK {}").status_code == 200


def test_the_dataset_is_the_union_and_entailments_can_be_left_out(client: httpx.Client) -> None:
    client.post(
        "/sparql",
        data={
            "update": "INSERT DATA { GRAPH <http://e/1> { <http://e/n> <http://www.w3.org/2004/02/skos/core#broader> "
            "<http://e/b> } GRAPH <http://e/2> { <http://e/x> <http://e/p> 1 } }"
        },
    ).raise_for_status()
    narrower = "ASK { <http://e/b> <http://www.w3.org/2004/02/skos/core#narrower> <http://e/n> }"
    stated = "ASK { <http://e/x> <http://e/p> 1 . <http://e/n> ?p <http://e/b> }"

    def ask(query: str, **parameters: str) -> bool:
        return bool(client.get("/sparql", params={"query": query, **parameters}).json()["boolean"])

    assert ask(stated)
    assert ask(stated, entailment="false")
    assert ask(narrower)
    assert not ask(narrower, entailment="false")
    assert not ask(stated, **{"default-graph-uri": "http://e/1"})
    assert not ask("ASK { GRAPH ?g { <http://e/x> ?p ?o } }", **{"default-graph-uri": "http://e/2"})


def test_json_problems_survive_any_detail(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": 'ASK { "\u2028\U0001f98c\x07 }'})
    assert json.loads(response.content)["status"] == 400


@pytest.mark.parametrize("media_type", ["application/sparql-results+xml", "application/xml"])
def test_xml_says_what_it_can_and_nothing_else(client: httpx.Client, media_type: str) -> None:
    def ask(literal: str) -> httpx.Response:
        query = f'SELECT ("{literal}" AS ?x) {{}}'
        return client.get("/sparql", params={"query": query}, headers={"Accept": media_type})

    assert ElementTree.fromstring(ask("a\\rb\\r\\nc").content).findtext(".//{*}literal") == "a\rb\r\nc"
    for literal in ("\\u0001", "\\uFFFE", "\\u0000"):
        problem(ask(literal), 406, "not-in-xml")
    graph = client.get("/sparql", params={"query": 'CONSTRUCT { <urn:a> <urn:b> "\\u0001" } {}', "format": "rdf"})
    problem(graph, 406, "not-in-xml")
