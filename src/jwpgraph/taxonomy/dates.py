"""Dates with the precision of their source (day, month or year), and intervals of such dates."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

_FORM = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:Z|[+-]\d\d:\d\d)?")

#: Stands for an unknown first day.
UNKNOWN = date.min


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A day, or an unknown day of a known month, year or longer period.

    Attributes:
        first: the earliest possible day; :data:`UNKNOWN` if there is no lower bound.
        last: the latest possible day.
        is_bound: whether ``last`` is only the day on which a state was observed that may have begun earlier.
    """

    first: date
    last: date
    is_bound: bool = False

    @classmethod
    def by(cls, text: str, not_before: str | None = None) -> PartialDate:
        """Return the unknown start of a state that was observed on the date *text*.

        Args:
            text: the date of the observation.
            not_before: the earliest possible start, if known.

        Raises:
            ValueError: see :meth:`parse`.
        """
        return cls(cls.parse(not_before).first if not_before else UNKNOWN, cls.parse(text).last, is_bound=True)

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read the lexical form of an ``xsd:date``, ``xsd:gYearMonth`` or ``xsd:gYear``; a time zone is ignored.

        Raises:
            ValueError: *text* is none of these.
        """
        match = _FORM.fullmatch(text.strip())
        if match is None or not text.isascii():
            raise ValueError(f"{text!r} is no date of the form YYYY, YYYY-MM or YYYY-MM-DD")
        year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
        if not match[2]:
            return cls(date(year, 1, 1), date(year, 12, 31))
        if not match[3]:
            return cls(date(year, month, 1), date(year, month, monthrange(year, month)[1]))
        return cls(date(year, month, day), date(year, month, day))

    @property
    def is_exact(self) -> bool:
        """True if the day is known."""
        return self.first == self.last

    def has_come(self, day: date) -> bool | None:
        """Return whether the date is on or before *day*; None if it is too imprecise to tell."""
        if self.last <= day:
            return True
        return False if self.first > day else None

    def __str__(self) -> str:
        """Return the date with its precision: ``2016-05-01``, ``2016-05``, ``2016``; a bound as an interval
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
    """A period of time including both ends; an open end has no date."""

    start: PartialDate | None = None
    end: PartialDate | None = None

    @classmethod
    def parse(cls, start: str | None, end: str | None) -> DateInterval:
        """Return the interval between two dates in lexical form; raises the errors of :meth:`PartialDate.parse`."""
        return cls(PartialDate.parse(start) if start else None, PartialDate.parse(end) if end else None)

    def holds(self, day: date) -> bool | None:
        """Return whether *day* is in the interval; None if an end is too imprecise to tell.

        An end of which only the year is known includes the whole year.
        """
        begun = True if self.start is None else self.start.has_come(day)
        ended = False if self.end is None else self.end.last < day
        if begun is False or ended:
            return False
        return begun

    def held(self, day: date) -> bool | None:
        """Return the same as :meth:`holds`, but None for all days of an end of which only the month or year is known.

        Use it if the end is the day on which something ceased.
        """
        if self.end is not None and self.end.first != self.end.last and self.end.first <= day <= self.end.last:
            return None
        return self.holds(day)

    def meets(self, other: DateInterval) -> bool:
        """Return whether the intervals may overlap."""
        return not (_is_before(self, other) or _is_before(other, self))

    def __str__(self) -> str:
        """Return the interval as in ``2019-11-26/..`` (ISO 8601-2, section 4.4.1; two dots for an open end)."""
        return f"{self.start or '..'}/{self.end or '..'}"


ALWAYS = DateInterval()


def _is_before(one: DateInterval, other: DateInterval) -> bool:
    return one.end is not None and other.start is not None and one.end.last < other.start.first
