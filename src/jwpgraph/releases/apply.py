"""Doing to a candidate's store what a change asks for. Derived graphs are left to the later stages."""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from jwpgraph.problems import Problem
from jwpgraph.releases.changes import Change, DeleteGraph, LoadGraphs, Payload, PostGraph, PutGraph, Update
from jwpgraph.releases.rdf_files import load_dataset, load_graph, rdf_format
from jwpgraph.releases.union import triples_of
from jwpgraph.vocabulary import ASSERTED_GRAPH, ENTAILED_GRAPH, UNNAMED_GRAPH

_DEFAULT = DefaultGraph()


@dataclass(frozen=True, slots=True)
class Effect:
    """Which graphs may have changed; ``None`` means any of them."""

    touched: frozenset[str] | None


def apply(change: Change, store: Store, parent: Store | None) -> Effect:
    """Apply *change* to a candidate.

    Args:
        change: what is asked for; a rollback is done by cloning and never comes here.
        store: the candidate, whose default graph still is the parent's union.
        parent: the store that the candidate was cloned from, if there was one.

    Raises:
        Problem: ``bad-rdf``, ``bad-update``, ``no-such-graph``, ``reserved-graph``, ``unsupported-media-type``.
    """
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
    name = NamedNode(graph)
    if not store.contains_named_graph(name):
        raise Problem("no-such-graph", "There is no such graph", graph, status=404)
    store.remove_graph(name)
    return Effect(frozenset({graph}))


def _update(store: Store, parent: Store | None, text: str, base_iri: str | None) -> Effect:
    try:
        store.update(text, base_iri=base_iri)
    except SyntaxError as error:
        raise Problem("bad-update", "The update cannot be read", str(error)) from None
    except (RuntimeError, ValueError) as error:
        raise Problem("bad-update", "The update cannot be carried out", str(error)) from None
    _file_unnamed_writes(store, parent)
    return Effect(None)


def _file_unnamed_writes(store: Store, parent: Store | None) -> None:
    """Keep in their own graph what an update did to the default graph, which is about to be rebuilt."""
    unnamed = NamedNode(UNNAMED_GRAPH)
    before = parent if parent is not None else Store()
    added = [quad for quad in triples_of(store, _DEFAULT) if quad not in before]
    removed = [quad for quad in triples_of(before, _DEFAULT) if quad not in store]
    store.extend(Quad(quad.subject, quad.predicate, quad.object, unnamed) for quad in added)
    for quad in removed:
        store.remove(Quad(quad.subject, quad.predicate, quad.object, unnamed))
