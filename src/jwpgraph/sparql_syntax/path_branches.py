"""Property paths as alternatives of sequences.

SPARQL 1.1 Query (section 18.2.2.4) translates an alternative to a union and a sequence to a join. Both distribute over
each other, so that a path is equal to a union of sequences of steps. What ``*``, ``+`` and ``?`` repeat is a set of
pairs of nodes (section 18.4), and remains one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from jwpgraph.sparql_syntax.tokenizer import Token, TokenKind

#: Maximum number of alternatives of one path.
MOST_BRANCHES: Final = 100

_MODIFIERS: Final = frozenset({"*", "+", "?"})


class UnreadablePatternError(Exception):
    """The text is not SPARQL, or uses syntax that this reader does not support.

    Attributes:
        offset: position of the token that is not understood, in characters.
    """

    def __init__(self, offset: int) -> None:
        super().__init__(f"not understood at character {offset}")
        self.offset = offset


class Step(NamedTuple):
    """A step of a sequence.

    Attributes:
        text: the IRI, negated property set, or repeated path without its modifier.
        modifier: ``*``, ``+``, ``?`` or empty.
        inverse: whether it leads from object to subject.
    """

    text: str
    modifier: str = ""
    inverse: bool = False

    def __str__(self) -> str:
        return ("^" if self.inverse else "") + self.text + self.modifier


Branches = tuple[tuple[Step, ...], ...]


class ReadPath(NamedTuple):
    """A property path.

    Attributes:
        branches: its alternatives, each a sequence of steps; empty if there are more than :data:`MOST_BRANCHES`.
        end: the index after its last token.
    """

    branches: Branches
    end: int


def read_path(tokens: Sequence[Token], at: int) -> ReadPath:
    """Read the property path that begins with token *at*.

    Raises:
        UnreadablePatternError: it cannot be read.
    """
    reader = _PathReader(tokens, at)
    return ReadPath(reader.path(), reader.at)


class _PathReader:
    def __init__(self, tokens: Sequence[Token], at: int) -> None:
        self._tokens = tokens
        self.at = at
        self._overflow = False

    def path(self) -> Branches:
        branches = self._sequence()
        while self._accept("|"):
            branches += self._sequence()
        return self._limited(branches)

    def _sequence(self) -> Branches:
        branches = self._element()
        while self._accept("/"):
            following = self._element()
            if len(branches) * len(following) > MOST_BRANCHES:
                self._overflow = True
                continue
            branches = tuple(first + second for first in branches for second in following)
        return self._limited(branches)

    def _limited(self, branches: Branches) -> Branches:
        self._overflow |= len(branches) > MOST_BRANCHES
        return () if self._overflow else branches

    def _element(self) -> Branches:
        inverse = self._accept("^")
        start = self.at
        branches = self._primary()
        modifier = self._modifier()
        if modifier:
            written = " ".join(token.text for token in self._tokens[start : self.at - 1])
            branches = ((Step(written, modifier),),)
        if not inverse:
            return branches
        return tuple(
            tuple(step._replace(inverse=not step.inverse) for step in reversed(branch)) for branch in branches
        )

    def _primary(self) -> Branches:
        if self._accept("("):
            branches = self.path()
            if not self._accept(")"):
                raise self._unreadable()
            return branches
        start = self.at
        if self._accept("!"):
            self._negated_set()
        else:
            self._iri()
        return ((Step(" ".join(token.text for token in self._tokens[start : self.at])),),)

    def _negated_set(self) -> None:
        if not self._accept("("):
            self._accept("^")
            self._iri()
            return
        while not self._accept(")"):
            self._accept("^")
            self._iri()
            self._accept("|")

    def _iri(self) -> None:
        if self.at >= len(self._tokens):
            raise self._unreadable()
        token = self._tokens[self.at]
        if token.kind not in {TokenKind.IRI, TokenKind.NAME} and token.text.lower() != "a":
            raise self._unreadable()
        self.at += 1

    def _modifier(self) -> str:
        if self.at < len(self._tokens) and self._tokens[self.at].text in _MODIFIERS:
            # A sign may also belong to a number that is the object.
            if self._tokens[self.at].text == "+" and self._begins_number(self.at + 1):
                return ""
            self.at += 1
            return self._tokens[self.at - 1].text
        return ""

    def _begins_number(self, at: int) -> bool:
        return (
            at < len(self._tokens)
            and self._tokens[at].kind is TokenKind.NUMBER
            and self._tokens[at].start == self._tokens[at - 1].end
            and self._tokens[at - 1].start > self._tokens[at - 2].end
        )

    def _accept(self, text: str) -> bool:
        if self.at < len(self._tokens) and self._tokens[self.at].text == text:
            self.at += 1
            return True
        return False

    def _unreadable(self) -> UnreadablePatternError:
        at = min(self.at, len(self._tokens) - 1)
        return UnreadablePatternError(self._tokens[at].start)
