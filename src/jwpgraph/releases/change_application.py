"""Doing to a candidate's store what a change of whole graphs asks for. Derived graphs are left to the later stages."""

from __future__ import annotations

from collections.abc import Mapping

from pyoxigraph import NamedNode, Store

from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import DeleteGraph, GraphChange, LoadGraphs, PostGraph, PutGraph
from jwpgraph.releases.delta import Delta, apply_to_graphs
from jwpgraph.releases.release import GraphSummary
from jwpgraph.releases.reserved import check_writable


def apply_exactly(change: GraphChange, store: Store, graphs: Mapping[str, GraphSummary]) -> Delta | None:
    """Apply *change* to a candidate where it can be told to the quad what it does.

    Args:
        change: what is asked for, in whole graphs; a rollback is done by cloning and never comes here.
        store: the candidate.
        graphs: the parent's graphs with their sizes.

    Returns:
        What has changed; ``None``, with nothing done, where it is to be done in bulk.

    Raises:
        ProblemError: ``bad-rdf``, ``no-such-graph``, ``reserved-graph``, ``unsupported-media-type``.
    """
    match change:
        case PutGraph(graph) | PostGraph(graph):
            check_writable(graph)
        case DeleteGraph(graph):
            check_writable(graph)
            _existing_quads(store, graph)
        case LoadGraphs(written, removed):
            for name in (*removed, *(graph for graph, _ in written)):
                check_writable(name)
            for name in removed:
                _existing_quads(store, name)
    return apply_to_graphs(change, store, graphs)


def _existing_quads(store: Store, graph: str) -> None:
    if not store.contains_named_graph(NamedNode(graph)):
        raise ProblemError("no-such-graph", "There is no such graph", graph, status=404)
