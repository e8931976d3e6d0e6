"""Tests of the graph made from a document: links to curated entities, verbatim text, no repetition of shipped data."""

from __future__ import annotations

import io

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple
from pyoxigraph import parse as read

from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources.turtle_writer import write_turtle
from jwpgraph.sources.work_programme_curated import read_curated_programme, read_shipped_data
from jwpgraph.sources.work_programme_graph import (
    choose_turtle_prefixes,
    make_official_text_graph_iri,
    make_official_text_triples,
    make_span_triples,
    make_text_triples,
)
from jwpgraph.sources.work_programme_parser import read_work_programme
from jwpgraph.vocabulary import ID, JWP, PREFIXES

OA = PREFIXES["oa"]


def texts(triples) -> dict[str, str]:
    return {t.subject.value: t.object.value for t in triples if t.predicate.value == JWP + "officialText"}


def test_the_graph_is_named_after_the_programme():
    assert (
        make_official_text_graph_iri("jwp-2015-2020") == "https://w3id.org/jwpgraph/graph/official-text/jwp-2015-2020"
    )


def test_texts_of_activities_bullets_and_introductions(parse, text, curated):
    found = texts(make_text_triples(parse(text), curated))
    assert found["urn:activity:C1"] == "Ask the towns."
    assert found["urn:activity:B3"].split("\n")[1] == "- Maps of the shore;"
    assert found["urn:part:B3:1"] == "Maps of the shore;"
    # Two parts with the same bullet share its text.
    assert (
        found["urn:part:B3:3"] == found["urn:part:B3:4"] == "Plans for the Lake Board 2031-2034 and its Harbour Office."
    )
    assert found["urn:theme:C"] == "The offices look for money."
    assert len(found) == 6 + 4 + 3


def test_spans_lead_back_into_the_text(parse, text, curated):
    document = parse(text)
    store = Store()
    store.extend(Quad(*triple) for triple in make_span_triples(document, curated))
    rows = store.query(
        f"PREFIX jwp: <{JWP}> PREFIX oa: <{OA}> PREFIX dcterms: <http://purl.org/dc/terms/>"
        " SELECT ?code ?activity ?start ?end ?digest ?file WHERE {"
        " ?e a jwp:Excerpt ; jwp:locator ?code ; jwp:excerptOf ?activity ; oa:start ?start ; oa:end ?end ;"
        " jwp:sha256 ?digest ; dcterms:isPartOf/jwp:sha256 ?file }"
    )
    seen = {}
    for row in rows:
        assert row["activity"].value == "urn:activity:" + row["code"].value
        assert row["file"].value == document.source.sha256
        seen[row["code"].value] = text[int(row["start"].value) : int(row["end"].value)]
    assert seen == {activity.code: activity.passage.verbatim for activity in document.activities}
    assert not any(
        isinstance(t.object, Literal) and "Ask the towns" in t.object.value
        for t in make_span_triples(document, curated)
    )


def test_only_curated_codes_and_only_the_first_of_a_repeated_one(parse, text, curated):
    document = parse(text + "\nC1 Ask the villages.\n\nC2 Ask the farms.\n")
    assert texts(make_text_triples(document, curated))["urn:activity:C1"] == "Ask the towns."
    excerpts = [t.object.value for t in make_span_triples(document, curated) if t.predicate.value == JWP + "locator"]
    assert excerpts == ["A1", "B1", "B2", "B3", "B4", "C1"]


def test_no_shipped_statement_is_repeated(parse, text, data, curated):
    document = parse(text)
    assert set(make_official_text_triples(document, curated, data)) == {
        *make_text_triples(document, curated),
        *make_span_triples(document, curated),
    }
    data.extend(Quad(*triple, NamedNode("urn:spans")) for triple in make_span_triples(document, curated))
    assert set(make_official_text_triples(document, curated, data)) == set(make_text_triples(document, curated))


def test_it_is_written_with_short_names(parse, text, curated):
    document, out = parse(text), io.StringIO()
    triples = list(make_span_triples(document, curated))
    write_turtle(triples, out, prefixes=choose_turtle_prefixes(document, curated))
    assert "\nexcerpt:B2\n    a jwp:Excerpt ;" in out.getvalue()
    assert {quad.triple for quad in read(out.getvalue(), format=RdfFormat.TURTLE)} == set(triples)


def test_the_shipped_spans_are_those_of_the_real_document(real_document):
    document = read_work_programme(real_document)
    curated = read_curated_programme(read_shipped_data(), "jwp-2015-2020")
    spans = read(path=str(get_shipped_path("data/ttl/source-spans.ttl")), format=RdfFormat.TURTLE)
    assert {quad.triple for quad in spans} == set(make_span_triples(document, curated))
    texts_alone = make_official_text_triples(document, curated, read_shipped_data())
    assert {triple.predicate.value for triple in texts_alone} == {JWP + "officialText"}
    assert f"{ID}activity/jwp-2015-2020/B14" in texts(texts_alone)


def test_the_shipped_spans_hold_no_wording():
    triples = [
        quad.triple for quad in read(path=str(get_shipped_path("data/ttl/source-spans.ttl")), format=RdfFormat.TURTLE)
    ]
    assert (
        len(
            [
                t
                for t in triples
                if t == Triple(t.subject, NamedNode(PREFIXES["rdf"] + "type"), NamedNode(JWP + "Excerpt"))
            ]
        )
        == 33
    )
    assert not [t for t in triples if t.predicate.value == JWP + "officialText"]
    assert max(len(t.object.value) for t in triples if isinstance(t.object, Literal)) <= 80
