"""Application of changes of whole graphs to the asserted graphs of a candidate; later stages compute derived graphs."""

from __future__ import annotations

from collections.abc import Mapping

from pyoxigraph import NamedNode, Store

from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import DeleteGraph, GraphChange, LoadGraphs, PostGraph, PutGraph
from jwpgraph.releases.delta import Delta, apply_to_graphs
from jwpgraph.releases.release import GraphSummary
from jwpgraph.releases.reserved import check_writable


def apply_exactly(change: GraphChange, store: Store, graphs: Mapping[str, GraphSummary]) -> Delta | None:
    """Apply *change* to a candidate if its exact effect can be recorded.

    Args:
        change: a change of whole graphs; rollbacks are handled by cloning.
        store: the store of the candidate.
        graphs: summaries of the parent's graphs.

    Returns:
        The difference; ``None``, with the store unchanged, if the change must be applied in bulk.

    Raises:
        ProblemError: ``bad-rdf``, ``no-such-graph``, ``reserved-graph``, ``unsupported-media-type``.
    """
    match change:
        case PutGraph(graph) | PostGraph(graph):
            check_writable(graph)
        case DeleteGraph(graph):
            check_writable(graph)
            _get_existing_quads(store, graph)
        case LoadGraphs(written, removed):
            for name in (*removed, *(graph for graph, _ in written)):
                check_writable(name)
            for name in removed:
                _get_existing_quads(store, name)
    return apply_to_graphs(change, store, graphs)


def _get_existing_quads(store: Store, graph: str) -> None:
    if not store.contains_named_graph(NamedNode(graph)):
        raise ProblemError("no-such-graph", "There is no such graph", graph, status=404)
