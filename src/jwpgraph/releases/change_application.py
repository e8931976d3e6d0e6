"""Doing to a candidate's store what a change asks for. Derived graphs are left to the later stages."""

from __future__ import annotations

from collections.abc import Mapping

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import DeleteGraph, GraphChange, LoadGraphs, PostGraph, PutGraph, SparqlUpdate
from jwpgraph.releases.contents import check_writable
from jwpgraph.releases.delta import Delta, apply_to_graphs
from jwpgraph.releases.release import GraphSummary
from jwpgraph.releases.sparql_update import apply_update, run_operations, run_update
from jwpgraph.releases.union import graph_triples
from jwpgraph.vocabulary import UNNAMED_GRAPH

_DEFAULT = DefaultGraph()


def apply_exactly(change: GraphChange, store: Store, graphs: Mapping[str, GraphSummary]) -> Delta | None:
    """Apply *change* to a candidate where it can be told to the quad what it does.

    Args:
        change: what is asked for; a rollback is done by cloning and never comes here.
        store: the candidate, whose default graph is the parent's union.
        graphs: the parent's graphs with their sizes.

    Returns:
        What has changed; ``None``, with nothing done, where it is to be done in bulk.

    Raises:
        ProblemError: ``bad-rdf``, ``bad-update``, ``no-such-graph``, ``reserved-graph``, ``unsupported-media-type``.
    """
    match change:
        case SparqlUpdate(text, base_iri):
            return apply_update(store, text, base_iri)
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


def apply_update_in_bulk(store: Store, parent: Store | None, change: SparqlUpdate) -> None:
    """Let the engine carry out an update; afterwards only the asserted graphs of *store* mean anything.

    Args:
        store: the candidate, whose default graph is the parent's union.
        parent: the store that the candidate was cloned from, if there was one.
        change: the update.

    Raises:
        ProblemError: ``bad-update``.
    """
    if not run_operations(store, change.text, change.base_iri):
        run_update(store, change.text, change.base_iri)
        _file_unnamed_writes(store, parent)


def _file_unnamed_writes(store: Store, parent: Store | None) -> None:
    """Keep in their own graph what an update did to the default graph, which is about to be made anew.

    Only for a text that could not be taken apart: what was inserted and is in the union already cannot be told here.
    """
    unnamed = NamedNode(UNNAMED_GRAPH)
    before = parent if parent is not None else Store()
    added = [quad for quad in graph_triples(store, _DEFAULT) if quad not in before]
    removed = [quad for quad in graph_triples(before, _DEFAULT) if quad not in store]
    store.extend(Quad(quad.subject, quad.predicate, quad.object, unnamed) for quad in added)
    for quad in removed:
        store.remove(Quad(quad.subject, quad.predicate, quad.object, unnamed))
