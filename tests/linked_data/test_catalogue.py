"""Tests that VoID, DCAT, the sitemap and robots.txt agree with the release."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest

from jwpgraph.linked_data.catalogue import DATASET
from jwpgraph.vocabulary import JWP, PREFIXES

VOID = PREFIXES["void"]


def _read(client, path: str) -> ox.Store:
    store = ox.Store()
    answer = client.get(path, accept="text/turtle")
    assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
    store.load(answer.content, format=ox.RdfFormat.TURTLE)
    return store


def test_void_counts_what_there_is(client, shipped_store: ox.Store) -> None:
    void = _read(client, "/.well-known/void")
    (triples,) = void.quads_for_pattern(ox.NamedNode(DATASET), ox.NamedNode(VOID + "triples"), None)
    counted = sum(1 for _ in shipped_store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    assert int(triples.object.value) == counted
    (partition,) = void.quads_for_pattern(None, ox.NamedNode(VOID + "class"), ox.NamedNode(JWP + "Activity"))
    (entities,) = void.quads_for_pattern(partition.subject, ox.NamedNode(VOID + "entities"), None)
    assert entities.object.value == "33"
    (endpoint,) = void.quads_for_pattern(None, ox.NamedNode(VOID + "sparqlEndpoint"), None)
    assert endpoint.object.value == "http://jwp.example/sparql"


def test_the_catalogue_names_its_services(client) -> None:
    dcat = _read(client, "/catalog")
    urls = {
        quad.object.value for quad in dcat.quads_for_pattern(None, ox.NamedNode(PREFIXES["dcat"] + "endpointURL"), None)
    }
    assert urls == {"http://jwp.example/sparql", "http://jwp.example/api/v1"}


def test_both_come_in_other_formats(client) -> None:
    for path in ("/.well-known/void", "/catalog"):
        for media_type in ("application/ld+json", "application/rdf+xml", "application/n-triples"):
            answer = client.get(path, accept=media_type)
            assert answer.headers["content-type"] == media_type
            assert list(ox.parse(answer.content, format=ox.RdfFormat.from_media_type(media_type)))


@pytest.mark.parametrize("path", ["/ontology", "/quality", "/shapes", "/catalog"])
def test_documents_name_their_forms_and_have_them(client, path: str) -> None:
    """RFC 8288: each RDF format has an address of its own, and all hold the same triples."""
    links = client.get(path, accept="text/turtle").links
    assert links["canonical"]["url"] == f"http://jwp.example{path}"
    header = client.get(path, accept="text/turtle").headers["link"]
    forms = dict(re.findall(r'<http://jwp\.example([^>]+)>; rel="alternate"; type="([^"]+)"', header))
    pages = {path: "text/html"} if path != "/catalog" else {}
    assert forms == pages | {
        f"{path}.ttl": "text/turtle",
        f"{path}.jsonld": "application/ld+json",
        f"{path}.nt": "application/n-triples",
        f"{path}.rdf": "application/rdf+xml",
        f"{path}.trig": "application/trig",
        f"{path}.nq": "application/n-quads",
    }
    counted = set()
    for address, media_type in forms.items():
        answer = client.get(address, accept=media_type)
        assert answer.headers["content-type"].partition(";")[0] == media_type
        if media_type != "text/html":
            assert answer.headers["link"] == header
            form = ox.RdfFormat.from_media_type(media_type)
            counted.add(len({quad.triple for quad in ox.parse(answer.content, form)}))
    assert len(counted) == 1


def test_the_sitemap_lists_pages_that_exist(client) -> None:
    root = ElementTree.fromstring(client.get("/sitemap.xml").content)
    urls = [element.text or "" for element in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert "http://jwp.example/doc/activity/jwp-2015-2020/B16" in urls
    assert len(urls) == len(set(urls))
    assert all(client.get(url).status_code == 200 for url in urls[::25])


def test_robots_keep_off_queries(client) -> None:
    text = client.get("/robots.txt").text
    assert "Disallow: /sparql" in text
    assert "Sitemap: http://jwp.example/sitemap.xml" in text
