"""The log of changes says of every entity what a comparison of whole releases says."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Store

from jwpgraph.problems import ProblemError
from jwpgraph.releases.builder import Builder
from jwpgraph.releases.changes import LoadGraphs, Payload, PutGraph, RestoreRelease, SparqlUpdate
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.entity_change_queries import EntityChangeReader
from jwpgraph.releases.entity_changes import FILE, EntityChangeLog
from jwpgraph.releases.entity_descriptions import (
    list_affected_entities,
    read_all_entity_states,
    read_entity_state,
    read_statements_of,
)
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.maintenance import prune_releases
from jwpgraph.releases.rules import Rule, RuleSet
from jwpgraph.validation.severity_gate import SeverityGate
from jwpgraph.vocabulary import ID, JWP, PREFIXES

A, B = ID + "body/a", ID + "body/b"
G = "https://w3id.org/jwpgraph/graph/g"
LINES = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in ("rdf", "dcterms", "owl", "skos", "jwp", "jwpid"))


def kinds(builder: Builder, since: int = 0) -> list[tuple[str, str, int]]:
    reader = EntityChangeReader(builder.releases.data_dir)
    changes = reader.list_changes(since, builder.releases.current_number() or 0, (0, ""), 1000)
    return [(change.iri.removeprefix(ID), change.kind, change.release) for change in changes]


def update(builder: Builder, text: str, **options: object) -> None:
    builder.build(SparqlUpdate(LINES + text), message=text, **options)  # type: ignore[arg-type]


def test_creation_update_and_withdrawal_are_told_apart(builder: Builder) -> None:
    builder.build(LoadGraphs())
    update(builder, f'INSERT DATA {{ <{A}> skos:prefLabel "A" . <{B}> skos:prefLabel "B" }}')
    update(builder, f'INSERT DATA {{ <{A}> skos:altLabel "a" }}')
    update(builder, f"DELETE WHERE {{ <{B}> ?p ?o }}")
    assert kinds(builder) == [("body/a", "created", 3), ("body/b", "withdrawn", 4)]
    assert kinds(builder, 2) == [("body/a", "updated", 3), ("body/b", "withdrawn", 4)]
    assert kinds(builder, 3) == [("body/b", "withdrawn", 4)]
    assert kinds(builder, 4) == []


def test_reappearing_entities_count_as_created(builder: Builder) -> None:
    update(builder, f'INSERT DATA {{ <{A}> skos:prefLabel "A" }}')
    update(builder, f"DELETE WHERE {{ <{A}> ?p ?o }}")
    update(builder, f'INSERT DATA {{ <{A}> skos:prefLabel "A" }}')
    assert kinds(builder, 2) == [("body/a", "created", 3)]
    reader = EntityChangeReader(builder.releases.data_dir)
    assert reader.list_differences(1, 3) == []
    assert reader.list_differences(2, 3) == [(A, "created")]


def test_given_up_identifiers_count_as_withdrawn(builder: Builder) -> None:
    update(builder, f'INSERT DATA {{ <{A}> skos:prefLabel "A" . <{B}> skos:prefLabel "B" }}')
    update(builder, f"INSERT DATA {{ <{A}> dcterms:isReplacedBy <{B}> }}")
    reader = EntityChangeReader(builder.releases.data_dir)
    change = reader.last_change([A], 2)
    assert change is not None
    assert (change.kind, change.replaced_by, change.release) == ("withdrawn", B, 2)
    update(builder, f'INSERT DATA {{ <{A}> skos:altLabel "of no use" }}')
    assert kinds(builder, 2) == []
    for number, known in ((1, {A, B}), (2, {B}), (3, {B})):
        assert reader.last_changes(number).keys() == known
        assert reader.last_changes(number, [A, B, "urn:x"]) == reader.last_changes(number)
    assert reader.last_changes(2, [A]) == {}
    update(builder, f"DELETE WHERE {{ <{A}> ?p ?o }}")
    last = reader.last_change([A], 4)
    assert last is not None
    assert (last.kind, last.replaced_by) == ("withdrawn", B)


def test_the_log_outlives_the_releases(builder: Builder) -> None:
    update(builder, f'INSERT DATA {{ <{A}> skos:prefLabel "A" }}')
    update(builder, f"DELETE WHERE {{ <{A}> ?p ?o }}")
    update(builder, f'INSERT DATA {{ <{B}> skos:prefLabel "B" }}')
    assert prune_releases(builder.releases, keep=1, older_than=timedelta(0), wait=1) == [1, 2]
    assert kinds(builder) == [("body/a", "withdrawn", 2), ("body/b", "created", 3)]


def test_a_graph_written_again_with_blank_nodes_changes_nothing(
    builder: Builder, turtle: Callable[..., Payload]
) -> None:
    text = f'<{A}> ex:has [ ex:name "x" ; ex:list ( 1 2 [ ex:name "y" ] ) ] .'
    builder.build(PutGraph(G, (turtle(text),)))
    builder.build(PutGraph(G, (turtle(text),)), full=True)
    assert kinds(builder, 1) == []
    builder.build(PutGraph(G, (turtle(text.replace('"y"', '"z"')),)))
    assert kinds(builder, 2) == [("body/a", "updated", 3)]


def test_a_long_list_is_part_of_the_description(builder: Builder, turtle: Callable[..., Payload]) -> None:
    members = list(range(3000))
    builder.build(PutGraph(G, (turtle(f"<{A}> ex:list ({' '.join(map(str, members))}) ."),)))
    members[2990] = -1
    builder.build(PutGraph(G, (turtle(f"<{A}> ex:list ({' '.join(map(str, members))}) ."),)))
    assert kinds(builder, 1) == [("body/a", "updated", 2)]


def test_a_sourced_statement_belongs_to_what_it_is_about(builder: Builder) -> None:
    update(builder, f'INSERT DATA {{ <{A}> skos:prefLabel "A" . <{B}> skos:prefLabel "B" }}')
    update(builder, f"INSERT DATA {{ <urn:statement> rdf:subject <{A}> ; dcterms:source <urn:source> }}")
    assert kinds(builder, 1) == [("body/a", "updated", 2)]
    update(
        builder, f"DELETE {{ ?s rdf:subject <{A}> }} INSERT {{ ?s rdf:subject <{B}> }} WHERE {{ ?s rdf:subject <{A}> }}"
    )
    assert kinds(builder, 2) == [("body/a", "updated", 3), ("body/b", "updated", 3)]


def test_the_name_of_an_outside_term_belongs_to_the_entities_with_it(builder: Builder) -> None:
    update(builder, f"INSERT DATA {{ <{A}> dcterms:subject <urn:t> . <{B}> skos:closeMatch <urn:t> , <{A}> }}")
    update(builder, 'INSERT DATA { <urn:t> skos:prefLabel "T"@en }')
    assert kinds(builder, 1) == [("body/a", "updated", 2), ("body/b", "updated", 2)]
    # Other statements about the term, and the names of entities, are none of theirs.
    update(builder, "INSERT DATA { <urn:t> skos:broader <urn:above> . <urn:above> skos:prefLabel 'Above' }")
    assert kinds(builder, 2) == []
    update(builder, f'INSERT DATA {{ <{A}> skos:prefLabel "A" }}')
    assert kinds(builder, 3) == [("body/a", "updated", 4)]
    update(builder, "DELETE WHERE { <urn:t> skos:prefLabel ?name }")
    assert kinds(builder, 4) == [("body/a", "updated", 5), ("body/b", "updated", 5)]


def test_a_rollback_is_recorded(builder: Builder) -> None:
    update(builder, f'INSERT DATA {{ <{A}> skos:prefLabel "A" }}')
    update(builder, f'INSERT DATA {{ <{B}> skos:prefLabel "B" }}')
    builder.build(RestoreRelease(1))
    assert kinds(builder, 2) == [("body/b", "withdrawn", 3)]


def test_a_release_that_was_never_published_leaves_no_trace(builder: Builder) -> None:
    update(builder, f'INSERT DATA {{ <{A}> skos:prefLabel "A" }}')
    current = builder.releases.require_current()
    manifest = current.manifest.model_copy(update={"number": 2})
    EntityChangeLog(builder.releases.data_dir).record(manifest, Store(), current)
    update(builder, f'INSERT DATA {{ <{B}> skos:prefLabel "B" }}')
    assert kinds(builder) == [("body/a", "created", 1), ("body/b", "created", 2)]


def test_a_directory_of_an_earlier_version_is_caught_up_with(builder: Builder) -> None:
    update(builder, f'INSERT DATA {{ <{A}> skos:prefLabel "A" }}')
    update(builder, f'INSERT DATA {{ <{B}> skos:prefLabel "B" }}')
    (builder.releases.data_dir / FILE).unlink()
    reader = EntityChangeReader(builder.releases.data_dir)
    with pytest.raises(ProblemError, match="no log of changes"):
        reader.releases(2)
    log = EntityChangeLog(builder.releases.data_dir)
    assert log.catch_up(builder.releases.require_current())
    assert not log.catch_up(builder.releases.require_current())
    assert reader.releases(2).first == 2
    assert kinds(builder) == [("body/a", "created", 2), ("body/b", "created", 2)]


def test_a_damaged_log_is_reported(builder: Builder) -> None:
    update(builder, f'INSERT DATA {{ <{A}> skos:prefLabel "A" }}')
    (builder.releases.data_dir / FILE).write_bytes(b"not a database at all" * 100)
    with pytest.raises(ProblemError) as caught:
        update(builder, f'INSERT DATA {{ <{B}> skos:prefLabel "B" }}')
    assert caught.value.slug == "changes-unavailable"
    assert builder.releases.current_number() == 1


def test_earlier_statements_are_kept(builder: Builder) -> None:
    update(builder, f'INSERT DATA {{ <{A}> skos:prefLabel "A" ; skos:note [ skos:prefLabel "n" ] }}')
    first = read_statements_of(builder.releases.require_current().open_store(), A)
    update(builder, f'INSERT DATA {{ <{A}> skos:altLabel "a" }}')
    reader = EntityChangeReader(builder.releases.data_dir)
    before, last = reader.list_events(1, 10, 2)
    kept = reader.kept_statements(before)
    assert kept is not None
    assert len(kept) == len(first) == 3
    assert reader.kept_statements(last) is None


_NODES = [f"<{ID}body/{name}>" for name in "abc"] + [f"<{ID}activity/x>", "<urn:s>", "<urn:t>"]
_STATEMENTS = st.one_of(
    st.builds("{} skos:prefLabel {!r}".format, st.sampled_from(_NODES), st.sampled_from(["one", "two"])),
    st.builds("{} <urn:near> {}".format, st.sampled_from(_NODES), st.sampled_from(_NODES)),
    st.builds("{} rdf:subject {}".format, st.sampled_from(_NODES), st.sampled_from(_NODES)),
    st.builds("{} dcterms:subject {}".format, st.sampled_from(_NODES), st.sampled_from(_NODES)),
    st.builds("{} dcterms:isPartOf {}".format, st.sampled_from(_NODES), st.sampled_from(_NODES)),
    st.builds("{} a jwp:ActivityPart".format, st.sampled_from(_NODES)),
    st.builds("{} dcterms:isReplacedBy {}".format, st.sampled_from(_NODES), st.sampled_from(_NODES)),
    st.builds("{} owl:deprecated {}".format, st.sampled_from(_NODES), st.sampled_from(["true", "false"])),
)
_BLANK = st.builds(
    "{} skos:note [ skos:prefLabel {!r} ; skos:note [ skos:altLabel {!r} ] ]".format,
    st.sampled_from(_NODES),
    st.sampled_from(["one", "two"]),
    st.sampled_from(["one", "two"]),
)
_GRAPHS = st.sampled_from(["jwpg:g", "jwpg:h"])
_CHANGES = st.one_of(
    st.builds("INSERT DATA {{ GRAPH {} {{ {} }} }}".format, _GRAPHS, st.one_of(_STATEMENTS, _BLANK)),
    st.builds("DELETE DATA {{ GRAPH {} {{ {} }} }}".format, _GRAPHS, _STATEMENTS),
    st.builds("DELETE WHERE {{ GRAPH {} {{ {} ?p ?o }} }}".format, _GRAPHS, st.sampled_from(_NODES)),
    st.builds("DELETE WHERE {{ GRAPH {} {{ ?s skos:altLabel ?o }} }}".format, _GRAPHS),
    st.builds("DROP SILENT GRAPH {}".format, _GRAPHS),
)


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(_CHANGES, min_size=1, max_size=3), min_size=1, max_size=8), st.data())
def test_the_incremental_log_equals_a_complete_comparison(
    tmp_path_factory: pytest.TempPathFactory, requests: list[list[str]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("data")
    shapes = folder / "shapes.ttl"
    shapes.write_text("")
    rules = RuleSet((Rule("symmetry", "CONSTRUCT { ?b <urn:near> ?a } WHERE { ?a <urn:near> ?b }"),))
    builder = Builder(ReleaseDirectory(folder / "data"), SeverityGate(), ShapesGraph.read(shapes), rules)
    for request in requests:
        update(builder, f"PREFIX jwpg: <{PREFIXES['jwpg']}>\n" + " ;\n".join(request), full=data.draw(st.booleans()))
        release = builder.releases.require_current()
        assert _recorded(folder / "data") == {
            iri: state.digest for iri, state in read_all_entity_states(release.open_store()).items()
        }
    for release in builder.releases.list():
        store = release.open_store()
        for iri, state in read_all_entity_states(store).items():
            assert read_entity_state(store, iri) == state


def _recorded(data_dir: Path) -> dict[str, bytes]:
    with sqlite3.connect(data_dir / FILE) as db:
        rows = db.execute("SELECT iri, digest, max(release) FROM change GROUP BY iri").fetchall()
    return {iri: digest for iri, digest, _ in rows if digest is not None}


def test_only_what_a_statement_belongs_to_is_affected() -> None:
    store = Store()
    store.update(
        f"{LINES} INSERT DATA {{ <urn:s> rdf:subject <{A}> . <{A}> <{JWP}memberOf> <{B}> . <{B}> skos:prefLabel 'B' }}"
    )
    nodes = {quad.subject for quad in store if str(quad.subject) == "<urn:s>"}
    assert list_affected_entities((store,), nodes) == {A}  # type: ignore[arg-type]
