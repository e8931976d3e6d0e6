"""Tests of cron expressions, including nights with a change of daylight saving time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jwpgraph.validation.cron import CronTimes

BERLIN = "Europe/Berlin"


def starts(times: CronTimes, begin: str, end: str) -> list[datetime]:
    """Return the starts of a scheduler that wakes up slightly late."""
    now = datetime.fromisoformat(begin).replace(tzinfo=UTC)
    last = datetime.fromisoformat(end).replace(tzinfo=UTC)
    found = []
    time = times.get_next_fire_time(None, now)
    while time is not None and time <= last and len(found) < 100:
        found.append(time)
        time = times.get_next_fire_time(time, max(now, time) + timedelta(milliseconds=5))
    return found


def shown(times: list[datetime]) -> list[str]:
    return [time.astimezone(UTC).strftime("%d %H:%M") for time in times]


@pytest.mark.parametrize(
    ("expression", "weekdays"),
    [
        ("0 0 * * 0", "7"),
        ("0 0 * * 7", "7"),
        ("0 0 * * 1-5", "12345"),
        ("0 0 * * sun", "7"),
        ("0 0 * * MON", "1"),
        ("0 0 * * 1,3", "13"),
        ("0 0 * * 5-7", "567"),
        ("0 0 * * 1-5/2", "135"),
        ("0 0 * * */2", "2467"),
        ("0 0 * * *", "1234567"),
    ],
)
def test_days_of_the_week_are_those_of_crontab(expression, weekdays):
    week = starts(CronTimes(expression, "UTC"), "2026-06-01", "2026-06-07T12:00")
    assert "".join(str(time.isoweekday()) for time in week) == weekdays


def test_where_both_days_are_restricted_one_is_enough():
    month = starts(CronTimes("0 0 1,15 * 1", "UTC"), "2026-06-01", "2026-06-30")
    assert [time.day for time in month] == [1, 8, 15, 22, 29]
    month = starts(CronTimes("0 0 */10 * 1", "UTC"), "2026-06-01", "2026-06-30")
    assert [time.day for time in month] == [1]


@pytest.mark.parametrize(
    "expression",
    [
        *("", "@daily", "* * * *", "*/0 * * * *", "60 * * * *", "0 24 * * *", "0 0 31 2 *", "0 0 * * 8"),
        *("0 0 * * 1-5/0", "0 0 * * 5-1", "0 0 * * 1-5/x", "0 0 ? * *", "0 0 * * -1", "0 0 * * 1,,2"),
    ],
)
def test_invalid_expressions_are_refused(expression):
    with pytest.raises(ValueError, match=r"\w"):
        CronTimes(expression, "UTC")


@pytest.mark.parametrize(
    ("expression", "begin", "end", "expected"),
    [
        # The clock goes from 02:00 to 03:00: a job in the skipped hour runs at the equivalent time.
        ("30 2 * * *", "2026-03-28T12:00", "2026-03-30T12:00", ["29 01:30", "30 00:30"]),
        # The clock goes from 03:00 back to 02:00: a job runs once, unless it runs every hour.
        ("30 2 * * *", "2026-10-24T12:00", "2026-10-26T12:00", ["25 00:30", "26 01:30"]),
        ("0 * * * *", "2026-10-24T23:30", "2026-10-25T03:30", ["25 00:00", "25 01:00", "25 02:00", "25 03:00"]),
        ("*/30 * * * *", "2026-03-29T00:15", "2026-03-29T02:15", ["29 00:30", "29 01:00", "29 01:30", "29 02:00"]),
    ],
)
def test_nights_in_which_the_clock_is_changed(expression, begin, end, expected):
    assert shown(starts(CronTimes(expression, BERLIN), begin, end)) == expected


def test_a_start_that_is_put_off_is_not_repeated_while_the_clock_is_put_back():
    found = starts(CronTimes("0 * * * *", BERLIN, jitter=600), "2026-10-24T22:45", "2026-10-25T04:45")
    assert [time.hour for time in found] == [23, 0, 1, 2, 3, 4]
    assert all(time.minute <= 10 for time in found)


@settings(max_examples=60, deadline=None)
@given(
    begin=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    zone=st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
    expression=st.sampled_from(["*/20 * * * *", "15 * * * *", "30 2 * * *", "0 0,2 * * 0", "5 1 1,15 * 1"]),
    jitter=st.sampled_from([0, 300]),
)
def test_times_only_ever_go_forward(begin, zone, expression, jitter):
    times = CronTimes(expression, zone, jitter)
    now = begin.replace(tzinfo=UTC)
    for _ in range(5):
        time = times.get_next_fire_time(now, now)
        assert time > now
        now = time
