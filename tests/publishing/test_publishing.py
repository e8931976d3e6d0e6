"""Publishing to a real Oxigraph server: it holds what the release holds, and nothing else is touched."""

from __future__ import annotations

import asyncio
import errno
import io

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jwpgraph.problems import ProblemError
from jwpgraph.publishing.chunks import write_chunks
from jwpgraph.publishing.connection import Credentials, RetryPolicy, TargetConnection
from jwpgraph.publishing.endpoints import TargetEndpoints
from jwpgraph.publishing.plan import make_plan
from jwpgraph.publishing.publisher import PublishingOptions, ReleasePublisher
from jwpgraph.publishing.record import GraphEntry, PublicationRecord
from jwpgraph.publishing.verification import verify_target
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.releases.release import GraphSummary
from jwpgraph.vocabulary import ENTAILED_GRAPH, PUBLISHED_GRAPH

ONE = "<urn:a> <urn:near> <urn:b> ."
TWO = '<urn:a> <urn:p> "é"@fr, 1.0 . [] <urn:q> [ <urn:q> "x" ] .'


def publish(release, store, tell=lambda _: None, **wish):
    async def run():
        async with TargetConnection(TargetEndpoints.of(store), Credentials(), RetryPolicy(delay=0.01)) as connection:
            return await ReleasePublisher(
                release, connection, PublishingOptions(**({"entailed": True} | wish)), tell
            ).publish()

    return asyncio.run(run())


def done(steps):
    return {step.graph.removeprefix("urn:"): step.action for step in steps}


def held(release, graph):
    quads = release.open_store().quads_for_pattern(None, None, None, ox.NamedNode(graph))
    dataset = ox.Dataset(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


@pytest.mark.parametrize(("chunk", "at_once"), [(None, False), (1, False), (2, True)])
def test_the_target_holds_what_the_release_holds(release_of, oxigraph, chunk, at_once):
    release = release_of(one=ONE, two=TWO)
    publish(release, oxigraph.store, chunk=chunk, at_once=at_once)
    assert oxigraph.graphs() == sorted([ENTAILED_GRAPH, PUBLISHED_GRAPH, "urn:one", "urn:two"])
    for graph in ("urn:one", "urn:two", ENTAILED_GRAPH):
        assert oxigraph.graph(graph) == held(release, graph)


@pytest.mark.parametrize("at_once", [False, True])
def test_only_what_changed_is_sent_and_only_what_came_from_here_goes(release_of, oxigraph, at_once):
    oxigraph.put("urn:foreign", ONE)
    publish(release_of(one=ONE, two=TWO, three=ONE), oxigraph.store, at_once=at_once)
    second = release_of(["two"], one=ONE + "<urn:c> <urn:p> 1 .", four=TWO)
    steps = publish(second, oxigraph.store, at_once=at_once)
    assert done(steps) == {"four": "add", "one": "replace", "two": "remove", "three": "keep", ENTAILED_GRAPH: "keep"}
    assert oxigraph.graphs() == sorted(
        [ENTAILED_GRAPH, PUBLISHED_GRAPH, "urn:foreign", "urn:four", "urn:one", "urn:three"]
    )
    assert set(done(publish(second, oxigraph.store)).values()) == {"keep"}
    assert oxigraph.graph("urn:one") == held(second, "urn:one")


def test_an_earlier_release_and_no_entailments(release_of, oxigraph):
    first, second = release_of(one=ONE), release_of(one=TWO)
    publish(second, oxigraph.store)
    assert done(publish(first, oxigraph.store, entailed=False)) == {"one": "replace", ENTAILED_GRAPH: "remove"}
    assert oxigraph.graph("urn:one") == held(first, "urn:one")
    assert ENTAILED_GRAPH not in oxigraph.graphs()


def test_a_graph_that_came_from_elsewhere_is_not_replaced_unasked(release_of, oxigraph):
    oxigraph.put("urn:one", TWO)
    release = release_of(one=ONE, two=TWO)
    with pytest.raises(ProblemError) as caught:
        publish(release, oxigraph.store)
    assert (caught.value.slug, "urn:one" in caught.value.detail) == ("target-occupied", True)
    assert oxigraph.graphs() == ["urn:one"]
    publish(release, oxigraph.store, replace=True)
    assert oxigraph.graph("urn:one") == held(release, "urn:one")


def test_a_dry_run_writes_nothing(release_of, oxigraph):
    assert done(publish(release_of(one=ONE), oxigraph.store, dry_run=True)) == {"one": "add", ENTAILED_GRAPH: "add"}
    assert oxigraph.graphs() == []


def test_full_sends_unchanged_graphs_again(release_of, oxigraph):
    release = release_of(one=ONE)
    publish(release, oxigraph.store)
    oxigraph.put("urn:one", TWO)
    assert done(publish(release, oxigraph.store))["one"] == "keep"
    publish(release, oxigraph.store, full=True)
    assert oxigraph.graph("urn:one") == held(release, "urn:one")


class Killed(Exception):
    pass


@pytest.mark.parametrize("kept", [True, False])
def test_what_broke_off_is_completed_by_the_next(release_of, oxigraph, kept):
    def killed(line):
        if line.endswith("urn:two"):
            raise Killed

    first = release_of(one=ONE + "<urn:c> <urn:p> 1, 2, 3, 4 .", two=ONE)
    with pytest.raises(Killed):
        publish(first, oxigraph.store, killed)
    assert "urn:one" in oxigraph.graphs()
    following = first if kept else release_of(["one"], two=TWO)
    steps = publish(following, oxigraph.store)
    assert done(steps)["one"] == ("replace" if kept else "remove")
    assert oxigraph.graphs() == sorted([PUBLISHED_GRAPH, *(step.graph for step in steps if step.triples)])
    assert oxigraph.graph("urn:two") == held(following, "urn:two")


def test_at_once_nothing_has_changed_until_all_has(release_of, oxigraph):
    first = release_of(one=ONE, two=TWO)
    publish(first, oxigraph.store)
    second = release_of(["two"], one=TWO, three=ONE, empty="")

    def killed(line):
        assert oxigraph.graph("urn:one") == held(first, "urn:one")
        assert {"urn:one", "urn:two"} < set(oxigraph.graphs())
        if line == "all at once":
            raise Killed

    with pytest.raises(Killed):
        publish(second, oxigraph.store, killed, at_once=True)
    waiting = [graph for graph in oxigraph.graphs() if "staged" in graph]
    assert len(waiting) == 2
    publish(second, oxigraph.store, at_once=True)
    assert oxigraph.graphs() == sorted([ENTAILED_GRAPH, PUBLISHED_GRAPH, "urn:one", "urn:three"])
    assert oxigraph.graph("urn:one") == held(second, "urn:one")
    assert done(publish(second, oxigraph.store))["empty"] == "keep"


def test_an_update_whose_answer_is_lost_was_carried_out(release_of, oxigraph, scripted):
    def script(asked):
        found = oxigraph.forward(asked)
        return None if asked.path == "/update" else found

    scripted.script = script
    release = release_of(one=ONE)
    publish(release, scripted.store, at_once=True)
    assert oxigraph.graphs() == sorted([ENTAILED_GRAPH, PUBLISHED_GRAPH, "urn:one"])


def test_an_update_that_did_not_arrive_is_sent_by_the_next_and_nothing_else(release_of, oxigraph, scripted):
    scripted.script = lambda asked: None if asked.path == "/update" else oxigraph.forward(asked)
    release = release_of(one=ONE)
    with pytest.raises(ProblemError) as caught:
        publish(release, scripted.store, at_once=True)
    assert caught.value.slug == "target-unreachable"
    scripted.script, before = oxigraph.forward, len(scripted.asked)
    publish(release, scripted.store, at_once=True)
    written = [one.query for one in scripted.asked[before:] if one.method == "PUT"]
    assert written
    assert not any("staged" in query for query in written)
    assert oxigraph.graph("urn:one") == held(release, "urn:one")


def test_what_waits_is_cleared_away_by_a_publication_graph_by_graph(release_of, oxigraph):
    def killed(line):
        if line == "all at once":
            raise Killed

    release = release_of(one=ONE)
    with pytest.raises(Killed):
        publish(release, oxigraph.store, killed, at_once=True)
    publish(release, oxigraph.store)
    assert oxigraph.graphs() == sorted([ENTAILED_GRAPH, PUBLISHED_GRAPH, "urn:one"])


def test_publishers_with_names_of_their_own_leave_each_other_alone(release_of, oxigraph):
    publish(release_of(one=ONE), oxigraph.store, publisher="a", entailed=False)
    steps = publish(release_of(["one"], two=ONE), oxigraph.store, publisher="b", entailed=False)
    assert done(steps) == {"two": "add"}
    assert oxigraph.graphs() == sorted([f"{PUBLISHED_GRAPH}/a", f"{PUBLISHED_GRAPH}/b", "urn:one", "urn:two"])


def test_records_of_other_publications_are_not_sent_on(release_of, oxigraph):
    release = release_of(**{"one": ONE})
    graphs = release.manifest.graphs | {PUBLISHED_GRAPH: release.manifest.graphs["urn:one"]}
    object.__setattr__(release, "manifest", release.manifest.model_copy(update={"graphs": graphs}))
    assert PUBLISHED_GRAPH not in done(publish(release, oxigraph.store))


def test_counts_and_examples_tell_where_a_target_differs(release_of, oxigraph):
    release = release_of(one=ONE, two=TWO + '<urn:a> <urn:r> "01"^^<urn:t>, "1"^^<urn:t> .')
    publish(release, oxigraph.store)
    oxigraph.put("urn:two", TWO + '<urn:a> <urn:r> "1"^^<urn:t> . [] <urn:q> 2 .')

    async def verified():
        async with TargetConnection(TargetEndpoints.of(oxigraph.store), Credentials(), RetryPolicy()) as connection:
            return await verify_target(connection, release.open_store(), [("urn:one", 1), ("urn:two", 7)])

    one, two = asyncio.run(verified())
    assert (one.here, one.there, one.comparison) == (1, 1, None)
    assert (two.here, two.there) == (7, 6)
    assert two.comparison.here.examples == ('<urn:a> <urn:r> "01"^^<urn:t> .',)
    assert two.comparison.there.number == 0


def test_the_record_can_be_read_again(release_of, oxigraph):
    release = release_of(one=ONE)
    publish(release, oxigraph.store)

    async def read():
        async with TargetConnection(TargetEndpoints.of(oxigraph.store), Credentials(), RetryPolicy()) as connection:
            return await PublicationRecord.read(connection, PUBLISHED_GRAPH)

    record = asyncio.run(read())
    assert record.release == release.number
    assert {name: entry.digest for name, entry in record.graphs.items()} == {
        name: summary.digest for name, summary in release.manifest.graphs.items()
    }


def summary(triples, digest="new"):
    return GraphSummary(triples=triples, digest=digest)


def test_what_grows_comes_before_what_shrinks_and_what_is_entailed_after_both():
    entries = {"urn:a": 9, "urn:b": 2, "urn:gone": 5, ENTAILED_GRAPH: 7, "urn:same": 4}
    record = PublicationRecord(1, {name: GraphEntry("old", number) for name, number in entries.items()})
    graphs = {
        "urn:a": summary(3),
        "urn:b": summary(8),
        "urn:same": summary(4, "old"),
        "urn:new": summary(1),
        ENTAILED_GRAPH: summary(70),
    }
    steps = make_plan(graphs, record, full=False)
    assert [step.graph for step in steps] == ["urn:same", "urn:new", "urn:b", "urn:a", ENTAILED_GRAPH, "urn:gone"]


@pytest.mark.parametrize(
    "name", [QueryTerm("uri", "urn:a> ; DROP ALL #"), QueryTerm("literal", "urn:a"), QueryTerm("bnode", "b0")]
)
def test_a_record_that_others_wrote_puts_nothing_into_requests(name):
    has_name = QueryTerm("uri", "http://www.w3.org/ns/sparql-service-description#name")
    rows = [{"s": QueryTerm("uri", "urn:entry"), "p": has_name, "o": name}]
    assert PublicationRecord.of(rows) == PublicationRecord()
    assert PublicationRecord.of([rows[0] | {"o": QueryTerm("uri", "urn:a")}]).graphs == {"urn:a": GraphEntry(None, 0)}


def test_a_temporary_folder_that_is_full_is_one_line(release_of, oxigraph, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")
        yield

    monkeypatch.setattr("jwpgraph.publishing.publisher.write_chunks", full)
    with pytest.raises(ProblemError) as caught:
        publish(release_of(one=ONE), oxigraph.store)
    assert (caught.value.slug, "TMPDIR" in caught.value.detail) == ("cannot-write", True)


WITH_BLANK = (ox.BlankNode("a"), ox.NamedNode("urn:p"), ox.Literal("1"))
WITHOUT_BLANK = (ox.NamedNode("urn:x"), ox.NamedNode("urn:p"), ox.Literal("2"))
TERMS = st.sampled_from([ox.NamedNode("urn:x"), ox.NamedNode("urn:y"), ox.BlankNode("a"), ox.BlankNode("b")])
OBJECTS = TERMS | st.sampled_from([ox.Literal("_:a"), ox.Literal("a\nb"), ox.Literal("1")])
TRIPLES = st.builds(ox.Triple, TERMS, st.sampled_from([ox.NamedNode("urn:p"), ox.NamedNode("urn:q")]), OBJECTS)


@settings(max_examples=60, deadline=None)
@given(triples=st.sets(TRIPLES, max_size=12), size=st.none() | st.integers(1, 5))
def test_pieces_are_the_graph_and_blank_nodes_are_in_the_first(triples, size):
    store, graph = ox.Store(), ox.NamedNode("urn:g")
    store.extend(ox.Quad(triple.subject, triple.predicate, triple.object, graph) for triple in triples)
    texts = []
    for piece in write_chunks(store, "urn:g", size):
        with piece.path.open("rb") as file:
            file.seek(piece.start)
            texts.append(file.read(piece.length))
    assert texts
    found = [[quad.triple for quad in ox.parse(io.BytesIO(text), format=ox.RdfFormat.N_TRIPLES)] for text in texts]
    assert sorted(map(str, (triple for part in found for triple in part))) == sorted(map(str, triples))
    for part in found[1:]:
        assert 0 < len(part) <= (size or len(triples))
        assert not any(isinstance(term, ox.BlankNode) for triple in part for term in (triple.subject, triple.object))


@pytest.mark.parametrize("size", [None, 1])
def test_a_publication_that_is_killed_leaves_no_files(tmp_path, monkeypatch, size):
    """It left a file as large as the largest graph, also where a service manager had stopped it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store = ox.Store()
    for triple in (WITH_BLANK, WITHOUT_BLANK):
        store.add(ox.Quad(*triple, ox.NamedNode("urn:g")))
    pieces = write_chunks(store, "urn:g", size)
    assert next(pieces).length > 0
    assert list(tmp_path.iterdir()) == []
    pieces.close()


@pytest.mark.parametrize(
    ("store", "query"),
    [
        ("http://a.example/store", "http://a.example/query"),
        ("http://a.example/ds/data", "http://a.example/ds/sparql"),
        ("https://a.example/repositories/r/rdf-graphs/service", "https://a.example/repositories/r"),
        ("https://a.example:8890/sparql-graph-crud-auth", "https://a.example:8890/sparql"),
        ("http://a.example/graph-store/", "http://a.example/sparql"),
    ],
)
def test_the_graph_store_of_a_known_engine_tells_its_endpoint(store, query):
    assert TargetEndpoints.of(store).query == query
    assert TargetEndpoints.of(store, "http://b.example/q").query == "http://b.example/q"


@pytest.mark.parametrize(
    "store", ["nowhere", "ftp://a.example/store", "http:///store", "http://u:p@a.example/store", "http://a.example/x"]
)
def test_what_is_no_target_is_said(store):
    with pytest.raises(ProblemError) as caught:
        TargetEndpoints.of(store)
    assert caught.value.slug == "bad-target"
