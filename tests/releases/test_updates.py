"""What an update may write, and what its operations see of each other."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from pyoxigraph import NamedNode, Quad, Store

from jwpgraph.problems import ProblemError
from jwpgraph.releases import workspace as workspaces
from jwpgraph.releases.changes import DeleteGraph, LoadGraphs, PostGraph, PutGraph, RestoreRelease, SparqlUpdate
from jwpgraph.releases.file_digests import MANIFEST
from jwpgraph.releases.maintenance import diff_releases, verify_release
from jwpgraph.vocabulary import ENTAILED_GRAPH, UNNAMED_GRAPH

HIDDEN = "urn:jwpgraph:asserted"
SHARED = """INSERT DATA {
  GRAPH <urn:g1> { <urn:a> <urn:q> <urn:b> . <urn:k> <urn:p> 1 }
  GRAPH <urn:g2> { <urn:a> <urn:q> <urn:b> }
}"""
NEAR = "<https://example.org/near>"


def quads(release) -> set[str]:
    """What is stated, without what is derived."""
    return {
        str(quad).replace("http://www.w3.org/2001/XMLSchema#", "xsd:")
        for quad in release.open_store()
        if isinstance(quad.graph_name, NamedNode) and quad.graph_name.value != ENTAILED_GRAPH
    }


def state(release) -> dict[str, int]:
    return {name: summary.triples for name, summary in release.manifest.graphs.items() if name != ENTAILED_GRAPH}


def refused(builder, change) -> tuple[int, str]:
    """Status and slug of the refusal; nothing is published, and what there was is as it was."""
    before = builder.releases.current()
    with pytest.raises(ProblemError) as caught:
        builder.build(change)
    assert builder.releases.current_number() == (before.number if before else None)
    assert list((builder.releases.data_dir / "staging").iterdir()) == []
    return caught.value.status, caught.value.slug


def test_a_variable_is_bound_to_graphs_that_can_be_written(builder):
    builder.build(SparqlUpdate(SHARED))
    count = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { <urn:a> ?p ?o } }"
    release = builder.build(SparqlUpdate(f"INSERT {{ GRAPH <urn:n> {{ <urn:n> <urn:n> ?n }} }} WHERE {{ {count} }}"))
    assert '<urn:n> <urn:n> "2"^^<xsd:integer> <urn:n>' in quads(release)
    names = {graph.value for graph in release.open_store().named_graphs()}
    assert names <= {"urn:g1", "urn:g2", "urn:n", ENTAILED_GRAPH}
    assert {graph.value for graph in Store.read_only(str(release.asserted_path)).named_graphs()} == names - {
        ENTAILED_GRAPH
    }


def test_an_operation_sees_what_the_one_before_it_has_left(builder):
    builder.build(SparqlUpdate(SHARED))
    release = builder.build(
        SparqlUpdate(
            "DELETE DATA { GRAPH <urn:g1> { <urn:k> <urn:p> 1 } } ;"
            "INSERT { GRAPH <urn:out> { ?s <urn:seen> ?o } } WHERE { ?s <urn:p> ?o } ;"
            "DELETE DATA { GRAPH <urn:g1> { <urn:a> <urn:q> <urn:b> } } ;"
            "INSERT { GRAPH <urn:out> { ?s <urn:still> ?o } } WHERE { ?s <urn:q> ?o } ;"
            "CLEAR GRAPH <urn:g2> ;"
            "INSERT { GRAPH <urn:out> { ?s <urn:gone> ?o } } WHERE { ?s <urn:q> ?o }"
        )
    )
    assert quads(release) == {"<urn:a> <urn:still> <urn:b> <urn:out>"}


@pytest.mark.parametrize("known", [True, False])
def test_an_operation_sees_what_follows_from_what_those_before_it_have_left(builder, known):
    if known:
        builder.build(SparqlUpdate("INSERT DATA { GRAPH <urn:g> { <urn:k> <urn:p> 1 } }"))
    see = f"INSERT {{ GRAPH <urn:out> {{ ?s <urn:%s> ?o }} }} WHERE {{ ?s {NEAR} ?o }}"
    release = builder.build(
        SparqlUpdate(
            f"INSERT DATA {{ GRAPH <urn:g> {{ <urn:a> {NEAR} <urn:b> }} }} ; {see % 'first'} ;"
            f"DELETE DATA {{ GRAPH <urn:g> {{ <urn:a> {NEAR} <urn:b> }} }} ; {see % 'second'}"
        )
    )
    assert {quad for quad in quads(release) if "urn:out" in quad} == {
        "<urn:a> <urn:first> <urn:b> <urn:out>",
        "<urn:b> <urn:first> <urn:a> <urn:out>",
    }
    assert verify_release(release) == []


def test_entailments_are_read_where_they_are_named(builder):
    builder.build(SparqlUpdate(f"INSERT DATA {{ GRAPH <urn:g> {{ <urn:a> {NEAR} <urn:b> }} }}"))
    copy = f"INSERT {{ GRAPH <urn:c> {{ ?s ?p ?o }} }} %s WHERE {{ GRAPH <{ENTAILED_GRAPH}> {{ ?s ?p ?o }} }}"
    for text in (copy % "", copy % f"USING NAMED <{ENTAILED_GRAPH}>", f"COPY <{ENTAILED_GRAPH}> TO <urn:c>"):
        assert f"<urn:b> {NEAR} <urn:a> <urn:c>" in quads(builder.build(SparqlUpdate(text)))
        builder.build(SparqlUpdate("DROP GRAPH <urn:c>"))
    everything = builder.build(SparqlUpdate("DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }"))
    assert (quads(everything), everything.manifest.triples) == (set(), 0)


WRITES_TO = [
    "DELETE {{ GRAPH <{0}> {{ ?s ?p ?o }} }} WHERE {{ ?s <urn:nothing> ?o }}",
    "DELETE {{ GRAPH <{0}> {{ ?s ?p ?o }} }} INSERT {{ ?s ?p ?o }} WHERE {{ VALUES ?s {{}} }}",
    "DELETE WHERE {{ GRAPH <{0}> {{ ?s <urn:nothing> ?o }} }}",
    "INSERT {{ GRAPH <{0}> {{ ?s ?p ?o }} }} USING <urn:nowhere> WHERE {{ ?s ?p ?o }}",
    "INSERT DATA {{ GRAPH <{0}> {{}} }}",
    "WITH <{0}> DELETE {{ GRAPH <urn:g1> {{ ?s ?p ?o }} }} WHERE {{ ?s <urn:nothing> ?o }}",
    "COPY <urn:nowhere> TO <urn:g1> ; DROP GRAPH <{0}>",
    "PREFIX x: <{0}> DELETE {{ GRAPH x: {{ ?s ?p ?o }} }} WHERE {{ ?s <urn:nothing> ?o }}",
    "INSERT DATA {{ GRAPH <{0}> {{ <urn:a> <urn:p> 1 }} }}",
    "DELETE DATA {{ GRAPH <{0}> {{ <urn:b> <https://example.org/near> <urn:a> }} }}",
    "DELETE WHERE {{ GRAPH <{0}> {{ ?s <urn:nothing> ?o . }} . ?s ?p <urn:a> }} ; DROP ALL ; CREATE GRAPH <{0}>",
    "INSERT {{ GRAPH <{0}> {{ ?s ?p ?o }} }} WHERE {{ ?s ?p ?o }}",
    "INSERT {{ GRAPH ?g {{ ?s ?p ?o }} }} WHERE {{ ?s ?p ?o VALUES ?g {{ <{0}> }} }}",
    "DELETE {{ GRAPH <{0}> {{ ?s ?p ?o }} }} WHERE {{ ?s ?p ?o }}",
    "WITH <{0}> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}",
    "WITH <{0}> INSERT {{ <urn:a> <urn:p> 1 }} WHERE {{}}",
    "CREATE GRAPH <{0}>",
    "CREATE SILENT GRAPH <{0}>",
    "CLEAR GRAPH <{0}>",
    "CLEAR SILENT GRAPH <{0}>",
    "DROP GRAPH <{0}>",
    "DROP SILENT GRAPH <{0}>",
    "MOVE <urn:g1> TO <{0}>",
    "MOVE SILENT <urn:g1> TO <{0}>",
    "MOVE SILENT <{0}> TO <urn:g1>",
    "COPY DEFAULT TO <{0}>",
    "COPY SILENT <urn:nowhere> TO <{0}>",
    "ADD <urn:g2> TO <{0}>",
    "CLEAR ALL ; ADD SILENT <urn:g2> TO <{0}>",
    "PREFIX x: <{0}> INSERT DATA {{ GRAPH x: {{ <urn:a> <urn:p> 1 }} }}",
    "BASE <{0}> INSERT DATA {{ GRAPH <> {{ <urn:a> <urn:p> 1 }} }}",
]


@pytest.mark.parametrize("graph", [ENTAILED_GRAPH, HIDDEN])
@pytest.mark.parametrize("carried", [True, False])
def test_reserved_graphs_are_not_written(builder, monkeypatch, graph, carried):
    if not carried:
        monkeypatch.setattr(workspaces, "MOST_QUADS", 0)
    builder.build(SparqlUpdate(SHARED + f"; INSERT DATA {{ GRAPH <urn:g1> {{ <urn:a> {NEAR} <urn:b> }} }}"))
    for text in WRITES_TO:
        assert refused(builder, SparqlUpdate(text.format(graph))) == (409, "reserved-graph"), text


@pytest.mark.parametrize("graph", [ENTAILED_GRAPH, HIDDEN])
def test_reserved_graphs_are_not_written_whole(builder, turtle, graph):
    data = turtle("ex:a ex:p 1 .")
    named = turtle(f"<{graph}> {{ ex:a ex:p 1 }}", "application/trig")
    for change in (
        PutGraph(graph, (data,)),
        PostGraph(graph, (data,)),
        DeleteGraph(graph),
        LoadGraphs(((graph, data),)),
        LoadGraphs((("urn:g", named),)),
        LoadGraphs((), (graph,)),
    ):
        assert refused(builder, change) == (409, "reserved-graph")


@pytest.mark.parametrize("verb", ["COPY", "MOVE", "ADD"])
def test_a_graph_that_is_not_there_is_not_copied(builder, verb):
    before = state(builder.build(SparqlUpdate(SHARED)))
    assert refused(builder, SparqlUpdate(f"{verb} <urn:nowhere> TO <urn:g1>")) == (400, "bad-update")
    assert refused(builder, SparqlUpdate(f"CLEAR DEFAULT ; {verb} GRAPH <{HIDDEN}> TO <urn:g1>"))[0] in {400, 409}
    assert state(builder.build(SparqlUpdate(f"{verb} SILENT <urn:nowhere> TO <urn:g1>"))) == before
    assert state(builder.build(SparqlUpdate(f"{verb} <urn:g1> TO <urn:g1>"))) == before


def test_the_default_graph_can_be_copied_while_it_is_empty(builder):
    builder.build(SparqlUpdate(SHARED))
    assert state(builder.build(SparqlUpdate("COPY DEFAULT TO <urn:g1>")))["urn:g1"] == 0


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("INSERT DATA { _:b <urn:p> 1 } ;\n  INSERT DATA { _:b <urn:p> 1 }", (2, 17)),
        (
            "INSERT DATA { GRAPH <urn:g> { _:b <urn:p> 1 } } ; CLEAR DEFAULT ; INSERT DATA { <urn:a> <urn:p> _:b }",
            (1, 97),
        ),
        ("DELETE { ?s ?p 1 } WHERE { ?s ?p _:b } ; INSERT { ?s ?p 1 } WHERE { ?s ?p _:b }", (1, 75)),
    ],
)
def test_a_blank_node_is_of_one_operation(builder, text, place):
    with pytest.raises(ProblemError) as caught:
        builder.build(SparqlUpdate(text))
    assert caught.value.slug == "bad-update"
    assert (caught.value.members["line"], caught.value.members["column"]) == place


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { _:b <urn:p> 1 . _:b <urn:q> 2 }",
        "INSERT { _:b <urn:p> ?o } WHERE { ?s <urn:p> ?o } ; INSERT { _:b <urn:p> ?o } WHERE { ?s <urn:p> ?o }",
        "INSERT { _:b <urn:p> ?o } WHERE { _:b <urn:p> ?o }",
        "INSERT DATA { <urn:a> <urn:p> '_:b' } ; INSERT DATA { <urn:a> <urn:p> '_:b' }  # _:b",
    ],
)
def test_templates_may_have_the_same_blank_nodes(builder, text):
    """SPARQL 1.1 Query, section 19.6: the same label may stand in different QuadPattern clauses of one request."""
    builder.build(SparqlUpdate(text))


def test_templates_make_blank_nodes_for_each_solution(builder, monkeypatch):
    monkeypatch.setattr("jwpgraph.releases.sparql_update._ROWS", 2)
    builder.build(SparqlUpdate("INSERT DATA { <urn:a> <urn:p> 1, 2, 3, 4, 5 . _:b <urn:p> 6 }"))
    release = builder.build(SparqlUpdate("INSERT { _:n <urn:of> ?s ; <urn:value> ?o } WHERE { ?s <urn:p> ?o }"))
    found = [quad for quad in release.open_store() if str(quad.graph_name) == f"<{UNNAMED_GRAPH}>"]
    new = Counter(quad.subject for quad in found if quad.predicate.value in {"urn:of", "urn:value"})
    assert sorted(new.values()) == [2] * 6
    (old,) = (quad.subject for quad in found if quad.predicate.value == "urn:p" and quad.object.value == "6")
    assert [quad for quad in found if quad.predicate.value == "urn:of" and quad.object == old]
    gone = builder.build(SparqlUpdate("DELETE { ?s ?p ?o } WHERE { ?s <urn:value> ?v ; ?p ?o }"))
    assert len(quads(gone)) == 6


def test_load_is_refused(builder):
    builder.build(SparqlUpdate(SHARED))
    for text in ("LOAD <http://127.0.0.1:9/>", "LOAD SILENT <http://127.0.0.1:9/> INTO GRAPH <urn:g1>"):
        assert refused(builder, SparqlUpdate(text)) == (403, "load-refused")


@pytest.mark.parametrize(
    "text",
    [
        "INSERTDATA{<urn:x><urn:p>1}",
        "BASE <urn:> INSERT DATA { <x> <p> 1 }",
        "PREFIX : <urn:> INSERT { :x :p ?o } USING :g1 WHERE { :k :p ?o }",
        "BASE <urn:> WITH <g1> INSERT { GRAPH ?g { <x> <p> 1 } } WHERE { BIND(<default> AS ?g) }",
        "INSERT DATA { <\\u0075rn:x> <urn:p> 1 }",
        'VERSION "1.2" INSERT DATA { <urn:x> <urn:p> 1 }',
        "INSERT DATA { <urn:x> <urn:p> 1 } ; PREFIX : <urn:nothing>",
    ],
)
def test_every_way_of_writing_it_is_understood(builder, text):
    builder.build(SparqlUpdate(SHARED))
    assert any(quad.startswith('<urn:x> <urn:p> "1"') for quad in quads(builder.build(SparqlUpdate(text))))


def test_triple_terms_are_written(builder):
    builder.build(SparqlUpdate("INSERT DATA { <urn:a> <urn:says> <<( <urn:b> <urn:p> 'c'@en )>> }"))
    release = builder.build(SparqlUpdate("INSERT { ?s <urn:said> ?o } WHERE { ?s <urn:says> ?o }"))
    term = '<<( <urn:b> <urn:p> "c"@en )>>'
    assert quads(release) == {f"<urn:a> <urn:{verb}> {term} <{UNNAMED_GRAPH}>" for verb in ("says", "said")}


def _as_before(builder, release) -> None:
    """Give a release the hidden graph that earlier versions kept in its store."""
    union = [quad.triple for quad in Store.read_only(str(release.asserted_path)) if str(quad.graph_name) == "DEFAULT"]
    for path in sorted(release.asserted_path.iterdir()):
        path.unlink()
    release.asserted_path.rmdir()
    store = Store(str(release.store_path))
    store.extend(Quad(*triple, NamedNode(HIDDEN)) for triple in union)
    assert store.contains_named_graph(NamedNode(HIDDEN))
    store.flush()
    # Nor did they keep digests of files.
    manifest = release.path / MANIFEST
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"files": {}}))


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { GRAPH <urn:new> { <urn:x> <urn:p> 1 } }",
        "INSERT { GRAPH <urn:new> { ?g <urn:p> 1 } } WHERE { GRAPH ?g { ?s ?p ?o } }",
        f"INSERT {{ GRAPH <urn:new> {{ ?s ?p ?o }} }} USING <{HIDDEN}> WHERE {{ ?s ?p ?o }}",
        f"INSERT {{ GRAPH <urn:new> {{ ?s ?p ?o }} }} USING NAMED <{HIDDEN}> WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        "DROP GRAPH <urn:g1>",
    ],
)
def test_the_hidden_graph_of_earlier_versions_goes_with_the_next_release(builder, text):
    other = type(builder)(
        type(builder.releases)(builder.releases.data_dir.with_name("other")),
        builder.gate,
        builder.shapes,
        builder.rules,
        wait=0,
    )
    for each in (builder, other):
        each.build(SparqlUpdate(SHARED + f"; INSERT DATA {{ GRAPH <urn:g1> {{ <urn:a> {NEAR} <urn:b> }} }}"))
    _as_before(builder, builder.releases.current())
    old = builder.releases.current()
    assert verify_release(old) == []
    release = builder.build(SparqlUpdate(text))
    assert not release.open_store().contains_named_graph(NamedNode(HIDDEN))
    assert quads(release) == quads(other.build(SparqlUpdate(text)))
    assert (verify_release(release), HIDDEN in str(diff_releases(old, release))) == ([], False)
    restored = builder.build(RestoreRelease(old.number))
    assert not restored.open_store().contains_named_graph(NamedNode(HIDDEN))
    assert verify_release(restored) == []
    assert restored.asserted_path.is_dir()


def test_a_second_store_that_is_not_right_is_found(builder):
    release = builder.build(SparqlUpdate(SHARED))
    assert verify_release(release) == []
    store = Store(str(release.asserted_path))
    store.add(Quad(NamedNode("urn:x"), NamedNode("urn:x"), NamedNode("urn:x"), NamedNode("urn:g1")))
    store.flush()
    del store
    assert [finding for finding in verify_release(release) if "asserted" in finding]
