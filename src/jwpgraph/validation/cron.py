"""Fire times of a cron expression (crontab(5)) in a time zone with daylight saving time.

APScheduler finds the next time that matches five fields. This module adds three rules of crontab(5): days of the week
are counted from Sunday; if both the day of month and the day of week are restricted, either may match; and a job with a
fixed hour runs once in the night in which that hour occurs twice.
"""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

_NUMBERED_DAYS = re.compile(r"\d")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_STEP = timedelta(microseconds=1)


class CronTimes(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Fire times of a cron expression.

    Args:
        expression: minute, hour, day of month, month, day of week as in crontab(5); both 0 and 7 mean Sunday.
        timezone: a name in the IANA time zone database.
        jitter: maximum random delay of a start, in seconds.

    Raises:
        ValueError: if the expression is invalid; the message says why.
    """

    __slots__ = ("_each_hour", "_either", "_jitter")

    def __init__(self, expression: str, timezone: str, jitter: int = 0) -> None:
        fields = expression.split()
        if len(fields) != 5:
            raise ValueError(f"a cron expression has five fields, {expression!r} has {len(fields)}")
        minute, hour, day, month, weekday = fields
        weekday = ",".join(_parse_named_days(part) for part in weekday.split(","))
        # If both day fields are restricted, either may match. A field that begins with a star is unrestricted.
        both = not day.startswith("*") and not fields[4].startswith("*")
        days = ((day, "*"), ("*", weekday)) if both else ((day, weekday),)
        self._either = tuple(
            CronTrigger(minute=minute, hour=hour, day=one, month=month, day_of_week=other, timezone=timezone)
            for one, other in days
        )
        self._each_hour = hour.startswith("*")
        self._jitter = jitter
        if self.next_time(datetime.now(UTC)) is None:
            raise ValueError(f"{expression!r} never occurs")

    def next_time(self, moment: datetime) -> datetime | None:
        """Return the first fire time at or after *moment*, without jitter; ``None`` if there is none."""
        found = (self._one(cron, moment) for cron in self._either)
        return min((time for time in found if time is not None), default=None)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the fire time after the previous one, or from *now* on (interface of APScheduler)."""
        after = now if previous_fire_time is None else previous_fire_time.astimezone(UTC) + _STEP
        time = self.next_time(after)
        # In UTC, so that a delayed time in a repeated hour stays unambiguous.
        late = timedelta(seconds=random.uniform(0, self._jitter))  # noqa: S311 - spreads starts, guards nothing
        return None if time is None else time + late

    def _one(self, cron: CronTrigger, moment: datetime) -> datetime | None:
        while True:
            time: datetime | None = cron.get_next_fire_time(None, moment)
            if time is None:
                return None
            if self._each_hour or not _is_repeated(time):
                return time.astimezone(UTC)
            moment = time.astimezone(UTC) + timedelta(minutes=1)


def _is_repeated(time: datetime) -> bool:
    """Return whether *time* is the second occurrence of a local time, after the clock was set back (PEP 495)."""
    first, second = time.replace(fold=0).utcoffset(), time.replace(fold=1).utcoffset()
    return time.fold == 1 and first is not None and second is not None and first > second


def _parse_named_days(part: str) -> str:
    """Return a part of the day-of-week field with day names, because APScheduler counts from Monday, crontab from
    Sunday.
    """
    days, slash, step = part.partition("/")
    if days == "*" and slash:
        days = "0-6"
    if not _NUMBERED_DAYS.search(days):
        return part
    first, dash, last = days.partition("-")
    if not (first.isdecimal() and int(first) < 8 and (not dash or (last.isdecimal() and int(last) < 8))):
        raise ValueError(f"{part!r} is not a day of the week")
    if slash and not (step.isdecimal() and int(step)):
        raise ValueError(f"{step!r} is not a step")
    if not dash:
        # A single day with a step starts a range that extends to the end of the week.
        last = "6" if slash else first
    chosen = range(int(first), int(last) + 1, int(step) if slash else 1)
    if not chosen:
        raise ValueError(f"{part!r} is not a range of days")
    return ",".join(_DAYS[number] for number in chosen)
