"""The default graph of a release: the union of its named graphs, each triple once.

RDF's merge of graphs is a set. Oxigraph can present the union of its named graphs at query time, but then a triple that
stands in two of them is found twice, which makes COUNT wrong; hence the union is stored (docs/decisions/0001-union.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store, Triple

from jwpgraph.releases.delta import Delta
from jwpgraph.vocabulary import ASSERTED_GRAPH, ENTAILED_GRAPH

_DEFAULT = DefaultGraph()
_DERIVED = frozenset({ENTAILED_GRAPH, ASSERTED_GRAPH})

AnyGraph = NamedNode | BlankNode


def list_asserted_graphs(store: Store) -> list[AnyGraph]:
    """The named graphs that hold what was stated, in the order of their names."""
    graphs = (graph for graph in store.named_graphs() if graph.value not in _DERIVED)
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
  FILTER NOT EXISTS {{ GRAPH ?g {{ ?s ?p ?o }} FILTER (?g NOT IN (<{ENTAILED_GRAPH}>, <{ASSERTED_GRAPH}>)) }}
}}"""


def withdraw_entailments(store: Store) -> None:
    """Take the entailed triples out of the default graph and drop their graph; they are derived anew."""
    store.update(_WITHDRAW)
    store.remove_graph(NamedNode(ENTAILED_GRAPH))


@dataclass(frozen=True, slots=True)
class UnionDifference:
    """What of the asserted union has changed: triples that are stated now, and those that no graph states any more."""

    added: frozenset[Triple]
    removed: frozenset[Triple]


def update_union(store: Store, parent: Store, delta: Delta) -> UnionDifference:
    """Bring the default graph up to date with a change that is known to the quad; entailed triples stay in it.

    Args:
        store: the candidate; its default graph is the parent's.
        parent: the store that the candidate was cloned from.
        delta: what has changed in the named graphs.
    """
    added, removed = set(), set()
    for triple in delta.triples():
        then, now = _is_stated_in(parent, triple), _is_stated(store, triple)
        if now and not then:
            added.add(triple)
        elif then and not now:
            removed.add(triple)
    store.extend(move_to_default(added))
    for triple in added:
        store.remove(_is_in_graph(triple, NamedNode(ENTAILED_GRAPH)))
    for triple in removed:
        store.remove(_is_in_graph(triple, _DEFAULT))
    return UnionDifference(frozenset(added), frozenset(removed))


def update_asserted_union(store: Store, restated: UnionDifference, *, was_shared: bool, shared: bool) -> None:
    """Bring the separate copy of what is stated up to date, and make or drop it where that is called for.

    Args:
        store: the candidate, whose default graph holds entailed triples, too.
        restated: what has changed in the asserted union.
        was_shared: whether the parent has the copy.
        shared: whether two asserted graphs share a triple now.
    """
    graph = NamedNode(ASSERTED_GRAPH)
    if shared and was_shared:
        store.extend(_is_in_graph(triple, graph) for triple in restated.added)
        for triple in restated.removed:
            store.remove(_is_in_graph(triple, graph))
    elif shared:
        entailed = NamedNode(ENTAILED_GRAPH)
        stated = (quad.triple for quad in graph_triples(store, _DEFAULT))
        store.bulk_extend(
            _is_in_graph(triple, graph) for triple in stated if _is_in_graph(triple, entailed) not in store
        )
    elif was_shared:
        store.remove_graph(graph)


def store_asserted_union(store: Store, stated: int, *, apart: bool) -> bool:
    """Store the union of what was stated apart, where the asserted graphs cannot simply be listed instead.

    Called before anything is entailed, when the default graph holds exactly the asserted union.

    Args:
        store: the candidate.
        stated: triples of all asserted graphs together.
        apart: whether the copy is there already.

    Returns:
        Whether two asserted graphs share a triple.
    """
    shared = stated != count_triples(store, _DEFAULT)
    if shared and not apart:
        graph = NamedNode(ASSERTED_GRAPH)
        store.bulk_extend(
            Quad(quad.subject, quad.predicate, quad.object, graph) for quad in graph_triples(store, _DEFAULT)
        )
    return shared


def count_triples(store: Store, graph: AnyGraph | DefaultGraph) -> int:
    """How many triples a graph holds; the engine counts without looking up a single term."""
    solutions = store.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }", default_graph=graph)
    assert isinstance(solutions, QuerySolutions)  # noqa: S101 - a SELECT has no other answer
    return int(next(iter(solutions))["n"].value)


def _is_in_graph(triple: Triple, graph: AnyGraph | DefaultGraph) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, graph)


def _is_stated_in(parent: Store, triple: Triple) -> bool:
    """Whether a release states a triple; what it entails it does not state."""
    return _is_in_graph(triple, _DEFAULT) in parent and _is_in_graph(triple, NamedNode(ENTAILED_GRAPH)) not in parent


def _is_stated(store: Store, quad: Quad | Triple) -> bool:
    found = store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
    return any(
        not isinstance(other.graph_name, DefaultGraph) and other.graph_name.value not in _DERIVED for other in found
    )
