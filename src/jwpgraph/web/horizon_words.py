"""Notes about horizons: the day until which listings are complete, and the validity of answers beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.taxonomy.evidence import rank_evidence
from jwpgraph.taxonomy.horizon import Horizons, Meeting, Outlook, State
from jwpgraph.taxonomy.listing_events import ListingEvent
from jwpgraph.web.labels.evidence import get_evidence_label
from jwpgraph.web.translation import format_day, gettext, pgettext


@dataclass(frozen=True, slots=True)
class Note:
    """A note on listings of a treaty on a day beyond its horizon.

    Attributes:
        short: what the treaty is called in class names.
        text: up to when its listings are complete.
        meetings: what the meetings since are to that: a sentence and an address each.
    """

    short: str
    text: str
    meetings: tuple[tuple[str, str | None], ...] = ()


def note_horizon(short: str, outlook: Outlook, on: date) -> Note | None:
    """Return the note for a day; ``None`` if the listings are complete on that day.

    Args:
        short: what the treaty is called in class names.
        outlook: what the day has to do with the horizon.
        on: the day.
    """
    if not outlook.beyond:
        return None
    treaty = short.upper()
    if outlook.complete_until is None:
        text = gettext("It is not recorded up to when the listings of %(treaty)s are complete.", treaty=treaty)
        return Note(short, text)
    day = format_day(outlook.complete_until)
    if outlook.through:
        meeting = outlook.through.label
        text = gettext("As at %(day)s (%(meeting)s): later changes may be missing.", day=day, meeting=meeting)
    else:
        text = gettext("As at %(day)s: later changes may be missing.", day=day)
    later = [one for one in outlook.later if one.effective <= on]
    return Note(short, text, tuple((describe_meeting_coverage(one), iri_to_path(one.iri, "doc")) for one in later))


def list_horizon_notes(horizons: Horizons, treaties: Sequence[tuple[str, str]], on: date) -> list[Note]:
    """Return the notes of a page about many taxa: for each treaty, the horizon common to all of its listings.

    Args:
        horizons: of the release.
        treaties: IRI of each treaty, and what it is called in class names.
        on: the day.
    """
    found = (note_horizon(short, horizons.outlook(treaty, (), on), on) for treaty, short in treaties)
    return [note for note in found if note]


def describe_meeting_coverage(meeting: Meeting) -> str:
    """Return the extent to which the changes of a meeting are in the graph, as text."""
    name, day = meeting.label, format_day(meeting.effective)
    match meeting.coverage:
        case "included":
            return gettext("%(meeting)s, in effect from %(day)s, is included.", meeting=name, day=day)
        case "partly-included":
            return gettext("%(meeting)s, in effect from %(day)s, is included in part.", meeting=name, day=day)
    return gettext("%(meeting)s, in effect from %(day)s, is not included.", meeting=name, day=day)


def state_words(state: State, possible: Sequence[str], *, is_beyond: bool) -> str:
    """Return the text for a taxon without a certain Appendix: not listed, unknown, or not in this graph.

    Args:
        state: what is known.
        possible: the numbers of the Appendices that may list it.
        is_beyond: whether the day lies beyond the horizon.
    """
    if state is State.NOT_IN_GRAPH:
        return gettext("not in this graph")
    if possible:
        return gettext("not known; possibly %(numbers)s", numbers=", ".join(possible))
    if state is State.UNKNOWN:
        return gettext("not known; no listing is recorded") if is_beyond else pgettext("a listing", "not known")
    return gettext("not listed")


def describe_evidence(events: Sequence[ListingEvent]) -> str | None:
    """Return the weakest evidence among events, in the language of the page; ``None`` if none is recorded."""
    levels = [event.evidence for event in events if event.evidence]
    if not levels:
        return None
    return get_evidence_label(max(levels, key=rank_evidence))
