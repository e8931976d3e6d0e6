"""The digests of all graphs and of all entities of a release, from one reading of its named graphs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyoxigraph import Store

from jwpgraph.releases.dataset_text import DatasetText
from jwpgraph.releases.entity_descriptions import EntityState, EntitySums
from jwpgraph.releases.graph_summaries import GraphSum
from jwpgraph.releases.release import GraphSummary


@dataclass(frozen=True, slots=True)
class DatasetDigests:
    """The digests of a candidate.

    Attributes:
        summaries: of the asserted graphs and the entailment graph, by name.
        states: of all entities, by IRI; ``None`` if they were not read.
    """

    summaries: dict[str, GraphSummary]
    states: dict[str, EntityState] | None


def digest_dataset(store: Store, text: DatasetText, known: Mapping[str, GraphSummary]) -> DatasetDigests:
    """Read the named graphs of a release that is being built.

    Args:
        store: its store.
        text: its statements.
        known: summaries of graphs, which are not computed again.
    """
    entities = EntitySums(store)
    summaries = {}
    for graph, parts in text.read():
        found = GraphSum()
        for statements in parts:
            if graph.value not in known:
                found.add(statements)
            entities.add(graph, statements)
        summaries[graph.value] = known.get(graph.value) or found.summary()
    return DatasetDigests(summaries, entities.list_states())
