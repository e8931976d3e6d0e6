"""Doing to a candidate's store what a change asks for. Derived graphs are left to the later stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from jwpgraph.problems import Problem
from jwpgraph.releases.changes import Change, DeleteGraph, LoadGraphs, Payload, PostGraph, PutGraph, Update
from jwpgraph.releases.delta import Delta, apply_to_graphs, graph_of
from jwpgraph.releases.rdf_files import load_dataset, load_graph, rdf_format
from jwpgraph.releases.release import GraphSummary
from jwpgraph.releases.union import triples_of
from jwpgraph.releases.update import apply_update, carry_out, run_update
from jwpgraph.vocabulary import ASSERTED_GRAPH, ENTAILED_GRAPH, UNNAMED_GRAPH

_DEFAULT = DefaultGraph()


@dataclass(frozen=True, slots=True)
class Effect:
    """Which graphs may have changed (``None`` means any of them), and exactly how where that is known."""

    touched: frozenset[str] | None
    delta: Delta | None = None


def apply(
    change: Change, store: Store, parent: Store | None, known: Mapping[str, GraphSummary] | None = None
) -> Effect:
    """Apply *change* to a candidate.

    Args:
        change: what is asked for; a rollback is done by cloning and never comes here.
        store: the candidate, whose default graph still is the parent's union.
        parent: the store that the candidate was cloned from, if there was one.
        known: the parent's graphs with their sizes; without them, no delta is told.

    Raises:
        Problem: ``bad-rdf``, ``bad-update``, ``no-such-graph``, ``reserved-graph``, ``unsupported-media-type``.
    """
    if known is not None:
        delta = _apply_exactly(change, store, known)
        if delta is not None:
            return Effect(frozenset(graph_of(quad) for quad in delta.added | delta.removed), delta)
    match change:
        case PutGraph(graph, payloads):
            _writable(graph)
            store.clear_graph(NamedNode(graph))
            return _load(store, graph, payloads)
        case PostGraph(graph, payloads):
            _writable(graph)
            return _load(store, graph, payloads)
        case DeleteGraph(graph):
            _writable(graph)
            return _delete(store, graph)
        case LoadGraphs(graphs, remove):
            touched: set[str] = set()
            for name in remove:
                _writable(name)
                touched |= _delete(store, name).touched or set()
            for graph, payload in graphs:
                touched |= _replace(store, graph, payload)
            return Effect(frozenset(touched))
        case Update(text, base_iri):
            return _update(store, parent, text, base_iri)
        case _:
            raise AssertionError(change)


def _apply_exactly(change: Change, store: Store, graphs: Mapping[str, GraphSummary]) -> Delta | None:
    match change:
        case Update(text, base_iri):
            return apply_update(store, text, base_iri)
        case PutGraph(graph) | PostGraph(graph):
            _writable(graph)
        case DeleteGraph(graph):
            _writable(graph)
            _existing(store, graph)
        case LoadGraphs(written, removed):
            for name in (*removed, *(graph for graph, _ in written)):
                _writable(name)
            for name in removed:
                _existing(store, name)
    return apply_to_graphs(change, store, graphs)


def _writable(graph: str) -> None:
    if graph in {ENTAILED_GRAPH, ASSERTED_GRAPH}:
        raise Problem(
            "reserved-graph",
            "This graph is derived and cannot be written",
            f"{graph} is computed anew for every release",
            status=409,
        )
    try:
        NamedNode(graph)
    except ValueError:
        raise Problem("bad-graph-name", "A graph is named by an absolute IRI", f"not one: {graph!r}") from None


def _load(store: Store, graph: str, payloads: tuple[Payload, ...]) -> Effect:
    for payload in payloads:
        load_graph(store, payload, graph)
    store.add_graph(NamedNode(graph))
    return Effect(frozenset({graph}))


def _replace(store: Store, graph: str, payload: Payload) -> set[str]:
    if rdf_format(payload.media_type).supports_datasets:
        named = load_dataset(store, payload, graph)
        for name in named:
            _writable(name)
        return named
    _writable(graph)
    store.clear_graph(NamedNode(graph))
    load_graph(store, payload, graph)
    store.add_graph(NamedNode(graph))
    return {graph}


def _delete(store: Store, graph: str) -> Effect:
    _existing(store, graph)
    store.remove_graph(NamedNode(graph))
    return Effect(frozenset({graph}))


def _existing(store: Store, graph: str) -> None:
    if not store.contains_named_graph(NamedNode(graph)):
        raise Problem("no-such-graph", "There is no such graph", graph, status=404)


def _update(store: Store, parent: Store | None, text: str, base_iri: str | None) -> Effect:
    if not carry_out(store, text, base_iri):
        run_update(store, text, base_iri)
        _file_unnamed_writes(store, parent)
    return Effect(None)


def _file_unnamed_writes(store: Store, parent: Store | None) -> None:
    """Keep in their own graph what an update did to the default graph, which is about to be rebuilt.

    Only for a text that could not be taken apart: what was inserted and is in the union already cannot be told here.
    """
    unnamed = NamedNode(UNNAMED_GRAPH)
    before = parent if parent is not None else Store()
    added = [quad for quad in triples_of(store, _DEFAULT) if quad not in before]
    removed = [quad for quad in triples_of(before, _DEFAULT) if quad not in store]
    store.extend(Quad(quad.subject, quad.predicate, quad.object, unnamed) for quad in added)
    for quad in removed:
        store.remove(Quad(quad.subject, quad.predicate, quad.object, unnamed))
