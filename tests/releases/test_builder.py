"""What a change does to the dataset, and that nothing half done is ever served."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Store

from jwpgraph.problems import ProblemError
from jwpgraph.releases.builder import STAGES
from jwpgraph.releases.changes import DeleteGraph, LoadGraphs, PostGraph, PutGraph, RestoreRelease, SparqlUpdate
from jwpgraph.releases.gate import GateRefusedError
from jwpgraph.releases.maintenance import diff_releases, prune_releases, verify_release
from jwpgraph.releases.release import Release
from jwpgraph.releases.rules import RuleSet
from jwpgraph.vocabulary import ENTAILED_GRAPH, UNNAMED_GRAPH

G1, G2 = "https://example.org/g1", "https://example.org/g2"


def ask(release, query: str) -> bool:
    return bool(Store.read_only(str(release.store_path)).query("PREFIX ex: <https://example.org/> " + query))


def size(release, graph: str | None = None) -> int:
    name = DefaultGraph() if graph is None else NamedNode(graph)
    store = Store.read_only(str(release.store_path))
    return sum(1 for _ in store.quads_for_pattern(None, None, None, name))


def test_the_first_release_has_number_one_and_no_parent(builder, turtle):
    release = builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)), author="Ada", message="first")
    manifest = release.manifest
    assert (manifest.number, manifest.parent, manifest.author, manifest.message) == (1, None, "Ada", "first")
    assert manifest.graphs[G1].triples == 1
    assert manifest.change == "put"
    assert builder.releases.current().number == 1
    assert verify_release(release) == []


def test_a_triple_in_two_graphs_counts_once(builder, turtle):
    data = turtle("ex:a ex:p 1, 2 .")
    release = builder.build(LoadGraphs(((G1, data), (G2, data))))
    assert release.manifest.triples == 2
    assert release.manifest.shared_triples
    assert [graph.value for graph in Store.read_only(str(release.store_path)).named_graphs()] == [G1, G2]
    second = Store.read_only(str(release.asserted_path))
    assert len(list(second.quads_for_pattern(None, None, None, DefaultGraph()))) == 2
    assert verify_release(release) == []


def test_a_triple_stays_while_one_graph_states_it(builder, turtle):
    data = turtle("ex:a ex:p 1 .")
    builder.build(LoadGraphs(((G1, data), (G2, data))))
    one = builder.build(DeleteGraph(G1))
    assert ask(one, "ASK { ex:a ex:p 1 }")
    assert not one.manifest.shared_triples
    none = builder.build(DeleteGraph(G2))
    assert not ask(none, "ASK { ex:a ex:p 1 }")


def test_put_replaces_and_post_merges(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    merged = builder.build(PostGraph(G1, (turtle("ex:a ex:p 2 ."),)))
    assert size(merged, G1) == 2
    replaced = builder.build(PutGraph(G1, (turtle("ex:a ex:p 3 ."),)))
    assert size(replaced, G1) == 1
    assert not ask(replaced, "ASK { ex:a ex:p 1 }")


def test_blank_nodes_of_two_payloads_are_kept_apart(builder, turtle):
    release = builder.build(PutGraph(G1, (turtle("_:b ex:p 1 ."), turtle("_:b ex:p 1 ."))))
    assert size(release, G1) == 2


def test_an_empty_payload_makes_an_empty_graph(builder, turtle):
    release = builder.build(PutGraph(G1, (turtle(""),)))
    assert release.manifest.graphs[G1].triples == 0
    assert ask(release, "ASK { GRAPH <https://example.org/g1> {} }")


def test_a_dataset_file_replaces_each_graph_that_it_names(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:old ex:p 1 ."),)))
    data = turtle("ex:a ex:p 1 . <https://example.org/g1> { ex:b ex:p 2 }", "application/trig")
    release = builder.build(LoadGraphs(((G2, data),)))
    assert (size(release, G1), size(release, G2)) == (1, 1)
    assert not ask(release, "ASK { ex:old ?p ?o }")


def test_a_single_graph_takes_no_quads(builder, turtle):
    quads = turtle("<urn:a> <urn:p> <urn:b> <urn:g> .\n", "application/n-quads")
    with pytest.raises(ProblemError, match="urn:g") as caught:
        builder.build(PutGraph(G1, (quads,)))
    assert caught.value.slug == "named-graphs-refused"


def test_rules_are_withdrawn_with_what_they_rest_on(builder, turtle):
    release = builder.build(PutGraph(G1, (turtle("ex:a ex:near ex:b ."),)))
    assert ask(release, "ASK { ex:b ex:near ex:a }")
    assert size(release, ENTAILED_GRAPH) == 1
    stated = builder.build(PutGraph(G2, (turtle("ex:b ex:near ex:a ."),)))
    assert size(stated, ENTAILED_GRAPH) == 0
    kept = builder.build(DeleteGraph(G1))
    assert ask(kept, "ASK { ex:a ex:near ex:b }")
    gone = builder.build(DeleteGraph(G2))
    assert size(gone) == 0
    assert all(verify_release(each) == [] for each in builder.releases.list())


def test_an_update_without_a_graph_is_kept_in_the_unnamed_graph(builder):
    release = builder.build(SparqlUpdate("INSERT DATA { <urn:a> <urn:p> 1 }"))
    assert release.manifest.graphs[UNNAMED_GRAPH].triples == 1
    emptied = builder.build(SparqlUpdate("DELETE WHERE { <urn:a> ?p ?o }"))
    assert emptied.manifest.graphs[UNNAMED_GRAPH].triples == 0
    assert emptied.manifest.triples == 0


def test_an_update_sees_the_union(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    release = builder.build(SparqlUpdate("INSERT { GRAPH <urn:new> { ?s <urn:seen> ?o } } WHERE { ?s ?p ?o }"))
    assert size(release, "urn:new") == 1
    assert verify_release(release) == []


def test_deleting_from_the_default_graph_leaves_named_graphs_alone(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    release = builder.build(SparqlUpdate("DELETE WHERE { ?s ?p ?o }"))
    assert (size(release, G1), size(release)) == (1, 1)


def test_clear_all_empties_everything(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:a ex:near ex:b ."),)))
    release = builder.build(SparqlUpdate("DROP ALL"))
    assert release.manifest.triples == 0


def test_a_broken_shape_publishes_nothing_and_keeps_the_report(builder, turtle):
    builder.build(PutGraph(G1, (turtle('ex:a a ex:Thing ; ex:name "A" .'),)))
    with pytest.raises(GateRefusedError) as caught:
        builder.build(PutGraph(G2, (turtle("ex:b a ex:Thing ."),)))
    refused = caught.value
    assert refused.exit_code == 1
    assert refused.members["violations"] == 1
    assert refused.members["shapes"][0]["message"] == "Give the thing a name."
    assert refused.members["shapes"][0]["examples"][0]["focus"] == "<https://example.org/b>"
    assert "ValidationReport" in refused.report_path.read_text()
    assert builder.releases.current_number() == 1
    assert list((builder.releases.data_dir / "staging").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("INSERT DATA { <urn:a> }", "bad-update"),
        ("INSERT DATA { <urn:a> <urn:p> 1 } ; CREATE GRAPH <urn:g> ; CREATE GRAPH <urn:g>", "bad-update"),
    ],
)
def test_a_bad_update_changes_nothing(builder, text, slug):
    builder.build(SparqlUpdate("INSERT DATA { <urn:x> <urn:p> 1 }"))
    with pytest.raises(ProblemError) as caught:
        builder.build(SparqlUpdate(text))
    assert caught.value.slug == slug
    assert builder.releases.current_number() == 1


def test_bad_rdf_says_where(builder, turtle):
    with pytest.raises(ProblemError) as caught:
        builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 .\nex:a ex:p ex:"),)))
    assert caught.value.slug == "bad-rdf"
    assert caught.value.members["line"] == 3


def test_deleting_an_absent_graph_is_a_404(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    with pytest.raises(ProblemError) as caught:
        builder.build(DeleteGraph(G2))
    assert caught.value.status == 404


def test_a_writer_with_an_outdated_release_is_refused(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)), expected=0)
    with pytest.raises(ProblemError) as caught:
        builder.build(DeleteGraph(G1), expected=0)
    assert (caught.value.slug, caught.value.status) == ("release-moved", 412)


def test_rollback_is_a_new_release(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 2 ."),)))
    restored = builder.build(RestoreRelease(1))
    assert (restored.number, restored.manifest.restores, restored.manifest.parent) == (3, 1, 2)
    assert ask(restored, "ASK { ex:a ex:p 1 }")
    assert not ask(restored, "ASK { ex:a ex:p 2 }")
    assert verify_release(restored) == []
    assert diff_releases(builder.releases.get(1), restored).added == []


def test_rollback_to_what_never_was(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    with pytest.raises(ProblemError) as caught:
        builder.build(RestoreRelease(7))
    assert caught.value.slug == "no-such-release"


def test_diff_names_what_was_added_and_removed(builder, turtle):
    first = builder.build(PutGraph(G1, (turtle("ex:a ex:p 1, 2 ."),)))
    second = builder.build(PutGraph(G1, (turtle("ex:a ex:p 2, 3 ."),)))
    found = diff_releases(first, second)
    assert [quad.object.value for quad in found.added] == ["3"]
    assert [quad.object.value for quad in found.removed] == ["1"]


def test_prune_keeps_the_latest_and_numbers_go_on(builder, turtle):
    for value in range(5):
        builder.build(PutGraph(G1, (turtle(f"ex:a ex:p {value} ."),)))
    assert prune_releases(builder.releases, keep=2, older_than=None, wait=1) == [1, 2, 3]
    assert [release.number for release in builder.releases.list()] == [4, 5]
    latest = builder.build(SparqlUpdate("INSERT DATA { <urn:a> <urn:p> 1 }"))
    assert latest.number == 6
    assert verify_release(latest) == []


def test_verify_notices_a_damaged_store(builder, turtle):
    release = builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    store = Store(str(release.store_path))
    store.update("INSERT DATA { GRAPH <https://example.org/g1> { <urn:x> <urn:y> 1 } }")
    store.flush()
    del store
    assert any("manifest" in line for line in verify_release(release))
    # Releases of earlier versions have no digests of files.
    path = release.path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"files": {}}))
    found = verify_release(Release(release.number, release.path))
    assert any(G1 in line for line in found)
    assert any("missing from the union" in line for line in found)


def test_a_truncated_store_is_reported(builder, turtle):
    release = builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    for path in release.store_path.glob("*.sst"):
        path.unlink()
        path.write_bytes(b"")
    found = verify_release(release)
    assert found
    assert all("has 0 bytes instead of" in line for line in found)
    with pytest.raises(ProblemError) as caught:
        builder.build(PutGraph(G2, (turtle("ex:a ex:p 1 ."),)))
    assert caught.value.slug == "release-damaged"


def test_verify_names_every_damaged_file(builder, turtle):
    first = builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    second = builder.build(SparqlUpdate("INSERT DATA { <urn:a> <urn:p> 1 }"))
    for release in (first, second, builder.build(RestoreRelease(1))):
        assert verify_release(release) == []
        names = set(release.read_digests())
        assert {"report.ttl", "shapes.ttl", "search.sqlite"} <= names
        assert any(name.startswith("store/") and name.endswith(".sst") for name in names)
        for name in sorted(names):
            path = release.path / name
            content = path.read_bytes()
            if content:
                path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
                found = verify_release(release)
                path.write_bytes(content)
                assert found[0] == f"{name} differs from its digest in the manifest"
    (second.path / "more").write_text("x")
    assert verify_release(second) == ["more is not in the manifest"]
    (second.path / "report.ttl").unlink()
    assert "report.ttl is missing" in verify_release(second)
    assert not second.is_usable()


def test_progress_hears_every_stage(builder, turtle, shapes):
    heard: list[str] = []
    watched = type(builder)(builder.releases, builder.gate, shapes, builder.rules, progress=heard.append)
    watched.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    assert heard == [*STAGES, "done"]


def test_other_rules_derive_everything_anew(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:a ex:near ex:b ."),)))
    without = replace(builder, rules=RuleSet(()))
    release = without.build(SparqlUpdate("INSERT DATA { <urn:x> <urn:p> 1 }"))
    assert not ask(release, "ASK { ex:b ex:near ex:a }")
    assert verify_release(release) == []


@pytest.mark.parametrize(
    "update",
    [
        "DROP ALL ; INSERT DATA { <urn:a> <urn:p> 1 }",
        "CLEAR DEFAULT ; INSERT DATA { <urn:a> <urn:p> 1 }",
        "BASE <urn:x> DROP DEFAULT ; INSERT DATA { <urn:a> <urn:p> 1 }",
        'PREFIX u: <urn:> CLEAR ALL ; INSERT DATA { u:a u:p 1 ; u:q "\\u00e9" , u:c\\,d } ; DELETE WHERE { ?s u:q ?o }',
        "DELETE DATA { <urn:a> <urn:p> 1 } ; INSERT DATA { <urn:a> <urn:p> 1 }",
        "DROP NAMED",
        "CLEAR NAMED",
        "COPY DEFAULT TO <urn:copy> ; DROP GRAPH <urn:copy>",
        "MOVE DEFAULT TO <urn:copy> ; ADD <urn:copy> TO DEFAULT ; DROP ALL ; INSERT DATA { <urn:a> <urn:p> 1 }",
        "MOVE DEFAULT TO GRAPH <urn:copy> ; MOVE GRAPH <urn:copy> TO DEFAULT",
    ],
)
def test_what_is_stated_again_without_a_graph_is_kept(builder, update):
    builder.build(SparqlUpdate("INSERT DATA { <urn:a> <urn:p> 1 }"))
    release = builder.build(SparqlUpdate(update))
    assert (size(release, UNNAMED_GRAPH), release.manifest.triples) == (1, 1)
    assert verify_release(release) == []


def test_what_is_stated_without_a_graph_outlives_the_graph_that_stated_it_before(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:a ex:near ex:b ."),)))
    builder.build(
        SparqlUpdate("PREFIX ex: <https://example.org/> INSERT DATA { ex:a ex:near ex:b . ex:b ex:near ex:a }")
    )
    release = builder.build(DeleteGraph(G1))
    assert size(release, UNNAMED_GRAPH) == 2


@pytest.mark.parametrize("first", ["", "CREATE GRAPH <urn:new> ; "])
def test_an_operation_sees_what_those_before_it_did(builder, turtle, first):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 , 2 ."),)))
    text = f"""{first}PREFIX ex: <https://example.org/>
      INSERT DATA {{ GRAPH <urn:g> {{ ex:b ex:p 3 }} }} ;
      DELETE DATA {{ GRAPH <{G1}> {{ ex:a ex:p 1 }} }} ;
      INSERT {{ ?s ex:seen ?o . GRAPH <urn:g> {{ ?s ex:also ?o }} . }} WHERE {{ ?s ex:p ?o }} ;
      DELETE WHERE {{ GRAPH <urn:g> {{ ?s ex:also ?o }} }} ;
      INSERT {{ ex:c ex:left ?o }} WHERE {{ ?s ex:also ?o }}"""
    release = builder.build(SparqlUpdate(text))
    assert size(release, UNNAMED_GRAPH) == 2
    assert ask(release, "ASK { ex:a ex:seen 2 . ex:b ex:seen 3 }")
    assert verify_release(release) == []


def test_the_default_graph_is_transferred_without_the_named_ones(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    builder.build(SparqlUpdate("INSERT DATA { <urn:a> <urn:p> 1 }"))
    release = builder.build(SparqlUpdate("COPY DEFAULT TO <urn:copy> ; ADD DEFAULT TO <urn:more>"))
    assert (size(release, "urn:copy"), size(release, "urn:more")) == (1, 1)


@pytest.mark.parametrize("last", ["b:a b:p 1", "b:a b:p c:1", "b:a b:p"])
def test_declarations_may_stand_before_each_operation(builder, last):
    text = f"PREFIX a: <urn:a:>\nINSERT DATA {{ a:a a:p 1 }} ;\nPREFIX b: <urn:b:>\nINSERT DATA {{ {last} }}"
    if last == "b:a b:p 1":
        assert builder.build(SparqlUpdate(text)).manifest.triples == 2
        return
    with pytest.raises(ProblemError) as caught:
        builder.build(SparqlUpdate(text))
    assert caught.value.slug == "bad-update"
    assert "4:" in caught.value.detail


@pytest.mark.parametrize("text", ["COPY DEFAULT TO <urn:copy>", "CLEAR DEFAULT", "DROP DEFAULT"])
def test_the_default_graph_is_there_when_nothing_is_in_it(builder, text):
    assert builder.build(SparqlUpdate(text)).manifest.triples == 0
