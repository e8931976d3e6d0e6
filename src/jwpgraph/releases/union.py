"""The default graph of a release: the union of its named graphs, each triple once.

RDF's merge of graphs is a set. Oxigraph can present the union of its named graphs at query time, but then a triple that
stands in two of them is found twice, which makes COUNT wrong; hence the union is stored (docs/decisions/0001-union.md).
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
    """The named graphs that hold what was stated, in the order of their names."""
    graphs = (graph for graph in store.named_graphs() if graph.value not in RESERVED)
    return sorted(graphs, key=lambda graph: graph.value)


def graph_triples(store: Store, graph: AnyGraph | DefaultGraph) -> Iterator[Quad]:
    """The quads of one graph."""
    return store.quads_for_pattern(None, None, None, graph)


def move_to_default(quads: Iterable[Quad | Triple]) -> Iterator[Quad]:
    """The same triples, as quads of the default graph."""
    return (Quad(quad.subject, quad.predicate, quad.object, _DEFAULT) for quad in quads)


def rebuild_union(store: Store) -> None:
    """Fill the default graph anew from every asserted graph."""
    store.clear_graph(_DEFAULT)
    store.bulk_extend(
        move_to_default(quad for graph in list_asserted_graphs(store) for quad in graph_triples(store, graph))
    )


_WITHDRAW = f"""
DELETE {{ ?s ?p ?o }} WHERE {{
  GRAPH <{ENTAILED_GRAPH}> {{ ?s ?p ?o }}
  FILTER NOT EXISTS {{ GRAPH ?g {{ ?s ?p ?o }} FILTER (?g NOT IN (<{ENTAILED_GRAPH}>, <{LEGACY_UNION}>)) }}
}}"""


def withdraw_entailments(store: Store) -> None:
    """Take the entailed triples out of the default graph and drop their graph; they are derived anew."""
    store.update(_WITHDRAW)
    store.remove_graph(NamedNode(ENTAILED_GRAPH))


def is_asserted(quad: Quad) -> bool:
    """Return whether a quad stands in a named graph that holds what was stated."""
    return not isinstance(quad.graph_name, DefaultGraph) and quad.graph_name.value not in RESERVED


@dataclass(frozen=True, slots=True)
class UnionDifference:
    """What of the asserted union has changed: triples that are stated now, and those that no graph states any more."""

    added: frozenset[Triple]
    removed: frozenset[Triple]


def restated_since(store: Store, parent: Store, triples: Iterable[Triple]) -> UnionDifference:
    """Return which of *triples* the named graphs of *store* state and those of *parent* do not, and the reverse.

    Args:
        store: the candidate.
        parent: the store that the candidate was cloned from, with its default graph.
        triples: those that may have come or gone.
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
    """Bring the default graph up to date with a change of what is stated; entailed triples stay in it."""
    store.extend(move_to_default(restated.added))
    for triple in restated.added:
        store.remove(_is_in_graph(triple, NamedNode(ENTAILED_GRAPH)))
    for triple in restated.removed:
        store.remove(_is_in_graph(triple, _DEFAULT))


def count_triples(store: Store, graph: AnyGraph | DefaultGraph) -> int:
    """How many triples a graph holds; the engine counts without looking up a single term."""
    solutions = store.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }", default_graph=graph)
    assert isinstance(solutions, QuerySolutions)  # noqa: S101 - a SELECT has no other answer
    return int(next(iter(solutions))["n"].value)


def _is_in_graph(triple: Triple, graph: AnyGraph | DefaultGraph) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, graph)


def is_in_union(store: Store, triple: Triple) -> bool:
    """Return whether a store whose default graph is complete states a triple; what it entails it does not state."""
    return _is_in_graph(triple, _DEFAULT) in store and _is_in_graph(triple, NamedNode(ENTAILED_GRAPH)) not in store


def _is_stated(store: Store, quad: Quad | Triple) -> bool:
    found = store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
    return any(is_asserted(other) for other in found)
