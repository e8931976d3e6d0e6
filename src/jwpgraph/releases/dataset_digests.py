"""The digests of all graphs and of all entities of a release, from one reading of its named graphs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyoxigraph import NamedNode, Store

from jwpgraph.releases.entity_descriptions import EntityState, EntitySums
from jwpgraph.releases.graph_statements import Statement, read_statements
from jwpgraph.releases.graph_summaries import GraphSum
from jwpgraph.releases.release import GraphSummary
from jwpgraph.releases.union import AnyGraph, list_asserted_graphs
from jwpgraph.vocabulary import ENTAILED_GRAPH


@dataclass(frozen=True, slots=True)
class DatasetDigests:
    """The digests of a candidate.

    Attributes:
        summaries: of the asserted graphs and the entailment graph, by name.
        states: of all entities, by IRI; ``None`` if they were not read.
    """

    summaries: dict[str, GraphSummary]
    states: dict[str, EntityState] | None


def digest_dataset(store: Store, known: Mapping[str, GraphSummary]) -> DatasetDigests:
    """Read the named graphs of a release that is being built.

    Args:
        store: its store.
        known: summaries of graphs, which are not computed again.
    """
    entities = EntitySums(store)
    graphs = (*list_asserted_graphs(store), NamedNode(ENTAILED_GRAPH))
    summaries = {graph.value: _digest_graph(store, graph, known.get(graph.value), entities) for graph in graphs}
    return DatasetDigests(summaries, entities.list_states())


def _digest_graph(store: Store, graph: AnyGraph, known: GraphSummary | None, entities: EntitySums) -> GraphSummary:
    """Add the statements of a graph to *entities*; return its summary."""
    found = GraphSum()

    def receive(statements: list[Statement]) -> None:
        if known is None:
            found.add(statements)
        entities.add(graph, statements)

    read_statements(store, graph, receive)
    return known or found.summary()
