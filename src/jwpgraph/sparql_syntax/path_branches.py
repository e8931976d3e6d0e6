"""Property paths as alternatives of sequences.

SPARQL 1.1 Query (section 18.2.2.4) translates an alternative to a union and a sequence to a join. What ``*``, ``+`` and
``?`` repeat is a set of pairs of nodes (section 18.4), and remains one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from jwpgraph.sparql_syntax.tokenizer import Token, TokenKind

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

    def invert(self) -> Step:
        """Return the step in the other direction."""
        return self._replace(inverse=not self.inverse)


@dataclass(frozen=True, slots=True)
class Branches:
    """Alternatives, each a sequence of steps and of further alternatives."""

    sequences: tuple[tuple[Step | Branches, ...], ...]

    def invert(self) -> Branches:
        """Return the path in the other direction."""
        return Branches(tuple(tuple(part.invert() for part in reversed(sequence)) for sequence in self.sequences))


class ReadPath(NamedTuple):
    """A property path, and the index after its last token."""

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

    def path(self) -> Branches:
        sequences = self._sequences()
        while self._accept("|"):
            sequences += self._sequences()
        return Branches(tuple(sequences))

    def _sequences(self) -> list[tuple[Step | Branches, ...]]:
        """Return a sequence, or the alternatives of which it consists."""
        parts = self._element()
        if isinstance(parts, Branches) and self._text() != "/":
            return list(parts.sequences)
        sequence = _flatten(parts)
        while self._accept("/"):
            sequence += _flatten(self._element())
        return [tuple(sequence)]

    def _element(self) -> Step | Branches:
        inverse = self._accept("^")
        start = self.at
        element = self._primary()
        modifier = self._modifier()
        if modifier:
            written = " ".join(token.text for token in self._tokens[start : self.at - 1])
            element = Step(written, modifier)
        return element.invert() if inverse else element

    def _primary(self) -> Step | Branches:
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
        return Step(" ".join(token.text for token in self._tokens[start : self.at]))

    def _text(self) -> str:
        return self._tokens[self.at].text if self.at < len(self._tokens) else ""

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


def _flatten(element: Step | Branches) -> list[Step | Branches]:
    if isinstance(element, Branches) and len(element.sequences) == 1:
        return list(element.sequences[0])
    return [element]
