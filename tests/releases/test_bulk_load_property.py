"""A new store that is filled in one go holds what its graphs would hold if they were written one after the other."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store

from jwpgraph.releases import bulk_load, rdf_files
from jwpgraph.releases.bulk_load import make_store, write_store
from jwpgraph.releases.changes import LoadGraphs, Payload
from jwpgraph.releases.contents import plan_contents
from jwpgraph.releases.store_writing import MANY, add_quads
from jwpgraph.releases.union import count_triples

Triples = set[str]

_graphs = st.sampled_from(["urn:g1", "urn:g2", "urn:g3"])
_nodes = st.sampled_from(["<urn:a>", "<urn:b>", "_:x"])
_values = st.sampled_from(["<urn:a>", '"a _: b"', '"01"^^<http://www.w3.org/2001/XMLSchema#integer>', "_:x"])
_triples = st.sets(st.builds("{} <urn:p> {}".format, _nodes, _values), max_size=4)
_single = st.tuples(st.sampled_from(["text/turtle", "application/n-triples"]), _graphs, _triples)
_several = st.tuples(
    st.just("application/trig"), _graphs, st.dictionaries(st.one_of(st.just(""), _graphs), _triples, max_size=3)
)


def _lines(triples: Triples) -> str:
    return "".join(f"{triple} .\n" for triple in sorted(triples))


def _trig(graphs: dict[str, Triples]) -> str:
    return "".join(f"<{name}> {{ {_lines(inner)} }}\n" if name else _lines(inner) for name, inner in graphs.items())


def _merged(graphs: dict[str, Triples], default: str) -> dict[str, Triples]:
    """What a dataset states, graph by graph; its default graph goes to *default*."""
    merged: dict[str, Triples] = {}
    for name, inner in graphs.items():
        if inner:
            merged[name or default] = merged.get(name or default, set()) | inner
    return merged


def _seen(text: str) -> str:
    """A triple with its blank nodes alike, as a store writes it."""
    return re.sub(r"_:\w+", "_:", text).replace('"01"', '"1"')


def _in(store: Store, graph: NamedNode | DefaultGraph) -> set[Quad]:
    return set(store.quads_for_pattern(None, None, None, graph))


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(_graphs, _triples, max_size=3),
    st.lists(st.one_of(_single, _several), max_size=4),
    st.sets(_graphs),
    st.sampled_from([1, 1 << 30]),
    st.sampled_from([0, 200_000]),
)
def test_filling(before, written, removed, large, most):
    model = dict(before)
    source = Store()
    source.load(_trig(before).encode(), RdfFormat.TRIG)
    for name in before:
        source.add_graph(NamedNode(name))
    for name in removed & set(before):
        del model[name]
    payloads = []
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        patch.object(rdf_files, "_LARGE", large),
        patch.object(bulk_load, "_get_most_in_memory", lambda: most),
    ):
        for number, (media_type, graph, content) in enumerate(written):
            path = Path(folder, str(number))
            single = isinstance(content, set)
            path.write_text(_lines(content) if single else _trig(content))
            payloads.append((graph, Payload(path, media_type)))
            model |= {graph: content} if single else _merged(content, graph)
        change = LoadGraphs(tuple(payloads), tuple(removed & set(before)))
        contents = plan_contents(change, set(before))
        store = make_store(Path(folder, "store"), contents, source)
        assert Path(folder, "store").exists() == (most == 0)

        assert {graph.value for graph in store.named_graphs()} == contents.names == set(model)
        union = set()
        for name, triples in model.items():
            quads = _in(store, NamedNode(name))
            assert sorted(_seen(str(quad.triple)) for quad in quads) == sorted(map(_seen, triples))
            assert count_triples(store, NamedNode(name)) == len(triples)
            union |= {quad.triple for quad in quads}
            if name in contents.kept:
                assert quads == _in(source, NamedNode(name))
        assert union == {quad.triple for quad in _in(store, DefaultGraph())}
        assert count_triples(store, DefaultGraph()) == len(union)
        # Closing a store whose files are gone takes the engine a second.
        del store


@pytest.mark.parametrize("most", [0, 3, 6, 7])
def test_a_store_that_outgrows_memory_goes_on_on_disk(
    most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blank nodes stay the same in a graph and in the union, and from what is held in memory to what is written."""
    source = Store()
    kept = {"urn:kept": {"<urn:a> <urn:p> _:x", '_:x <urn:p> "01"', "_:x <urn:p> _:x"}, "urn:empty": set()}
    source.load(_trig(kept).encode(), RdfFormat.TRIG)
    source.add_graph(NamedNode("urn:empty"))
    (tmp_path / "more.ttl").write_text('<urn:a> <urn:p> _:y . _:y <urn:p> "02", "03", <urn:a> .')
    change = LoadGraphs((("urn:more", Payload(tmp_path / "more.ttl", "text/turtle")),))
    contents = plan_contents(change, set(kept))
    monkeypatch.setattr(bulk_load, "_get_most_in_memory", lambda: most)
    store = make_store(tmp_path / "store", contents, source)
    assert (tmp_path / "store").exists() == (most < 7)
    named = {quad for quad in store if quad.graph_name != DefaultGraph()}
    assert len(named) == 7
    assert {quad.triple for quad in named} == {quad.triple for quad in _in(store, DefaultGraph())}
    assert _in(store, NamedNode("urn:kept")) == _in(source, NamedNode("urn:kept"))
    graphs = {graph.value for graph in store.named_graphs()}
    assert graphs == {"urn:kept", "urn:empty", "urn:more"}

    write_store(store, tmp_path / "written")
    written = Store.read_only(str(tmp_path / "written"))
    assert set(written) == set(store)
    assert {graph.value for graph in written.named_graphs()} == graphs


def _compact_again(path: Path) -> tuple[set[str], set[str]]:
    """Return the names of the table files of the store at *path* before and after it is compacted."""

    def list_tables() -> set[str]:
        return {file.name for file in path.glob("*.sst")}

    before = list_tables()
    store = Store(str(path))
    store.optimize()
    del store
    return before, list_tables()


def test_a_store_written_from_memory_is_compacted(tmp_path) -> None:
    """Compaction rewrites the files of a store that is not compacted, and no file of one that is."""
    store, predicate = Store(), NamedNode("urn:p")
    store.bulk_extend(
        Quad(NamedNode(f"urn:s{number}"), predicate, Literal(number), NamedNode(f"urn:g{number % 3}"))
        for number in range(MANY + 5)
    )
    write_store(store, tmp_path / "written")
    before, after = _compact_again(tmp_path / "written")
    assert before == after

    plain = Store(str(tmp_path / "plain"))
    add_quads(plain, iter(store))
    for graph in store.named_graphs():
        plain.add_graph(graph)
    plain.flush()
    del plain
    before, after = _compact_again(tmp_path / "plain")
    assert before != after
