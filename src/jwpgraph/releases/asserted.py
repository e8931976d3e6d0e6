"""A release's second store: the same named graphs and their union, each triple once, without entailments.

Queries without entailments are asked of it. There is one where two asserted graphs share a triple; elsewhere the list
of the asserted graphs is exact and serves (docs/decisions/0001-stored-union.md).
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pyoxigraph import NamedNode, Store

from jwpgraph.releases.delta import Delta, remove_quads
from jwpgraph.releases.union import UnionDifference, move_to_default, withdraw_entailments


def make_asserted(store: Store, path: Path) -> None:
    """Make the store without entailments from the one with them.

    Args:
        store: the candidate's.
        path: where it goes.
    """
    store.backup(str(path))
    asserted = Store(str(path))
    withdraw_entailments(asserted)
    asserted.flush()


def carry_asserted(parent: Path, path: Path, graphs: Collection[str], delta: Delta, restated: UnionDifference) -> None:
    """Make the store without entailments from the parent's.

    Args:
        parent: where the parent has it.
        path: where it goes.
        graphs: the names of the asserted graphs, empty ones included.
        delta: what the change does to them.
        restated: what it does to their union.
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
