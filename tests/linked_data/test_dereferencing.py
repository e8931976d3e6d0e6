"""Tests of ``/id``, ``/doc`` and ``/data``: formats, addresses and unknown entities."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from jwpgraph.linked_data.documents import read_ontology_quads
from jwpgraph.linked_data.rdf_formats import BY_EXTENSION
from jwpgraph.vocabulary import ENTAILED_GRAPH, ID, JWP, PREFIXES

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
MIKES = ox.NamedNode(ID + "programme/mikes")


@pytest.mark.parametrize(
    ("accept", "target"),
    [
        (BROWSER, "/doc/body/iccwc"),
        ("text/turtle", "/data/body/iccwc"),
        ("*/*", "/data/body/iccwc"),
        ("application/json", "/data/body/iccwc"),
        ("text/html;q=0.4, application/ld+json;q=0.5", "/data/body/iccwc"),
        ("text/html;q=0.6, application/ld+json;q=0.5", "/doc/body/iccwc"),
        ("text/turtle;q=0, text/html", "/doc/body/iccwc"),
    ],
)
def test_a_thing_sends_each_client_where_it_can_read(client, accept: str, target: str) -> None:
    answer = client.get("/id/body/iccwc", accept=accept)
    assert answer.status_code == 303
    assert answer.headers["location"] == "http://jwp.example" + target
    assert answer.headers["vary"] == "Accept"


def test_unacceptable_formats_are_406(client) -> None:
    answer = client.get("/id/body/iccwc", accept="image/png")
    assert answer.status_code == 406
    assert "text/turtle" in answer.json()["available"]


def test_an_unknown_thing_is_404_with_what_was_probably_meant(client) -> None:
    for view in ("id", "data"):
        answer = client.get(f"/{view}/body/icwc", accept="text/turtle")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["near"][0]["id"] == ID + "body/iccwc"
    assert client.get("/id/nonsense/x").status_code == 404


@pytest.mark.parametrize(
    "accept", [None, "text/turtle", "application/rdf+xml", "application/n-triples", "application/trig"]
)
def test_data_have_the_requested_format(client, accept: str | None) -> None:
    answer = client.get("/data/programme/mikes", **({"accept": accept} if accept else {}))
    media_type = answer.headers["content-type"].partition(";")[0]
    assert media_type == (accept or "text/turtle")
    assert list(ox.parse(answer.content, format=ox.RdfFormat.from_media_type(media_type)))


def test_every_extension_gives_the_same_triples(client) -> None:
    found = {}
    for extension, media_type in BY_EXTENSION.items():
        if extension in {"json", "jsonld"}:
            continue
        answer = client.get(f"/data/programme/mikes.{extension}", accept="image/png")
        assert answer.headers["content-type"].partition(";")[0] == media_type
        rdf_format = ox.RdfFormat.from_media_type(media_type)
        found[extension] = {quad.triple for quad in ox.parse(answer.content, format=rdf_format)}
    assert len(found) == 5
    assert all(triples == found["nt"] for triples in found.values())
    assert any(triple.subject == MIKES for triple in found["nt"])


def test_data_contain_all_statements_about_the_entity(client, shipped_store: ox.Store) -> None:
    said = {
        quad.triple for quad in ox.parse(client.get("/data/programme/mikes.nt").content, format=ox.RdfFormat.N_TRIPLES)
    }
    own = {quad.triple for quad in shipped_store.quads_for_pattern(MIKES, None, None, ox.DefaultGraph())}
    assert own <= said <= {quad.triple for quad in shipped_store}


def test_quads_tell_what_is_stated_from_what_is_entailed(client) -> None:
    quads = set(ox.parse(client.get("/data/programme/mikes.nq").content, format=ox.RdfFormat.N_QUADS))
    entity = ox.NamedNode(PREFIXES["prov"] + "Entity")
    classes = [quad for quad in quads if quad.subject == MIKES and quad.object == entity]
    named = {quad.graph_name for quad in classes} - {ox.DefaultGraph()}
    assert named == {ox.NamedNode(ENTAILED_GRAPH)}


@pytest.mark.parametrize("extension", ["nq", "trig"])
def test_a_client_that_reads_the_default_graph_alone_finds_everything(client, extension) -> None:
    kind = {"nq": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG}[extension]
    quads = set(ox.parse(client.get(f"/data/programme/mikes.{extension}").content, format=kind))
    triples = {quad.triple for quad in quads if quad.graph_name == ox.DefaultGraph()}
    assert triples == {quad.triple for quad in quads}
    assert len(triples) < len(quads)


def test_parts_and_sourced_statements_come_along(client) -> None:
    answer = client.get("/data/activity/jwp-2015-2020/D2.nt")
    subjects = {quad.subject.value for quad in ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES)}
    assert {f"{ID}activity/jwp-2015-2020/D2/part/{place}" for place in range(1, 7)} <= subjects
    statements = client.get("/data/instrument/saiga-mou.nt").text
    assert f"<{PREFIXES['rdf']}subject> <{ID}instrument/saiga-mou>" in statements


def test_blank_nodes_that_others_load_are_described(client_with) -> None:
    client = client_with(f'<{ID}body/x> <{JWP}locator> [ <{JWP}locator> "inner" ] ; <{JWP}resolution> "1" .')
    assert client.get("/data/body/x.json").json()["locator"] == {"locator": "inner"}
    triples = list(ox.parse(client.get("/data/body/x.ttl").content, format=ox.RdfFormat.TURTLE))
    assert any(isinstance(triple.subject, ox.BlankNode) and triple.object == ox.Literal("inner") for triple in triples)
    assert "inner" in client.get("/doc/body/x").text


def test_identifiers_keep_their_percent_encoding(client_with) -> None:
    turtle = "".join(
        f'<{ID}body/{slug}> <{JWP}resolution> "{number}" .\n'
        for number, slug in enumerate(["a%2Fb", "a/b", "a%20b", "café", "x'(1)"])
    )
    client = client_with(turtle)
    for number, path in enumerate(["a%2Fb", "a/b", "a%20b", "caf%C3%A9", "x'(1)"]):
        answer = client.get(f"/data/body/{path}.json")
        assert (answer.status_code, answer.json()["resolution"]) == (200, str(number)), path
        location = client.get(f"/id/body/{path}", accept="text/html").headers["location"]
        assert client.get(location).status_code == 200


def test_an_answer_that_the_client_has_is_not_made_again(own_client, queries) -> None:
    for path in ("/data/programme/mikes.ttl", "/data/programme/mikes", "/doc/programme/mikes", "/context.jsonld"):
        answer = own_client.get(path)
        asked = len(queries.asked)
        again = own_client.get(path, if_none_match=f'W/"other", {answer.headers["etag"]}')
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == answer.headers["etag"]
        assert len(queries.asked) == asked
        queries.release_number += 1
        # A page names the release; a document is the same as long as it says the same.
        following = own_client.get(path, if_none_match=answer.headers["etag"])
        assert following.status_code == (304 if path.startswith("/data/") else 200)


def test_formats_have_tags_of_their_own(client) -> None:
    turtle = client.get("/data/programme/mikes", accept="text/turtle")
    xml = client.get("/data/programme/mikes", accept="application/rdf+xml")
    assert turtle.headers["etag"] != xml.headers["etag"]
    assert client.get("/data/programme/nobody.ttl", if_none_match="*").status_code == 404


def test_links_tell_where_the_other_forms_are(client) -> None:
    header = client.get("/data/programme/mikes.ttl").headers["link"]
    assert f'<{ID}programme/mikes>; rel="canonical"' in header
    assert 'rel="describedby"' in header
    assert '<http://jwp.example/doc/programme/mikes>; rel="alternate"; type="text/html"' in header


def test_head_answers_like_get(client) -> None:
    for path in ("/id/body/iccwc", "/data/body/iccwc.ttl", "/doc/body/iccwc", "/", "/api/v1/bodies", "/sitemap.xml"):
        head, get = client.request("HEAD", path), client.get(path)
        assert head.status_code == get.status_code
        assert head.headers.get("etag") == get.headers.get("etag")


def test_graphs_and_the_dataset_lead_to_their_data(client) -> None:
    answer = client.get("/graph/ontology/jwp")
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/graph-store?graph=https://w3id.org/jwpgraph/graph/ontology/jwp")
    assert client.get("/dataset").headers["location"].endswith("/.well-known/void")


def test_an_extension_leads_to_the_form_that_it_names(client) -> None:
    for path, target in (
        ("/doc/body/iccwc.ttl", "/data/body/iccwc.ttl"),
        ("/doc/activity/jwp-2015-2020/B16.jsonld", "/data/activity/jwp-2015-2020/B16.jsonld"),
        ("/data/body/iccwc.html", "/doc/body/iccwc"),
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"http://jwp.example{target}")
        assert client.get(answer.headers["location"]).status_code == 200


def test_a_thing_that_is_wholly_derived_has_the_same_statements_in_every_format(client) -> None:
    period = client.get("/api/v1/listings?limit=1").json()["items"][0]["id"]
    path = period.removeprefix("https://w3id.org/jwpgraph/id/")
    turtle = client.get(f"/data/{path}.ttl")
    document = client.get(f"/data/{path}.json")
    page = client.get(f"/doc/{path}", accept="text/html")
    assert (turtle.status_code, document.status_code, page.status_code) == (200, 200, 200)
    assert (document.json()["id"], document.json()["type"]) == (period, "ListingPeriod")
    assert document.json()["listed_taxon"][0]["id"] in turtle.text


def test_the_version_of_the_ontology_leads_to_it(client) -> None:
    version = next(quad.object for quad in read_ontology_quads() if quad.predicate.value.endswith("#versionIRI"))
    answer = client.get(version.value.removeprefix("https://w3id.org/jwpgraph"))
    assert (answer.status_code, answer.headers["location"]) == (303, "http://jwp.example/ontology")
    assert client.get("/ontology/0.0.1").status_code == 404


def test_each_mapping_set_is_at_its_own_iri(client) -> None:
    """SSSOM: ``mapping_set_id`` is the IRI of the set, which a reader of a table follows."""
    for name in ("avibase", "catalogue-of-life", "encyclopedia-of-life", "itis", "ncbi", "wikidata", "worms"):
        answer = client.get(f"/mappings/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/tab-separated-values; charset=utf-8"
        assert f"#mapping_set_id: https://w3id.org/jwpgraph/mappings/{name}\n" in answer.text
    for name in ("gbif", "Wikidata", "wikidata.sssom.tsv"):
        assert client.get(f"/mappings/{name}").status_code == 404
