"""A SPARQL tokenizer that finds the same boundaries of strings, IRIs and comments as the engine.

The guard relies on these tokens. A text that the grammar (SPARQL 1.1 Query, section 19.8) and the engine's scannerless
parser could read differently is therefore refused (``docs/decisions/0004-guard.md``). The time is linear in the length
of the text.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Final, NamedTuple

from jwpgraph.problems import ProblemError

#: Length in characters above which a text is tokenised in a thread, with pauses for other threads.
LONG: Final = 4096
#: Maximum number of tokens; more would occupy a thread for seconds.
MOST_TOKENS: Final = 300_000

_STRIDE: Final = 512
_PAUSE: Final = 0.0001


class TokenKind(Enum):
    """The kind of a token."""

    IRI = "iri"
    NAME = "prefixed name"
    WORD = "word"
    VARIABLE = "variable"
    BLANK = "blank node label"
    STRING = "string"
    LANGUAGE = "language tag"
    NUMBER = "number"
    SIGN = "sign"


class Token(NamedTuple):
    """A token with its position; ``end`` is exclusive. The text of an IRI includes the angle brackets."""

    kind: TokenKind
    text: str
    start: int
    end: int


_BASE: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_CHARS: Final = _BASE + "_0-9\u00b7\u0300-\u036f\u203f-\u2040-"
_HEX: Final = "[0-9A-Fa-f]"
#: A codepoint escape of a character; surrogates are excluded.
_PLANES: Final = rf"U000[1-9A-Fa-f]{_HEX}{{4}}|U0010{_HEX}{{4}}"
_CODEPOINT: Final = rf"(?:(?:u|U0000)(?![dD][89a-fA-F]){_HEX}{{4}}|{_PLANES})"
_ESCAPE: Final = rf"\\(?:[tbnrf\"'\\]|{_CODEPOINT})"
_IRI_CHARACTERS: Final = rf"(?:[^<>\"{{}}|^`\\\x00-\x20]|\\{_CODEPOINT})*+"
_ESCAPED_LOCAL: Final = rf"%{_HEX}{{2}}|\\[_~.\-!$&'()*+,;=/?\#@%]"

_BLANKS: Final = re.compile(r"(?:[ \t\r\n]++|#[^\r\n]*+)++")
_IRI: Final = re.compile(rf"<{_IRI_CHARACTERS}>")
_PREFIX: Final = re.compile(rf"[{_BASE}][{_CHARS}.]*+")
_LOCAL: Final = re.compile(
    rf"(?:[{_BASE}_0-9:]|{_ESCAPED_LOCAL})(?:[{_CHARS}:]|{_ESCAPED_LOCAL}|\.++(?=[{_CHARS}:%\\]))*+"
)
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*+")
_VARIABLE: Final = re.compile(rf"[?$][{_BASE}_0-9][{_BASE}_0-9\u00b7\u0300-\u036f\u203f-\u2040]*+")
_BLANK: Final = re.compile(rf"_:[{_BASE}_0-9](?:[{_CHARS}]|\.++(?=[{_CHARS}]))*+")
_LANGUAGE: Final = re.compile(r"@[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?:--[A-Za-z]++)?")
_NUMBER: Final = re.compile(r"(?:[0-9]++(?:\.[0-9]*)?|\.[0-9]++)[eE][+-]?[0-9]++|[0-9]*\.[0-9]++|[0-9]++")
_SIMPLE: Final = {
    **dict.fromkeys("?$", (TokenKind.VARIABLE, _VARIABLE)),
    **dict.fromkeys("0123456789.", (TokenKind.NUMBER, _NUMBER)),
    "@": (TokenKind.LANGUAGE, _LANGUAGE),
    "_": (TokenKind.BLANK, _BLANK),
}
_LONG: Final = {
    quote: re.compile(rf"[^{quote}\\]*+(?:(?:{_ESCAPE}|{quote}(?!{quote}{quote}))[^{quote}\\]*+)*+{quote}{{3}}")
    for quote in "\"'"
}
_SHORT: Final = {
    quote: re.compile(rf"{quote}[^{quote}\\\n\r]*+(?:{_ESCAPE}[^{quote}\\\n\r]*+)*+{quote}") for quote in "\"'"
}
_SIGN: Final = re.compile(r"\^\^|&&|\|\||!=|<=|>=|<<|>>|\{\||\|\}|[{}()\[\].,;=!<>*/|^+\-?~]")
_ABSOLUTE: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")

_OPENING: Final = {"{": "}", "(": ")", "[": "]", "<<": ">>", "{|": "|}"}
_CLOSING: Final = frozenset(_OPENING.values())
#: Kinds of tokens that end an operand, so that an operator may follow.
_OPERANDS: Final = frozenset(
    {
        TokenKind.IRI,
        TokenKind.NAME,
        TokenKind.WORD,
        TokenKind.VARIABLE,
        TokenKind.BLANK,
        TokenKind.STRING,
        TokenKind.LANGUAGE,
        TokenKind.NUMBER,
    }
)
#: Words that do not end an operand, so that "<" after them begins an IRI.
_NO_OPERANDS: Final = frozenset({"as", "distinct", "in", "values", "from", "named", "graph", "service", "silent", "a"})


class Tokenizer:
    """A tokenizer of one text.

    Args:
        text: a query or an update.
        depth: maximum nesting depth of brackets; the engine's parser is recursive and overflows its stack beyond.
    """

    def __init__(self, text: str, depth: int = 200) -> None:
        self._text = text
        self._depth = depth
        self._tokens: list[Token] = []
        self._open: list[str] = []
        self._data_blocks = 0
        self._prefix_known_until = 0

    def tokens(self) -> list[Token]:
        """Return all tokens except white space and comments.

        Raises:
            ProblemError: ``query-syntax`` (400) with line and column, if the text has no or an ambiguous
                tokenisation; ``query-too-deep`` (400); ``query-too-long`` (413).
        """
        text, position = self._text, 0
        long = len(text) > LONG
        while True:
            if long and not len(self._tokens) % _STRIDE:
                self._pause()
            blanks = _BLANKS.match(text, position)
            if blanks is not None:
                position = blanks.end()
            if position == len(text):
                return self._tokens
            kind, end = self._read(text[position], position)
            token = Token(kind, text[position:end], position, end)
            self._tokens.append(token)
            if kind is TokenKind.SIGN:
                self._track(token)
            position = end

    def _pause(self) -> None:
        if len(self._tokens) > MOST_TOKENS:
            raise ProblemError(
                "query-too-long",
                "The query is too long",
                f"It has more than {MOST_TOKENS} tokens.",
                status=413,
                limit=MOST_TOKENS,
            )
        # Without the pause, threads that serve other requests would wait for the GIL five milliseconds at a time.
        time.sleep(_PAUSE)

    def _read(self, first: str, position: int) -> tuple[TokenKind, int]:
        """Return the kind and the end of the token that starts at *position*."""
        if first == "<":
            return self._angle(position)
        if first in "\"'":
            return TokenKind.STRING, self._string(first, position)
        if first == ":":
            return TokenKind.NAME, self._local(position + 1)
        simple = _SIMPLE.get(first)
        if simple is not None and (match := simple[1].match(self._text, position)):
            return simple[0], match.end()
        return self._name_or_word(position) or self._sign(position)

    def _name_or_word(self, position: int) -> tuple[TokenKind, int] | None:
        # Each run of prefix characters is scanned once; otherwise "a.a.a.…" would take quadratic time.
        if position >= self._prefix_known_until and (run := _PREFIX.match(self._text, position)):
            end = run.end()
            if self._text.startswith(":", end) and self._text[end - 1] != ".":
                return TokenKind.NAME, self._local(end + 1)
            self._prefix_known_until = end
        word = _WORD.match(self._text, position)
        return (TokenKind.WORD, word.end()) if word else None

    def _local(self, position: int) -> int:
        match = _LOCAL.match(self._text, position)
        return match.end() if match else position

    def _string(self, quote: str, position: int) -> int:
        if self._text.startswith(quote * 3, position):
            match = _LONG[quote].match(self._text, position + 3)
        else:
            match = _SHORT[quote].match(self._text, position)
        if match is None:
            raise self._make_string_problem(quote, position)
        return match.end()

    def _make_string_problem(self, quote: str, position: int) -> ProblemError:
        long = self._text.startswith(quote * 3, position)
        end = quote * 3 if long else rf"{quote}|[\r\n]"
        parts = re.compile(rf"(?P<valid>{_ESCAPE})|(?P<end>{end})|(?P<invalid>\\(?:[uU]{_HEX}*|.?))", re.DOTALL)
        for found in parts.finditer(self._text, position + (3 if long else 1)):
            if found["invalid"]:
                reason = f"{' '.join(found['invalid'].split())} is not a valid escape in a string"
                return make_syntax_problem(self._text, found.start(), reason)
            if found["end"]:
                break
        return make_syntax_problem(self._text, position, "this string is not closed")

    def _angle(self, position: int) -> tuple[TokenKind, int]:
        """Read an IRI, or an operator that begins with ``<``.

        The grammar takes the longest token, so that ``?a<?b&&?c>?d`` contains the IRI ``<?b&&?c>``; the engine's parser
        expects an operator after an operand. This method reads like the engine, and refuses the text if a comment or a
        string would begin at different positions in the two readings.
        """
        match = _IRI.match(self._text, position)
        if not self._in_expression():
            return (TokenKind.IRI, match.end()) if match else self._sign(position)
        if match is None:
            # Here "<<" is a comparison with an IRI; a triple term cannot follow an operand.
            return TokenKind.SIGN, position + (2 if self._text.startswith("<=", position) else 1)
        if _ABSOLUTE.match(match[0]):
            return TokenKind.IRI, match.end()
        if "#" in match[0] or "'" in match[0]:
            raise make_syntax_problem(
                self._text, position, "this could be an IRI or a comparison; put a space after '<' or before the IRI"
            )
        return TokenKind.SIGN, position + (2 if match[0].startswith("<=") else 1)

    def _in_expression(self) -> bool:
        """Return whether an operator may come next: after an operand, in parentheses outside a data block."""
        if not self._open or self._open[-1] != ")" or self._data_blocks or not self._tokens:
            return False
        last = self._tokens[-1]
        if last.kind is TokenKind.WORD:
            return last.text.lower() not in _NO_OPERANDS
        return last.kind in _OPERANDS or last.text in _CLOSING

    def _sign(self, position: int) -> tuple[TokenKind, int]:
        match = _SIGN.match(self._text, position)
        if match is None:
            raise make_syntax_problem(self._text, position, "no SPARQL token begins with this character")
        return TokenKind.SIGN, match.end()

    def _track(self, token: Token) -> None:
        sign = token.text
        if sign in _OPENING:
            if self._data_blocks or (sign == "{" and _begins_data_block(self._tokens)):
                self._data_blocks += 1
            self._open.append(_OPENING[sign])
            if len(self._open) > self._depth:
                raise self._too_deep(token.start)
        elif sign in self._open[-1:]:
            self._open.pop()
            self._data_blocks = max(0, self._data_blocks - 1)
        elif sign == "}" and "}" in self._open:
            # The content was read differently from the engine; resynchronise, as braces never occur in an IRI.
            while self._open.pop() != "}":
                pass
            self._data_blocks = 0

    def _too_deep(self, offset: int) -> ProblemError:
        line, column = locate_offset(self._text, offset)
        return ProblemError(
            "query-too-deep",
            "The query nests too deeply",
            f"line {line}, column {column}: brackets may be nested at most {self._depth} deep",
            line=line,
            column=column,
            limit=self._depth,
        )


def _begins_data_block(tokens: Sequence[Token]) -> bool:
    """Return whether the last token, ``{``, opens the data block of ``VALUES ?x`` or ``VALUES (?x ?y)``."""
    index = len(tokens) - 2
    if index >= 0 and tokens[index].text == ")":
        index -= 1
        while index >= 0 and tokens[index].kind is TokenKind.VARIABLE:
            index -= 1
        if index < 0 or tokens[index].text != "(":
            return False
    elif index < 0 or tokens[index].kind is not TokenKind.VARIABLE:
        return False
    index -= 1
    return index >= 0 and tokens[index].kind is TokenKind.WORD and tokens[index].text.lower().endswith("values")


def with_gil_yields(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """Yield the tokens with their indexes, and pause for other threads every 4096 tokens."""
    for index, token in enumerate(tokens):
        if index and not index % (8 * _STRIDE):
            time.sleep(_PAUSE)
        yield index, token


def locate_offset(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of an offset, both counted from 1, columns in characters."""
    before = text[:offset].replace("\r\n", "\n\0").replace("\r", "\n")
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) - before.count("\0", before.rfind("\n") + 1) + 1


def make_syntax_problem(text: str, offset: int, reason: str) -> ProblemError:
    """Return the problem ``query-syntax`` (400) for an error at *offset*."""
    line, column = locate_offset(text, offset)
    return ProblemError(
        "query-syntax",
        "The query is not valid SPARQL",
        f"line {line}, column {column}: {reason}",
        status=400,
        line=line,
        column=column,
    )


_ESCAPED: Final = re.compile(
    rf"""
    \"{{3}}(?:[^\"\\]|\\.|\"(?!\"\"))*+(?:\"{{3}}|\Z) | '{{3}}(?:[^'\\]|\\.|'(?!''))*+(?:'{{3}}|\Z)
    | "(?:[^"\\\n\r]|\\[^\n\r])*+ | '(?:[^'\\\n\r]|\\[^\n\r])*+
    | <{_IRI_CHARACTERS}> | \#[^\r\n]*+
    | (?P<escape>\\{_CODEPOINT})
    """,
    re.VERBOSE | re.DOTALL,
)
_ANY_ESCAPE: Final = re.compile(rf"\\{_CODEPOINT}")


def decode_escapes_outside_literals(text: str) -> str:
    """Decode the codepoint escapes (SPARQL 1.1 Query, section 19.2) outside strings, IRIs and comments.

    The engine itself decodes escapes in strings and IRIs, and does not support them elsewhere.
    """
    return _ESCAPED.sub(lambda match: _decode_escape(match[0]) if match["escape"] else match[0], text)


def decode_all_escapes(text: str) -> str:
    """Decode all codepoint escapes, as section 19.2 says and some engines do before parsing."""
    return _ANY_ESCAPE.sub(lambda match: _decode_escape(match[0]), text)


def has_escapes(text: str) -> bool:
    """Return whether the text contains a codepoint escape."""
    return _ANY_ESCAPE.search(text) is not None


def _decode_escape(escape: str) -> str:
    return chr(int(escape[2:], 16))
