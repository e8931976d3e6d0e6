"""Dates in the notations of the registers, checked against what can be true.

A date is given as precisely as its source gives it and no more; what is no date, or cannot be one of this matter, is
refused with a reason.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from jwpgraph.sources.tables import RowRejectedError

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TWO_DIGITS: Final = re.compile(r"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{2})")
#: An accession takes effect some months after it is deposited, so that a register can look ahead a little.
_YEARS_AHEAD: Final = 2


def parse_iso_date(text: str, column: str) -> date | None:
    """A date written ``2016-03-30``; None where nothing is written.

    Raises:
        RowRejectedError: when it is written otherwise, or there is no such day.
    """
    if not text or text == "NA":
        return None
    match = _ISO.fullmatch(text)
    if match is None:
        raise RowRejectedError(column, "is not a date like 2016-03-30", text)
    return _make_date(int(match[1]), int(match[2]), int(match[3]), column, text)


def parse_two_digit_date(text: str, column: str, *, not_before: int) -> date | None:
    """A date written ``30-Oct-85``; None where nothing is written.

    Two digits leave the century open. They are read as the one year that is *not_before* or later and less than a
    hundred years after it: for CITES, adopted in 1973, ``73`` to ``99`` are 1973 to 1999 and ``00`` to ``72`` are
    2000 to 2072 (of which :func:`check_range` refuses those that have not come).

    Raises:
        RowRejectedError: when it is written otherwise, or there is no such day.
    """
    if not text or text == "NA":
        return None
    match = _TWO_DIGITS.fullmatch(text)
    if match is None or match[2].lower() not in _MONTHS:
        raise RowRejectedError(column, "is not a date like 30-Oct-85", text)
    year = not_before + (int(match[3]) - not_before) % 100
    return _make_date(year, _MONTHS.index(match[2].lower()) + 1, int(match[1]), column, text)


def check_range(value: date | None, column: str, *, earliest: str, why: str) -> date | None:
    """*value*, when it is not before *earliest* (a date of any precision) and not years ahead of today.

    Raises:
        RowRejectedError: when it is out of that range; *why* says what happened at the earliest date.
    """
    if value is None:
        return None
    written = value.isoformat()
    if written[: len(earliest)] < earliest:
        raise RowRejectedError(column, f"is before {earliest}, when {why}", written)
    if value.year > date.today().year + _YEARS_AHEAD:
        raise RowRejectedError(column, "lies years ahead", written)
    return value


def _make_date(year: int, month: int, day: int, column: str, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise RowRejectedError(column, "there is no such day", text) from None
