"""Parsing of questions: named animals, countries, treaties, Appendices and days, and the kind of question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from jwpgraph.answers.countries import CountryNames, drop_parts_of_places, get_other_places
from jwpgraph.answers.days import AmbiguousDayError, NoSuchDayError, find_days
from jwpgraph.answers.list_conditions import has_negation, read_sides
from jwpgraph.answers.meeting_days import MeetingDays, find_meeting_days
from jwpgraph.answers.names import NamedTaxa
from jwpgraph.answers.parsed_question import Question
from jwpgraph.answers.periods import find_periods
from jwpgraph.answers.question_forms import (
    asks_for_meanings,
    asks_for_meetings,
    asks_for_number,
    asks_with_que,
    asks_yes_or_no,
    find_then_and_now,
    find_threat_words,
)
from jwpgraph.answers.words import (
    ACTION_PLANS,
    ACTIVITY_PART_WORDS,
    APPENDIX_NUMBERS,
    APPENDIX_WORDS,
    BEING_WORDS,
    CHANGE_WORDS,
    COMPARISON_WORDS,
    EXCLUSIONS,
    GENITIVES,
    HAVING_PAIRS,
    HAVING_WORDS,
    KIND_WORDS,
    LISTING_WORDS,
    NEGATIONS,
    OCCURRENCE_WORDS,
    PARTY_WORDS,
    PERMISSION_WORDS,
    PREPOSITIONS,
    PRODUCT_WORDS,
    RANGE_STATE_WORDS,
    REASON_WORDS,
    RESERVATION_WORDS,
    SINCE_WORDS,
    STOP_WORDS,
    TREATIES,
    split_words,
)
from jwpgraph.entities.nodes import EntityNode

_ACTIVITY_CODE: Final = re.compile(r"[a-d]\d{1,2}")
_MEETING: Final = re.compile(r"(?:cop|cdp)(\d{1,2})")
_ARTICLES: Final = frozenset(("the", "la", "le", "les", "l", "el", "los"))
_HAVING_VERBS: Final = frozenset(("tiene", "tienen"))
_MEETING_WORDS: Final = frozenset(("cop", "cdp"))
_LONGEST_NUMBER: Final = 2  # of digits; "COP 2016" names a year


def read_question(
    text: str,
    today: date,
    countries: CountryNames,
    named: Sequence[NamedTaxa],
    meetings: MeetingDays | None = None,
    language: str = "en",
) -> Question:
    """Parse a question.

    Args:
        text: the question.
        today: the current day.
        countries: the names of countries.
        named: names of taxa in the text, the longest first.
        meetings: the days since when what meetings decided is in effect.
        language: the language of the question.
    """
    words = split_words(text)
    question = Question(words, language=language)
    folded = [word.folded for word in words]
    taken: set[int] = set()
    # "hors de" is no name, whatever animals are called "hor".
    named = [one for one in named if one.end - one.start > 1 or folded[one.start] not in EXCLUSIONS]
    if not _take_days(question, text, today, meetings if named else None):
        return question
    for day in question.days:
        taken |= {place for place, word in enumerate(words) if day.start <= word.start < day.end}
    _take_codes(question, folded, taken)
    _take_names(question, countries, named, taken)
    _take_action_plans(question, folded, taken)
    question.sides = read_sides([word for place, word in enumerate(words) if place not in taken])
    _take_appendices(question, taken)
    if set(question.sides.values()) == {"any"} and len(question.sides) > 1 and len(set(question.appendices)) == 1:
        question.sides = dict.fromkeys(question.sides, question.appendices[0])  # "in Appendix I of both treaties"
    question.treaties = sorted(
        {TREATIES[word] for place, word in enumerate(folded) if word in TREATIES and place not in taken}
    )
    left = [place for place in range(len(words)) if place not in taken and folded[place] not in TREATIES]
    left = _take_then_and_now(question, folded, left)
    for place in left:
        if folded[place] in KIND_WORDS and question.kind is None:
            question.kind = KIND_WORDS[folded[place]]
    question.topics = [words[place].text for place in left if folded[place] in PERMISSION_WORDS | PRODUCT_WORDS]
    question.asks_yes_or_no = asks_yes_or_no(text, words, [folded[place] for place in left])
    _take_intentions(question, {folded[place] for place in left})
    question.longer_name = question.longer_name or _find_longer_name(question, text, folded)
    if _has_compound(question, text):
        question.left = [" ".join(words[place].text for one in question.animals for place in range(one.start, one.end))]
        question.animals = []
        return question
    question.asks_lists = bool(question.appendices) or (
        bool(question.treaties or question.days) and (question.asks_changes or not LISTING_WORDS.isdisjoint(folded))
    )
    if question.animals and (span := _find_exclusion(question, folded)):
        question.elsewhere = text[words[span[0]].start : words[span[1] - 1].end]
        return question
    asking = {*left}
    left = _take_threat(question, [word if place in asking else "" for place, word in enumerate(folded)], left)
    left = [place for place in left if not _is_stop_word(question, text, place)]
    if question.kind == "instruments":  # "which countries have signed" it
        left = [place for place in left if folded[place] not in PARTY_WORDS]
    if question.kind in ("activities", "instruments"):  # "which activities involve" it
        left = [place for place in left if folded[place] not in ACTIVITY_PART_WORDS]
    if question.animals and question.kind is None:
        left = _drop_conditions(question, folded, left)
    if _asks_without_animals(question, folded, {folded[place] for place in left}):
        return question
    if question.animals and left and _is_elsewhere(question, folded, left):
        question.elsewhere = text[words[left[0]].start : words[left[-1]].end]
        return question
    question.left, question.left_places = [words[place].text for place in left], left
    return question


def _take_then_and_now(question: Question, folded: list[str], left: list[int]) -> list[int]:
    """Recognize words such as ``then and now``; return the places of the other unrecognized words."""
    found = find_then_and_now(folded) & {*left}
    question.asks_comparison = bool(found) and not question.days
    return [place for place in left if place not in found]


def _take_threat(question: Question, folded: list[str], left: list[int]) -> list[int]:
    """Recognize questions whether animals are threatened; return the places of the other unrecognized words."""
    threat = find_threat_words(folded)
    others = [place for place in left if place not in threat]
    if not threat or question.kind or not all(folded[place] in STOP_WORDS for place in others):
        return left
    question.kind = "red-list"
    return others


def _take_days(question: Question, text: str, today: date, meetings: MeetingDays | None) -> bool:
    """Recognize days and periods; return whether all of them are days that exist and can be read in one way."""
    try:
        days = [*find_days(text, today, day_first=question.language != "en"), *find_meeting_days(text, meetings or {})]
        question.days = find_periods(text, sorted(days, key=lambda one: one.start), today)
    except NoSuchDayError as error:
        question.no_such_day = str(error)
    except AmbiguousDayError as error:
        question.ambiguous_day = str(error)
    return question.no_such_day is None and question.ambiguous_day is None


def _drop_conditions(question: Question, folded: list[str], left: list[int]) -> list[int]:
    """Return the places of unrecognized words, without those of conditions and of questions for range States."""
    negated = any(folded[place] in NEGATIONS for place in left) and has_negation(folded)
    question.denies = not question.sides and negated
    if question.sides or any(folded[place] in NEGATIONS for place in left):
        left = [place for place in left if folded[place] not in COMPARISON_WORDS]
    if question.asks_reservations:  # "which Parties entered" them
        left = [place for place in left if folded[place] not in PARTY_WORDS]
    if left and {folded[place] for place in left} <= RANGE_STATE_WORDS:
        question.asks_occurrence = not question.asks_reservations  # "which countries have reservations"
        return []
    return left


def _take_intentions(question: Question, left: set[str]) -> None:
    """Recognize what a question asks for, from the words that name nothing."""
    question.asks_occurrence = not OCCURRENCE_WORDS.isdisjoint(left)
    question.asks_since = not SINCE_WORDS.isdisjoint(left)
    question.asks_reservations = not RESERVATION_WORDS.isdisjoint(left)
    question.asks_changes = not CHANGE_WORDS.isdisjoint(left)
    question.asks_reasons = not REASON_WORDS.isdisjoint(left) or asks_with_que(question.words, ("por",))
    question.asks_number = asks_for_number([word.folded for word in question.words])
    question.asks_permission = not PERMISSION_WORDS.isdisjoint(left) and LISTING_WORDS.isdisjoint(left)
    question.asks_occurrence = question.asks_occurrence or _asks_to_have(question, left)


def _asks_to_have(question: Question, left: set[str]) -> bool:
    """Return whether a question is whether a country has an animal, and not a listing or a reservation."""
    folded = [word.folded for word in question.words]
    has = (
        not HAVING_WORDS.isdisjoint(left)
        or not HAVING_PAIRS.isdisjoint(pairwise(folded))
        or (question.asks_yes_or_no and left <= BEING_WORDS)  # "is the polar bear in Norway"
    )
    about_lists = question.treaties or question.appendices or question.sides or question.asks_reservations
    return (
        has
        and bool(question.countries and question.animals)
        and not (about_lists or question.asks_permission or question.asks_since)
        and LISTING_WORDS.isdisjoint(left)
    )


def _is_stop_word(question: Question, text: str, place: int) -> bool:
    word = question.words[place]
    if word.folded not in STOP_WORDS:
        return False
    names = (question.words[one.start].start for one in question.animals)
    is_part = word.folded in PRODUCT_WORDS and any(text[word.end : start].isspace() for start in names)
    return not is_part


def _asks_without_animals(question: Question, folded: list[str], left: set[str]) -> bool:
    """Recognize questions without animals: for the meaning of an Appendix, meetings, the lists, or the Parties."""
    if question.animals or question.kind:
        return False
    if question.appendices and not question.countries and asks_for_meanings(folded, left):
        question.kind = "meanings"
    elif (question.days or question.countries or question.treaties) and asks_for_meetings(folded, left):
        question.kind = "meetings"
    return question.kind is not None or (bool(left) and _asks_for_lists(question, left))


def _asks_for_lists(question: Question, left: set[str]) -> bool:
    """Recognize questions that name no animal: about the lists of both treaties, or about the Parties."""
    if not left <= COMPARISON_WORDS | PARTY_WORDS:
        return False
    if not question.countries or left & PARTY_WORDS or question.sides or question.appendices:
        question.kind = "parties" if left & PARTY_WORDS else "lists"
    return question.kind is not None


def _find_exclusion(question: Question, folded: list[str]) -> tuple[int, int] | None:
    """Return the start and end of words that leave a country out, as in ``outside of Mongolia``."""
    for start, end in question.country_places:
        first = start
        while first and (folded[first - 1] in GENITIVES | PREPOSITIONS | _ARTICLES):
            first -= 1
        if first and folded[first - 1] in EXCLUSIONS:
            return first - 1, end
    return None


def _is_elsewhere(question: Question, folded: list[str], left: list[int]) -> bool:
    """Return whether the remaining words name a place that is not a country.

    In ``Atlantic sturgeon`` and ``esturgeon de l'Atlantique`` they are a part of the name of an animal.
    """
    start, end = left[0], left[-1] + 1
    before = next((word for word in reversed(folded[:start]) if len(word) > 1), "")
    is_part = before in GENITIVES or any(one.start == end for one in question.animals)
    return tuple(folded[start:end]) in get_other_places() and not is_part


def _has_compound(question: Question, text: str) -> bool:
    """Return whether names of animals are adjacent, as in ``elephant seal``, which is neither."""
    words = question.words
    return any(
        one.end == other.start and text[words[one.end - 1].end : words[other.start].start].isspace()
        for one, other in pairwise(question.animals)
    )


def _find_longer_name(question: Question, text: str, folded: list[str]) -> str | None:
    """Return a name combined of animal and country, as in ``Madagascar fish eagle`` or ``crocodile de Cuba``."""
    words = question.words
    for start, end in question.country_places:
        for one in question.animals:
            adjoins = one.start == end and text[words[end - 1].end : words[end].start].isspace()
            # "¿Tiene Kenya osos polares?" has a verb before the country.
            if adjoins and (start == 0 or folded[start - 1] not in PREPOSITIONS | _HAVING_VERBS):
                return text[words[start].start : words[one.end - 1].end]
            if start > 1 and folded[start - 1] in GENITIVES and one.end == start - 1:
                return text[words[one.start].start : words[end - 1].end]
    return None


def _take_codes(question: Question, folded: list[str], taken: set[int]) -> None:
    """Recognize the code of an activity if nothing else is named, and a meeting such as ``COP12``."""
    codes = [place for place, word in enumerate(folded) if _ACTIVITY_CODE.fullmatch(word)]
    known = STOP_WORDS | ACTIVITY_PART_WORDS
    if len(codes) == 1 and all(place in codes or word in known for place, word in enumerate(folded)):
        question.kind, question.code = "activity", folded[codes[0]].upper()
        taken.add(codes[0])
        return
    for place, word in enumerate(folded):
        if place in taken:
            continue
        following = folded[place + 1] if place + 1 < len(folded) else ""
        if match := _MEETING.fullmatch(word):
            question.kind, question.code = "meeting", match[1]
            taken.add(place)
        elif word in _MEETING_WORDS and following.isdigit() and len(following) <= _LONGEST_NUMBER:
            question.kind, question.code = "meeting", following
            taken |= {place, place + 1}


def _take_action_plans(question: Question, folded: list[str], taken: set[int]) -> None:
    for start in range(len(folded)):
        for length in (2, 3):
            if tuple(folded[start : start + length]) in ACTION_PLANS:
                question.kind = question.kind or "instruments"
                taken.update(range(start, start + length))


def _take_names(question: Question, countries: CountryNames, named: Sequence[NamedTaxa], taken: set[int]) -> None:
    """Recognize names, the longest first; of the same length countries, then animals, then codes."""
    named_countries = drop_parts_of_places(countries.find(question.words), [word.folded for word in question.words])
    found: list[tuple[int, int, int, EntityNode | NamedTaxa]] = [
        (start - end, 0, start, node) for node, start, end in named_countries
    ]
    found += [(one.start - one.end, 1, one.start, one) for one in named]
    found += [(start - end, 2, start, node) for node, start, end in countries.find_codes(question.words)]
    for length, _, start, name in sorted(found, key=lambda one: one[:3]):
        places = set(range(start, start - length))
        if places & taken:
            continue
        taken |= places
        if isinstance(name, NamedTaxa):
            question.animals.append(name)
            continue
        question.country_places.append((start, start - length))
        if name not in question.countries:
            question.countries.append(name)
    question.animals.sort(key=lambda one: one.start)
    if not question.countries:
        _take_adjective(question, countries, taken)


def _take_adjective(question: Question, countries: CountryNames, taken: set[int]) -> None:
    """Recognize the adjective of a country beside the name of an animal, as in ``Kenyan elephants``."""
    folded = tuple(word.folded for word in question.words)
    for one in question.animals:
        for length in (2, 1):
            before, after = folded[max(0, one.start - length) : one.start], folded[one.end : one.end + length]
            for words, start, country in (
                (before, one.start - len(before), countries.leading.get(before)),
                (after, one.end, countries.following.get(after)),
            ):
                places = range(start, start + len(words))
                if country and taken.isdisjoint(places):
                    taken.update(places)
                    question.countries.append(country)
                    question.longer_name = " ".join(
                        question.words[place].text for place in sorted({*places, *range(one.start, one.end)})
                    )
                    return


def _take_appendices(question: Question, taken: set[int]) -> None:
    """Recognize the numbers after a word for Appendix or the name of a treaty."""
    after = False
    for place, word in enumerate(question.words):
        if place in taken:
            after = False
        elif word.folded in APPENDIX_WORDS or word.folded in TREATIES:
            after = True
        elif after and word.folded in APPENDIX_NUMBERS:
            question.appendices.append(APPENDIX_NUMBERS[word.folded])
            taken.add(place)
        elif word.folded not in {"and", "or", "et", "ou", "y", "o", "of", "the", "de", "la"}:
            after = False
