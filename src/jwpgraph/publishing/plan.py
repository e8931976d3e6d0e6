"""Which graphs are sent, which are left as they are, which go; and in which order, so that readers miss nothing."""

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
    """What becomes of one graph at the target.

    Attributes:
        graph: its IRI.
        action: ``add`` one that we have not put there, ``replace`` one that we have, ``keep``, ``remove``.
        triples: how many it will have.
        growth: how many more these are than before.
    """

    graph: str
    action: StepAction
    triples: int
    growth: int


def publishable_graphs(summaries: Mapping[str, GraphSummary], *, entailed: bool) -> dict[str, GraphSummary]:
    """The graphs of a release that a target is to hold; never the records of other publications."""
    return {
        name: summary
        for name, summary in summaries.items()
        if not is_record(name) and (entailed or name != ENTAILED_GRAPH)
    }


def make_plan(graphs: Mapping[str, GraphSummary], record: PublicationRecord, *, full: bool) -> list[PublishingStep]:
    """The steps from what a target holds to *graphs*.

    New graphs come first, then those that grow, then those that shrink, and last those that go: a statement that moves
    from one graph to another is mostly there all the time. What is entailed comes when all that it rests on is there.

    Args:
        graphs: what the target is to hold.
        record: what it holds.
        full: send every graph, unchanged ones included.
    """
    steps = [
        PublishingStep(
            name,
            _choose_action(summary, name, record, full=full),
            summary.triples,
            summary.triples - _held_digest(record, name),
        )
        for name, summary in graphs.items()
    ]
    steps += [
        PublishingStep(name, "remove", 0, -_held_digest(record, name)) for name in record.graphs if name not in graphs
    ]
    return sorted(steps, key=_step_order)


_TURNS: Final[tuple[StepAction, ...]] = ("keep", "add", "replace", "remove")


def _step_order(step: PublishingStep) -> tuple[int, bool, int, str]:
    return _TURNS.index(step.action), step.graph == ENTAILED_GRAPH, -step.growth, step.graph


def _held_digest(record: PublicationRecord, name: str) -> int:
    return record.graphs[name].triples if name in record.graphs else 0


def _choose_action(summary: GraphSummary, name: str, record: PublicationRecord, *, full: bool) -> StepAction:
    if name not in record.graphs:
        return "add"
    return "keep" if record.graphs[name].digest == summary.digest and not full else "replace"
