"""A parsed question: the things that it names, and the words that say what it asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from jwpgraph.answers.days import NamedDay
from jwpgraph.answers.names import NamedTaxa
from jwpgraph.answers.words import KIND_WORDS, EntityKind, Word
from jwpgraph.entities.nodes import EntityNode

Kind = EntityKind | Literal["activity", "meeting", "meetings", "lists", "parties", "meanings", "red-list"]


@dataclass(slots=True)
class Question:
    """A parsed question.

    Attributes:
        words: its words.
        animals: names of animals.
        countries: named countries.
        treaties: named treaties: ``cms``, ``cites``.
        appendices: numbers of the named Appendices.
        days: named days and periods.
        no_such_day: a named day that does not exist.
        ambiguous_day: a named day that can be read as two days.
        kind: the requested kind of entity if it is not a status.
        code: the code of an activity, or the number of a meeting.
        asks_yes_or_no: whether the question asks for yes or no.
        asks_occurrence: whether it asks where an animal lives.
        asks_permission: whether it asks what is permitted, such as hunting or trade.
        asks_since: whether it asks for the beginning of a listing.
        asks_reservations: whether it asks for reservations.
        asks_reasons: whether it asks for the reasons of a listing.
        asks_changes: whether it asks what changed.
        asks_number: whether it asks how many there are.
        asks_comparison: whether it asks for a comparison with an earlier day that it does not name.
        denies: whether it asks for the absence of a listing without naming a treaty.
        asks_lists: whether it asks what is listed, without naming animals.
        instruments: IRIs of the instruments of which it asks who their Parties are, besides both treaties.
        sides: conditions of the question on the lists, by treaty: ``any``, ``none``, the number of an Appendix, or
            ``not`` with such a number.
        topics: words such as ``trade`` that are no condition of a status, but can be the subject of an activity.
        left: unrecognized words.
        left_places: their indices.
        country_places: start and end of the names of the countries.
        longer_name: the possible name of another animal that contains the name of a country.
        elsewhere: the name of a sea, a continent or a former State, which is not a country of the graph; or a country
            with the words that leave it out, as the rest of the world is none either.
        language: the language of the question, in which names are understood first.
        other_meanings: names of animals in another language that mean something else in this one.
    """

    words: list[Word]
    animals: list[NamedTaxa] = field(default_factory=list)
    countries: list[EntityNode] = field(default_factory=list)
    treaties: list[str] = field(default_factory=list)
    appendices: list[str] = field(default_factory=list)
    days: list[NamedDay] = field(default_factory=list)
    no_such_day: str | None = None
    ambiguous_day: str | None = None
    kind: Kind | None = None
    code: str | None = None
    asks_yes_or_no: bool = False
    asks_occurrence: bool = False
    asks_permission: bool = False
    asks_since: bool = False
    asks_reservations: bool = False
    asks_reasons: bool = False
    asks_changes: bool = False
    asks_number: bool = False
    asks_comparison: bool = False
    denies: bool = False
    asks_lists: bool = False
    instruments: list[str] = field(default_factory=list)
    sides: dict[str, str] = field(default_factory=dict)
    topics: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    left_places: list[int] = field(default_factory=list)
    country_places: list[tuple[int, int]] = field(default_factory=list)
    longer_name: str | None = None
    elsewhere: str | None = None
    language: str = "en"
    other_meanings: list[NamedTaxa] = field(default_factory=list)

    @property
    def concerning(self) -> EntityKind | None:
        """The kind of entities that it asks for by what they concern."""
        kinds = set(KIND_WORDS.values())
        return next((kind for kind in kinds if kind == self.kind), None)

    @property
    def subject(self) -> str:
        """The words of the subject, in their original spelling."""
        places = {place for one in self.animals for place in range(one.start, one.end)}
        if self.left and not self.left_places:
            return " ".join(self.left)
        return " ".join(self.words[place].text for place in sorted({*places, *self.left_places}))

    @property
    def understood(self) -> str:
        """The names of animals, in their original spelling."""
        return " ".join(self.words[place].text for one in self.animals for place in range(one.start, one.end))
