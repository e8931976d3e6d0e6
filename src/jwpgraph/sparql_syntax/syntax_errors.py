"""Readable messages for the engine's parse errors.

The engine lists every character class and keyword family that its parser would have accepted, which is misleading. The
message made here has the position, the violated rule if the engine names one, and the expected kinds of tokens.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from jwpgraph.sparql_syntax.fault_diagnosis import diagnose, locate_call, locate_mismatch
from jwpgraph.sparql_syntax.tokenizer import locate_offset

_POSITION: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_EXPECTED: Final = re.compile(r"expected (?:one of )?(.*)", re.DOTALL)
_FUNCTION: Final = re.compile(r"custom function <([^>]*)> is not supported")
_FORM: Final = re.compile(r"\b(?:SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)
#: Keywords that only the grammar of updates expects.
_OPERATIONS: Final = frozenset({"CREATE", "DELETE", "INSERT"})
#: Descriptions of the tokens in the engine's messages.
_MEANINGS: Final = {
    '"}"': "}",
    '")"': ")",
    '"]"': "]",
    '"{"': "{",
    '"("': "(",
    '"."': ".",
    '";"': ";",
    '","': ",",
    '"?"': "a variable",
    '"<"': "an IRI",
    '"\\""': "a literal",
    '"\\\\"': "the end of a string",
    "['0'..='9']": "a number",
}
_RULES: Final = {
    "Prefix not found": "the prefix used just before is not declared",
    "IRI parsing failed": "the IRI just before is not valid, or is relative without a base IRI",
}


@dataclass(frozen=True, slots=True)
class SyntaxErrorDetail:
    """A syntax error; line and column count from 1, columns in characters; ``None`` if the position is unknown."""

    detail: str
    line: int | None = None
    column: int | None = None


def explain_syntax_error(
    message: str, text: str, *, update: bool = False, prefixes: Collection[str] = ()
) -> SyntaxErrorDetail:
    """Return the syntax error of *text* that the engine reports in *message*.

    Args:
        message: the engine's message, such as ``error at 1:11: expected one of "(", …``.
        text: the query or update; the message quotes the text at the position of the error.
        update: whether it was sent as an update, which needs no query form.
        prefixes: prefixes that need no declaration.
    """
    known = diagnose(text, prefixes)
    position = _POSITION.search(message)
    reason = position[3] if position is not None else ""
    mismatch = locate_mismatch(text) if _EXPECTED.fullmatch(reason.strip()) else None
    if known is not None and (mismatch is None or known.offset <= mismatch.offset):
        line, column = locate_offset(text, known.offset)
        return SyntaxErrorDetail(f"line {line}, column {column}: {known.detail}", line, column)
    if position is None:
        return SyntaxErrorDetail(_join_lines(message))
    line, column = int(position[1]), int(position[2])
    explained = _explain_reason(reason, text, update=update)
    if mismatch is not None and (line, column) != locate_offset(text, mismatch.offset):
        line, column = locate_offset(text, mismatch.offset)
        if not explained.startswith("there is no SELECT"):
            explained = mismatch.detail
    elif mismatch is not None and explained == "this is not allowed here":
        explained = mismatch.detail
    lines = text.splitlines()
    source = lines[line - 1] if line <= len(lines) else ""
    near = source[max(0, column - 1) : column + 23].strip()
    where = f"at “{near}”" if near else "at the end of the text" if line >= len(lines) else "at the end of the line"
    return SyntaxErrorDetail(f"line {line}, column {column}, {where}: {explained}", line, column)


def is_unknown_function(message: str) -> bool:
    """Return whether the engine's message is about a function that it does not have."""
    return _FUNCTION.search(message) is not None


def explain_evaluation_error(message: str, text: str) -> SyntaxErrorDetail:
    """Return the reason why the engine did not evaluate *text*, with the position of a function that it does not have.

    Args:
        message: the engine's message.
        text: the query or update.
    """
    unknown = _FUNCTION.search(message)
    offset = None if unknown is None else locate_call(text, unknown[1])
    if unknown is None or offset is None:
        return SyntaxErrorDetail(_join_lines(message))
    line, column = locate_offset(text, offset)
    reason = f"there is no function <{unknown[1]}>; the Service Description lists those beyond SPARQL's own"
    return SyntaxErrorDetail(f"line {line}, column {column}: {reason}", line, column)


def _explain_reason(reason: str, text: str, *, update: bool) -> str:
    expected = _EXPECTED.fullmatch(reason.strip())
    if expected is None:
        return _join_lines(reason)
    items = [_join_lines(item) for item in re.split(r", (?![^\[]*\])", expected[1])]
    rules = [_RULES.get(item, item) for item in items if " " in item and not item.startswith("[")]
    if rules:
        return "; ".join(rules)
    if not (update or _FORM.search(text) or _OPERATIONS & set(items)):
        return "there is no SELECT, ASK, CONSTRUCT or DESCRIBE"
    meanings = [meaning for token, meaning in _MEANINGS.items() if token in items]
    if not meanings:
        return "this is not allowed here"
    return "expected " + (", ".join(meanings[:-1]) + " or " if len(meanings) > 1 else "") + meanings[-1]


def _join_lines(text: str) -> str:
    return " ".join(text.split())
