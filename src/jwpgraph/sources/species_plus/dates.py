"""Parsing of dates in exports: ``DD/MM/YYYY`` or ISO 8601, within the time range of the conventions."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from jwpgraph.sources.import_report import RowRejectedError

#: The Washington conference of 1973; there are no earlier listings. Decisions are at most a decade ahead.
_FIRST_YEAR: Final = 1973
_LAST_YEAR: Final = date.today().year + 10
_DAY_FIRST: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*)?")


def parse_date(text: str, column: str) -> str:
    """Return a date in ISO 8601.

    Raises:
        RowRejectedError: with *column*, if the text is not a date or outside the time range of the conventions.
    """
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = map(int, found.groups())
    elif found := _ISO.fullmatch(text):
        year, month, day = map(int, found.groups())
    else:
        raise RowRejectedError(
            column, "is not a date (DD/MM/YYYY or YYYY-MM-DD)" if text else "is empty; a date is needed", text
        )
    try:
        made = date(year, month, day)
    except ValueError:
        raise RowRejectedError(column, "is not a calendar day", text) from None
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise RowRejectedError(column, f"is out of range: listings lie between {_FIRST_YEAR} and {_LAST_YEAR}", text)
    return made.isoformat()
