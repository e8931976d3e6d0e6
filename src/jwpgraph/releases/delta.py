"""The exact difference that a change makes to the named graphs, if it can be determined cheaply.

With a delta the later stages do work in proportion to the change. Without one (a graph is too large) they recompute
everything, with the same result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store, Triple

from jwpgraph.releases.changes import DeleteGraph, GraphChange, LoadGraphs, Payload, PostGraph, PutGraph
from jwpgraph.releases.rdf_files import get_rdf_format, read_graph
from jwpgraph.releases.release import GraphSummary
from jwpgraph.releases.reserved import RESERVED

#: Bytes above which a payload is loaded in bulk, which is faster than finding its new triples.
LARGEST_PAYLOAD = 4_000_000
#: Triples above which a replaced or dropped graph is not compared triple by triple.
LARGEST_GRAPH = 50_000


@dataclass(slots=True)
class Delta:
    """The net difference to the parent, in quads of asserted graphs; no quad is both added and removed."""

    added: set[Quad] = field(default_factory=set)
    removed: set[Quad] = field(default_factory=set)

    def triples(self) -> set[Triple]:
        """Return the triples of all added and removed quads."""
        return {quad.triple for quad in self.added | self.removed}

    def insert(self, new: Set[Quad]) -> None:
        """Record added quads, none of which existed."""
        self.added |= new - self.removed
        self.removed -= new

    def delete(self, old: Set[Quad]) -> None:
        """Record removed quads, all of which existed."""
        self.removed |= old - self.added
        self.added -= old


@dataclass(frozen=True, slots=True)
class GraphDifference:
    """The difference of one graph to the parent's: added and removed triples."""

    added: frozenset[Triple]
    removed: frozenset[Triple]

    @property
    def triples(self) -> frozenset[Triple]:
        """All added and removed triples."""
        return self.added | self.removed


def get_graph_name(quad: Quad) -> str:
    """Return the name of the graph of *quad*; the empty string for the default graph."""
    return "" if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value


class ChangeJournal:
    """Applies insertions and deletions to the named graphs of a candidate and records the difference.

    Args:
        store: the store of the candidate.
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
        """Remove quads."""
        old = {quad for quad in quads if quad in self._store}
        remove_quads(self._store, old)
        self._net.delete(old)

    def close(self) -> Delta:
        """Return the recorded difference."""
        return self._net


def remove_quads(store: Store, quads: Iterable[Quad]) -> None:
    """Remove quads from a store."""
    for quad in quads:
        store.remove(quad)


def apply_to_graphs(change: GraphChange, store: Store, parent: Mapping[str, GraphSummary]) -> Delta | None:
    """Apply a change of whole graphs that are small enough to compare triple by triple.

    Args:
        change: the change; its graph names have been checked.
        store: the store of the candidate.
        parent: summaries of the parent's graphs.

    Returns:
        The difference; ``None``, with the store unchanged, if the change must be applied in bulk.

    Raises:
        ProblemError: as :func:`jwpgraph.releases.rdf_files.read_graph`.
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
    contents = [(graph, {quad for file in several for quad in read_graph(file, graph)}) for graph, several, _ in plan]
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
    """Return whether graphs and payloads are small enough; a dataset is only allowed for a *single* graph."""
    sizes = [parent[graph].triples for graph in replaced if graph in parent]
    if sum(sizes) > LARGEST_GRAPH or RESERVED & set(replaced):
        return False
    return all(
        payload.path.is_file()
        and payload.path.stat().st_size <= LARGEST_PAYLOAD
        and (single or not get_rdf_format(payload.media_type).supports_datasets)
        for payload in payloads
    )
