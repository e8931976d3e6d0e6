"""Conversion of ``$filter`` of OData versions 2 and 3 to the grammar of version 4.

The parser (odata-query) reads version 4. The differences are literals (``datetime'…'``, ``guid'…'``,
``5L``); the parser accepts ``substringof`` as a function. Quoted texts are not changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

LONGEST: Final = 8192
DEEPEST: Final = 50

_QUOTED: Final = re.compile(r"'(?:[^']|'')*'")
_LONGEST_PREFIX: Final = len("datetimeoffset")
_NUMBER: Final = re.compile(r"(?<![\w.'])([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)[LlMmDdFf](?!\w)")
_NOT: Final = re.compile(r"\bnot(?=\()", re.IGNORECASE)
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?)?(Z|[+-]\d\d:\d\d)?", re.IGNORECASE
)
_GUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class FilterError(ValueError):
    """An invalid ``$filter``."""


def to_version_4(text: str) -> str:
    """Return the condition *text* in the grammar of version 4.

    Raises:
        FilterError: a literal is malformed, or the text is too long or nested too deeply.
    """
    if len(text) > LONGEST:
        raise FilterError(f"it is longer than {LONGEST} characters")
    pieces: list[str] = []
    depth = deepest = steps = end = 0
    for match in (*_QUOTED.finditer(text), None):
        between = text[end : match.start() if match else len(text)]
        if "'" in between:
            raise FilterError("a quotation mark is missing")
        if not between.isascii():
            raise FilterError("beyond ASCII there are only texts between quotes")
        for character in between:
            depth += (character == "(") - (character == ")")
            deepest = max(deepest, depth)
        steps += between.count("/")
        prefix = _find_trailing_word(between) if match else ""
        between = between[: len(between) - len(prefix)]
        pieces.append(_NOT.sub("not ", _NUMBER.sub(r"\1", between)))
        if match:
            pieces.append(_convert_literal(prefix.lower(), match[0]))
            end = match.end()
    if max(deepest, steps) > DEEPEST:
        raise FilterError(f"it has more than {DEEPEST} parentheses within one another, or steps of paths")
    return "".join(pieces).strip()


def parse_datetime(text: str) -> datetime:
    """Parse a date and time of any version of OData; the default time zone is UTC.

    Raises:
        FilterError: *text* is not a date and time.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise FilterError(f"{text[:40]!r} is not a date and time such as 2026-01-31T00:00:00")
    fraction = (match[4] or "0")[:6].ljust(6, "0")
    zone = (match[5] or "Z").upper().replace("Z", "+00:00")
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2] or '00:00'}:{match[3] or '00'}.{fraction}{zone}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise FilterError(f"{text[:40]!r} is not a date and time that there is") from None


def _find_trailing_word(text: str) -> str:
    """Return the last word of *text*, limited to the length of the longest literal prefix."""
    length = 0
    while length <= min(_LONGEST_PREFIX, len(text) - 1) and (text[-1 - length].isalnum() or text[-1 - length] == "_"):
        length += 1
    return text[len(text) - length :]


def _convert_literal(prefix: str, quoted: str) -> str:
    write = _WRITERS.get(prefix)
    if write is None:
        raise FilterError(f"{prefix[:20]}'…' is not a kind of literal that can be compared here")
    return write(quoted)


def _convert_moment(quoted: str) -> str:
    return parse_datetime(quoted[1:-1]).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _convert_guid(quoted: str) -> str:
    if _GUID.fullmatch(quoted[1:-1]) is None:
        raise FilterError(f"{quoted[:60]} is not a GUID")
    return quoted


_WRITERS: Final[dict[str, Callable[[str], str]]] = {
    "": lambda quoted: quoted,
    "datetime": _convert_moment,
    "datetimeoffset": _convert_moment,
    "guid": _convert_guid,
}
