"""Verdicts on yes/no questions, and which animals of a group a question asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final, Literal

from jwpgraph.answers.days import Extent
from jwpgraph.answers.list_conditions import asks_for_each, is_condition_met, is_denial, names_alternatives
from jwpgraph.answers.occurrence import Occurrence, Occurs
from jwpgraph.answers.parsed_question import Question
from jwpgraph.answers.question_forms import asks_for_any
from jwpgraph.answers.statuses import AnimalStatus
from jwpgraph.answers.words import EVERY_WORDS, EXTINCT_WORDS, LISTING_WORDS, NATIVE_WORDS
from jwpgraph.taxon_facets.appendices import get_appendix_number

#: That a range is recorded without a country is no proof that the animal does not live there: ``not-recorded``.
Verdict = Literal["yes", "no", "not-recorded", "unknown"]

_OCCURRENCE_VERDICTS: Final[Mapping[Occurs, Verdict]] = {
    Occurs.YES: "yes",
    Occurs.NO: "not-recorded",
    Occurs.UNKNOWN: "unknown",
}


def decide_verdict(
    question: Question, statuses: Sequence[AnimalStatus], today: date, *, is_group: bool = False
) -> Verdict | None:
    """Return the verdict if it is the same for everything in the question, else ``unknown``.

    "In the 1990s" asks whether it was ever so in that time, "since 1995" whether it has been so ever since.
    """
    if not question.asks_yes_or_no:
        return None
    if is_group and not EVERY_WORDS.isdisjoint(word.folded for word in question.words):
        return "unknown"  # the graph does not have every member of a group
    verdicts = {_decide_for_animal(question, one, today) for one in statuses}
    return verdicts.pop() if len(verdicts) == 1 else "unknown"


def list_certain(question: Question, statuses: Sequence[AnimalStatus], today: date) -> list[AnimalStatus]:
    """Return the animals of which it is certainly so, if a question asks whether it is so of any of several.

    Args:
        question: the question.
        statuses: the status of each animal.
        today: the current day.

    Returns:
        Nothing if the question does not ask that, or if there is none on one of its days or in one of its countries.
    """
    folded = [word.folded for word in question.words]
    if not question.asks_yes_or_no or not asks_for_any(folded) or len({one.animal.iri for one in statuses}) == 1:
        return []
    certain = [
        one
        for one in statuses
        if (one.occurrence is None or one.occurrence.occurs is Occurs.YES)
        and _decide_for_animal(question, one, today) == "yes"
    ]
    cases = {(one.on, one.country.iri if one.country else None) for one in statuses}
    return certain if {(one.on, one.country.iri if one.country else None) for one in certain} == cases else []


def _decide_for_animal(question: Question, status: AnimalStatus, today: date) -> Verdict:
    if status.on > today:
        return "unknown"  # the Appendices may change before that day
    if not status.during:
        return _decide_one(question, status)
    period = (status.during[0].first, status.on)
    day = next(one for one in question.days if (one.first, one.on) == period and one.extent is not Extent.DAY)
    begun = day.begun or day.first
    verdicts = {
        _decide_one(question, replace(status, treaties=one.treaties, during=()))
        for one in status.during
        if one.last >= begun
    }
    if day.extent is Extent.DURING and "yes" in verdicts:
        return "yes"
    return verdicts.pop() if len(verdicts) == 1 else "unknown"


def _decide_one(question: Question, status: AnimalStatus) -> Verdict:
    denies = question.denies or any(map(is_denial, question.sides.values()))
    if question.asks_permission or question.asks_since or denies:
        return "unknown"  # national law decides; what is in force on a day may have been added before
    if question.asks_reservations:
        return "yes" if _has_reservation(status) else "unknown"
    if question.asks_occurrence and status.occurrence and not question.treaties and not question.appendices:
        return _decide_occurrence(question, status.occurrence)
    if len(question.sides) > 1 and not names_alternatives(question.words):
        return _decide_both(question, status)
    return _decide_listing(question, status) if _asks_for_listing(question) else "unknown"


def _decide_occurrence(question: Question, occurrence: Occurrence) -> Verdict:
    """Return whether an animal lives in a country; whether it is extinct there is not decided by its range."""
    folded = {word.folded for word in question.words}
    is_open = occurrence.occurs is Occurs.YES and folded & NATIVE_WORDS and "native" not in occurrence.presences
    if folded & EXTINCT_WORDS or is_open:
        return "unknown"
    return _OCCURRENCE_VERDICTS[occurrence.occurs]


def _decide_listing(question: Question, status: AnimalStatus) -> Verdict:
    """Return whether an animal is listed, or listed in the Appendices that the question names."""
    asked = [one for one in status.treaties if not question.treaties or one.short in question.treaties]
    found = {number for one in asked for number in map(get_appendix_number, one.appendices)}
    missing = set(question.appendices) - found
    if missing and missing != set(question.appendices) and not names_alternatives(question.words):
        return "unknown"  # "in Appendix I and II"
    if found if not question.appendices else found.intersection(question.appendices):
        # A listing does not apply in a country from which the animal is not recorded.
        return "yes" if status.occurrence is None or status.occurrence.occurs is not Occurs.NO else "unknown"
    return "no" if all(one.certain and not one.found.outlook.beyond for one in asked) else "unknown"


def _asks_for_listing(question: Question) -> bool:
    """Return whether a question is about listings: one is no answer to "is it endangered" or "is it migratory"."""
    about_lists = question.treaties or question.appendices or question.sides
    return bool(about_lists) or not LISTING_WORDS.isdisjoint(word.folded for word in question.words)


def _decide_both(question: Question, status: AnimalStatus) -> Verdict:
    """Return whether an animal meets the conditions of both treaties."""
    if status.occurrence is not None and status.occurrence.occurs is Occurs.NO:
        return "unknown"  # a listing does not apply there
    sides = [(one, question.sides[one.short]) for one in status.treaties]
    met = [is_condition_met(condition, [*map(get_appendix_number, one.appendices)]) for one, condition in sides]
    if all(met):
        return "yes"
    failed = [one for (one, _), is_met in zip(sides, met, strict=True) if not is_met]
    return "no" if any(one.certain and not one.found.outlook.beyond for one in failed) else "unknown"


def may_be_requested(question: Question, status: AnimalStatus) -> bool:
    """Return whether an animal of a group is, or may be, in an Appendix that the question names."""
    if question.asks_yes_or_no and not asks_for_any([word.folded for word in question.words]):
        return True
    if status.during:
        parts = (replace(status, treaties=one.treaties, during=()) for one in status.during)
        return any(may_be_requested(question, one) for one in parts)
    if question.denies:  # "sharks not in Appendix I", "which sharks are not listed"
        return not any(_has_requested(question, (*one.appendices, *one.found.possible)) for one in status.treaties)
    denied = [treaty for treaty, value in question.sides.items() if is_denial(value)]
    if not all(
        is_condition_met(question.sides[one.short], [*map(get_appendix_number, one.appendices)])
        for one in status.treaties
        if one.short in denied
    ):
        return False
    required = {treaty: value for treaty, value in question.sides.items() if treaty not in denied}
    if asks_for_each(question.words, required):
        return all(
            is_condition_met(required[one.short], [*map(get_appendix_number, (*one.appendices, *one.found.possible))])
            for one in status.treaties
            if one.short in required
        )
    is_unrestricted = not question.appendices or bool(denied and set(denied) >= set(question.treaties))
    return is_unrestricted or any(
        _has_requested(question, (*one.appendices, *one.found.possible))
        for one in status.treaties
        if one.short not in denied and (not question.treaties or one.short in question.treaties)
    )


def _has_reservation(status: AnimalStatus) -> bool:
    """Return whether the country certainly has a reservation in force."""
    return status.country is not None and any(
        reservation.released == status.country.iri and reservation.certain
        for treaty in status.treaties
        for one in treaty.found.concepts
        for reservation in one.status.reservations
    )


def _has_requested(question: Question, appendices: Collection[str]) -> bool:
    numbers = {get_appendix_number(one) for one in appendices}
    return bool(numbers & set(question.appendices)) if question.appendices else bool(numbers)
