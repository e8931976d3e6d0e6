"""What exactly a change adds to the named graphs and takes from them, where that can be told without reading all of it.

A delta lets the later stages do as much work as there is change. Where there is none to be had (a graph is large, an
update is of a kind that is not taken apart), the stages compare everything, which gives the same release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store, Triple

from jwpgraph.releases.changes import DeleteGraph, GraphChange, LoadGraphs, Payload, PostGraph, PutGraph
from jwpgraph.releases.rdf_files import get_rdf_format, read_graph
from jwpgraph.releases.release import GraphSummary
from jwpgraph.releases.reserved import RESERVED

#: Above this a payload is loaded in bulk, which is faster than telling what is new in it.
LARGEST_PAYLOAD = 4_000_000
#: Above this a graph that is replaced or dropped is not compared triple by triple.
LARGEST_GRAPH = 50_000

_DEFAULT = DefaultGraph()


@dataclass(slots=True)
class Delta:
    """The net difference to the parent, in quads of asserted named graphs; a quad is on one side at most."""

    added: set[Quad] = field(default_factory=set)
    removed: set[Quad] = field(default_factory=set)

    def triples(self) -> set[Triple]:
        """The triples on either side."""
        return {quad.triple for quad in self.added | self.removed}

    def insert(self, new: Set[Quad]) -> None:
        """Take note of quads that came, none of which was there."""
        self.added |= new - self.removed
        self.removed -= new

    def delete(self, old: Set[Quad]) -> None:
        """Take note of quads that went, all of which were there."""
        self.removed |= old - self.added
        self.added -= old


@dataclass(frozen=True, slots=True)
class GraphDifference:
    """How one graph differs from the parent's: triples that came and triples that went."""

    added: frozenset[Triple]
    removed: frozenset[Triple]

    @property
    def triples(self) -> frozenset[Triple]:
        """All of them."""
        return self.added | self.removed


def quad_graph(quad: Quad) -> str:
    """The graph of a quad; the default graph, which none of a delta's quads is in, would be without a name."""
    return "" if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value


class ChangeJournal:
    """Does insertions and deletions to the named graphs of a candidate's store and remembers what came of them.

    Args:
        store: the candidate.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._net = Delta()

    def insert(self, quads: Iterable[Quad]) -> None:
        """Add quads."""
        new = {quad for quad in quads if quad not in self._store}
        self._store.extend(new)
        self._net.insert(new)

    def delete(self, quads: Iterable[Quad]) -> None:
        """Take quads out."""
        old = {quad for quad in quads if quad in self._store}
        remove_quads(self._store, old)
        self._net.delete(old)

    def close(self) -> Delta:
        """Return the difference."""
        return self._net


def remove_quads(store: Store, quads: Iterable[Quad]) -> None:
    """Take quads out of a store."""
    for quad in quads:
        store.remove(quad)


def apply_to_graphs(change: GraphChange, store: Store, parent: Mapping[str, GraphSummary]) -> Delta | None:
    """Apply *change* when it writes whole graphs that are small enough to be compared triple by triple.

    Args:
        change: already checked for what may be written.
        store: the candidate.
        parent: the graphs of the parent with their sizes.

    Returns:
        What it did; ``None``, with nothing done, where :mod:`jwpgraph.releases.change_application` applies it in bulk.

    Raises:
        ProblemError: as :func:`jwpgraph.releases.rdf_files.load_graph`.
    """
    plan: list[tuple[str, tuple[Payload, ...], bool]]
    drop: tuple[str, ...] = ()
    match change:
        case PostGraph(graph, several):
            plan = [(graph, several, False)]
        case PutGraph(graph, several):
            plan = [(graph, several, True)]
        case DeleteGraph(graph):
            plan, drop = [], (graph,)
        case LoadGraphs(graphs, remove_graphs):
            plan, drop = [(graph, (payload,), True) for graph, payload in graphs], remove_graphs
        case _:
            return None
    replaced = [*drop, *(graph for graph, _, whole in plan if whole)]
    payloads = [payload for _, several, _ in plan for payload in several]
    single = not isinstance(change, LoadGraphs)
    if len(set(replaced)) < len(replaced) or not _is_small(replaced, payloads, parent, single=single):
        return None
    contents = [(graph, {quad for each in several for quad in read_graph(each, graph)}) for graph, several, _ in plan]
    journal = ChangeJournal(store)
    for (graph, content), (_, _, whole) in zip(contents, plan, strict=True):
        if whole:
            journal.delete(set(store.quads_for_pattern(None, None, None, NamedNode(graph))) - content)
        journal.insert(content)
        store.add_graph(NamedNode(graph))
    for graph in drop:
        journal.delete(list(store.quads_for_pattern(None, None, None, NamedNode(graph))))
        store.remove_graph(NamedNode(graph))
    return journal.close()


def _is_small(
    replaced: Iterable[str], payloads: Iterable[Payload], parent: Mapping[str, GraphSummary], *, single: bool
) -> bool:
    """Whether all of it can be compared; where a *single* graph is written, a payload of quads is none but that."""
    sizes = [parent[graph].triples for graph in replaced if graph in parent]
    if sum(sizes) > LARGEST_GRAPH or RESERVED & set(replaced):
        return False
    return all(
        payload.path.is_file()
        and payload.path.stat().st_size <= LARGEST_PAYLOAD
        and (single or not get_rdf_format(payload.media_type).supports_datasets)
        for payload in payloads
    )
