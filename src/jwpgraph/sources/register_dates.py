"""Parsing of dates in registers, with plausibility checks.

A date keeps the precision of its source. Invalid and impossible dates are rejected with a reason.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from jwpgraph.sources.import_report import RowRejectedError

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TWO_DIGITS: Final = re.compile(r"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{2})")
#: An accession takes effect some months after its deposit, so registers contain dates in the near future.
_YEARS_AHEAD: Final = 2


def parse_iso_date(text: str, column: str) -> date | None:
    """Return a date written ``2016-03-30``; ``None`` for an empty value.

    Raises:
        RowRejectedError: if the text has another form, or the day does not exist.
    """
    if not text or text == "NA":
        return None
    match = _ISO.fullmatch(text)
    if match is None:
        raise RowRejectedError(column, "is not a date like 2016-03-30", text)
    return _make_date(int(match[1]), int(match[2]), int(match[3]), column, text)


def parse_two_digit_date(text: str, column: str, *, not_before: int) -> date | None:
    """Return a date written ``30-Oct-85``; ``None`` for an empty value.

    Two digits do not specify the century. They denote the one year from *not_before* to 99 years later: for CITES,
    adopted in 1973, ``73`` to ``99`` are 1973 to 1999 and ``00`` to ``72`` are 2000 to 2072 (:func:`check_range`
    rejects future years).

    Raises:
        RowRejectedError: if the text has another form, or the day does not exist.
    """
    if not text or text == "NA":
        return None
    match = _TWO_DIGITS.fullmatch(text)
    if match is None or match[2].lower() not in _MONTHS:
        raise RowRejectedError(column, "is not a date like 30-Oct-85", text)
    year = not_before + (int(match[3]) - not_before) % 100
    return _make_date(year, _MONTHS.index(match[2].lower()) + 1, int(match[1]), column, text)


def check_range(value: date | None, column: str, *, earliest: str, why: str) -> date | None:
    """Return *value* if it is not before *earliest* (a date of any precision) and at most two years in the future.

    Raises:
        RowRejectedError: if it is out of range; *why* describes the event at the earliest date.
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
