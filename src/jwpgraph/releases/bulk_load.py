"""Filling a new store: asserted graphs and their union, each triple read once and written in bulk.

Oxigraph takes triples out one by one, in one transaction: to empty a graph of a million triples takes a minute and
gigabytes of memory. Hence what is not carried on triple by triple is written to a new store, where nothing has to go.
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
from jwpgraph.releases.union import graph_triples

_DEFAULT = DefaultGraph()


def fill_store(store: Store, contents: DatasetContents, source: Store | None) -> None:
    """Write *contents*, and their union to the default graph.

    Args:
        store: the candidate's; empty.
        contents: what is to be written.
        source: where the graphs that are kept are taken from.

    Raises:
        ProblemError: ``bad-rdf`` with line and column; ``named-graphs-refused``.
    """
    plain = [part for part in contents.parts if part.dataset is None and is_plain_n_triples(part.payload)]
    others = [part for part in contents.parts if part not in plain]
    store.bulk_extend(_with_union(_read_all_quads(contents.kept, others, source)))
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
    """Each quad, and its triple as one of the union; a blank node is the same in both."""
    for quad in quads:
        yield quad
        yield Quad(quad.subject, quad.predicate, quad.object, _DEFAULT)
