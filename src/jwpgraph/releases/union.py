"""The default graph of a release: the union of its named graphs, stored as a set of triples.

Oxigraph can compute the union of named graphs at query time, but then a triple in two graphs is matched twice, and
COUNT is wrong. Therefore the union is stored (docs/decisions/0001-stored-union.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store, Triple

from jwpgraph.releases.reserved import LEGACY_UNION, RESERVED
from jwpgraph.vocabulary import ENTAILED_GRAPH

_DEFAULT = DefaultGraph()

AnyGraph = NamedNode | BlankNode


def list_asserted_graphs(store: Store) -> list[AnyGraph]:
    """Return the asserted graphs (all named graphs except derived ones), ordered by name."""
    graphs = (graph for graph in store.named_graphs() if graph.value not in RESERVED)
    return sorted(graphs, key=lambda graph: graph.value)


def iter_graph_quads(store: Store, graph: AnyGraph | DefaultGraph) -> Iterator[Quad]:
    """Return the quads of one graph."""
    return store.quads_for_pattern(None, None, None, graph)


def move_to_default(quads: Iterable[Quad | Triple]) -> Iterator[Quad]:
    """Return the triples as quads of the default graph."""
    return (Quad(quad.subject, quad.predicate, quad.object, _DEFAULT) for quad in quads)


def rebuild_union(store: Store) -> None:
    """Recompute the default graph from the asserted graphs."""
    store.clear_graph(_DEFAULT)
    store.bulk_extend(
        move_to_default(quad for graph in list_asserted_graphs(store) for quad in iter_graph_quads(store, graph))
    )


_WITHDRAW = f"""
DELETE {{ ?s ?p ?o }} WHERE {{
  GRAPH <{ENTAILED_GRAPH}> {{ ?s ?p ?o }}
  FILTER NOT EXISTS {{ GRAPH ?g {{ ?s ?p ?o }} FILTER (?g NOT IN (<{ENTAILED_GRAPH}>, <{LEGACY_UNION}>)) }}
}}"""


def withdraw_entailments(store: Store) -> None:
    """Remove the entailed triples from the default graph, and remove the entailment graph."""
    store.update(_WITHDRAW)
    store.remove_graph(NamedNode(ENTAILED_GRAPH))


def is_asserted(quad: Quad) -> bool:
    """Return whether a quad is in an asserted graph."""
    return not isinstance(quad.graph_name, DefaultGraph) and quad.graph_name.value not in RESERVED


@dataclass(frozen=True, slots=True)
class UnionDifference:
    """The change of the asserted union: newly asserted triples, and triples that no graph asserts any more."""

    added: frozenset[Triple]
    removed: frozenset[Triple]


def list_restated(store: Store, parent: Store, triples: Iterable[Triple]) -> UnionDifference:
    """Return which of *triples* are asserted in *store* and not in *parent*, and the reverse.

    Args:
        store: the candidate.
        parent: the store from which the candidate was cloned; its default graph must be complete.
        triples: the triples that may have been added or removed.
    """
    added, removed = set(), set()
    for triple in triples:
        then, now = is_in_union(parent, triple), _is_stated(store, triple)
        if now and not then:
            added.add(triple)
        elif then and not now:
            removed.add(triple)
    return UnionDifference(frozenset(added), frozenset(removed))


def restate(store: Store, restated: UnionDifference) -> None:
    """Apply a change of the asserted union to the default graph; entailed triples remain in it."""
    store.extend(move_to_default(restated.added))
    for triple in restated.added:
        store.remove(_is_in_graph(triple, NamedNode(ENTAILED_GRAPH)))
    for triple in restated.removed:
        store.remove(_is_in_graph(triple, _DEFAULT))


def count_triples(store: Store, graph: AnyGraph | DefaultGraph) -> int:
    """Return the number of triples in a graph; the engine counts without decoding terms."""
    solutions = store.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }", default_graph=graph)
    assert isinstance(solutions, QuerySolutions)  # noqa: S101 - a SELECT has no other answer
    return int(next(iter(solutions))["n"].value)


def _is_in_graph(triple: Triple, graph: AnyGraph | DefaultGraph) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, graph)


def is_in_union(store: Store, triple: Triple) -> bool:
    """Return whether a triple is asserted in a store with a complete default graph; entailed triples do not count."""
    return _is_in_graph(triple, _DEFAULT) in store and _is_in_graph(triple, NamedNode(ENTAILED_GRAPH)) not in store


def _is_stated(store: Store, quad: Quad | Triple) -> bool:
    matches = store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
    return any(is_asserted(match) for match in matches)
