"""Conditions of a question on the lists of the treaties, such as "in CMS Appendix I and not in CITES"."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from jwpgraph.answers.words import (
    APPENDIX_NUMBERS,
    APPENDIX_WORDS,
    BOTH_WORDS,
    GENITIVES,
    LISTED_WORDS,
    NEGATIONS,
    ONLY_WORDS,
    TREATIES,
    Word,
)

_ANY: Final = "any"
_NONE: Final = "none"
_NOT: Final = "not "
_NE: Final = frozenset(("n", "ne"))
_ALTERNATIVES: Final = frozenset(("or", "ou", "o", "oder"))
_ARTICLES: Final = frozenset(("the", "la", "l", "of")) | GENITIVES


def read_sides(words: Sequence[Word]) -> dict[str, str]:
    """Return what the question requires of each treaty: ``any``, ``none``, the number of an Appendix, or ``not I``.

    Treaties without a condition are left out. A number belongs to the treaty before it, or after it with "of". What
    the question denies after the last treaty and its number is added, as in ``II not I``.
    """
    folded = [word.folded for word in words]
    places = [place for place, word in enumerate(folded) if word in TREATIES]
    found: dict[str, str] = {}
    start = 0
    for place in places:
        is_denied = has_negation(folded[start:place])
        number = _find_number(folded, place)
        if is_denied:
            found[TREATIES[folded[place]]] = _NOT + number if number else _NONE
        else:
            found[TREATIES[folded[place]]] = number or _ANY
        start = place + 1
    if places and (excluded := _find_excluded_number(folded[start:])):
        found[TREATIES[folded[places[-1]]]] += f" {_NOT}{excluded}"
    every = dict.fromkeys(TREATIES.values(), _ANY)
    if not BOTH_WORDS.isdisjoint(folded):
        return every | found
    if len(found) == 1 and _ANY in found.values() and not ONLY_WORDS.isdisjoint(folded):
        return dict.fromkeys(every, _NONE) | found
    return found


def has_negation(folded: Sequence[str]) -> bool:
    """Return whether folded words deny something; French ``plus`` does so only after ``ne``."""
    found = NEGATIONS.intersection(folded)
    return bool(found - {"plus"}) or bool(found and not _NE.isdisjoint(folded))


def is_denial(condition: str) -> bool:
    """Return whether a condition denies a listing."""
    return condition == _NONE or _NOT in condition


def is_condition_met(condition: str, numbers: Collection[str]) -> bool:
    """Return whether an animal that a treaty lists in the Appendices *numbers* meets a condition."""
    required, both, excluded = condition.partition(f" {_NOT}")
    if both:
        return is_condition_met(required, numbers) and excluded not in numbers
    if condition.startswith(_NOT):
        return condition.removeprefix(_NOT) not in numbers
    if condition in (_ANY, _NONE):
        return bool(numbers) is (condition == _ANY)
    return condition in numbers


def names_alternatives(words: Sequence[Word]) -> bool:
    """Return whether a question joins its conditions by "or"."""
    return any(word.folded in _ALTERNATIVES for word in words)


def _find_excluded_number(after: Sequence[str]) -> str | None:
    """Return the number of an Appendix that is denied among the words after a treaty: ``II but not Appendix I``."""
    for place, word in enumerate(after):
        if word in NEGATIONS:
            number = next((one for one in after[place + 1 :] if one in APPENDIX_NUMBERS), None)
            return APPENDIX_NUMBERS[number] if number and has_negation(after[: place + 1]) else None
    return None


def asks_for_each(words: Sequence[Word], conditions: Mapping[str, str]) -> bool:
    """Return whether a list is asked for of what meets each condition, as ``listed by CITES`` and ``in both treaties``.

    ``antelopes under CMS and CITES`` asks for the status of all of them.

    Args:
        words: the words of the question.
        conditions: its conditions by treaty, without denials.
    """
    if not conditions or names_alternatives(words):
        return False
    has_numbers = len(conditions) > 1 and any(value != _ANY for value in conditions.values())
    return has_numbers or any(word.folded in BOTH_WORDS | LISTED_WORDS for word in words)


def _find_number(folded: Sequence[str], place: int) -> str | None:
    """Return the number of an Appendix beside the treaty at *place*."""
    after = next((word for word in folded[place + 1 :] if word not in APPENDIX_WORDS), "")
    if after in APPENDIX_NUMBERS:
        return APPENDIX_NUMBERS[after]
    before = [word for word in folded[:place] if word not in _ARTICLES]
    if len(before) < len(folded[:place]) and before[-1:] and before[-1] in APPENDIX_NUMBERS:
        return APPENDIX_NUMBERS[before[-1]]
    return None
