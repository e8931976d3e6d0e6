"""Forms of questions: those that ask for yes or no."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from jwpgraph.answers.words import (
    ACCENTED_QUESTION_WORDS,
    BEFORE_QUE,
    CONTRACTED_NEGATIONS,
    INVERSIONS,
    QUESTION_WORDS,
    YES_NO_WORDS,
    Word,
)


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
