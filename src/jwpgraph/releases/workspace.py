"""The graphs of a candidate during the execution of a SPARQL Update request.

Before an operation reads, the default graph and the entailments are updated with the effects of the previous
operations, so that it sees what a query would see after publication. Small changes are applied incrementally, and the
exact difference to the parent is recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store, Triple

from jwpgraph.releases.delta import Delta, get_graph_name, remove_quads
from jwpgraph.releases.entailment import materialise_entailments
from jwpgraph.releases.incremental_reasoning import list_doubtful_entailments, renew_entailments
from jwpgraph.releases.reserved import check_not_reserved
from jwpgraph.releases.rules import RuleSet
from jwpgraph.releases.union import (
    count_triples,
    iter_graph_quads,
    list_asserted_graphs,
    list_restated,
    rebuild_union,
    restate,
    withdraw_entailments,
)
from jwpgraph.vocabulary import ENTAILED_GRAPH

#: Number of changed quads above which recomputing everything is faster.
MOST_QUADS: Final = 50_000


class Workspace:
    """The writable graphs of a candidate, with an up-to-date union and entailments for queries.

    Methods that write raise the problem ``reserved-graph`` (409) for derived graphs.

    Args:
        store: the candidate, just cloned.
        rules: the entailment rules.
        derived: whether its default graph and entailments are up to date with its named graphs and *rules*.

    Attributes:
        store: the candidate.
        delta: the difference to the parent; ``None`` if it is too large to record.
        moved: triples that may have been added to or removed from the default graph; ``None`` if unknown.
    """

    def __init__(self, store: Store, rules: RuleSet, *, derived: bool) -> None:
        self.store = store
        self.delta: Delta | None = Delta() if derived else None
        self.moved: set[Triple] | None = set() if derived else None
        self._rules = rules
        self._derived = derived
        #: The change of the named graphs since the default graph was last updated.
        self._unsettled = Delta()
        self._graphs = {graph.value for graph in list_asserted_graphs(store)}

    @property
    def graphs(self) -> Collection[str]:
        """The names of the writable graphs."""
        return self._graphs

    def quads(self, graph: str) -> set[Quad]:
        """Return the quads of a graph."""
        return set(iter_graph_quads(self.store, NamedNode(graph)))

    def insert(self, quads: Iterable[Quad]) -> None:
        """Add quads to named graphs."""
        quads = set(quads)
        self._check(quads)
        new = {quad for quad in quads if quad not in self.store}
        self.store.extend(new)
        self._graphs |= {get_graph_name(quad) for quad in quads}
        for delta in self._recording_deltas(len(new)):
            delta.insert(new)

    def delete(self, quads: Iterable[Quad]) -> None:
        """Remove quads from named graphs."""
        quads = set(quads)
        self._check(quads)
        old = {quad for quad in quads if quad in self.store}
        remove_quads(self.store, old)
        for delta in self._recording_deltas(len(old)):
            delta.delete(old)

    def create(self, graph: str) -> None:
        """Create a graph if it does not exist."""
        check_not_reserved(graph)
        self._graphs.add(graph)
        self.store.add_graph(NamedNode(graph))

    def clear(self, graph: str) -> None:
        """Remove the triples of a graph, if it exists."""
        check_not_reserved(graph)
        size = count_triples(self.store, NamedNode(graph))
        if self.delta is not None and size <= MOST_QUADS:
            self.delete(self.quads(graph))
        elif size:
            self._stop_recording()
            self.store.clear_graph(NamedNode(graph))

    def drop(self, graph: str) -> None:
        """Remove a graph and its triples, if it exists."""
        self.clear(graph)
        self._graphs.discard(graph)
        self.store.remove_graph(NamedNode(graph))

    def settle(self) -> None:
        """Update the default graph and the entailments to the current named graphs."""
        if self.delta is None:
            self._derive()
        elif self._unsettled.added or self._unsettled.removed:
            self._update()

    def _derive(self) -> None:
        if not self._derived:
            rebuild_union(self.store)
            self.store.remove_graph(NamedNode(ENTAILED_GRAPH))
            materialise_entailments(self.store, self._rules)
            self._derived = True

    def _update(self) -> None:
        # The default graph still has the state before the unsettled change.
        restated = list_restated(self.store, self.store, self._unsettled.triples())
        self._unsettled = Delta()
        doubtful = list_doubtful_entailments(self.store, self._rules, restated)
        restate(self.store, restated)
        moved = None if doubtful is None else renew_entailments(self.store, self._rules, restated, doubtful)
        if moved is None:
            withdraw_entailments(self.store)
            materialise_entailments(self.store, self._rules)
            self.moved = None
        elif self.moved is not None:
            self.moved |= moved

    def _check(self, quads: Iterable[Quad]) -> None:
        for name in {quad.graph_name for quad in quads}:
            assert not isinstance(name, DefaultGraph)  # noqa: S101 - operations never name the default graph
            check_not_reserved(name.value)

    def _recording_deltas(self, number: int) -> list[Delta]:
        """Return the deltas in which a change of *number* quads is recorded; none if it is too large."""
        if self.delta is not None:
            total = number + sum(len(side) for side in (self.delta.added, self.delta.removed))
            if total <= MOST_QUADS:
                return [self.delta, self._unsettled]
        if number:
            self._stop_recording()
        return []

    def _stop_recording(self) -> None:
        self.delta = self.moved = None
        self._unsettled = Delta()
        self._derived = False
