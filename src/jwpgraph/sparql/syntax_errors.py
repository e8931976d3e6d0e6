"""Turns the engine's parse errors into something that a person can act on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_POSITION: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_EXPECTED: Final = re.compile(r"expected (?:one of )?(.*)", re.DOTALL)
#: What the parser calls its character classes; of no use to who wrote the query.
_NOISE: Final = re.compile(r"^\[.*|^['\"]?\\u.*|.*\.\.=?.*", re.DOTALL)
_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """Where a query stops being SPARQL, and why; line and column count from 1, columns in characters."""

    detail: str
    line: int | None = None
    column: int | None = None


def explain(message: str, text: str) -> SyntaxFault:
    """What is wrong with *text*, from the engine's *message*.

    Args:
        message: as the engine gives it, such as ``error at 1:11: expected one of "(", …``.
        text: the query, of which the line at fault is quoted.
    """
    position = _POSITION.search(message)
    if position is None:
        return SyntaxFault(_one_line(message))
    line, column, reason = int(position[1]), int(position[2]), position[3]
    lines = text.splitlines()
    source = lines[line - 1] if line <= len(lines) else ""
    near = source[max(0, column - 1) : column + 23].rstrip()
    where = f'before "{near}"' if near else "at the end of the text" if line >= len(lines) else "at the end of the line"
    return SyntaxFault(f"line {line}, column {column}, {where}: {_reason(reason)}", line, column)


def _reason(reason: str) -> str:
    expected = _EXPECTED.fullmatch(reason.strip())
    if expected is None:
        return _one_line(reason)
    items = [_one_line(item) for item in re.split(r", (?![^\[]*\])", expected[1])]
    plain = [item for item in items if item and not _NOISE.match(item)]
    # A sentence among the tokens is a rule of the language that was broken, which says more than any token.
    sentences = [item for item in plain if " " in item]
    if sentences:
        return "; ".join(sentences)
    if not plain:
        return "this is not expected here"
    shown = ", ".join(plain[:_SHOWN]) + (", …" if len(plain) > _SHOWN else "")
    return f"expected {'one of ' if len(plain) > 1 else ''}{shown}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
