"""Digests of graphs and entities are read as text; by definition they are those of the terms."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from jwpgraph.releases.dataset_digests import digest_dataset
from jwpgraph.releases.dataset_text import write_dataset_text
from jwpgraph.releases.entity_descriptions import read_all_entity_states, read_entity_state
from jwpgraph.releases.graph_summaries import summarise_graph, summarise_store
from jwpgraph.releases.release import GraphSummary
from jwpgraph.releases.written_literals import AS_STORED
from jwpgraph.vocabulary import ENTAILED_GRAPH, ID, JWP, PREFIXES

_entities = st.sampled_from([NamedNode(ID + name) for name in ("a", "b", "é", "c/d", "")])
_blank = st.sampled_from([BlankNode("x"), BlankNode("y.1")])
_predicates = st.sampled_from(
    [
        NamedNode("urn:p"),
        NamedNode(PREFIXES["rdf"] + "subject"),
        NamedNode(PREFIXES["dcterms"] + "isReplacedBy"),
        NamedNode(JWP + "note"),
    ]
)
_texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["a _:x", "_:x", ' _:x" "', "a\nb .\n", "\r .", "> <", "\x00\x0b\x85\u2028 .", "\\", "x" * 9000]),
)
_literals = st.one_of(
    st.builds(Literal, _texts),
    st.builds(lambda text: Literal(text, language="en"), _texts),
    st.builds(lambda text: Literal(text, datatype=NamedNode("urn:_:type")), _texts),
    st.integers().map(Literal),
)
_simple = st.one_of(_entities, _blank, _literals, st.just(NamedNode("urn:other")))
_triple_terms = st.builds(Triple, st.one_of(_entities, _blank), _predicates, _simple)
_graphs = st.sampled_from([NamedNode("urn:g"), NamedNode("urn:é"), NamedNode(ENTAILED_GRAPH)])
_quads = st.builds(
    Quad,
    st.one_of(_entities, _blank, st.just(NamedNode("urn:other"))),
    _predicates,
    st.one_of(_simple, _triple_terms),
    _graphs,
)


@given(st.lists(_quads, max_size=30))
def test_digests_of_a_dataset(quads):
    store = Store()
    store.extend(quads)
    store.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    stored = [quad for quad in store if isinstance(quad.graph_name, NamedNode)]
    graphs = {ENTAILED_GRAPH: GraphSummary(triples=0, digest="0" * 64)}
    for name in {quad.graph_name.value for quad in stored}:
        texts = [str(quad.triple).encode() for quad in stored if quad.graph_name.value == name]
        total = sum(int.from_bytes(hashlib.sha256(text).digest()) for text in texts) % 2**256
        graphs[name] = GraphSummary(triples=len(texts), digest=f"{total:064x}")
    subjects = {quad.subject.value for quad in stored if isinstance(quad.subject, NamedNode)}
    entities = {iri for iri in subjects if iri.startswith(ID) and iri != ID}
    states = {iri: read_entity_state(store, iri) for iri in entities}

    with TemporaryDirectory() as folder:
        text = write_dataset_text(store, Path(folder), AS_STORED)
        digests = digest_dataset(store, text, {})
        known = {"urn:g": GraphSummary(triples=7, digest="7" * 64)}
        partly = digest_dataset(store, text, known)
    assert digests.summaries == graphs == summarise_store(store, {})
    assert digests.states == states == read_all_entity_states(store)

    assert partly.summaries == {name: known.get(name, summary) for name, summary in graphs.items()}
    assert partly.states == states


def test_statements_longer_than_a_block_of_output():
    store, graph = Store(), NamedNode("urn:g")
    triples = [Triple(NamedNode(f"{ID}{n}"), NamedNode("urn:p"), Literal("x" * n)) for n in range(0, 40_000, 1_733)]
    store.extend(Quad(*triple, graph) for triple in triples)
    total = sum(int.from_bytes(hashlib.sha256(str(triple).encode()).digest()) for triple in triples) % 2**256
    assert summarise_graph(store, "urn:g") == GraphSummary(triples=len(triples), digest=f"{total:064x}")
