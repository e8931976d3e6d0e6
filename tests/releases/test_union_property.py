"""Whatever is done to named graphs, the union kept up step by step is the union built anew, each triple once."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Quad, Store

from jwpgraph.releases.builder import Builder
from jwpgraph.releases.changes import DeleteGraph, Payload, PostGraph, PutGraph, SparqlUpdate
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.entailment import materialise_entailments
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.maintenance import verify_release
from jwpgraph.releases.rules import Rule, RuleSet
from jwpgraph.validation.severity_gate import SeverityGate
from jwpgraph.vocabulary import ENTAILED_GRAPH, PREFIXES

RULES = RuleSet(
    (
        Rule("symmetry", "CONSTRUCT { ?b <urn:near> ?a } WHERE { ?a <urn:near> ?b }"),
        Rule("transitivity", "CONSTRUCT { ?a <urn:below> ?c } WHERE { ?a <urn:below> ?b . ?b <urn:below> ?c }"),
        Rule(
            "checked",
            "CONSTRUCT { ?a <urn:p> ?c } WHERE { ?a <urn:near> ?b . ?b <urn:below> ?c "
            "FILTER NOT EXISTS { ?a <urn:p> ?c } }",
        ),
        Rule(
            "subproperty",
            "CONSTRUCT { ?s ?q ?o } WHERE { { SELECT DISTINCT ?p ?q { ?p <urn:sub>+ ?q } } ?s ?p ?o "
            "FILTER(isIRI(?q) && (isIRI(?p) || EXISTS { ?s <urn:never> ?x })) FILTER NOT EXISTS { ?s ?q ?o } }",
        ),
        Rule("path", "CONSTRUCT { ?a <urn:above> ?b } WHERE { ?b (<urn:below>|<urn:under>)+ ?a }"),
        Rule(
            "negated", "CONSTRUCT { ?a <urn:free> ?b } WHERE { ?a <urn:p> ?b FILTER NOT EXISTS { ?a <urn:bound> ?c } }"
        ),
        Rule(
            "negated in a branch",
            "CONSTRUCT { ?x <urn:day> ?y } WHERE { { ?x <urn:under> ?y } UNION { ?x <urn:bound> ?y "
            "FILTER NOT EXISTS { ?x <urn:under> ?z } } FILTER NOT EXISTS { ?x <urn:day> ?y } }",
        ),
        Rule("consequence", "CONSTRUCT { ?y <urn:dayOf> ?x } WHERE { ?x <urn:day> ?y }"),
        Rule(
            "assigned",
            "CONSTRUCT { ?x <urn:year> ?year } WHERE { { ?x <urn:day> ?y } UNION { ?x <urn:bound> ?y } "
            "BIND (STR(?y) AS ?text) BIND (CONCAT(?text, '!') AS ?year) FILTER NOT EXISTS { ?x <urn:year> ?year } }",
        ),
        Rule(
            "negated about another variable",
            "CONSTRUCT { ?a <urn:seen> ?c } WHERE { ?a <urn:p> ?b . ?b <urn:near> ?c "
            "FILTER NOT EXISTS { ?b <urn:bound> ?x } }",
        ),
        Rule(
            "negated in a subquery",
            "CONSTRUCT { ?o ?q ?s } WHERE { { SELECT DISTINCT ?p ?q { ?p <urn:inverse>|^<urn:inverse> ?q "
            "FILTER NOT EXISTS { ?p <urn:off> ?x } FILTER NOT EXISTS { ?q <urn:off> ?x } FILTER (isIRI(?q)) } } "
            "?s ?p ?o FILTER NOT EXISTS { ?o ?q ?s } FILTER (!isLiteral(?o)) }",
        ),
        Rule("either", "CONSTRUCT { ?x <urn:q> ?y } WHERE { { ?x <urn:free> ?y } UNION { ?y <urn:above> ?x } }"),
    )
)

_nodes = st.sampled_from(["<urn:a>", "<urn:b>", "<urn:c>"])
_predicates = st.sampled_from([f"<urn:{name}>" for name in ("near", "below", "p", "under", "bound", "q")])
_triples = st.one_of(
    st.tuples(
        _nodes, st.just(f"<{PREFIXES['skos']}prefLabel>"), st.sampled_from(['"red deer"', '"red fox"@en', "<urn:a>"])
    ),
    st.tuples(_nodes, st.just("a"), _nodes),
    st.tuples(_nodes, _predicates, _nodes),
    st.tuples(st.just("<urn:near>"), st.just("<urn:sub>"), st.sampled_from(["<urn:q>", "<urn:below>"])),
)
_graphs = st.sampled_from(["urn:g1", "urn:g2", "urn:g3"])
_content = st.lists(_triples, max_size=4).map(lambda triples: " . ".join(" ".join(triple) for triple in triples))
_steps = st.one_of(
    st.tuples(st.just("put"), _graphs, _content),
    st.tuples(st.just("post"), _graphs, _content),
    st.tuples(st.just("delete"), _graphs, st.just("")),
    st.tuples(st.just("insert"), _graphs, _content),
    st.tuples(st.just("remove"), _graphs, _content),
    st.tuples(st.just("insert-unnamed"), _graphs, _content),
    st.tuples(st.just("remove-unnamed"), _graphs, _content),
    st.tuples(st.just("both"), _graphs, _content),
    st.tuples(st.just("rewrite"), _graphs, st.just("")),
    st.tuples(st.just("with"), _graphs, st.just("")),
    st.tuples(st.just("turn"), _graphs, st.just("")),
    st.tuples(st.just("clear"), _graphs, st.just("")),
    st.tuples(st.just("clear-and-insert"), _graphs, _content),
    st.tuples(st.just("chain"), _graphs, _content),
)


def _change(kind: str, graph: str, content: str, path: Path):
    if kind in {"put", "post"}:
        path.write_text(content + (" ." if content else ""))
        return (PutGraph if kind == "put" else PostGraph)(graph, (Payload(path, "text/turtle"),))
    updates = {
        "insert": f"INSERT DATA {{ GRAPH <{graph}> {{ {content} }} }}",
        "remove": f"DELETE DATA {{ GRAPH <{graph}> {{ {content} }} }}",
        "insert-unnamed": f"INSERT DATA {{ {content} }}",
        "remove-unnamed": f"DELETE DATA {{ {content} }}",
        "both": f"INSERT DATA {{ GRAPH <{graph}> {{ {content} }} }} ; DELETE DATA {{ {content} }} ; "
        f"DELETE WHERE {{ GRAPH <{graph}> {{ <urn:a> ?p ?o }} }}",
        "rewrite": f"DELETE {{ GRAPH ?g {{ ?s <urn:near> ?o }} }} INSERT {{ GRAPH <{graph}> {{ ?o <urn:below> ?s }} }} "
        "WHERE { GRAPH ?g { ?s <urn:near> ?o } }",
        "with": f"WITH <{graph}> DELETE {{ ?s ?p <urn:a> }} INSERT {{ ?s <urn:p> _:new . ?new ?p 1 }} "
        f"USING <{graph}> WHERE {{ ?s ?p <urn:a> OPTIONAL {{ ?s <urn:under> ?new }} }}",
        "turn": "DELETE { ?s ?p ?o } INSERT { ?o ?p ?s } WHERE { ?s ?p ?o FILTER(?p != <urn:sub>) }",
        "clear": f"CLEAR SILENT GRAPH <{graph}>",
        "clear-and-insert": f"DROP ALL ; INSERT DATA {{ {content} GRAPH <{graph}> {{ {content} }} . {content} }}",
        "chain": f"INSERT DATA {{ GRAPH <{graph}> {{ {content} }} }} ; DELETE {{ ?s ?p ?o }} INSERT {{ ?o <urn:p> 1 }} "
        "WHERE { ?s ?p ?o FILTER(isIRI(?o)) } ; DELETE WHERE { ?s <urn:p> ?o }",
    }
    return DeleteGraph(graph) if kind == "delete" else SparqlUpdate(updates[kind])


@settings(max_examples=20, deadline=None)
@given(st.lists(_steps, min_size=1, max_size=6))
def test_union(steps):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        builder = Builder(ReleaseDirectory(root / "data"), SeverityGate(), ShapesGraph("", ""), RULES, wait=0)
        known: set[str] = set()
        for kind, graph, content in steps:
            if kind == "delete" and graph not in known:
                continue
            release = builder.build(_change(kind, graph, content, root / "payload"))
            known = set(release.manifest.graphs)
            assert verify_release(release) == []
            store = Store.read_only(str(release.store_path))
            union = {str(quad.triple) for quad in store.quads_for_pattern(None, None, None, DefaultGraph())}
            assert len(union) == release.manifest.triples
            assert union == _triples_of(store, derived=True)
            stated = _triples_of(store, derived=False)
            fresh = Store()
            fresh.extend(Quad(*quad.triple, DefaultGraph()) for quad in store if _is_stated(quad))
            materialise_entailments(fresh, RULES)
            assert union == {str(quad.triple) for quad in fresh}
            assert release.manifest.graphs[ENTAILED_GRAPH].triples == len(union - stated)
            total = sum(summary.triples for name, summary in release.manifest.graphs.items() if name != ENTAILED_GRAPH)
            assert release.manifest.shared_triples is (total != len(stated))
            assert release.asserted_path.is_dir() is release.manifest.shared_triples
            if release.asserted_path.is_dir():
                second = Store.read_only(str(release.asserted_path))
                union = [str(quad.triple) for quad in second.quads_for_pattern(None, None, None, DefaultGraph())]
                assert (sorted(union), _triples_of(second, derived=True)) == (sorted(stated), stated)
                assert set(second.named_graphs()) == {
                    graph for graph in store.named_graphs() if graph.value != ENTAILED_GRAPH
                }


@settings(max_examples=15, deadline=None)
@given(st.lists(_steps, min_size=1, max_size=5))
def test_incremental_and_complete_builds_are_equal(steps):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        short, long = (
            Builder(ReleaseDirectory(root / name), SeverityGate(), ShapesGraph("", ""), RULES, wait=0)
            for name in ("short", "long")
        )
        known: set[str] = set()
        for kind, graph, content in steps:
            if kind in {"delete", "with"} and graph not in known:
                continue
            change = _change(kind, graph, content, root / "payload")
            one, other = short.build(change), long.build(change, full=True)
            known = set(one.manifest.graphs)
            assert known == set(other.manifest.graphs)
            assert _quads(one) == _quads(other)
            assert one.manifest.triples == other.manifest.triples
            assert _index(one) == _index(other)
            assert one.manifest.shared_triples == other.manifest.shared_triples


def _quads(release) -> Counter[str]:
    quads = Store.read_only(str(release.store_path))
    return Counter(re.sub(r"_:\w+", "_:", str(quad)) for quad in quads)


def _index(release) -> list[list[tuple[str, ...]]]:
    with closing(sqlite3.connect(release.search_path)) as index:
        for table in ("label_words", "label_trigrams"):
            index.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)")
        queries = [
            "SELECT iri, text, language, property, rank FROM label",
            "SELECT iri, type FROM type",
            *(f"SELECT text FROM label_words WHERE label_words MATCH '{word}'" for word in ("red", "deer", "fox")),
            *(f"SELECT text FROM label_trigrams WHERE label_trigrams MATCH '{word}'" for word in ("red", "eer", "fox")),
        ]
        return [sorted(index.execute(query)) for query in queries]


def _is_stated(quad: Quad) -> bool:
    return quad.graph_name != DefaultGraph() and quad.graph_name.value != ENTAILED_GRAPH


def _triples_of(store: Store, *, derived: bool) -> set[str]:
    graphs = {ENTAILED_GRAPH} if derived else set()
    return {str(quad.triple) for quad in store if _is_stated(quad) or getattr(quad.graph_name, "value", "") in graphs}
