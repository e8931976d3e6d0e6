"""Triple counts and digests of the graphs of a release, for its manifest and for ``release verify``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from pyoxigraph import NamedNode, Store, Triple

from jwpgraph.releases.graph_statements import Statement, read_statements
from jwpgraph.releases.release import GraphSummary
from jwpgraph.releases.union import list_asserted_graphs
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
        total += _get_triple_number(triple)
        number += 1
    for triple in removed:
        total -= _get_triple_number(triple)
        number -= 1
    return GraphSummary(triples=number, digest=f"{total % 2**256:064x}")


def _get_triple_number(triple: Triple) -> int:
    return digest_text(str(triple).encode())


def digest_text(text: bytes) -> int:
    """Return the SHA-256 of *text* as a number; sums of these do not depend on the order."""
    return int.from_bytes(hashlib.sha256(text).digest())


class GraphSum:
    """The number and digest of the statements of a graph, which may arrive in parts."""

    def __init__(self) -> None:
        self._total = 0
        self._number = 0

    def add(self, statements: Sequence[Statement]) -> None:
        """Add *statements*, which were not added before."""
        self._total += sum(map(digest_text, statements))
        self._number += len(statements)

    def summary(self) -> GraphSummary:
        """Return the summary of what was added."""
        return GraphSummary(triples=self._number, digest=f"{self._total % 2**256:064x}")


def summarise_graph(store: Store, graph: str) -> GraphSummary:
    """Return the number of triples and the digest of one graph.

    The digest is the sum, modulo 2²⁵⁶, of the SHA-256 of each triple in N-Triples. It does not depend on the order and
    can be updated triple by triple. It includes blank node labels, so it does not test isomorphism of graphs.
    """
    found = GraphSum()
    read_statements(store, NamedNode(graph), found.add)
    return found.summary()
