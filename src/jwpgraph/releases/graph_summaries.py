"""Triple counts and digests of the graphs of a release, for its manifest and for ``release verify``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from pyoxigraph import NamedNode, Store, Triple

from jwpgraph.releases.release import GraphSummary
from jwpgraph.releases.union import graph_triples, list_asserted_graphs
from jwpgraph.vocabulary import ENTAILED_GRAPH


def summarise_store(store: Store, known: Mapping[str, GraphSummary]) -> dict[str, GraphSummary]:
    """Return the summaries of the asserted graphs and the entailment graph.

    Args:
        store: the store of the release.
        known: summaries of unchanged graphs, which are not read again.
    """
    names = [graph.value for graph in list_asserted_graphs(store)] + [ENTAILED_GRAPH]
    return {name: known[name] if name in known else summarise_graph(store, name) for name in names}


def update_summary(summary: GraphSummary | None, added: Iterable[Triple], removed: Iterable[Triple]) -> GraphSummary:
    """Return the summary of a graph after a change.

    Args:
        summary: the summary before the change; ``None`` for a new graph.
        added: triples that the graph did not have.
        removed: triples that the graph had.
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
    """Return the number of triples and the digest of one graph.

    The digest is the sum, modulo 2²⁵⁶, of the SHA-256 of each triple in N-Triples. It does not depend on the order and
    can be updated triple by triple. It includes blank node labels, so it does not test isomorphism of graphs.
    """
    total = 0
    number = 0
    for quad in graph_triples(store, NamedNode(graph)):
        total += _triple_number(quad.triple)
        number += 1
    return GraphSummary(triples=number, digest=f"{total % 2**256:064x}")
