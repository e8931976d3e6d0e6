"""Meetings as an iCalendar (RFC 5545) that calendars can subscribe to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event, vRecur

from jwpgraph.counts import format_count
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.programme.overview import END, START, WorkRecords, get_value, get_value_slug
from jwpgraph.programme.values import check_when
from jwpgraph.vocabulary import ID, JWP, PREFIXES

_STATUSES: Final = {
    "confirmed": "CONFIRMED",
    "tentative": "TENTATIVE",
    "postponed": "TENTATIVE",
    "cancelled": "CANCELLED",
}
_DURATION: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?", re.ASCII)
_LOCATION: Final = PREFIXES["schema"] + "location"
_REPEAT: Final = JWP + "repeatFrequency"
_CONVENTION: Final = JWP + "parentConvention"
_ACTIVITY: Final = JWP + "concernsActivity"
_TOPIC: Final = JWP + "topic"


def select_meetings(
    work: WorkRecords,
    treaties: frozenset[str],
    activities: frozenset[str],
    topics: frozenset[str],
    kinds: frozenset[str],
) -> list[EntityNode]:
    """Return the meetings of any of *treaties*, *activities* and *kinds*, for activities of *topics* (none: all)."""
    on_topics = {
        one.activity.iri
        for programme in work.programmes
        for one in programme.activities
        if topics.intersection(work.links(one.activity, _TOPIC))
    }
    return [
        meeting
        for meeting in work.of_class("Meeting")
        if (not topics or on_topics.intersection(work.links(meeting, _ACTIVITY)))
        and all(
            not wanted or wanted & set(work.links(meeting, predicate))
            for wanted, predicate in (
                (treaties, _CONVENTION),
                (activities, _ACTIVITY),
                (kinds, JWP + "meetingKind"),
            )
        )
    ]


def make_calendar(work: WorkRecords, meetings: Iterable[EntityNode], stamp: datetime, base: str, name: str) -> bytes:
    """Return the calendar of those of *meetings* whose day is known.

    A meeting of which only the month or year is known has no place in a calendar: its day would be made up. How many
    these are stands in the calendar's description.

    Args:
        work: the records that they are among.
        meetings: the meetings.
        stamp: when the release was made, so that a release always gives the same calendar.
        base: the address of this service.
        name: what the calendar is called.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//jwpgraph//Meetings of CMS and CITES//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    left_out = 0
    for meeting in meetings:
        event = _make_event(work, meeting, stamp, base)
        if event is None:
            left_out += START in meeting.properties
        else:
            calendar.add_component(event)
    if left_out:
        number = format_count(left_out, "meeting")
        calendar.add("x-wr-caldesc", f"Left out, because only the month or year is recorded: {number}.")
    return bytes(calendar.to_ical())


def _make_event(work: WorkRecords, meeting: EntityNode, stamp: datetime, base: str) -> Event | None:
    start, end = _read_times(get_value(meeting, START), get_value(meeting, END))
    if start is None:
        return None
    event = Event()
    event.add("uid", meeting.iri)
    event.add("dtstamp", stamp)
    event.add("summary", meeting.name)
    event.add("dtstart", start)
    if isinstance(start, datetime):
        if isinstance(end, datetime) and end > start:
            event.add("dtend", end)
    else:
        # The end of days is the day after the last one (RFC 5545, section 3.6.1).
        event.add("dtend", max(end or start, start) + timedelta(days=1))
    if status := _STATUSES.get(get_value_slug(meeting, JWP + "meetingStatus") or ""):
        event.add("status", status)
    countries = [work.name(iri) for iri in work.links(meeting, JWP + "hostCountry")]
    if place := ", ".join(filter(None, [get_value(meeting, _LOCATION), *countries])):
        event.add("location", place)
    described = get_value(meeting, PREFIXES["dcterms"] + "description")
    if get_value_slug(meeting, JWP + "meetingStatus") == "postponed":
        described = "Postponed: these are the dates before. " + (described or "")
    if described:
        event.add("description", described)
    event.add("url", f"{base}/doc/{meeting.iri.removeprefix(ID)}")
    categories = [work.name(iri) for iri in work.links(meeting, _CONVENTION)]
    categories += [work.name(iri) for iri in work.links(meeting, JWP + "meetingKind")]
    if categories:
        event.add("categories", categories)
    if rule := _make_rule(get_value(meeting, _REPEAT)):
        event.add("rrule", rule)
    return event


def _read_times(start: str | None, end: str | None) -> tuple[date | datetime | None, date | datetime | None]:
    """Start and end; as days if only one of them is a moment, as an event has both of one kind (section 3.6.1)."""
    times = _read_time(start), _read_time(end)
    if None not in times and isinstance(times[0], datetime) != isinstance(times[1], datetime):
        return _read_time((start or "")[:10]), _read_time((end or "")[:10])
    return times


def _read_time(text: str | None) -> date | datetime | None:
    """Return a day, or a moment in UTC; ``None`` for a month, a year or any other text."""
    if text is None or len(text) < 10:
        return None
    try:
        checked = check_when(text)
    except ValueError:
        return None
    return date.fromisoformat(checked) if len(checked) == 10 else datetime.fromisoformat(checked).astimezone(UTC)


def _make_rule(duration: str | None) -> vRecur | None:
    """Return the recurrence rule of an interval; ``None`` if it has months and days, which no rule expresses."""
    given = _DURATION.fullmatch(duration or "")
    if given is None:
        return None
    years, months, weeks, days = (int(one or 0) for one in given.groups())
    counts = [("YEARLY", years), ("MONTHLY", months), ("WEEKLY", weeks), ("DAILY", days)]
    if years and months:
        counts[:2] = [("MONTHLY", 12 * years + months)]
    if weeks and days:
        counts[-2:] = [("DAILY", 7 * weeks + days)]
    wanted = [(frequency, count) for frequency, count in counts if count]
    if len(wanted) != 1:
        return None
    return vRecur({"freq": wanted[0][0], "interval": wanted[0][1]})
