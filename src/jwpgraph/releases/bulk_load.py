"""Bulk loading of asserted graphs and their union into a new store.

Oxigraph removes triples one by one in a single transaction: clearing a graph of a million triples takes a minute and
gigabytes of memory. A change that is not applied triple by triple is therefore written to a new store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from jwpgraph.releases.changes import Payload
from jwpgraph.releases.contents import ContentPart, DatasetContents
from jwpgraph.releases.rdf_files import (
    is_plain_n_triples,
    load_plain_n_triples,
    note_plain,
    read_dataset_quads,
    read_graph_quads,
)
from jwpgraph.releases.store_writing import add_quads
from jwpgraph.releases.union import graph_triples

_DEFAULT = DefaultGraph()


def fill_store(store: Store, contents: DatasetContents, source: Store | None) -> None:
    """Load *contents* into *store*, and their union into its default graph.

    Args:
        store: the store of the candidate; empty.
        contents: the asserted graphs of the candidate.
        source: the store from which kept graphs are copied.

    Raises:
        ProblemError: ``bad-rdf`` with line and column; ``named-graphs-refused``.
    """
    plain = [part for part in contents.parts if part.dataset is None and is_plain_n_triples(part.payload)]
    others = [part for part in contents.parts if part not in plain]
    add_quads(store, _with_union(_read_all_quads(contents.kept, others, source)))
    for part in plain:
        note_plain(part.payload, part.graph)
        for graph in (NamedNode(part.graph), _DEFAULT):
            load_plain_n_triples(store, part.payload, graph)
    for name in sorted(contents.names):
        store.add_graph(NamedNode(name))


def _read_all_quads(kept: Iterable[str], parts: Iterable[ContentPart], source: Store | None) -> Iterator[Quad]:
    if source is not None:
        for name in sorted(kept):
            yield from graph_triples(source, NamedNode(name))
    for part in parts:
        yield from _read_quads(part.payload, part.graph, part.dataset)


def _read_quads(payload: Payload, graph: str, dataset: frozenset[str] | None) -> Iterator[Quad]:
    if dataset is None:
        return read_graph_quads(payload, graph)
    return read_dataset_quads(payload, graph, dataset)


def _with_union(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Yield each quad, and its triple in the default graph; blank nodes are the same in both."""
    for quad in quads:
        yield quad
        yield Quad(quad.subject, quad.predicate, quad.object, _DEFAULT)
