"""The publishing plan: the graphs to add, replace, keep and remove, in an order that is safe for readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from jwpgraph.publishing.record import PublicationRecord, is_record
from jwpgraph.releases.release import GraphSummary
from jwpgraph.vocabulary import ENTAILED_GRAPH

StepAction = Literal["add", "replace", "keep", "remove"]


@dataclass(frozen=True, slots=True)
class PublishingStep:
    """The step for one graph at the target.

    Attributes:
        graph: the IRI of the graph.
        action: ``add`` (not published before), ``replace`` (published before), ``keep`` or ``remove``.
        triples: the number of triples afterwards.
        growth: the change of that number.
    """

    graph: str
    action: StepAction
    triples: int
    growth: int


def list_publishable_graphs(summaries: Mapping[str, GraphSummary], *, entailed: bool) -> dict[str, GraphSummary]:
    """Return the graphs of a release to publish; never records of other publications."""
    return {
        name: summary
        for name, summary in summaries.items()
        if not is_record(name) and (entailed or name != ENTAILED_GRAPH)
    }


def make_plan(graphs: Mapping[str, GraphSummary], record: PublicationRecord, *, full: bool) -> list[PublishingStep]:
    """Return the steps that change the graphs of a target to *graphs*.

    The order is: new graphs, growing graphs, shrinking graphs, removed graphs. A triple that moves from one graph to
    another is therefore mostly visible throughout. The entailment graph comes after the graphs that it follows from.

    Args:
        graphs: the graphs to publish.
        record: the record of published graphs.
        full: whether to send unchanged graphs, too.
    """
    steps = [
        PublishingStep(
            name,
            _choose_action(summary, name, record, full=full),
            summary.triples,
            summary.triples - _make_published_triples(record, name),
        )
        for name, summary in graphs.items()
    ]
    steps += [
        PublishingStep(name, "remove", 0, -_make_published_triples(record, name))
        for name in record.graphs
        if name not in graphs
    ]
    return sorted(steps, key=_step_order)


_TURNS: Final[tuple[StepAction, ...]] = ("keep", "add", "replace", "remove")


def _step_order(step: PublishingStep) -> tuple[int, bool, int, str]:
    return _TURNS.index(step.action), step.graph == ENTAILED_GRAPH, -step.growth, step.graph


def _make_published_triples(record: PublicationRecord, name: str) -> int:
    return record.graphs[name].triples if name in record.graphs else 0


def _choose_action(summary: GraphSummary, name: str, record: PublicationRecord, *, full: bool) -> StepAction:
    if name not in record.graphs:
        return "add"
    return "keep" if record.graphs[name].digest == summary.digest and not full else "replace"
