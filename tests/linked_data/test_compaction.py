"""Tests that JSON-LD contains the same statements as the store."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from sampling import two_of_each_kind

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.description import describe
from jwpgraph.linked_data.compaction import JsonLdCompactor
from jwpgraph.linked_data.json_ld_context import make_context
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.vocabulary import ENTAILED_GRAPH, ID, JWP, PREFIXES

_TYPE = PREFIXES["rdf"] + "type"
_SUBJECT = ox.NamedNode(ID + "body/test")


def expanded(document: dict[str, Any]) -> set[ox.Triple]:
    """Return the triples of a document with the published context."""
    own = document.pop("@context", None)
    contexts = [make_context()["@context"], *([own] if own else [])]
    text = json.dumps({"@context": contexts, **document})
    return {quad.triple for quad in ox.parse(text, format=ox.RdfFormat.JSON_LD, base_iri="http://jwp.example/")}


def compacted(site: AppContext, iri: str) -> dict[str, Any]:
    description = asyncio.run(describe(site, [iri]))
    assert description is not None
    return JsonLdCompactor(description).document()


def test_shipped_things_say_what_the_store_says(lasting_site: AppContext, shipped_store: ox.Store) -> None:
    everything = {quad.triple for quad in shipped_store}
    entailed = {quad.triple for quad in shipped_store.quads_for_pattern(None, None, None, ox.NamedNode(ENTAILED_GRAPH))}
    iris = two_of_each_kind((quad.triple for quad in shipped_store), ID)
    shipped = set(iris)
    assert len(shipped) > 400

    async def write() -> list[dict[str, Any]]:
        descriptions = [await describe(lasting_site, [iri]) for iri in iris]
        return [JsonLdCompactor(description).document() for description in descriptions if description]

    said = expanded({"@graph": asyncio.run(write())})
    assert said <= everything
    own = {triple for triple in everything - entailed if triple.subject.value in shipped}
    assert {triple for triple in own - said if triple.predicate.value != _TYPE} == set()


def test_a_reference_has_id_type_notation_and_label(site: AppContext) -> None:
    activity = compacted(site, ID + "activity/jwp-2015-2020/B16")
    assert activity["theme"] == {
        "id": ID + "theme/jwp-2015-2020/B",
        "type": "Theme",
        "notation": "B",
        "label": "Joint activities addressing shared species and issues of common interest",
    }


def test_parts_stand_inside_in_source_order(site: AppContext) -> None:
    parts = compacted(site, ID + "activity/jwp-2015-2020/D2")["parts"]
    assert [part["position"] for part in parts] == [1, 2, 3, 4, 5, 6]
    assert all(part["bodies"] for part in parts)


_words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
_datatypes = st.sampled_from(
    ["integer", "boolean", "gYear", "date", "gYearMonth", "decimal", "nonNegativeInteger", "anyURI"]
)
_literals = st.one_of(
    _words.map(ox.Literal),
    st.tuples(_words, st.sampled_from(["en", "fr", "ar", "la", "zh-hant"])).map(
        lambda pair: ox.Literal(pair[0], language=pair[1])
    ),
    st.tuples(st.sampled_from(["1", "01", "-5", "true", "1.50", "2014", "2014-11", "x"]), _datatypes).map(
        lambda pair: ox.Literal(pair[0], datatype=ox.NamedNode(PREFIXES["xsd"] + pair[1]))
    ),
    st.just(ox.Literal("odd", datatype=ox.NamedNode("https://elsewhere.example/type#odd"))),
)
_objects = st.one_of(
    _literals, st.just(ox.NamedNode(ID + "body/iccwc")), st.just(ox.NamedNode("https://elsewhere.example/x"))
)
_properties = st.sampled_from(
    [
        PREFIXES["skos"] + "prefLabel",
        PREFIXES["skos"] + "altLabel",
        PREFIXES["skos"] + "notation",
        PREFIXES["rdfs"] + "label",
        PREFIXES["dcterms"] + "description",
        PREFIXES["schema"] + "position",
        PREFIXES["schema"] + "url",
        PREFIXES["oa"] + "start",
        JWP + "involvesBody",
        JWP + "adoptedOn",
        JWP + "scheduledYear",
        JWP + "locator",
        "https://elsewhere.example/unknown",
    ]
).map(ox.NamedNode)


@settings(deadline=None, max_examples=150)
@given(st.sets(st.tuples(_properties, _objects), min_size=1, max_size=8))
def test_whatever_a_thing_says_is_written_so_that_it_is_read_back(pairs: set[tuple[Any, Any]]) -> None:
    store = ox.Store()
    for predicate, value in pairs:
        for graph in (ox.NamedNode("urn:graph"), ox.DefaultGraph()):
            store.add(ox.Quad(_SUBJECT, predicate, value, graph))
    said = expanded(compacted(AppContext(_Reads(store)), _SUBJECT.value))
    assert said == {quad.triple for quad in store}


class _Reads:
    """Minimal reader for a description."""

    release_number = 1

    def __init__(self, store: ox.Store) -> None:
        self.store = store

    async def select(self, query: str) -> list[dict[str, Any]]:
        solutions = self.store.query(query)
        names = [variable.value for variable in solutions.variables]
        return [
            {name: _term(value) for name, value in zip(names, one, strict=True) if value is not None}
            for one in solutions
        ]


def _term(value: Any) -> Any:
    if isinstance(value, ox.NamedNode):
        return QueryTerm("uri", value.value)
    plain = value.language or value.datatype.value == PREFIXES["xsd"] + "string"
    return QueryTerm("literal", value.value, value.language, None if plain else value.datatype.value)


@pytest.mark.parametrize("tag", ["fr", "ar"])
def test_a_label_in_another_language_is_shown_but_not_said_to_be_english(site_with, tag: str) -> None:
    site = site_with(f'<{ID}body/test> a <{JWP}Body> ; <{PREFIXES["skos"]}prefLabel> "étrange"@{tag} .')
    written = compacted(site, ID + "body/test")
    assert written["label"] == "étrange"
    labels = {triple.object for triple in expanded(written) if triple.predicate.value.endswith("prefLabel")}
    assert labels == {ox.Literal("étrange", language=tag)}


def test_rdflib_reads_dates_with_their_datatypes(site: AppContext) -> None:
    # rdflib ignores "@propagate": a month of a nested source became an ill-formed date without a word.
    document = compacted(site, ID + "site/mike-mys")
    own = document.pop("@context", None)
    text = json.dumps({"@context": [make_context()["@context"], *([own] if own else [])], **document})
    read = rdflib.Graph().parse(data=text, format="json-ld")
    issued = read.objects(rdflib.URIRef(ID + "source/mike-sites-2021"), rdflib.DCTERMS.issued)
    assert [value.n3() for value in issued] == ['"2021-10"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>']


def test_terms_that_a_node_redefines_keep_their_meaning_in_nodes_within_it(site_with) -> None:
    dcterms, skos, xsd = PREFIXES["dcterms"], PREFIXES["skos"], PREFIXES["xsd"]
    works = f"""
        <{ID}source/part> a <{JWP}Source> ; <{skos}prefLabel> "Part"@en ; <{skos}notation> "P" ;
            <{dcterms}bibliographicCitation> "Part, 2015." ; <{dcterms}issued> "2015-10-26"^^<{xsd}date> .
        <{ID}source/whole> a <{JWP}Source> ; <{skos}prefLabel> "Tout"@fr ; <{dcterms}source> <{ID}source/part> ;
            <{dcterms}bibliographicCitation> "Whole, 2014." ; <{dcterms}issued> "2014"^^<{xsd}gYear> ."""
    said = expanded(compacted(site_with(works), ID + "source/whole"))
    issued = {triple.subject.value: triple.object for triple in said if triple.predicate.value == dcterms + "issued"}
    assert issued == {
        ID + "source/whole": ox.Literal("2014", datatype=ox.NamedNode(xsd + "gYear")),
        ID + "source/part": ox.Literal("2015-10-26", datatype=ox.NamedNode(xsd + "date")),
    }
    labels = {triple.subject.value: triple.object for triple in said if triple.predicate.value == skos + "prefLabel"}
    assert labels[ID + "source/part"] == ox.Literal("Part", language="en")
