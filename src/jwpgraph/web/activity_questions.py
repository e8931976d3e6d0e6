"""The facts of an activity as a table of questions: who, what, with whom, where and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jwpgraph.linked_data.compaction import compact_property
from jwpgraph.web.entity_view import FactView
from jwpgraph.web.translation import mark_for_translation


@dataclass(frozen=True, slots=True)
class ActivityQuestion:
    """A row of the table.

    Attributes:
        title: the message that asks.
        facts: what the activity's text says.
        unsaid: the message where it says nothing.
    """

    title: str
    facts: list[FactView]
    unstated: str


_QUESTIONS: Final = (
    (mark_for_translation("Who"), ("audiences",), mark_for_translation("No actor and no lead is named.")),
    (
        mark_for_translation("What"),
        ("action_types", "species_groups", "topics", "information_kinds", "data_kinds"),
        mark_for_translation("No kind of action is recorded."),
    ),
    (
        mark_for_translation("With whom"),
        ("bodies", "programmes", "instruments", "tools", "delivered_within"),
        mark_for_translation("Nobody else is named."),
    ),
    (mark_for_translation("Where"), ("regions",), mark_for_translation("No place is named.")),
    (
        mark_for_translation("When"),
        ("scheduled_year", "repeat_frequency", "triggers", "meetings"),
        mark_for_translation("No dates are named other than those of the programme, 2015 to 2020."),
    ),
)


def make_questions(facts: Sequence[FactView]) -> tuple[list[ActivityQuestion], list[FactView]]:
    """Return the table for an activity's *facts*, and the facts that belong to no question."""
    by_key = {compact_property(fact.property_iri): fact for fact in facts}
    rows = [
        ActivityQuestion(title, [by_key.pop(key) for key in keys if key in by_key], unsaid)
        for title, keys, unsaid in _QUESTIONS
    ]
    left = set(map(id, by_key.values()))
    return rows, [fact for fact in facts if id(fact) in left]
