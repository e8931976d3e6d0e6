"""Counting and digesting the graphs of a release, for its manifest and for whoever verifies it later."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from pyoxigraph import NamedNode, Store, Triple

from jwpgraph.releases.release import GraphSummary
from jwpgraph.releases.union import graph_triples, list_asserted_graphs
from jwpgraph.vocabulary import ENTAILED_GRAPH


def summarise_store(store: Store, known: Mapping[str, GraphSummary]) -> dict[str, GraphSummary]:
    """The summary of each asserted graph and of the entailed one.

    Args:
        store: the release's.
        known: summaries of graphs that have not changed and need not be read again.
    """
    names = [graph.value for graph in list_asserted_graphs(store)] + [ENTAILED_GRAPH]
    return {name: known[name] if name in known else summarise_graph(store, name) for name in names}


def update_summary(summary: GraphSummary | None, added: Iterable[Triple], removed: Iterable[Triple]) -> GraphSummary:
    """The summary of a graph after triples came and went.

    Args:
        summary: as it was; ``None`` for a graph that is new.
        added: triples that it did not have.
        removed: triples that it had.
    """
    total = 0 if summary is None else int(summary.digest, 16)
    number = 0 if summary is None else summary.triples
    for triple in added:
        total += _triple_number(triple)
        number += 1
    for triple in removed:
        total -= _triple_number(triple)
        number -= 1
    return GraphSummary(triples=number, digest=f"{total % 2**256:064x}")


def _triple_number(triple: Triple) -> int:
    return int.from_bytes(hashlib.sha256(str(triple).encode()).digest())


def summarise_graph(store: Store, graph: str) -> GraphSummary:
    """Triples and digest of one graph.

    The digest adds up the SHA-256 of each triple's N-Triples form modulo 2²⁵⁶, so that it does not depend on the order
    of reading and could be carried on from triple to triple. It tells states of this database apart; since blank node
    labels count, it does not tell whether two graphs with blank nodes are isomorphic.
    """
    total = 0
    number = 0
    for quad in graph_triples(store, NamedNode(graph)):
        total += _triple_number(quad.triple)
        number += 1
    return GraphSummary(triples=number, digest=f"{total % 2**256:064x}")
