"""Meetings that amended the Appendices, by convention and date of effect, from the shipped data."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from functools import cache
from typing import Final

from pyoxigraph import Literal, NamedNode, Store

from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources.species_plus.names import strip_markup
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.vocabulary import ID

_MEETINGS: Final = "data/ttl/meetings.ttl"
_DELAY: Final = re.compile(r"[Ee]ntry into effect delayed by (\d+) months, i\.e\. until (\d{1,2} [A-Z][a-z]+ \d{4})")
_MONTHS: Final = {name: number for number, name in enumerate(calendar.month_name) if name}
#: Amendments enter into force ninety days after the meeting (CITES, Article XV).
_UNTIL_EFFECT: Final = timedelta(days=90)


def find_deciding_meeting(taxonomy: str, day: str) -> tuple[str, str] | None:
    """Return the slug and last day of the meeting whose amendments took effect on *day*; ``None`` if unknown.

    The last day of a meeting is empty where its source does not give it.

    Args:
        taxonomy: the convention, ``cites`` or ``cms``.
        day: the date in ISO 8601.
    """
    return _group_by_day().get((taxonomy, day))


def find_delayed_date(note: str) -> tuple[str, str] | None:
    """Return the date in ISO 8601 to which a note delays an entry into effect, and the reason; ``None`` if no delay."""
    if (delay := _read_delay(note)) is None:
        return None
    months, effective = delay
    return effective.isoformat(), f"The meeting delayed the entry into effect by {months} months."


def find_delaying_meeting(taxonomy: str, note: str) -> tuple[str, str] | None:
    """Return the slug and last day of the meeting that a note's delay counts from; ``None`` if no delay, or unknown.

    Args:
        taxonomy: the convention, ``cites`` or ``cms``.
        note: the annotation of a listing.
    """
    if (delay := _read_delay(note)) is None:
        return None
    months, effective = delay
    year, month = divmod(effective.year * 12 + effective.month - 1 - months, 12)
    closed = date(year, month + 1, min(effective.day, calendar.monthrange(year, month + 1)[1]))
    return find_deciding_meeting(taxonomy, (closed + _UNTIL_EFFECT).isoformat())


def _read_delay(note: str) -> tuple[int, date] | None:
    """Return the months by which a note delays an entry into effect, and its date; ``None`` if no delay."""
    found = _DELAY.search(strip_markup(note))
    if found is None:
        return None
    day, month, year = found.group(2).split()
    return int(found.group(1)), date(int(year), _MONTHS[month], int(day))


@cache
def _group_by_day() -> dict[tuple[str, str], tuple[str, str]]:
    store = Store()
    store.load(path=str(get_shipped_path(_MEETINGS)))
    found = {}
    for quad in store.quads_for_pattern(None, NamedNode(expand_term("jwp:appendicesEffectiveOn")), None):
        ends = [
            one.object.value
            for one in store.quads_for_pattern(quad.subject, NamedNode(expand_term("schema:endDate")), None)
            if isinstance(one.object, Literal)
        ]
        for one in store.quads_for_pattern(quad.subject, NamedNode(expand_term("jwp:parentConvention")), None):
            if (
                isinstance(one.object, NamedNode)
                and isinstance(quad.object, Literal)
                and isinstance(quad.subject, NamedNode)
            ):
                slug = quad.subject.value.removeprefix(f"{ID}meeting/")
                found[one.object.value.rpartition("/")[2], quad.object.value] = slug, next(iter(ends), "")
    return found
