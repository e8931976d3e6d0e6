"""A parser for the triple patterns of SPARQL rules and updates.

It reads a subset of SPARQL 1.1 and does not validate: the engine decides whether a text is correct. Syntax outside the
subset raises :class:`UnsupportedSyntaxError`, and the caller falls back to a complete recomputation.
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
    """The text uses syntax that this parser does not support."""


@dataclass(frozen=True, slots=True)
class SyntaxToken:
    """A token: its kind (a group name of ``_TOKEN``), text, and position; ``end`` is exclusive."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The keyword in lower case, or the sign; empty for other tokens."""
        return self.text.lower() if self.kind in {"word", "sign"} else ""


def split_tokens(text: str, *, escapes: bool = False) -> list[SyntaxToken]:
    """Return the tokens of *text* without white space and comments.

    Args:
        text: the SPARQL text.
        escapes: whether codepoint escapes are allowed. They occur only inside strings and IRIs, where the engine
            decodes them after it has found the end of the token; a caller that reads the content must refuse them.

    Raises:
        UnsupportedSyntaxError: for an unknown token, and for codepoint escapes unless *escapes* is set.
    """
    if not escapes and ("\\u" in text or "\\U" in text):
        raise UnsupportedSyntaxError("codepoint escapes, which may stand for a quotation mark")
    tokens: list[SyntaxToken] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise UnsupportedSyntaxError(text[place : place + 20])
        if match.lastgroup != "blank":
            tokens.append(SyntaxToken(match.lastgroup or "", match.group(), place, match.end()))
        place = match.end()
    return tokens


@dataclass(frozen=True, slots=True)
class TriplePattern:
    """A triple pattern (SPARQL 1.1 Query, section 5.1) or property path pattern (section 9).

    Attributes:
        subject, object: ``?variable`` (also for a blank node), ``<iri>``, or a literal as written.
        path: the predicate or property path; any predicate if it is a variable.
        verb: the variable in the predicate position, if any.
    """

    subject: str
    path: PropertyPath
    object: str
    verb: str | None = None


@dataclass(slots=True)
class GroupPattern:
    """A group graph pattern (SPARQL 1.1 Query, section 5.2).

    Attributes:
        kind: relation to the outer group: ``group`` (join), ``union``, ``optional``, ``exists``, ``not exists`` or
            ``select``.
        patterns: the triple patterns directly in this group.
        elements: triple patterns and inner groups in the order of the text.
        filter: start and end of a FILTER that consists of [NOT] EXISTS only.
        projected: of a subquery: the variables in SELECT; empty if it has ``*`` or an expression.
    """

    kind: str
    patterns: list[TriplePattern] = field(default_factory=list)
    elements: list[TriplePattern | GroupPattern] = field(default_factory=list)
    filter: tuple[int, int] | None = None
    projected: frozenset[str] = frozenset()

    def iter_patterns(self) -> Iterator[tuple[TriplePattern, tuple[str, ...]]]:
        """Yield all triple patterns, with the kinds of the enclosing groups from the outside in."""
        for element in self.elements:
            if isinstance(element, TriplePattern):
                yield element, (self.kind,)
            else:
                for pattern, kinds in element.iter_patterns():
                    yield pattern, (self.kind, *kinds)


class PatternParser:
    """A recursive-descent parser of prologue, templates and group graph patterns.

    Args:
        text: the SPARQL text.
        base_iri: the base IRI, if any.
        escapes: whether codepoint escapes are allowed (:func:`split_tokens`).

    All methods raise :class:`UnsupportedSyntaxError` for syntax outside the subset. ``at`` is the index of the next
    token.
    """

    def __init__(self, text: str, base_iri: str | None = None, *, escapes: bool = False) -> None:
        self.text = text
        self.tokens = split_tokens(text, escapes=escapes)
        self.at = 0
        self.prefixes: dict[str, str] = {}
        self._base = base_iri
        self._fresh = 0

    @property
    def token(self) -> SyntaxToken:
        """The next token; a sign with empty text at the end."""
        return (
            self.tokens[self.at]
            if self.at < len(self.tokens)
            else SyntaxToken("sign", "", len(self.text), len(self.text))
        )

    def take(self) -> SyntaxToken:
        """Return the next token and advance."""
        token = self.token
        self.at += 1
        return token

    def accept(self, *words: str) -> bool:
        """Advance over *words* if they come next, also without white space between them; return whether they did."""
        if len(words) > 1 and self.token.word == "".join(words):
            self.at += 1
            return True
        if [token.word for token in self.tokens[self.at : self.at + len(words)]] != list(words):
            return False
        self.at += len(words)
        return True

    def expect(self, word: str) -> None:
        """Advance over *word*, which must come next."""
        if not self.accept(word):
            raise UnsupportedSyntaxError(f"{self.token.text!r} instead of {word!r}")

    def prologue(self) -> None:
        """Read the PREFIX declarations; BASE is not supported."""
        while self.token.word in {"prefix", "base"}:
            if self.take().word == "base":
                raise UnsupportedSyntaxError("BASE")
            self.declare_prefix()

    def declare_prefix(self) -> None:
        """Read the name and the IRI of a PREFIX declaration."""
        name, iri = self.take(), self.take()
        if name.kind != "name" or iri.kind != "iri":
            raise UnsupportedSyntaxError(name.text)
        self.prefixes[name.text] = self._absolute(iri.text)

    def braces(self) -> str:
        """Return the text from the next token, ``{``, to the matching ``}``, both included."""
        start, depth = self.token.start, 0
        if self.token.word != "{":
            raise UnsupportedSyntaxError(self.token.text)
        while True:
            token = self.take()
            if not token.text:
                raise UnsupportedSyntaxError("an unclosed brace")
            depth += (token.word == "{") - (token.word == "}")
            if depth == 0:
                return self.text[start : token.end]

    def absolute(self, token: SyntaxToken) -> str:
        """Return the absolute IRI of an IRI or prefixed name."""
        return self._iri(token)

    def group(self, kind: str = "group") -> GroupPattern:
        """Read a group graph pattern and return it as a group of *kind*."""
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
        clause: set[str] = set()
        while self.token.word not in {"where", "{"}:
            clause.add(self.take().text)
            if "" in clause:
                raise UnsupportedSyntaxError("SELECT without WHERE")
        if "(" not in clause:
            group.projected = frozenset(name for name in clause if name.startswith("?"))
        self.accept("where")
        group.elements.append(self.group())
        self.expect("}")
        return group

    def _expression(self, group: GroupPattern, start: int) -> None:
        """Read the expression after FILTER or BIND; only EXISTS in it matches triples."""
        depth, first = 0, True
        while first or depth:
            token = self.take()
            if not token.text:
                raise UnsupportedSyntaxError("an expression without end")
            if token.word == "exists":
                before = [previous.word for previous in self.tokens[max(0, self.at - 3) : self.at - 1]]
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
        """Read the triple patterns of one subject into *group*."""
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
    """Return the triples of a CONSTRUCT template; raises :class:`UnsupportedSyntaxError` if it has other parts."""
    group = reader.group()
    if len(group.patterns) != len(group.elements):
        raise UnsupportedSyntaxError("a template with more than triples")
    return group.patterns
