"""The file of a dataset's statements is its union for validation, and the statements of each graph for digests."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

from jwpgraph.releases.dataset_text import write_dataset_text
from jwpgraph.releases.written_literals import Gathering
from jwpgraph.validation.engines import union_as_n_triples
from jwpgraph.vocabulary import ENTAILED_GRAPH, PREFIXES

GRAPHS = [NamedNode(name) for name in ("urn:g", "urn:h", "urn:é", ENTAILED_GRAPH)]
_integer = NamedNode(PREFIXES["xsd"] + "integer")
_literals = st.one_of(
    st.sampled_from(["7", "07", "+7", "8"]).map(lambda text: Literal(text, datatype=_integer)),
    st.sampled_from(["a\nb .\n", "\r .", "é", "\u2028"]).map(Literal),
)
_nodes = st.sampled_from([NamedNode("urn:a"), NamedNode("urn:b"), BlankNode("x")])
_statements = st.tuples(_nodes, st.one_of(_literals, _nodes), st.sampled_from(GRAPHS[:3]))


@given(st.lists(_statements, max_size=25), st.lists(_nodes, max_size=2))
def test_the_file_is_the_union_and_its_parts_are_the_graphs(statements, entailed):
    store, gathering = Store(), Gathering()
    for subject, value, graph in statements:
        store.extend(gathering.of([Quad(subject, NamedNode("urn:p"), value)], graph))
    store.extend(Quad(node, NamedNode("urn:q"), node, GRAPHS[3]) for node in entailed)
    store.extend([Quad(quad.subject, quad.predicate, quad.object) for quad in store])
    written = gathering.collect()

    with TemporaryDirectory() as folder:
        text = write_dataset_text(store, Path(folder), written)
        assert {path.name for path in Path(folder).iterdir()} == {"union.nt"}
        lines = text.path.read_bytes().decode().split("\n")
        found = {graph: [one for part in parts for one in part] for graph, parts in text.read()}

    assert set(lines) == set(union_as_n_triples(store, written).split("\n"))
    stored = {graph: [str(quad.triple) for quad in store.quads_for_pattern(None, None, None, graph)] for graph in found}
    assert {graph: sorted(one.decode() for one in parts) for graph, parts in found.items()} == {
        graph: sorted(texts) for graph, texts in stored.items()
    }
    assert found.keys() == {NamedNode(ENTAILED_GRAPH), *(graph for _, _, graph in statements)}
