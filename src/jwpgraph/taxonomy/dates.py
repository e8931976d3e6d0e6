"""Dates as precise as their source: a day, a month or a year, and what can be said of them on a given day."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

_FORM = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:Z|[+-]\d\d:\d\d)?")

#: The first day of something of which only a later day is known.
UNKNOWN = date.min


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A day, or a month or year of which the day is not known.

    Attributes:
        first: the earliest day that is meant; :data:`UNKNOWN` where nothing is known of it.
        last: the latest day that is meant.
        is_bound: whether ``last`` is only the day on which a state was met that may have begun earlier.
    """

    first: date
    last: date
    is_bound: bool = False

    @classmethod
    def by(cls, text: str, not_before: str | None = None) -> PartialDate:
        """Return the unknown day, up to the end of *text*, on which a state began that was met then.

        Args:
            text: the day on which the state was met.
            not_before: the first day on which it can have begun, if an earlier source shows that it had not.

        Raises:
            ValueError: as :meth:`parse`.
        """
        return cls(cls.parse(not_before).first if not_before else UNKNOWN, cls.parse(text).last, is_bound=True)

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read the lexical form of an ``xsd:date``, ``xsd:gYearMonth`` or ``xsd:gYear``; a time zone is ignored.

        Raises:
            ValueError: when *text* is none of these.
        """
        match = _FORM.fullmatch(text.strip())
        if match is None or not text.isascii():
            raise ValueError(f"{text!r} is no date of the form YYYY, YYYY-MM or YYYY-MM-DD")
        year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
        if not match[2]:
            return cls(date(year, 1, 1), date(year, 12, 31))
        if not match[3]:
            return cls(date(year, month, 1), date(year, month, 1).replace(day=_days_in(year, month)))
        return cls(date(year, month, day), date(year, month, day))

    @property
    def is_exact(self) -> bool:
        """Whether the day is known."""
        return self.first == self.last

    def has_come(self, day: date) -> bool | None:
        """Whether it lies on or before *day*; None where its precision does not tell."""
        if self.last <= day:
            return True
        return False if self.first > day else None

    def __str__(self) -> str:
        """Return the date as precise as it is known: ``2016-05-01``, ``2016-05``, ``2016``; a bound as an interval
        (``../2016-05-01``, ``2013-06-13/2016-05-01``)."""
        if self.is_bound:
            return f"{'..' if self.first == UNKNOWN else self.first}/{self.last}"
        if self.is_exact:
            return self.first.isoformat()
        if (self.first.year, self.first.month) == (self.last.year, self.last.month):
            return f"{self.first:%Y-%m}"
        return f"{self.first:%Y}"


@dataclass(frozen=True, slots=True)
class DateInterval:
    """A time during which something holds, both ends included; an open end has no date."""

    start: PartialDate | None = None
    end: PartialDate | None = None

    def holds(self, day: date) -> bool | None:
        """Whether *day* lies within; None where the precision of an end does not tell.

        The last day is included, so an end that is only known to the year holds for the whole year.
        """
        begun = True if self.start is None else self.start.has_come(day)
        ended = False if self.end is None else self.end.last < day
        if begun is False or ended:
            return False
        return begun

    def held(self, day: date) -> bool | None:
        """Whether *day* lies within, where an end is a day on which something ceased: None also around an end that
        is only known to the month or year."""
        if self.end is not None and self.end.first != self.end.last and self.end.first <= day <= self.end.last:
            return None
        return self.holds(day)

    def meets(self, other: DateInterval) -> bool:
        """Whether there may be a day on which both hold."""
        return not (_is_before(self, other) or _is_before(other, self))

    def __str__(self) -> str:
        """As in ``2019-11-26/..`` (ISO 8601-2, section 4.4.1: an open end is written with two dots)."""
        return f"{self.start or '..'}/{self.end or '..'}"


ALWAYS = DateInterval()


def _days_in(year: int, month: int) -> int:
    return monthrange(year, month)[1]


def _is_before(one: DateInterval, other: DateInterval) -> bool:
    return one.end is not None and other.start is not None and one.end.last < other.start.first
