"""Recognition of dates in questions: days, months and years, in digits or words."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from jwpgraph.answers.words import fold

_MONTHS: Final = (
    "january janvier enero jan",
    "february fevrier febrero feb",
    "march mars marzo mar",
    "april avril abril apr",
    "may mai mayo",
    "june juin junio jun",
    "july juillet julio jul",
    "august aout agosto aug",
    "september septembre septiembre setiembre sep sept",
    "october octobre octubre oct",
    "november novembre noviembre nov",
    "december decembre diciembre dec",
)
_MONTH: Final = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_YEAR: Final = r"(?P<year>(?:1[6-9]|2\d)\d\d)"
_NAME: Final = r"(?P<month>[^\W\d_]+)\.?"
_OF: Final = r"(?:\s+(?:of|de|del))?"
_DAY: Final = r"(?P<day>\d{1,2}|first|premier|primero)(?:st|nd|rd|th|er|º)?"
_PATTERNS: Final = tuple(
    re.compile(rf"(?<![\w-]){pattern}(?![\w-])", re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})-(?P<number>\d{1,2})-(?P<day>\d{1,2})",
        r"(?P<year>\d{4})/(?P<number>\d{1,2})/(?P<day>\d{1,2})",
        # Day and month with slashes or hyphens only where they cannot be taken for month and day.
        rf"(?P<day>\d{{1,2}})\.\s?(?P<number>\d{{1,2}})\.\s?{_YEAR}",
        rf"(?P<day>1[3-9]|2\d|3[01])(?P<mark>[/-])(?P<number>0?[1-9]|1[0-2])(?P=mark){_YEAR}",
        rf"(?P<number>0?[1-9]|1[0-2])(?P<mark>[/-])(?P<day>1[3-9]|2\d|3[01])(?P=mark){_YEAR}",
        rf"(?P<day>0?[1-9]|1[0-2])(?P<mark>[/-])(?P<number>0?[1-9]|1[0-2])(?P=mark){_YEAR}",  # in this order, or equal
        rf"{_YEAR},?[\s-]\s*{_NAME}[\s-]\s*{_DAY}",
        rf"{_DAY}-{_NAME}-{_YEAR}",
        rf"{_DAY}{_OF}\s+{_NAME}{_OF},?\s+{_YEAR}",
        rf"{_NAME}\s+{_DAY},?\s+{_YEAR}",
        rf"{_NAME}{_OF}\s+{_YEAR}",
        r"(?P<year>(?:1[6-9]|2\d)\d\d)[-/](?P<number>\d{1,2})",
        rf"(?<![/.])(?P<number>0?[1-9]|1[0-2])[/.]{_YEAR}",
        _YEAR,
    )
)
_LOW: Final = r"0?[1-9]|1[0-2]"
#: Dates that are read as day and month by some and as month and day by others.
_EITHER: Final = re.compile(rf"(?<![\w/-])(?P<first>{_LOW})(?P<mark>[/-])(?P<second>{_LOW})(?P=mark){_YEAR}(?![\w/-])")
_TODAY: Final = re.compile(
    r"\b(?:today|now|currently|aujourd[’']hui|actuellement|maintenant|hoy|ahora|actualmente)\b", re.I
)
_NEXT_TO_TODAY: Final = (
    (re.compile(r"\b(?:yesterday|hier|ayer)\b", re.IGNORECASE), -1),
    (re.compile(r"\b(?:tomorrow|demain)\b", re.IGNORECASE), 1),
)
#: Words for units of time in English, French and Spanish.
_UNITS: Final = (
    ("year", r"an(?:n[ée]e)?", "año"),
    ("month", "mois", "mes"),
    ("week", "semaine", "semana"),
)
#: Years, months and weeks next to the current ones, and these themselves.
_NEIGHBOURS: Final = tuple(
    (re.compile(rf"\b(?:the\s+|l[ea]\s+|l[’']|el\s+)?(?:{pattern})(?!\w)", re.IGNORECASE), unit, offset)
    for unit, french, spanish in _UNITS
    for offset, pattern in (
        (-1, rf"last\s+{unit}|{french}\s+(?:derni(?:er|[èe]re)|pass[ée]e?)|{spanish}\s+pasad[oa]"),
        (0, rf"this\s+{unit}|cet?(?:te)?\s+{french}(?:-ci)?|est[ea]\s+{spanish}"),
        (
            1,
            rf"next\s+{unit}|{french}\s+prochaine?"
            rf"|pr[óo]xim[oa]\s+{spanish}|{spanish}\s+(?:pr[óo]xim[oa]|que\s+viene)",
        ),
    )
)


class Extent(StrEnum):
    """The time that a question asks for.

    ``DAY``: the status on the day; ``DURING``: at any time of a period; ``THROUGHOUT``: during all of a period.
    """

    DAY = "day"
    DURING = "during"
    THROUGHOUT = "throughout"


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A date or a period in a question.

    Attributes:
        on: the day; for a month or a year its last day, or today if that is earlier; for a period its last day.
        first: the first day of the month, year or period.
        start: start in the text.
        end: end in the text.
        extent: whether the day is asked for or the period.
        begun: the day on which a period has certainly begun, such as the last one of 1995 of "since 1995"; None for
            its first day.
    """

    on: date
    first: date
    start: int
    end: int
    extent: Extent = Extent.DAY
    begun: date | None = None


class NoSuchDayError(ValueError):
    """A named day does not exist, such as 30 February."""


class AmbiguousDayError(ValueError):
    """A named day can be read as two days, such as 01/07/1975."""


def find_days(text: str, today: date, *, day_first: bool = False) -> list[NamedDay]:
    """Return the dates in *text*, in order; months and years with their last days, even those to come.

    Args:
        text: the question.
        today: the current day.
        day_first: whether 01/07/1975 is 1 July, as in French and Spanish.

    Raises:
        NoSuchDayError: a named day does not exist.
        AmbiguousDayError: a named day can be read as two days.
    """
    for match in _EITHER.finditer(text):
        if int(match["first"]) != int(match["second"]) and not day_first:
            raise AmbiguousDayError(match[0])
    found: list[NamedDay] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < one.end and one.start < match.end() for one in found):
                continue
            if day := _read(match):
                found.append(day)
    for pattern, unit, offset in _NEIGHBOURS:
        for match in pattern.finditer(text):
            first, last = _find_neighbour(today, unit, offset)
            found.append(NamedDay(last, first, match.start(), match.end()))
    for pattern, days in _NEXT_TO_TODAY:
        for match in pattern.finditer(text):
            near = today + timedelta(days=days)
            found.append(NamedDay(near, near, match.start(), match.end()))
    if found:  # next to another date, today is a second one to compare with
        found += [NamedDay(today, today, match.start(), match.end()) for match in _TODAY.finditer(text)]
    return sorted(found, key=lambda one: one.start)


def _find_neighbour(today: date, unit: str, offset: int) -> tuple[date, date]:
    """Return the first and last day of the year, month or week (from Monday) that is *offset* after the current one."""
    if unit == "year":
        return date(today.year + offset, 1, 1), date(today.year + offset, 12, 31)
    if unit == "month":
        year, index = divmod(today.year * 12 + today.month - 1 + offset, 12)
        return date(year, index + 1, 1), date(year, index + 1, calendar.monthrange(year, index + 1)[1])
    monday = today + timedelta(days=7 * offset - today.weekday())
    return monday, monday + timedelta(days=6)


def _read(match: re.Match[str]) -> NamedDay | None:
    parts = match.groupdict()
    year = int(parts["year"])
    month = int(parts["number"]) if parts.get("number") else None
    if parts.get("month"):
        month = _MONTH.get(fold(parts["month"]))
        if month is None:
            return None
    try:
        if parts.get("day"):
            first = last = date(year, month or 0, int(parts["day"]) if parts["day"].isdigit() else 1)
        elif month:
            first = date(year, month, 1)
            last = date(year, month, calendar.monthrange(year, month)[1])
        else:
            first, last = date(year, 1, 1), date(year, 12, 31)
    except (ValueError, calendar.IllegalMonthError):
        raise NoSuchDayError(match[0]) from None
    return NamedDay(last, first, match.start(), match.end())
