"""An activity as a table of questions: who, what, with whom, where, when; and what its text leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jwpgraph.linked_data.compaction import property_name
from jwpgraph.pages.entity import Fact
from jwpgraph.pages.translation import marked


@dataclass(frozen=True, slots=True)
class Question:
    """A row of the table.

    Attributes:
        title: the message that asks.
        facts: what the activity's text says.
        unsaid: the message where it says nothing.
    """

    title: str
    facts: list[Fact]
    unsaid: str


_QUESTIONS: Final = (
    (marked("Who"), ("audiences",), marked("Nobody in particular is named, and no lead.")),
    (
        marked("What"),
        ("action_types", "species_groups", "topics", "information_kinds", "data_kinds"),
        marked("No kind of action is recorded."),
    ),
    (
        marked("With whom"),
        ("bodies", "programmes", "instruments", "tools", "delivered_within"),
        marked("Nobody else is named."),
    ),
    (marked("Where"), ("regions",), marked("No place is named.")),
    (
        marked("When"),
        ("scheduled_year", "repeat_frequency", "triggers", "meetings"),
        marked("No date is named but those of the programme, 2015 to 2020."),
    ),
)


def questions(facts: Sequence[Fact]) -> tuple[list[Question], list[Fact]]:
    """The table for an activity's *facts*, and the facts that answer none of its questions."""
    by_key = {property_name(fact.property_iri): fact for fact in facts}
    rows = [
        Question(title, [by_key.pop(key) for key in keys if key in by_key], unsaid)
        for title, keys, unsaid in _QUESTIONS
    ]
    left = set(map(id, by_key.values()))
    return rows, [fact for fact in facts if id(fact) in left]
