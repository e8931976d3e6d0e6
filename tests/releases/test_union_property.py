"""Whatever is done to named graphs, the union kept up step by step is the union built anew, each triple once."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Store

from jwpgraph.releases.build import Builder
from jwpgraph.releases.changes import DeleteGraph, Payload, PostGraph, PutGraph, Update
from jwpgraph.releases.directory import Releases
from jwpgraph.releases.entailment import Rule, RuleSet
from jwpgraph.releases.gate import Shapes
from jwpgraph.releases.upkeep import verify
from jwpgraph.validation.gate import SeverityGate

RULES = RuleSet(
    (
        Rule("symmetry", "CONSTRUCT { ?b <urn:near> ?a } WHERE { ?a <urn:near> ?b }"),
        Rule("transitivity", "CONSTRUCT { ?a <urn:below> ?c } WHERE { ?a <urn:below> ?b . ?b <urn:below> ?c }"),
    )
)

_nodes = st.sampled_from(["<urn:a>", "<urn:b>", "<urn:c>"])
_triples = st.tuples(_nodes, st.sampled_from(["<urn:near>", "<urn:below>", "<urn:p>"]), _nodes)
_graphs = st.sampled_from(["urn:g1", "urn:g2", "urn:g3"])
_content = st.lists(_triples, max_size=4).map(lambda triples: " . ".join(" ".join(triple) for triple in triples))
_steps = st.one_of(
    st.tuples(st.just("put"), _graphs, _content),
    st.tuples(st.just("post"), _graphs, _content),
    st.tuples(st.just("delete"), _graphs, st.just("")),
    st.tuples(st.just("insert"), _graphs, _content),
    st.tuples(st.just("remove"), _graphs, _content),
    st.tuples(st.just("insert-unnamed"), _graphs, _content),
)


def _change(kind: str, graph: str, content: str, path: Path):
    if kind in {"put", "post"}:
        path.write_text(content + (" ." if content else ""))
        return (PutGraph if kind == "put" else PostGraph)(graph, (Payload(path, "text/turtle"),))
    updates = {
        "insert": f"INSERT DATA {{ GRAPH <{graph}> {{ {content} }} }}",
        "remove": f"DELETE DATA {{ GRAPH <{graph}> {{ {content} }} }}",
        "insert-unnamed": f"INSERT DATA {{ {content} }}",
    }
    return DeleteGraph(graph) if kind == "delete" else Update(updates[kind])


def _triples_of(store: Store, *, derived: bool) -> set[str]:
    return {
        str(quad.triple)
        for quad in store
        if quad.graph_name != DefaultGraph() and (derived or "entailed" not in str(quad.graph_name))
    }


@settings(max_examples=25, deadline=None)
@given(st.lists(_steps, min_size=1, max_size=6))
def test_union(steps):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        builder = Builder(Releases(root / "data"), SeverityGate(), Shapes("", ""), RULES, wait=0)
        known: set[str] = set()
        for kind, graph, content in steps:
            if kind == "delete" and graph not in known:
                continue
            release = builder.build(_change(kind, graph, content, root / "payload"))
            known = set(release.manifest.graphs)
            assert verify(release) == []
            store = Store.read_only(str(release.store_path))
            union = [str(quad.triple) for quad in store.quads_for_pattern(None, None, None, DefaultGraph())]
            assert len(union) == len(set(union)) == release.manifest.triples
            assert set(union) == _triples_of(store, derived=True)
            fresh = Store()
            fresh.update(f"INSERT DATA {{ {' . '.join(_triples_of(store, derived=False))} }}")
            while any([_fire(fresh, rule.query) for rule in RULES.rules]):
                pass
            assert set(union) == {str(quad.triple) for quad in fresh}


def _fire(store: Store, query: str) -> bool:
    before = len(store)
    found = list(store.query(query))
    store.update("INSERT DATA {" + " . ".join(str(triple) for triple in found) + "}")
    return len(store) > before
