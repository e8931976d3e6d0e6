"""Turns the engine's parse errors into something that a person can act on.

The engine names every character class that its parser would have taken and one of each family of keywords, which
misleads; what is left here is the place, the rule that was broken where it says so, and the kinds of things that could
have stood there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from jwpgraph.sparql_syntax.fault_diagnosis import diagnose

_POSITION: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_EXPECTED: Final = re.compile(r"expected (?:one of )?(.*)", re.DOTALL)
_FORM: Final = re.compile(r"\b(?:SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)
#: What only the grammar of updates expects.
_OPERATIONS: Final = frozenset({"CREATE", "DELETE", "INSERT"})
#: What tokens stand for; several may stand for one thing.
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
    """Where a query stops being SPARQL, and why; line and column count from 1, columns in characters."""

    detail: str
    line: int | None = None
    column: int | None = None


def explain_syntax_error(message: str, text: str) -> SyntaxErrorDetail:
    """What is wrong with *text*, from the engine's *message*.

    Args:
        message: as the engine gives it, such as ``error at 1:11: expected one of "(", …``.
        text: the query, of which the place at fault is quoted.
    """
    known = diagnose(text)
    if known is not None:
        line = text.count("\n", 0, known.offset) + 1
        column = known.offset - text.rfind("\n", 0, known.offset)
        return SyntaxErrorDetail(f"line {line}, column {column}: {known.detail}", line, column)
    position = _POSITION.search(message)
    if position is None:
        return SyntaxErrorDetail(_one_line(message))
    line, column, reason = int(position[1]), int(position[2]), position[3]
    lines = text.splitlines()
    source = lines[line - 1] if line <= len(lines) else ""
    near = source[max(0, column - 1) : column + 23].strip()
    where = f"at “{near}”" if near else "at the end of the text" if line >= len(lines) else "at the end of the line"
    return SyntaxErrorDetail(f"line {line}, column {column}, {where}: {_explain_reason(reason, text)}", line, column)


def _explain_reason(reason: str, text: str) -> str:
    expected = _EXPECTED.fullmatch(reason.strip())
    if expected is None:
        return _one_line(reason)
    items = [_one_line(item) for item in re.split(r", (?![^\[]*\])", expected[1])]
    rules = [_RULES.get(item, item) for item in items if " " in item and not item.startswith("[")]
    if rules:
        return "; ".join(rules)
    if not (_FORM.search(text) or _OPERATIONS & set(items)):
        return "there is no SELECT, ASK, CONSTRUCT or DESCRIBE"
    meanings = [meaning for token, meaning in _MEANINGS.items() if token in items]
    if not meanings:
        return "this cannot stand here"
    return "expected " + (", ".join(meanings[:-1]) + " or " if len(meanings) > 1 else "") + meanings[-1]


def _one_line(text: str) -> str:
    return " ".join(text.split())
