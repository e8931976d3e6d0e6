"""The listing history of a taxon as a drawing: a lane for each Appendix, marks for events.

This module computes the geometry; the template writes it as SVG, and a table has the same content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from jwpgraph.entities.nodes import get_local_name
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxonomy.dates import UNKNOWN
from jwpgraph.taxonomy.listing_events import ListingChange, ListingEvent
from jwpgraph.taxonomy.status import StatusPeriod
from jwpgraph.web.labels.species import format_effective_date, get_change_label
from jwpgraph.web.translation import format_day, gettext, ngettext

#: Lengths in units of the drawing: left edge of the years, their total width, and the height of a lane.
LEFT, WIDTH, LANE, TOP = 92.0, 620.0, 34.0, 26.0
_FIRST_YEAR = 1975
_MARKS = {
    ListingChange.ADDITION: "add",
    ListingChange.AMENDMENT: "amend",
    ListingChange.EXCEPTION: "amend",
    ListingChange.RESERVATION: "reserve",
    ListingChange.WITHDRAWAL: "withdraw",
    ListingChange.DELETION: "delete",
}


@dataclass(frozen=True, slots=True)
class TimelineBar:
    """A period of listing.

    Attributes:
        x: where it begins.
        width: how long it lasts.
        partial: whether some populations only were listed.
        certain: False where dates leave it open.
        says: the text alternative.
    """

    x: float
    width: float
    partial: bool
    certain: bool
    says: str


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """An event."""

    x: float
    shape: str
    says: str


@dataclass(slots=True)
class TimelineLane:
    """One Appendix of one treaty, for one concept.

    Attributes:
        treaty: ``cms`` or ``cites``.
        number: number of the Appendix.
        concept: name of the concept.
        y: its upper edge.
        horizon: where the day is until which the listings are complete, and the text alternative; None if not recorded.
        bars: the periods of listing.
        marks: the events.
    """

    treaty: str
    number: str
    concept: str
    y: float
    horizon: tuple[float, str] | None = None
    bars: list[TimelineBar] = field(default_factory=list)
    marks: list[TimelineMark] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The drawing."""

    lanes: list[TimelineLane]
    years: list[tuple[float, int]]
    now: float
    height: float
    says: str


TimelineData = tuple[str, str, Sequence[StatusPeriod], Sequence[ListingEvent], date | None]


def make_timeline(told: Iterable[TimelineData], on: date) -> Timeline | None:
    """Return the drawing of concepts with treaty, name, periods, events and horizon; ``None`` if there are none.

    Args:
        told: the histories, one for each concept.
        on: the day that a line marks.
    """
    told = list(told)
    days = [day for _, _, periods, events, _ in told for day in _list_days(periods, events)]
    if not days:
        return None
    first = date(min(_FIRST_YEAR, min(days).year), 1, 1)
    last = date(max(on.year, get_today().year, max(days).year) + 1, 1, 1)

    def x(day: date) -> float:
        share = (min(max(day, first), last) - first) / (last - first)
        return round(LEFT + WIDTH * share, 1)

    lanes: list[TimelineLane] = []
    for treaty, concept, periods, events, complete_until in told:
        appendices = {one.appendix for period in periods for one in period.status.listings}
        appendices |= {event.appendix for event in events if event.appendix}
        for appendix in sorted(appendices):
            lane = TimelineLane(treaty, _get_appendix_number(appendix), concept, TOP + LANE * len(lanes))
            if complete_until:
                lane.horizon = x(complete_until), _describe_horizon(complete_until)
            lane.bars = [bar for period in periods if (bar := _make_bar(period, appendix, x, last))]
            lane.marks = [
                TimelineMark(
                    x(event.effective.last),
                    _MARKS[event.change],
                    gettext(
                        "%(date)s: %(change)s",
                        date=format_effective_date(event.effective),
                        change=get_change_label(event.change),
                    ),
                )
                for event in events
                if event.appendix == appendix and event.effective and not event.effective.is_bound
            ]
            lanes.append(lane)
    years = [(x(date(year, 1, 1)), year) for year in range(first.year - first.year % 10 + 10, last.year, 10)]
    said = "; ".join(_describe_lane(lane) for lane in lanes)
    return Timeline(lanes, years, x(on), TOP + LANE * len(lanes) + 8, said)


def _describe_lane(lane: TimelineLane) -> str:
    events = ngettext(
        "%(treaty)s Appendix %(number)s: %(num)s event",
        "%(treaty)s Appendix %(number)s: %(num)s events",
        len(lane.marks),
        treaty=lane.treaty.upper(),
        number=lane.number,
    )
    return f"{events} ({lane.horizon[1]})" if lane.horizon else events


def _describe_horizon(complete_until: date) -> str:
    return gettext("listings complete until %(day)s", day=format_day(complete_until))


def _list_days(periods: Iterable[StatusPeriod], events: Iterable[ListingEvent]) -> Iterable[date]:
    for period in periods:
        yield period.start
    for event in events:
        if event.effective and event.effective.first != UNKNOWN:
            yield event.effective.first


def _describe_bar(period: StatusPeriod, partial: bool) -> str:
    start = format_day(period.start)
    if period.end is None:
        if partial:
            return gettext("from %(start)s, as far as is known, some populations only", start=start)
        return gettext("from %(start)s, as far as is known", start=start)
    end = format_day(period.end)
    if partial:
        return gettext("%(start)s to %(end)s, some populations only", start=start, end=end)
    return gettext("%(start)s to %(end)s", start=start, end=end)


def _get_appendix_number(appendix: str) -> str:
    return get_local_name(appendix).rpartition("-")[2].upper()


def _make_bar(period: StatusPeriod, appendix: str, x: Callable[[date], float], last: date) -> TimelineBar | None:
    listings = [one for one in period.status.listings if one.appendix == appendix]
    if not listings:
        return None
    end = period.end or last
    partial = not any(one.scope.is_everything for one in listings)
    said = _describe_bar(period, partial)
    width = max(1.0, round(x(end) - x(period.start), 1))
    return TimelineBar(x(period.start), width, partial, any(one.certain for one in listings), said)
