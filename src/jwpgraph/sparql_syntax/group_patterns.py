"""A reader of group graph patterns (SPARQL 1.1 Query, section 19.8, rules 53 to 89) over the guard's tokens.

It finds the parts of a text that are rewritten for the engine: blocks of triples with property paths, GRAPH clauses,
and the elements of each group. It builds no tree; the rest of a text is skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from jwpgraph.sparql_syntax.path_branches import UnreadablePatternError, read_path
from jwpgraph.sparql_syntax.tokenizer import Token, TokenKind

_NODE_WORDS: Final = frozenset({"true", "false"})
_NODE_KINDS: Final = frozenset(
    {TokenKind.IRI, TokenKind.NAME, TokenKind.VARIABLE, TokenKind.BLANK, TokenKind.STRING, TokenKind.NUMBER}
)
_BRACKETS: Final = {"(": ")", "[": "]", "<<": ">>", "{": "}"}
_ELEMENT_WORDS: Final = frozenset(
    {"{", "bind", "filter", "graph", "lateral", "minus", "optional", "service", "union", "values"}
)
_FORMS: Final = frozenset({"select", "ask", "construct", "describe"})


@dataclass(frozen=True, slots=True)
class GraphClause:
    """A GRAPH clause (rule 58); all members are indexes of tokens.

    Attributes:
        keyword: the word GRAPH.
        name: the variable or IRI.
        opening, closing: the braces.
    """

    keyword: int
    name: int
    opening: int
    closing: int


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a group graph pattern (rules 54 to 57).

    Attributes:
        word: its keyword in lower case; ``{`` for a group or a union of groups, empty for the triples of one subject.
        start, end: indexes of its first token and after its last one.
    """

    word: str
    start: int
    end: int


@dataclass(slots=True)
class PatternParts:
    """The parts of a text.

    Attributes:
        blocks: start and end (exclusive) of the triples of each subject, as indexes of tokens.
        clauses: the GRAPH clauses, outer ones before inner ones.
        groups: start and end (exclusive) of the outermost group graph patterns.
        stars: the indexes of ``*`` in SELECT clauses, by whether they belong to the query itself.
        elements: the elements of each group graph pattern, inner groups before outer ones.
    """

    blocks: list[tuple[int, int]] = field(default_factory=list)
    clauses: list[GraphClause] = field(default_factory=list)
    groups: list[tuple[int, int]] = field(default_factory=list)
    stars: list[tuple[int, bool]] = field(default_factory=list)
    elements: list[list[Element]] = field(default_factory=list)


def read_patterns(tokens: Sequence[Token]) -> PatternParts:
    """Return the parts of a query, or of a text that begins with ``{`` and is a group graph pattern.

    Raises:
        UnreadablePatternError: the text cannot be read.
    """
    reader = _GroupReader(tokens)
    reader.read()
    return reader.parts


class _GroupReader:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self.parts = PatternParts()

    def read(self) -> None:
        while self._word() not in _FORMS:
            if self._text() == "{":
                self._outer_group()
                self._end()
                return
            self._take()
        construct = self._word() == "construct"
        if self._word() == "select":
            self._select_clause(outer=True)
        else:
            self._take()
        if construct and self._text() == "{":
            self._skip_brackets()
            construct = False
        self._skip_until_group(optional=True)
        if construct or self._text() != "{":
            # CONSTRUCT WHERE { … } has triples only; DESCRIBE <x> has no pattern.
            return
        self._outer_group()
        self._modifiers()
        self._end()

    def _outer_group(self) -> None:
        start = self._at
        self._group()
        self.parts.groups.append((start, self._at))

    def _end(self) -> None:
        if self._at < len(self._tokens):
            raise self._unreadable()

    # Tokens.

    def _text(self) -> str:
        return self._tokens[self._at].text if self._at < len(self._tokens) else ""

    def _word(self) -> str:
        if self._at < len(self._tokens) and self._tokens[self._at].kind is TokenKind.WORD:
            return self._tokens[self._at].text.lower()
        return ""

    def _take(self) -> Token:
        if self._at >= len(self._tokens):
            raise self._unreadable()
        self._at += 1
        return self._tokens[self._at - 1]

    def _accept(self, text: str) -> bool:
        if self._text() == text and self._tokens[self._at].kind is TokenKind.SIGN:
            self._at += 1
            return True
        return False

    def _unreadable(self) -> UnreadablePatternError:
        if not self._tokens:
            return UnreadablePatternError(0)
        if self._at >= len(self._tokens):
            return UnreadablePatternError(self._tokens[-1].end)
        return UnreadablePatternError(self._tokens[self._at].start)

    def _skip_brackets(self) -> None:
        """Skip from an opening bracket to its end; groups after EXISTS are read."""
        ends = [_BRACKETS[self._take().text]]
        while ends:
            if self._text() == "{" and self._tokens[self._at - 1].text.lower().endswith("exists"):
                self._group()
                continue
            token = self._take()
            if token.kind is not TokenKind.SIGN:
                continue
            if token.text in _BRACKETS:
                ends.append(_BRACKETS[token.text])
            elif token.text in _BRACKETS.values() and token.text != ends.pop():
                self._at -= 1
                raise self._unreadable()

    # Groups.

    def _group(self) -> None:
        if not self._accept("{"):
            raise self._unreadable()
        if self._word() == "select":
            self._select_clause(outer=False)
            self._skip_until_group()
            self._group()
            self._modifiers()
            if not self._accept("}"):
                raise self._unreadable()
            return
        elements: list[Element] = []
        while not self._accept("}"):
            self._add_element(elements)
        self.parts.elements.append(elements)

    def _add_element(self, elements: list[Element]) -> None:
        start, word = self._at, self._word()
        if self._accept("."):
            return
        if not word and self._text() == "{":
            word = "{"
        self._element(word)
        if word == "union" and elements:
            start, word = elements.pop().start, "{"
        elements.append(Element(word if word in _ELEMENT_WORDS else "", start, self._at))

    def _select_clause(self, *, outer: bool) -> None:
        self._take()
        while self._word() in {"distinct", "reduced"}:
            self._take()
        if self._text() == "*":
            self.parts.stars.append((self._at, outer))

    def _skip_until_group(self, *, optional: bool = False) -> None:
        while self._text() != "{":
            if self._text() == "(":
                self._skip_brackets()
            elif optional and self._at >= len(self._tokens):
                return
            elif self._text() == "}":
                raise self._unreadable()
            else:
                self._take()

    def _modifiers(self) -> None:
        """Skip GROUP BY, HAVING, ORDER BY, LIMIT, OFFSET and VALUES after a WHERE clause."""
        while self._at < len(self._tokens) and self._text() != "}":
            if self._text() in {"(", "{"}:
                self._skip_brackets()
            else:
                self._take()

    def _element(self, word: str) -> None:
        readers = {"graph": self._graph, "service": self._service, "filter": self._filter, "values": self._values}
        if word == "{":
            self._group()
        elif word in readers:
            readers[word]()
        elif word in {"optional", "minus", "union", "lateral"}:
            self._take()
            self._group()
        elif word == "bind":
            self._take()
            self._parentheses()
        else:
            self._block()

    def _service(self) -> None:
        self._take()
        if self._word() == "silent":
            self._take()
        self._take()
        self._group()

    def _values(self) -> None:
        self._take()
        if self._text() == "(":
            self._skip_brackets()
        else:
            self._take()
        if self._text() != "{":
            raise self._unreadable()
        self._skip_brackets()

    def _graph(self) -> None:
        keyword = self._at
        self._take()
        name = self._at
        self._take()
        place = len(self.parts.clauses)
        opening = self._at
        self._group()
        self.parts.clauses.insert(place, GraphClause(keyword, name, opening, self._at - 1))

    def _filter(self) -> None:
        self._take()
        if self._word() == "not":
            self._take()
        if self._word() in {"exists", "notexists"}:
            self._take()
            self._group()
            return
        if self._text() != "(":
            self._take()
        self._parentheses()

    def _parentheses(self) -> None:
        if self._text() != "(":
            raise self._unreadable()
        self._skip_brackets()

    def _block(self) -> None:
        """Skip the triples of one subject."""
        start = self._at
        # A property list, a list or a reified triple needs no properties (rules 82 and 96).
        bracketed = self._text() in {"[", "(", "<<"}
        self._node()
        if not bracketed or self._begins_verb():
            self._properties()
        self.parts.blocks.append((start, self._at))

    def _properties(self) -> None:
        while True:
            self._verb()
            self._node()
            self._annotations()
            while self._accept(","):
                self._node()
                self._annotations()
            if not self._accept(";"):
                return
            while self._accept(";"):
                pass
            if self._text() in {".", "}", "]", "|}", "{"} or not self._begins_verb():
                return

    def _begins_verb(self) -> bool:
        if self._at >= len(self._tokens):
            return False
        token = self._tokens[self._at]
        return (
            token.kind in {TokenKind.VARIABLE, TokenKind.IRI, TokenKind.NAME}
            or token.text in {"^", "!", "("}
            or token.text.lower() == "a"
        )

    def _verb(self) -> None:
        if not self._begins_verb():
            raise self._unreadable()
        if self._tokens[self._at].kind is TokenKind.VARIABLE:
            self._take()
            return
        self._at = read_path(self._tokens, self._at).end

    def _annotations(self) -> None:
        while self._text() in {"~", "{|"}:
            if self._take().text == "~":
                if self._at < len(self._tokens) and self._tokens[self._at].kind in {
                    TokenKind.VARIABLE,
                    TokenKind.IRI,
                    TokenKind.NAME,
                    TokenKind.BLANK,
                }:
                    self._take()
                continue
            while self._text() != "|}":
                self._properties()
            self._take()

    def _node(self) -> None:
        text = self._text()
        if text == "[":
            self._take()
            if not self._accept("]"):
                self._properties()
                if not self._accept("]"):
                    raise self._unreadable()
            return
        if text == "(":
            self._take()
            while not self._accept(")"):
                self._node()
            return
        if text == "<<":
            self._skip_brackets()
            return
        if text in {"+", "-"}:
            self._take()
        self._at = skip_simple_node(self._tokens, self._at)


def skip_simple_node(tokens: Sequence[Token], at: int) -> int:
    """Return the index after the IRI, literal, variable or blank node label at *at*."""
    if at >= len(tokens):
        raise UnreadablePatternError(tokens[-1].end if tokens else 0)
    token = tokens[at]
    if token.kind not in _NODE_KINDS and token.text.lower() not in _NODE_WORDS:
        raise UnreadablePatternError(token.start)
    at += 1
    if token.kind is TokenKind.STRING and at < len(tokens):
        if tokens[at].kind is TokenKind.LANGUAGE:
            return at + 1
        if tokens[at].text == "^^":
            return at + 2
    return at
