"""Tests that each graph has its own rights, the same on every interface."""

from __future__ import annotations

import asyncio

import pyoxigraph as ox

from jwpgraph.entities.app_context import AppContext
from jwpgraph.linked_data.rights import NOT_STATED, OWN_WORK, PROJECT_LICENSE, get_rights
from jwpgraph.vocabulary import GRAPH, ID, PREFIXES

DCTERMS = PREFIXES["dcterms"]
RED_LIST = GRAPH + "red-list"


def test_a_graph_names_the_sources_that_it_cites(lasting_site: AppContext, shipped_store: ox.Store) -> None:
    rights = asyncio.run(get_rights(lasting_site))
    cited = {
        quad.object.value
        for quad in shipped_store.quads_for_pattern(
            None, ox.NamedNode(DCTERMS + "source"), None, ox.NamedNode(RED_LIST)
        )
    }
    one = rights[RED_LIST]
    assert {source.iri for source in one.sources} == cited != set()
    assert (one.license, one.is_own_work, one.statement) == (PROJECT_LICENSE, False, OWN_WORK)
    wikidata = {source.iri: source for source in rights[GRAPH + "external-ids"].sources}
    assert wikidata[ID + "source/wikidata-names-2021"].rights == "CC0"


def test_nothing_is_claimed_of_graphs_of_others(site_with) -> None:
    site = site_with(f"<urn:a> <{DCTERMS}source> <{ID}source/avilist-2025> .", "urn:theirs")
    one = asyncio.run(get_rights(site))["urn:theirs"]
    assert (one.license, one.is_own_work, one.statement) == (None, False, NOT_STATED)
    assert [source.name for source in one.sources] == ["AviList 2025"]


def test_the_description_of_a_graph_takes_precedence(site_with) -> None:
    void = PREFIXES["void"]
    site = site_with(
        f'<urn:t> a <{void}Dataset> ; <{DCTERMS}license> <urn:licence> ; <{DCTERMS}rights> "Theirs."@en, "Ihre."@de .',
        "urn:t",
    )
    one = asyncio.run(get_rights(site))["urn:t"]
    assert (one.license, one.is_own_work, one.statement) == ("urn:licence", False, "Theirs.")


def test_the_interfaces_agree(client) -> None:
    listed = {one["graph"]: one for one in client.get("/api/v1/rights").json()["items"]}
    assert len(listed) > 80
    silent = [one for one in listed.values() if None in {source["rights"] for source in one["sources"]}]
    assert len(silent) > 20
    unknown = "the terms of a source are not known where none are given"
    assert all(unknown in one["statement"] for one in silent), "silence would look like no terms"
    for path in ("/catalog", "/.well-known/void"):
        store = ox.Store()
        store.load(client.get(path, accept="text/turtle").content, format=ox.RdfFormat.TURTLE)
        for graph, one in listed.items():
            (statement,) = store.quads_for_pattern(ox.NamedNode(graph), ox.NamedNode(DCTERMS + "rights"), None)
            (words,) = store.quads_for_pattern(statement.object, ox.NamedNode(PREFIXES["rdfs"] + "label"), None)
            derived = store.quads_for_pattern(
                ox.NamedNode(graph), ox.NamedNode(PREFIXES["prov"] + "wasDerivedFrom"), None
            )
            assert words.object.value == one["statement"]
            assert {quad.object.value for quad in derived} == {source["id"] for source in one["sources"]}
            licensed = list(store.quads_for_pattern(ox.NamedNode(graph), ox.NamedNode(DCTERMS + "license"), None))
            assert bool(licensed) == one["own_work"]
    page = client.get("/rights", accept="text/html")
    assert len(page.content) < 200_000
    assert all(f">{graph.removeprefix(GRAPH)}<" in page.text for graph in listed)
    assert 'href="/rights"' in client.get("/", accept="text/html").text
