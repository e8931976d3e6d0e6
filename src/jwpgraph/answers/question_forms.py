"""Forms of questions: those for yes or no, for a number, for meetings, and for the meaning of an Appendix."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final

from jwpgraph.answers.words import (
    ACCENTED_QUESTION_WORDS,
    ANY_PAIRS,
    ANY_WORDS,
    APPENDIX_NUMBERS,
    APPENDIX_WORDS,
    BEFORE_QUE,
    CONFERENCE_WORDS,
    CONTRACTED_NEGATIONS,
    DEFINING_WORDS,
    EVERY_WORDS,
    HOLDING_WORDS,
    INVERSIONS,
    LISTED_WORDS,
    MEANING_WORDS,
    MEETING_WORDS,
    NUMBER_WORDS,
    QUESTION_WORDS,
    THEN_NOW,
    THREAT_PAIRS,
    THREAT_PARTS,
    THREAT_WORDS,
    TREATIES,
    YES_NO_WORDS,
    Word,
)

_PARTIES: Final = frozenset(("parties", "partes"))


def asks_yes_or_no(text: str, words: Sequence[Word], left: list[str]) -> bool:
    """Return whether the question is a yes/no question."""
    folded = [word.folded for word in words]
    if not left or QUESTION_WORDS & set(folded[:2]) or asks_with_que(words, BEFORE_QUE):
        return False
    if any(word.text.casefold() in ACCENTED_QUESTION_WORDS for word in words):
        return False
    turned = any(pair in INVERSIONS for pair in pairwise(folded))
    return (
        folded[0] in YES_NO_WORDS | CONTRACTED_NEGATIONS
        or turned
        or ("?" in text and not YES_NO_WORDS.isdisjoint(left))
    )


def asks_with_que(words: Sequence[Word], before: Collection[str]) -> bool:
    """Return whether a question begins with a preposition and Spanish ``que``, with or without its accent."""
    return len(words) > 1 and words[1].folded == "que" and words[0].folded in before


def asks_for_any(folded: Sequence[str]) -> bool:
    """Return whether folded words of a yes/no question ask whether there is any, as in ``are any sharks listed``."""
    return EVERY_WORDS.isdisjoint(folded) and (
        folded[:1] == ["des"] or not ANY_WORDS.isdisjoint(folded) or not ANY_PAIRS.isdisjoint(pairwise(folded))
    )


def find_threat_words(folded: Sequence[str]) -> set[int]:
    """Return the places of words that ask whether animals are threatened, and of those around them; none if none do."""
    found = {place for place, word in enumerate(folded) if word in THREAT_WORDS}
    for place, pair in enumerate(pairwise(folded)):
        found |= {place, place + 1} if pair in THREAT_PAIRS else set()
    return found | {place for place, word in enumerate(folded) if word in THREAT_PARTS} if found else set()


def find_then_and_now(folded: Sequence[str]) -> set[int]:
    """Return the places of words such as ``then and now``."""
    starts = [start for start in range(len(folded)) if tuple(folded[start : start + 3]) in THEN_NOW]
    return {place for start in starts for place in range(start, start + 3)}


def asks_for_number(folded: Sequence[str]) -> bool:
    """Return whether folded words ask how many there are."""
    return not NUMBER_WORDS.isdisjoint(folded) or ("how", "many") in pairwise(folded)


def asks_for_meanings(folded: Sequence[str], others: Collection[str]) -> bool:
    """Return whether a question about Appendices is what they mean, as in ``what is Appendix II of CMS``.

    Args:
        folded: its words.
        others: those that neither name anything nor are stop words.
    """
    if not MEANING_WORDS.isdisjoint(folded):
        return set(others) <= MEANING_WORDS
    named = APPENDIX_WORDS | APPENDIX_NUMBERS.keys() | TREATIES.keys()
    begins = any(folded[: len(form)] == list(form) for form in (("what", "is"), ("qu", "est", "ce"), ("que", "es")))
    return begins and named | DEFINING_WORDS >= set(folded)


def asks_for_meetings(folded: Sequence[str], others: Collection[str]) -> bool:
    """Return whether a question is which meetings there were, as in ``which meetings were held in 2017``.

    Args:
        folded: its words.
        others: those that neither name anything nor are stop words.
    """
    is_conference = not CONFERENCE_WORDS.isdisjoint(folded)
    known = MEETING_WORDS | CONFERENCE_WORDS | HOLDING_WORDS | (_PARTIES if is_conference else frozenset())
    is_about_other = any(word.startswith(("concern", "concier")) for word in folded)
    return (
        not (MEETING_WORDS | CONFERENCE_WORDS).isdisjoint(folded)
        and set(others) <= known
        and not is_about_other
        and (LISTED_WORDS - {"list", "liste", "lista"}).isdisjoint(folded)
    )
