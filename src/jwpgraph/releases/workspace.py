"""The graphs of a candidate while the operations of an update change them, one after the other.

Before an operation reads, the default graph and the entailments are brought up to date with what the operations before
it did: it sees what a query would see if they had been published. As long as little changes, this is done as far as the
change reaches; the net difference to the parent is known to the quad in the end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store, Triple

from jwpgraph.releases.delta import Delta, quad_graph, remove_quads
from jwpgraph.releases.entailment import RuleSet, materialise_entailments
from jwpgraph.releases.incremental_reasoning import doubtful_entailments, renew_entailments
from jwpgraph.releases.reserved import check_not_reserved
from jwpgraph.releases.union import (
    count_triples,
    graph_triples,
    list_asserted_graphs,
    rebuild_union,
    restate,
    restated_since,
    withdraw_entailments,
)
from jwpgraph.vocabulary import ENTAILED_GRAPH

#: Where more quads come or go than these, everything is derived anew, which is faster.
MOST_QUADS: Final = 50_000


class Workspace:
    """The named graphs of a candidate, which can be written, and what a query sees of them.

    Every method that writes refuses reserved graphs with the problem ``reserved-graph``.

    Args:
        store: the candidate, as it was cloned.
        rules: what is entailed.
        derived: whether its default graph and entailments are what *rules* make of its named graphs.

    Attributes:
        store: the candidate.
        delta: the difference to the parent; ``None`` where that is not told quad by quad.
        moved: triples that may have come to the default graph or gone; ``None`` where that is not known.
    """

    def __init__(self, store: Store, rules: RuleSet, *, derived: bool) -> None:
        self.store = store
        self.delta: Delta | None = Delta() if derived else None
        self.moved: set[Triple] | None = set() if derived else None
        self._rules = rules
        self._derived = derived
        #: What was done to the named graphs since the default graph was last brought up to date.
        self._unsettled = Delta()
        self._graphs = {graph.value for graph in list_asserted_graphs(store)}

    @property
    def graphs(self) -> Collection[str]:
        """The names of the graphs that can be written."""
        return self._graphs

    def quads(self, graph: str) -> set[Quad]:
        """Return what a graph holds."""
        return set(graph_triples(self.store, NamedNode(graph)))

    def insert(self, quads: Iterable[Quad]) -> None:
        """Add quads of named graphs."""
        quads = set(quads)
        self._check(quads)
        new = {quad for quad in quads if quad not in self.store}
        self.store.extend(new)
        self._graphs |= {quad_graph(quad) for quad in quads}
        for delta in self._told(len(new)):
            delta.insert(new)

    def delete(self, quads: Iterable[Quad]) -> None:
        """Take quads of named graphs out."""
        quads = set(quads)
        self._check(quads)
        old = {quad for quad in quads if quad in self.store}
        remove_quads(self.store, old)
        for delta in self._told(len(old)):
            delta.delete(old)

    def create(self, graph: str) -> None:
        """Make a graph where there is none."""
        check_not_reserved(graph)
        self._graphs.add(graph)
        self.store.add_graph(NamedNode(graph))

    def clear(self, graph: str) -> None:
        """Take out what a graph holds, if it exists."""
        check_not_reserved(graph)
        size = count_triples(self.store, NamedNode(graph))
        if self.delta is not None and size <= MOST_QUADS:
            self.delete(self.quads(graph))
        elif size:
            self._tell_no_more()
            self.store.clear_graph(NamedNode(graph))

    def drop(self, graph: str) -> None:
        """Take a graph out with what it holds, if it exists."""
        self.clear(graph)
        self._graphs.discard(graph)
        self.store.remove_graph(NamedNode(graph))

    def settle(self) -> None:
        """Let the default graph and the entailments be those of the named graphs as they are now."""
        if self.delta is None:
            self._derive()
        elif self._unsettled.added or self._unsettled.removed:
            self._continue()

    def _derive(self) -> None:
        if not self._derived:
            rebuild_union(self.store)
            self.store.remove_graph(NamedNode(ENTAILED_GRAPH))
            materialise_entailments(self.store, self._rules)
            self._derived = True

    def _continue(self) -> None:
        # Until it is settled, the default graph is that of before.
        restated = restated_since(self.store, self.store, self._unsettled.triples())
        self._unsettled = Delta()
        doubtful = doubtful_entailments(self.store, self._rules, restated)
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
            assert not isinstance(name, DefaultGraph)  # noqa: S101 - the default graph is derived; no operation names it
            check_not_reserved(name.value)

    def _told(self, number: int) -> list[Delta]:
        """The deltas that take note of a change of *number* quads."""
        if self.delta is not None:
            total = number + sum(len(side) for side in (self.delta.added, self.delta.removed))
            if total <= MOST_QUADS:
                return [self.delta, self._unsettled]
        if number:
            self._tell_no_more()
        return []

    def _tell_no_more(self) -> None:
        self.delta = self.moved = None
        self._unsettled = Delta()
        self._derived = False
