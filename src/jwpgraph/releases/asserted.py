"""The second store of a release: its asserted graphs and their union, without entailments.

It answers queries that exclude entailments. It exists only if two asserted graphs share a triple; otherwise a query
over the list of asserted graphs gives the same result (docs/decisions/0001-stored-union.md).
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pyoxigraph import NamedNode, Store

from jwpgraph.releases.delta import Delta, remove_quads
from jwpgraph.releases.union import UnionDifference, move_to_default, withdraw_entailments


def make_asserted(store: Store, path: Path) -> None:
    """Create the store without entailments from the complete store.

    Args:
        store: the store of the candidate.
        path: the new store.
    """
    store.backup(str(path))
    asserted = Store(str(path))
    withdraw_entailments(asserted)
    asserted.flush()


def carry_asserted(parent: Path, path: Path, graphs: Collection[str], delta: Delta, restated: UnionDifference) -> None:
    """Create the store without entailments by applying a change to the parent's.

    Args:
        parent: path of the parent's store without entailments.
        path: the new store.
        graphs: names of the asserted graphs, including empty ones.
        delta: the change of the asserted graphs.
        restated: the change of their union.
    """
    Store.read_only(str(parent)).backup(str(path))
    asserted = Store(str(path))
    asserted.extend(delta.added)
    remove_quads(asserted, delta.removed)
    asserted.extend(move_to_default(restated.added))
    remove_quads(asserted, move_to_default(restated.removed))
    for graph in {graph.value for graph in asserted.named_graphs()} - set(graphs):
        asserted.remove_graph(NamedNode(graph))
    for graph in graphs:
        asserted.add_graph(NamedNode(graph))
    asserted.flush()
