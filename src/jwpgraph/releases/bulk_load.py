"""Bulk loading of asserted graphs and their union into a new store.

Oxigraph removes triples one by one in a single transaction: clearing a graph of a million triples takes a minute and
gigabytes of memory. A change that is not applied triple by triple is therefore written to a new store.
"""

from __future__ import annotations

import resource
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from jwpgraph.free_memory import read_half_of_memory
from jwpgraph.releases.changes import Payload
from jwpgraph.releases.contents import ContentPart, DatasetContents
from jwpgraph.releases.rdf_files import (
    count_lines,
    is_plain_n_triples,
    load_plain_n_triples,
    note_plain,
    read_dataset_quads,
    read_graph_quads,
)
from jwpgraph.releases.store_writing import add_quads
from jwpgraph.releases.union import iter_graph_quads

#: Memory of the process from which stores are built in memory, and the most asserted quads of these; a build of
#: 160,000 quads takes 870 MiB in all.
_LEAST_ROOM: Final = 3 * 2**29
_MOST_AT_LEAST: Final = 200_000
#: Memory for each further quad, with its entailments, validation and writing.
_ROOM_OF_QUAD: Final = 6144
#: Bytes of payloads for each of the most quads; larger payloads are loaded on disk at once.
_BYTES_OF_QUAD: Final = 2**26 // _MOST_AT_LEAST
_ADD_UNION: Final = "INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }"
_DEFAULT = DefaultGraph()


def make_store(path: Path, contents: DatasetContents, source: Store | None) -> Store:
    """Return a new store with *contents* and their union.

    Args:
        path: where the store is created if its contents are many or memory is short; others are held in memory, in
            which all stages of a build take half the time, and are written by :func:`write_store`.
        contents: the asserted graphs of the candidate.
        source: the store from which kept graphs are copied.

    Raises:
        ProblemError: ``bad-rdf`` with line and column; ``named-graphs-refused``.
    """
    size = sum(part.payload.path.stat().st_size for part in contents.parts if part.payload.path.is_file())
    plain, quads = _plan(contents, source)
    most = _get_most_in_memory()
    room = most - sum(count_lines(part.payload) for part in plain)
    if room <= 0 or size > most * _BYTES_OF_QUAD:
        store = Store(str(path))
        _fill(store, plain, quads)
    else:
        store = Store()
        store.bulk_extend(islice(quads, room))
        following = next(quads, None)
        if following is None:
            _load_plain(store, plain, union=False)
            store.update(_ADD_UNION)
        else:
            first, store = store, Store(str(path))
            _fill(store, plain, chain(first, (following,), quads))
    _add_graphs(store, contents)
    return store


def _get_most_in_memory() -> int:
    """Return the number of asserted quads for which the memory of this process suffices, 0 if it is short."""
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    if limit == resource.RLIM_INFINITY:
        limit = read_half_of_memory()
    return _MOST_AT_LEAST + (limit - _LEAST_ROOM) // _ROOM_OF_QUAD if limit >= _LEAST_ROOM else 0


def write_store(store: Store, path: Path) -> None:
    """Write the contents of *store*, which is held in memory, to a new store at *path*."""
    written = Store(str(path))
    add_quads(written, iter(store))
    for graph in store.named_graphs():
        written.add_graph(graph)
    written.flush()
    # Without compaction, heavy queries on 1.8 million triples take twice the time.
    written.optimize()


def _plan(contents: DatasetContents, source: Store | None) -> tuple[list[ContentPart], Iterator[Quad]]:
    """Return the parts that the engine can load by itself, and the quads of the others."""
    plain = [part for part in contents.parts if part.dataset is None and is_plain_n_triples(part.payload)]
    others = [part for part in contents.parts if part not in plain]
    return plain, _read_all_quads(contents.kept, others, source)


def _fill(store: Store, plain: Iterable[ContentPart], quads: Iterator[Quad]) -> None:
    """Load the quads and the parts that the engine can load by itself, with their union."""
    add_quads(store, _with_union(quads))
    _load_plain(store, plain, union=True)


def _load_plain(store: Store, plain: Iterable[ContentPart], *, union: bool) -> None:
    """Load the parts that the engine can load by itself into their graphs, and into the *union* as well."""
    for part in plain:
        note_plain(part.payload, part.graph)
        load_plain_n_triples(store, part.payload, NamedNode(part.graph))
        if union:
            load_plain_n_triples(store, part.payload, _DEFAULT)


def _add_graphs(store: Store, contents: DatasetContents) -> None:
    """Create the graphs that have no triples."""
    for name in sorted(contents.names):
        store.add_graph(NamedNode(name))


def _read_all_quads(kept: Iterable[str], parts: Iterable[ContentPart], source: Store | None) -> Iterator[Quad]:
    if source is not None:
        for name in sorted(kept):
            yield from iter_graph_quads(source, NamedNode(name))
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
