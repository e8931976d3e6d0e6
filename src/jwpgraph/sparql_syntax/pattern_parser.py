"""Reading SPARQL text as far as a release needs it: where its parts begin and end, and what its patterns match.

Whether a text is correct is for the engine to say. Whatever is not understood here with certainty raises
:class:`UnsupportedSyntaxError`, and the caller does the long way round what it could have done quickly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import NamedNode

from jwpgraph.sparql_syntax.property_paths import (
    ANY,
    AlternativePath,
    InversePath,
    PredicatePath,
    PropertyPath,
    RepeatedPath,
    SequencePath,
)

_RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_TOKEN: Final = re.compile(
    r"""
    (?P<blank>(?:[ \t\r\n]+|\#[^\r\n]*)+)
  | (?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)
  | (?P<string>\"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3}|'{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
      |"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
  | (?P<variable>[?$]\w+)
  | (?P<label>_:\w(?:[\w.\-]*[\w\-])?)
  | (?P<name>(?:[^\W\d_](?:[\w.\-]*[\w\-])?)?:
      (?:(?:[\w:%]|\\[!-/:;=?@_~])(?:(?:[\w.:%\-]|\\[!-/:;=?@_~])*(?:[\w:%\-]|\\[!-/:;=?@_~]))?)?)
  | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<number>[+-]?(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?)
  | (?P<word>[A-Za-z]\w*)
  | (?P<sign>\^\^|&&|\|\||!=|<=|>=|[{}()\[\].,;=!<>*/|^+\-?~])
    """,
    re.VERBOSE | re.DOTALL,
)


class UnsupportedSyntaxError(Exception):
    """The text has something in it that is not read here."""


@dataclass(frozen=True, slots=True)
class SyntaxToken:
    """A token, what kind it is (a group of the expression above), and where it is."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The lower-case keyword, or the sign; empty for a term."""
        return self.text.lower() if self.kind in {"word", "sign"} else ""


def split_tokens(text: str, *, escapes: bool = False) -> list[SyntaxToken]:
    """The tokens of *text*, blanks and comments left out.

    Args:
        text: what to read.
        escapes: whether codepoint escapes in strings and IRIs are let through, for who does not read what these say.
            The engine decodes them there after it has found where a string ends, and nowhere else.

    Raises:
        UnsupportedSyntaxError: where a token is not known, and for codepoint escapes.
    """
    if not escapes and ("\\u" in text or "\\U" in text):
        raise UnsupportedSyntaxError("codepoint escapes, which may stand for a quotation mark")
    found: list[SyntaxToken] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise UnsupportedSyntaxError(text[place : place + 20])
        if match.lastgroup != "blank":
            found.append(SyntaxToken(match.lastgroup or "", match.group(), place, match.end()))
        place = match.end()
    return found


@dataclass(frozen=True, slots=True)
class TriplePattern:
    """A triple pattern. Ends are ``?variable`` (a blank node is one), ``<iri>``, or a literal as it was written.

    ``verb`` is the variable of the predicate where it is one; the path then is any link.
    """

    subject: str
    path: PropertyPath
    object: str
    verb: str | None = None


@dataclass(slots=True)
class GroupPattern:
    """A group graph pattern: patterns and inner groups, in the order of the text.

    ``kind`` says how an inner group stands in its outer one: ``group`` (joined), ``union``, ``optional``, ``exists``,
    ``not exists`` or ``select``. ``filter`` is where in the text a FILTER stands that is nothing but [NOT] EXISTS.
    """

    kind: str
    patterns: list[TriplePattern] = field(default_factory=list)
    elements: list[TriplePattern | GroupPattern] = field(default_factory=list)
    filter: tuple[int, int] | None = None

    def everything(self) -> Iterator[tuple[TriplePattern, tuple[str, ...]]]:
        """All patterns inside with the kinds of the groups that they stand in."""
        for element in self.elements:
            if isinstance(element, TriplePattern):
                yield element, (self.kind,)
            else:
                for pattern, kinds in element.everything():
                    yield pattern, (self.kind, *kinds)


class PatternParser:
    """Reads prologue, templates and patterns from tokens; ``at`` is where it stands."""

    def __init__(self, text: str, base_iri: str | None = None, *, escapes: bool = False) -> None:
        self.text = text
        self.tokens = split_tokens(text, escapes=escapes)
        self.at = 0
        self.prefixes: dict[str, str] = {}
        self._base = base_iri
        self._fresh = 0

    @property
    def token(self) -> SyntaxToken:
        """The token to be read next; a sign without text at the end."""
        return (
            self.tokens[self.at]
            if self.at < len(self.tokens)
            else SyntaxToken("sign", "", len(self.text), len(self.text))
        )

    def take(self) -> SyntaxToken:
        """The next token; steps over it."""
        token = self.token
        self.at += 1
        return token

    def accept(self, *words: str) -> bool:
        """Step over *words* if they come next; the engine reads them without a blank between them, too."""
        if len(words) > 1 and self.token.word == "".join(words):
            self.at += 1
            return True
        if [token.word for token in self.tokens[self.at : self.at + len(words)]] != list(words):
            return False
        self.at += len(words)
        return True

    def expect(self, word: str) -> None:
        """Step over *word*, which must come next."""
        if not self.accept(word):
            raise UnsupportedSyntaxError(f"{self.token.text!r} instead of {word!r}")

    def prologue(self) -> None:
        """Step over BASE and PREFIX declarations and keep them."""
        while self.token.word in {"prefix", "base"}:
            if self.take().word == "base":
                raise UnsupportedSyntaxError("BASE")
            self.declare_prefix()

    def declare_prefix(self) -> None:
        """Step over what follows PREFIX and keep it."""
        name, iri = self.take(), self.take()
        if name.kind != "name" or iri.kind != "iri":
            raise UnsupportedSyntaxError(name.text)
        self.prefixes[name.text] = self._absolute(iri.text)

    def braces(self) -> str:
        """The text from the ``{`` that comes next to the ``}`` that closes it, both included."""
        start, depth = self.token.start, 0
        if self.token.word != "{":
            raise UnsupportedSyntaxError(self.token.text)
        while True:
            token = self.take()
            if not token.text:
                raise UnsupportedSyntaxError("a brace that nothing closes")
            depth += (token.word == "{") - (token.word == "}")
            if depth == 0:
                return self.text[start : token.end]

    def absolute(self, token: SyntaxToken) -> str:
        """The absolute IRI that a token stands for."""
        return self._iri(token)

    def group(self, kind: str = "group") -> GroupPattern:
        """A group graph pattern."""
        self.expect("{")
        group = GroupPattern(kind)
        if self.token.word == "select":
            return self._select(group)
        while not self.accept("}"):
            self._element(group)
        return group

    def _element(self, group: GroupPattern) -> None:
        word = self.token.word
        if word == "{":
            first = self.group()
            if self.token.word == "union":
                first.kind = "union" if first.kind == "group" else first.kind
            group.elements.append(first)
            while self.accept("union"):
                branch = self.group("union")
                group.elements.append(branch)
        elif word == "optional":
            self.take()
            group.elements.append(self.group("optional"))
        elif word in {"filter", "bind"}:
            self._expression(group, self.take().start)
        elif word == "values":
            self._values()
        elif word == ".":
            self.take()
        elif self.token.kind == "word" and word not in {"true", "false"}:
            raise UnsupportedSyntaxError(self.token.text)
        else:
            self.triples(group)

    def _select(self, group: GroupPattern) -> GroupPattern:
        group.kind = "select"
        while self.token.word not in {"where", "{"}:
            if not self.take().text:
                raise UnsupportedSyntaxError("SELECT without WHERE")
        self.accept("where")
        group.elements.append(self.group())
        self.expect("}")
        return group

    def _expression(self, group: GroupPattern, start: int) -> None:
        """What stands behind FILTER or BIND; only EXISTS in it matches triples."""
        depth, first = 0, True
        while first or depth:
            token = self.take()
            if not token.text:
                raise UnsupportedSyntaxError("an expression without end")
            if token.word == "exists":
                before = [each.word for each in self.tokens[max(0, self.at - 3) : self.at - 1]]
                inner = self.group("exists")
                plain = (depth == 0 and before[-1] == "filter") or (
                    depth == 1 and before[-1] in {"(", "||", "&&"} and self.token.word in {")", "||", "&&"}
                )
                inner.kind = "exists" if plain else "not exists"
                if depth == 0:
                    inner.filter = start, self.tokens[self.at - 1].end
                group.elements.append(inner)
                first = False
            elif token.word == "(":
                depth, first = depth + 1, False
            elif token.word == ")":
                depth -= 1
            elif token.word in {"{", "}"}:
                raise UnsupportedSyntaxError(token.text)

    def _values(self) -> None:
        while self.token.word != "{":
            if not self.take().text:
                raise UnsupportedSyntaxError("VALUES without a block")
        self.braces()

    def triples(self, group: GroupPattern) -> None:
        """Triple patterns of one subject."""
        subject = self._term()
        while True:
            verb, path = self._verb()
            while True:
                pattern = TriplePattern(subject, path, self._term(), verb)
                group.patterns.append(pattern)
                group.elements.append(pattern)
                if not self.accept(","):
                    break
            if not self.accept(";"):
                return
            while self.accept(";"):
                pass
            if self.token.word in {".", "}"}:
                return

    def _verb(self) -> tuple[str | None, PropertyPath]:
        if self.token.kind == "variable":
            return "?" + self.take().text[1:], ANY
        return None, self._path()

    def _path(self) -> PropertyPath:
        branches = [self._sequence()]
        while self.accept("|"):
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else AlternativePath(tuple(branches))

    def _sequence(self) -> PropertyPath:
        steps = [self._step()]
        while self.accept("/"):
            steps.append(self._step())
        return steps[0] if len(steps) == 1 else SequencePath(tuple(steps))

    def _step(self) -> PropertyPath:
        if self.accept("^"):
            return InversePath(self._step())
        path: PropertyPath
        if self.accept("("):
            path = self._path()
            self.expect(")")
        elif self.accept("a"):
            path = PredicatePath(_RDF_TYPE)
        elif self.token.kind in {"iri", "name"}:
            path = PredicatePath(self._iri(self.take()))
        else:
            raise UnsupportedSyntaxError(self.token.text)
        if self.token.word in {"*", "+", "?"}:
            path = RepeatedPath(path, self.take().word)
        return path

    def _term(self) -> str:
        token = self.take()
        if token.kind == "variable":
            return "?" + token.text[1:]
        if token.kind == "label":
            return "?" + token.text
        if token.kind in {"iri", "name"}:
            return f"<{self._iri(token)}>"
        if token.kind == "number" or token.word in {"true", "false"}:
            return f'"{token.text}"'
        if token.kind == "string":
            return self._literal(token)
        raise UnsupportedSyntaxError(token.text)

    def _literal(self, token: SyntaxToken) -> str:
        if self.token.kind == "language":
            self.take()
        elif self.accept("^^"):
            self._iri(self.take())
        return token.text if token.text.startswith('"') else f'"{token.text}'

    def _iri(self, token: SyntaxToken) -> str:
        if token.kind == "iri":
            return self._absolute(token.text)
        prefix, _, local = token.text.partition(":")
        if token.kind != "name" or prefix + ":" not in self.prefixes or "\\" in local:
            raise UnsupportedSyntaxError(token.text)
        return self.prefixes[prefix + ":"] + local

    def _absolute(self, written: str) -> str:
        try:
            return NamedNode(written[1:-1]).value
        except ValueError:
            raise UnsupportedSyntaxError(f"a relative IRI, {written}") from None


def parse_template(reader: PatternParser) -> Sequence[TriplePattern]:
    """The triples of a CONSTRUCT template."""
    group = reader.group()
    if len(group.patterns) != len(group.elements):
        raise UnsupportedSyntaxError("a template that is more than triples")
    return group.patterns
