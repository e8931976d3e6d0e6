"""Answers to questions: the legal status of the animals that a question names, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

from jwpgraph.answers.animals import Animal, is_animal, list_animals, list_below
from jwpgraph.answers.countries import get_country_names
from jwpgraph.answers.days import Extent, NamedDay
from jwpgraph.answers.languages import LANGUAGES, choose_meanings, find_language
from jwpgraph.answers.meeting_days import get_meeting_days
from jwpgraph.answers.names import NamedTaxa, find_named_taxa, find_scientific_names
from jwpgraph.answers.occurrence import (
    Occurs,
    RecordedRange,
    read_recorded_ranges,
)
from jwpgraph.answers.parsed_question import Question
from jwpgraph.answers.question import read_question
from jwpgraph.answers.statuses import AnimalStatus, compute_period_statuses, compute_statuses
from jwpgraph.answers.verdicts import Verdict, decide_verdict, list_certain, may_be_requested
from jwpgraph.answers.words import (
    CHANGE_WORDS,
    EFFECT_WORDS,
    LISTED_WORDS,
    PAST_VERBS,
    SPECIES_WORDS,
    list_singulars,
    name_key,
    split_words,
)
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.taxon_facets.taxonomy_cache import TooManyTaxaError, get_taxonomy_about
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot

#: Maximum number of words of a question; longer texts are searched for.
MOST_WORDS: Final = 30

Reason = Literal[
    "no-question",
    "not-in-graph",
    "not-listed",
    "no-such-day",
    "activity",
    "activities",
    "instruments",
    "meeting",
    "meetings",
    "meanings",
    "red-list",
    "lists",
    "parties",
    "country",
    "other-thing",
    "not-a-country",
    "proposals",
    "no-such-entity",
    "ambiguous-day",
    "too-many-taxa",
]
#: What is permitted depends on national law; the reasons of a listing are not recorded; a day does not narrow what a
#: question asks for if that has no dates; the number of animals in the wild is not recorded; the state at the end of a
#: year is not what changed in it.
Unanswered = Literal["permission", "reasons", "number", "day", "changes", "comparison"]


@dataclass(frozen=True, slots=True)
class ForeignName:
    """A name of animals in a question that is none in its language.

    Attributes:
        name: the name as written.
        languages: the languages in which it is a name of them, as BCP 47 tags.
    """

    name: str
    languages: list[str]


@dataclass(slots=True)
class QuestionAnswer:
    """The answer to a question.

    Attributes:
        question: the parsed question.
        statuses: the status of each animal; may be empty.
        reason: why there are no statuses.
        verdict: ``yes``, ``no``, ``not-recorded`` or ``unknown`` for a yes/no question.
        is_group: whether the animals are the members of a requested group.
        ranges: the countries from which each animal is recorded, by IRI, if the question asks for them.
        ignores_day: whether what it asks for is not narrowed to the day or year that it names.
    """

    question: Question
    statuses: list[AnimalStatus] = field(default_factory=list)
    reason: Reason | None = None
    verdict: Verdict | None = None
    is_group: bool = False
    ranges: Mapping[str, RecordedRange] = field(default_factory=dict)
    ignores_day: bool = False

    @property
    def foreign_names(self) -> list[ForeignName]:
        """The names of animals that are names in other languages only than that of the question."""
        return self._list_foreign(self.question.animals) if self.statuses else []

    @property
    def other_meanings(self) -> list[ForeignName]:
        """The words that mean something else in the language of the question but are names in others."""
        return self._list_foreign(self.question.other_meanings)

    def _list_foreign(self, named: Sequence[NamedTaxa]) -> list[ForeignName]:
        question = self.question
        found = {
            " ".join(word.text for word in question.words[one.start : one.end]): languages
            for one in named
            if (languages := one.list_foreign_languages(question.language))
        }
        return [ForeignName(name, languages) for name, languages in found.items()]

    @property
    def listed_number(self) -> int | None:
        """The number of animals that answers "how many … are listed"; None for other questions."""
        question = self.question
        named = [one for word in question.words for one in list_singulars(word.folded)]
        is_about_lists = question.treaties or question.appendices or question.sides
        if not question.asks_number or not (is_about_lists or not (LISTED_WORDS | SPECIES_WORDS).isdisjoint(named)):
            return None
        # Of a country those that are recorded from it, as in the list of animals.
        recorded = [one for one in self.statuses if one.occurrence is None or one.occurrence.occurs is Occurs.YES]
        return len({one.animal.iri for one in recorded})

    @property
    def ignores_changes(self) -> bool:
        """True if the answer is the state at the end of the month or year whose changes the question asks for."""
        question = self.question
        folded = [word.folded for word in question.words]
        asks = not (CHANGE_WORDS - EFFECT_WORDS).isdisjoint(folded) or any(
            verb in PAST_VERBS and word in LISTED_WORDS for verb, word in pairwise(folded)
        )
        spans = any(day.first < day.on and day.extent is Extent.DAY for day in question.days)
        return bool(self.statuses) and asks and spans and not question.asks_yes_or_no

    @property
    def not_answered(self) -> list[Unanswered]:
        """The parts of the question that are not answered."""
        asked: tuple[tuple[Unanswered, bool], ...] = (
            ("permission", self.question.asks_permission),
            ("reasons", self.question.asks_reasons),
            ("number", self.question.asks_number and self.listed_number is None and not self.ignores_changes),
            ("changes", self.ignores_changes),
            ("comparison", self.question.asks_comparison),
        )
        found = [name for name, is_asked in asked if is_asked and self.statuses]
        return [*found, "day"] if self.ignores_day else found


async def answer_question(
    site: AppContext, index: Path, text: str, today: date, language: str = LANGUAGES[0]
) -> QuestionAnswer:
    """Answer a question from the current release.

    Args:
        site: the application context.
        index: path of the text index of the release.
        text: the question.
        today: the day to use if the question names none.
        language: the language of the question if its words do not tell it.
    """
    words = [word.folded for word in split_words(text)]
    if not words or len(words) > MOST_WORDS:
        return QuestionAnswer(Question([]), reason="no-question")
    language = find_language(text, language)
    named, others = choose_meanings(await find_named_taxa(index, words), words, language)
    meetings = await get_meeting_days(site)
    question = read_question(text, today, await get_country_names(site), named, meetings, language)
    question.other_meanings = others
    if question.no_such_day:
        return QuestionAnswer(question, reason="no-such-day")
    if question.ambiguous_day:
        return QuestionAnswer(question, reason="ambiguous-day")
    if question.left and question.kind in (None, "activities", "instruments", "proposals"):
        return QuestionAnswer(question, reason="not-in-graph")
    if reason := _find_other_subject(question):
        return QuestionAnswer(question, reason=reason)
    return await _answer_status(site, index, question, today)


def _find_other_subject(question: Question) -> Reason | None:
    """Return the reason why a question is not about the status of animals, or None."""
    if question.elsewhere:
        return "not-a-country"
    if question.kind or question.animals:
        return question.kind
    is_listed_number = question.asks_lists and question.asks_number and not question.asks_changes
    if question.countries and not (question.appendices or is_listed_number):
        return "country"
    return "lists" if question.asks_lists else "no-question"


async def _answer_status(site: AppContext, index: Path, question: Question, today: date) -> QuestionAnswer:
    asked = {(day.first, day.on, day.extent): day for day in question.days}  # "Ukraine 2014 and Mongolia 2014"
    days = list(asked.values()) or [NamedDay(today, today, 0, 0)]
    found = QuestionAnswer(question)
    groups = {named: await find_scientific_names(index, named.group_taxa) for named in question.animals if named.groups}
    roots = {
        iri for named in question.animals for iri in (*named.scientific, *named.common_taxa, *groups.get(named, ()))
    }
    try:
        reading = await get_taxonomy_about(site, *sorted(roots))
    except TooManyTaxaError:
        return QuestionAnswer(question, reason="too-many-taxa")
    for day in days:
        chosen: dict[str, Animal] = {}
        for named in question.animals:
            taxa = _prefer_accepted(reading, question, named)
            animals, is_group = _choose_animals(reading, taxa, groups.get(named, frozenset()), day.on)
            found.is_group = found.is_group or is_group
            if not animals:
                return QuestionAnswer(question, reason="not-in-graph")
            chosen |= {one.iri: one for one in animals}
        found.statuses += await _answer_by_country(
            site, reading, question, list(chosen.values()), day, is_group=found.is_group
        )
    if not found.statuses:
        if question.longer_name is None:
            return replace(found, reason="not-listed")
        return QuestionAnswer(replace(question, animals=[], left=[question.longer_name]), reason="not-in-graph")
    if certain := list_certain(question, found.statuses, today):
        found.statuses, found.verdict, found.is_group = certain, "yes", True
    else:
        found.verdict = decide_verdict(question, found.statuses, today, is_group=found.is_group)
    is_about_lists = question.treaties or question.appendices
    if question.asks_occurrence and not question.countries and not (question.asks_yes_or_no and is_about_lists):
        animals = list({one.animal.iri: one.animal for one in found.statuses}.values())
        found.ranges = await read_recorded_ranges(site.queries, reading, animals)
    return found


def _choose_animals(
    reading: TaxonomySnapshot, named: NamedTaxa, groups: frozenset[str], on: date
) -> tuple[list[Animal], bool]:
    """Return the animals that a name denotes, and whether it denotes a group.

    A species takes precedence over a genus with the same name. Higher taxa are found by scientific name only, because
    their common names often denote some of their species. A word for a group denotes all its members; a word for
    species denotes these, even if it is also a local name of others.
    """

    def is_kind(iri: str) -> bool:
        concept = reading.taxa.concepts.get(iri)
        return concept is not None and is_animal(concept)

    # An accepted name takes precedence over a synonym, whose concept may be wider.
    groups = frozenset(iri for iri in groups if _has_name(reading, iri, named.group_taxa)) or groups
    meant = {iri for iri in groups if is_kind(iri)}
    species = {iri for iri in (*named.scientific, *named.common_taxa, *groups) if is_kind(iri)}
    if meant and len(meant) == len(groups):
        species = meant | {iri for iri in named.scientific if is_kind(iri)}
    higher = {iri for iri in (groups if named.groups else named.scientific) if not is_kind(iri)}
    if higher and (named.groups or not species):
        below = list_below(reading, higher, on)
        return list_animals(reading, {*species, *(one.iri for one in below)}, on), True
    return list_animals(reading, species, on), False


def _prefer_accepted(reading: TaxonomySnapshot, question: Question, named: NamedTaxa) -> NamedTaxa:
    """Return the taxa of a name without those that have it as a synonym, which may be wider, if others exist."""
    key = tuple(word.folded for word in question.words[named.start : named.end])
    concepts = [reading.taxa.concepts[iri] for iri in named.scientific if iri in reading.taxa.concepts]
    accepted = frozenset(one.iri for one in concepts if name_key(one.name) == key)
    return replace(named, scientific=accepted) if accepted else named


def _has_name(reading: TaxonomySnapshot, iri: str, names: Collection[str]) -> bool:
    concept = reading.taxa.concepts.get(iri)
    return concept is not None and concept.name in names


async def _answer_by_country(
    site: AppContext,
    reading: TaxonomySnapshot,
    question: Question,
    animals: Sequence[Animal],
    day: NamedDay,
    *,
    is_group: bool,
) -> list[AnimalStatus]:
    """Compute the statuses of *animals* in each country; of a group only listed animals that may occur there."""
    found: list[AnimalStatus] = []
    countries: list[EntityNode | None] = [*question.countries] or [None]
    for country in countries:
        if day.extent is Extent.DAY:
            these = await compute_statuses(site, reading, animals, day.on, country)
        else:
            period = (day.first, day.on)
            these = await compute_period_statuses(
                site, reading, animals, period, country, with_reservations=question.asks_reservations
            )
        if is_group:
            these = [one for one in these if one.is_listed and may_be_requested(question, one)]
        here = [one for one in these if one.occurrence is None or one.occurrence.occurs is not Occurs.NO]
        if question.longer_name:
            these = [one for one in here if one.occurrence and one.occurrence.occurs is Occurs.YES]
            here = these
        shown = here or these
        if is_group:  # the animals that live there first
            shown = sorted(
                shown, key=lambda one: one.occurrence is not None and one.occurrence.occurs is not Occurs.YES
            )
        found += shown
    return found
