"""Writing over HTTP: who may, on which state, what is refused and what is left untouched."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

TURTLE = {"Content-Type": "text/turtle"}
UPDATE = {"Content-Type": "application/sparql-update"}
G = "/graph-store?graph=http://e/g"
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
<https://example.org/Named> a sh:NodeShape ; sh:targetClass <https://example.org/Thing> ;
  sh:property <https://example.org/name-shape> .
<https://example.org/name-shape> sh:path <https://example.org/name> ; sh:minCount 1 .
"""


def slug(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json", response.text
    return response.status_code, response.json()["type"].rpartition("/")[2]


def update(client: httpx.Client, text: str, **headers: str) -> httpx.Response:
    return client.post("/sparql", content=text, headers=UPDATE | headers)


def count(client: httpx.Client) -> int:
    response = client.get("/sparql", params={"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"})
    return int(response.json()["results"]["bindings"][0]["n"]["value"])


def release(client: httpx.Client) -> tuple[int, str]:
    """The number of the release and its entity tag, which the answer to a write gives."""
    response = update(client, "INSERT DATA {}")
    return int(response.headers["x-release"]), response.headers["etag"]


@pytest.mark.parametrize("path", ["/sparql", "/graph-store?graph=http://e/g"])
def test_the_token_is_needed_and_checked(origin: str, client: httpx.Client, path: str) -> None:
    content, headers = ("INSERT DATA {}", UPDATE) if path == "/sparql" else ("", TURTLE)
    missing = httpx.post(origin + path, content=content, headers=headers)
    assert slug(missing) == (401, "token-missing")
    assert missing.headers["www-authenticate"].startswith("Bearer")
    wrong = httpx.post(origin + path, content=content, headers={**headers, "Authorization": "Bearer conformanc"})
    assert slug(wrong) == (401, "token-wrong")
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]
    form = httpx.post(origin + "/sparql", data={"update": "CLEAR ALL"})
    assert slug(form) == (401, "token-missing")


def test_an_update_is_a_release(client: httpx.Client) -> None:
    number, etag = release(client)
    response = update(client, "INSERT DATA { <http://e/s> <http://e/p> 1 }")
    assert response.status_code == 204
    assert int(response.headers["x-release"]) == number + 1
    assert response.headers["etag"] != etag
    assert count(client) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INSERT DATA { <http://e/s> <http://e/p> }", "bad-update"),
        ("CLEAR XYZ", "bad-update"),
        ("SELECT * {}", "query-syntax"),
        ("INSERT DATA { <http://e/s> <http://e/p> 'x }", "query-syntax"),
    ],
)
def test_updates_that_are_none_are_told_where(client: httpx.Client, text: str, expected: str) -> None:
    response = update(client, text)
    assert slug(response) == (400, expected)
    assert response.json()["line"] == 1
    assert response.json()["column"] >= 1


def test_if_match_guards_against_lost_updates(client: httpx.Client) -> None:
    _, etag = release(client)
    first = update(client, "INSERT DATA { <http://e/a> <http://e/p> 1 }", **{"If-Match": etag})
    assert first.status_code == 204
    second = update(client, "INSERT DATA { <http://e/b> <http://e/p> 1 }", **{"If-Match": etag})
    assert slug(second) == (412, "release-moved")
    assert second.headers["etag"] == first.headers["etag"]
    assert update(client, "INSERT DATA { <http://e/b> <http://e/p> 1 }", **{"If-Match": "*"}).status_code == 204
    assert count(client) == 2


def test_concurrent_updates_lose_nothing(client: httpx.Client) -> None:
    texts = [f"INSERT DATA {{ <http://e/{number}> <http://e/p> {number} }}" for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        responses = list(threads.map(lambda text: update(client, text), texts))
    assert {response.status_code for response in responses} == {204}
    assert len({response.headers["x-release"] for response in responses}) == 8
    assert count(client) == 8


def test_of_many_conditional_updates_one_wins(client: httpx.Client) -> None:
    _, etag = release(client)
    texts = [f"INSERT DATA {{ <http://e/{number}> <http://e/p> {number} }}" for number in range(6)]
    with ThreadPoolExecutor(6) as threads:
        responses = list(threads.map(lambda text: update(client, text, **{"If-Match": etag}), texts))
    assert sorted(response.status_code for response in responses) == [204] + [412] * 5
    assert count(client) == 1


def test_a_graph_is_written_read_and_removed(client: httpx.Client) -> None:
    created = client.put(G, content="<http://e/s> <http://e/p> 1 .", headers=TURTLE)
    assert (created.status_code, client.get(created.headers["location"]).status_code) == (201, 200)
    assert client.put(G, content="<http://e/s> <http://e/p> 2 .", headers=TURTLE).status_code == 204
    assert client.post(G, content="<http://e/s> <http://e/p> 3 .", headers=TURTLE).status_code == 204
    response = client.get(G, headers={"Accept": "application/n-triples"})
    assert sorted(line[-60:-2] for line in response.text.splitlines()) == [
        f'ttp://e/p> "{number}"^^<http://www.w3.org/2001/XMLSchema#integer>'[-58:] for number in (2, 3)
    ]
    assert client.delete(G).status_code == 204
    assert slug(client.get(G)) == (404, "no-such-graph")
    assert slug(client.delete(G)) == (404, "no-such-graph")


def test_relative_iris_mean_the_graph(client: httpx.Client) -> None:
    client.put("/graph-store/a%20b/c", content="<> <#p> <d> .", headers=TURTLE).raise_for_status()
    response = client.get("/graph-store/a%20b/c", headers={"Accept": "application/n-triples"})
    base = "https://w3id.org/jwpgraph/graph/a%20b/"
    assert response.text == f"<{base}c> <{base}c#p> <{base}d> .\n"
    query = f"ASK {{ GRAPH <{base}c> {{ ?s ?p ?o }} }}"
    assert client.get("/sparql", params={"query": query}).json()["boolean"] is True


def test_paths_are_decoded_once(client: httpx.Client) -> None:
    client.put("/graph-store/x%252Fy", content="<> <http://e/p> 1 .", headers=TURTLE).raise_for_status()
    assert client.get("/graph-store/x%252Fy").status_code == 200
    assert client.get("/graph-store/x%2Fy").status_code == 404
    assert client.get("/graph-store/x/y").status_code == 404
    assert client.get("/graph-store?graph=https://w3id.org/jwpgraph/graph/x%25252Fy").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/graph-store", 400),
        ("/graph-store?graph=http://e/g&default", 400),
        ("/graph-store?graph=http://e/g&graph=http://e/h", 400),
        ("/graph-store/x?default", 400),
        ("/graph-store?graph=http://e/%3Cbad%3E", 400),
        ("/graph-store/%FF", 400),
        # "The query string IRI MUST be an absolute IRI" (GSP, section 4.2).
        ("/graph-store?graph=relative", 400),
        ("/graph-store?graph=/relative", 400),
        ("/graph-store?graph=%23relative", 400),
        ("/graph-store?graph=//host/path", 400),
        ("/graph-store?graph=%0Ahttp://e/g", 400),
        ("/graph-store?graph=http://e/g%0A", 400),
        ("/graph-store?graph=%20http://e/g", 400),
        ("/graph-store?graph=http://e/%20g", 400),
        ("/graph-store?graph=", 400),
        ("/graph-store?graph=urn:jwpgraph:asserted", 404),
    ],
)
def test_names_are_checked(client: httpx.Client, path: str, status: int) -> None:
    assert slug(client.get(path))[0] == status
    if status == 400:
        assert client.put(path, content="<http://e/s> <http://e/p> 1 .", headers=TURTLE).status_code == 400


@pytest.mark.parametrize(
    "rest", ["", "a", "a%20b", "x#y", "x?y", "%41", "a/../b", "./b", "%2E", "é", "日", "%C3", "a//b"]
)
def test_a_new_graph_can_be_read_at_its_location(client: httpx.Client, rest: str) -> None:
    iri = f"https://w3id.org/jwpgraph/graph/{rest}"
    made = client.put("/graph-store", params={"graph": iri}, content="<http://e/s> <http://e/p> 1 .", headers=TURTLE)
    assert made.status_code == 201
    found = client.get(made.headers["location"], headers={"Accept": "application/n-triples"})
    assert found.status_code == 200
    query = f"ASK {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}"
    assert client.get("/sparql", params={"query": query}).json()["boolean"] is True
    assert client.delete(made.headers["location"]).status_code == 204


def test_the_default_graph_always_exists(client: httpx.Client) -> None:
    empty = client.get("/graph-store?default")
    assert empty.status_code == 200
    assert client.delete("/graph-store?default").status_code == 204
    assert (
        client.put("/graph-store?default", content="<http://e/s> <http://e/p> 1 .", headers=TURTLE).status_code == 204
    )
    assert count(client) == 1
    client.put(G, content="<http://e/t> <http://e/p> 1 .", headers=TURTLE).raise_for_status()
    alone = client.get("/graph-store?default", headers={"Accept": "application/n-triples"})
    assert alone.text.count("\n") == 1
    assert client.delete("/graph-store?default").status_code == 204
    assert count(client) == 1


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        ("<http://e/s> <http://e/p> .", "text/turtle", (400, "bad-rdf")),
        ("@prefix", "text/turtle", (400, "bad-rdf")),
        ('{"@context": "http://127.0.0.1:9/c", "@id": "http://e/s"}', "application/ld+json", (400, "bad-rdf")),
        ("x", "text/plain", (415, "unsupported-media-type")),
        ("x", "application/pdf", (415, "unsupported-media-type")),
        ("x", "application/x-www-form-urlencoded", (415, "unsupported-media-type")),
        ("x", "text/turtle; charset=latin-1", (415, "unsupported-charset")),
        (
            "<http://e/s> <http://e/p> '1' <http://e/other> .".replace("'", '"'),
            "application/n-quads",
            (400, "named-graphs-refused"),
        ),
        ("--b--\r\n", "multipart/form-data; boundary=b", (400, "bad-multipart")),
        ("x", "multipart/form-data", (400, "bad-multipart")),
    ],
)
def test_payloads_are_checked(client: httpx.Client, content: str, content_type: str, expected: tuple[int, str]) -> None:
    before = count(client)
    response = client.put(G, content=content, headers={"Content-Type": content_type})
    assert slug(response) == expected
    if expected[1] == "bad-rdf" and content_type == "text/turtle":
        assert response.json()["line"] == 1
    assert count(client) == before
    assert client.get(G).status_code == 404


FORMATS = {
    "text/turtle": "<http://e/s> <http://e/p> 1 .",
    "application/n-triples": '<http://e/s> <http://e/p> "1" .',
    "application/n-quads": '<http://e/s> <http://e/p> "1" .',
    "application/trig": "{ <http://e/s> <http://e/p> 1 . }",
    "application/ld+json": '{"@id": "http://e/s", "http://e/p": "1"}',
    "application/rdf+xml": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'rdf:about="http://e/s"><p xmlns="http://e/">1</p></rdf:Description></rdf:RDF>',
}


@pytest.mark.parametrize("media_type", FORMATS)
def test_every_format_is_read(client: httpx.Client, media_type: str) -> None:
    packed = {"Content-Type": media_type, "Content-Encoding": "gzip"}
    assert client.put(G, content=gzip.compress(FORMATS[media_type].encode()), headers=packed).status_code == 201
    response = client.get(G, headers={"Accept": "application/n-triples"})
    assert response.text.startswith('<http://e/s> <http://e/p> "1"')


def test_a_form_may_hold_files_of_several_formats(client: httpx.Client) -> None:
    files = [
        ("file", ("a.ttl", b"<http://e/a> <http://e/p> 1 .", "application/octet-stream")),
        ("file", ("b.nt", b'<http://e/b> <http://e/p> "1" .', "application/n-triples")),
        ("file", ("c.JSONLD", b'{"@id": "http://e/c", "http://e/p": "1"}', "text/plain")),
    ]
    assert client.post(G, files=files).status_code == 201
    assert count(client) == 3
    unknown = [("file", ("d.pdf", b"%PDF", "application/pdf"))]
    assert slug(client.post(G, files=unknown)) == (415, "unsupported-media-type")


def test_derived_graphs_are_not_written(client: httpx.Client) -> None:
    for name in ("https://w3id.org/jwpgraph/graph/entailed", "urn:jwpgraph:asserted"):
        path = f"/graph-store?graph={name}"
        assert slug(client.put(path, content="", headers=TURTLE)) == (409, "reserved-graph")
        assert slug(client.delete(path)) == (409, "reserved-graph")


def test_graph_tags_follow_the_graph_and_not_the_release(client: httpx.Client) -> None:
    client.put(G, content="<http://e/s> <http://e/p> 1 .", headers=TURTLE).raise_for_status()
    etag = client.get(G).headers["etag"]
    client.put("/graph-store/other", content="<http://e/x> <http://e/p> 1 .", headers=TURTLE).raise_for_status()
    assert client.get(G, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(G, headers={"If-None-Match": etag, "Accept": "application/n-triples"}).status_code == 200
    changed = client.put(G, content="<http://e/s> <http://e/p> 2 .", headers={**TURTLE, "If-Match": etag})
    assert changed.status_code == 204
    again = client.put(G, content="<http://e/s> <http://e/p> 3 .", headers={**TURTLE, "If-Match": etag})
    assert slug(again) == (412, "release-moved")
    by_release = {**TURTLE, "If-Match": changed.headers["etag"]}
    assert client.put(G, content="<http://e/s> <http://e/p> 3 .", headers=by_release).status_code == 204


def test_create_only_and_replace_only(client: httpx.Client) -> None:
    create, replace = {**TURTLE, "If-None-Match": "*"}, {**TURTLE, "If-Match": "*"}
    assert slug(client.put(G, content="", headers=replace)) == (412, "graph-changed")
    assert client.put(G, content="<http://e/s> <http://e/p> 1 .", headers=create).status_code == 201
    assert slug(client.put(G, content="", headers=create)) == (412, "graph-exists")
    assert client.put(G, content="<http://e/s> <http://e/p> 2 .", headers=replace).status_code == 204


def test_a_condition_on_one_graph_survives_writes_to_others(client: httpx.Client) -> None:
    client.put(G, content="<http://e/s> <http://e/p> 1 .", headers=TURTLE).raise_for_status()
    etag = client.get(G).headers["etag"]

    def write(number: int) -> int:
        if number == 0:
            return client.put(
                G, content="<http://e/s> <http://e/p> 2 .", headers={**TURTLE, "If-Match": etag}
            ).status_code
        return client.put(
            f"/graph-store/{number}", content=f"<http://e/{number}> a <http://e/c> .", headers=TURTLE
        ).status_code

    with ThreadPoolExecutor(3) as threads:
        assert set(threads.map(write, range(3))) <= {201, 204}


def test_other_methods_of_the_store(client: httpx.Client) -> None:
    patch = client.request("PATCH", G, content="CLEAR ALL", headers=UPDATE)
    assert slug(patch) == (405, "method-not-allowed")
    assert "PUT" in patch.headers["allow"]
    options = client.options(G)
    assert options.status_code == 204
    assert "DELETE" in options.headers["access-control-allow-methods"]


@pytest.fixture(scope="module")
def strict(start_endpoint: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """An instance with one shape, small uploads and the token ``strict-enough``."""
    shapes: Path = tmp_path_factory.mktemp("shapes")
    (shapes / "shapes.ttl").write_text(SHAPES)
    origin = start_endpoint(admin_token="strict-enough", shapes_dir=shapes, upload_max_mb=1)
    with httpx.Client(base_url=origin, headers={"Authorization": "Bearer strict-enough"}, timeout=30) as client:
        yield client


INVALID = "INSERT DATA { <https://example.org/x> a <https://example.org/Thing> }"


def test_what_breaks_the_shapes_is_not_published(strict: httpx.Client) -> None:
    response = update(strict, INVALID)
    assert slug(response) == (422, "not-valid")
    assert "/tmp" not in response.text
    assert response.json()["violations"] == 1
    assert count(strict) == 0
    turtle = "<https://example.org/x> a <https://example.org/Thing> ."
    assert slug(strict.put(G, content=turtle, headers=TURTLE)) == (422, "not-valid")
    assert slug(strict.get(G)) == (404, "no-such-graph")


@pytest.mark.parametrize("media_type", ["text/turtle", "application/ld+json", "application/n-quads"])
def test_the_report_comes_as_rdf(strict: httpx.Client, media_type: str) -> None:
    response = update(strict, INVALID, Accept=media_type)
    assert response.status_code == 422
    assert response.headers["content-type"].partition(";")[0] == media_type
    store = ox.Store()
    store.load(response.content, format=ox.RdfFormat.from_media_type(media_type))
    found = store.query("SELECT ?f { ?r <http://www.w3.org/ns/shacl#focusNode> ?f }")
    assert [row["f"].value for row in found] == ["https://example.org/x"]


def test_uploads_are_bounded(strict: httpx.Client) -> None:
    line = "<https://example.org/%07d> <https://example.org/p> 1 .\n"
    large = "".join(line % number for number in range(25_000))
    assert slug(strict.put(G, content=large, headers=TURTLE)) == (413, "body-too-large")
    packed = {**TURTLE, "Content-Encoding": "gzip"}
    assert slug(strict.put(G, content=gzip.compress(large.encode()), headers=packed)) == (413, "body-too-large")
    assert strict.put(G, content=large[:1_000_000].rpartition("\n")[0], headers=TURTLE).status_code == 201


def test_declarations_may_stand_before_each_operation(client: httpx.Client) -> None:
    update = """PREFIX e: <http://e/>
    INSERT DATA { e:s e:p 1 } ;
    PREFIX e: <http://f/>
    BASE <http://g/>
    INSERT { e:s <p> ?o } WHERE { <http://e/s> ?p ?o }"""
    assert client.post("/sparql", data={"update": update}).status_code == 204
    asked = client.get("/sparql", params={"query": "ASK { <http://f/s> <http://g/p> 1 }"})
    assert asked.json()["boolean"] is True
    wrong = client.post("/sparql", data={"update": update.replace("?p ?o", "?p")})
    assert (wrong.status_code, wrong.json()["line"]) == (400, 5)
