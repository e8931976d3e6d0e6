"""How pages say up to when listings are complete, and what an answer beyond that is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.entities.nodes import get_local_name
from jwpgraph.taxonomy.evidence import strength
from jwpgraph.taxonomy.horizon import Horizons, Meeting, Outlook, State
from jwpgraph.taxonomy.listing_events import ListingEvent
from jwpgraph.web.translation import format_day, gettext


@dataclass(frozen=True, slots=True)
class Note:
    """A note that stands wherever listings of a treaty are told for a day beyond its horizon.

    Attributes:
        short: what the treaty is called in class names.
        text: up to when its listings are complete.
        meetings: what the meetings since are to that: a sentence and an address each.
    """

    short: str
    text: str
    meetings: tuple[tuple[str, str | None], ...] = ()


def beyond(short: str, outlook: Outlook, on: date) -> Note | None:
    """The note for a day; None where the listings are complete then.

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
    return Note(short, text, tuple((meeting_coverage(one), iri_to_path(one.iri, "doc")) for one in later))


def notes_of(horizons: Horizons, treaties: Sequence[tuple[str, str]], on: date) -> list[Note]:
    """The notes of a page that tells of many taxa: of each treaty the horizon that all of its listings reach.

    Args:
        horizons: of the release.
        treaties: IRI of each treaty, and what it is called in class names.
        on: the day.
    """
    found = (beyond(short, horizons.outlook(treaty, (), on), on) for treaty, short in treaties)
    return [note for note in found if note]


def meeting_coverage(meeting: Meeting) -> str:
    """Return whether what a meeting changed is in the graph, in words."""
    name, day = meeting.label, format_day(meeting.effective)
    match meeting.coverage:
        case "included":
            return gettext("%(meeting)s, in effect from %(day)s, is included.", meeting=name, day=day)
        case "partly-included":
            return gettext("%(meeting)s, in effect from %(day)s, is included in part.", meeting=name, day=day)
    return gettext("%(meeting)s, in effect from %(day)s, is not included.", meeting=name, day=day)


def state_words(state: State, possible: Sequence[str], *, is_beyond: bool) -> str:
    """What stands where no Appendix is certain: that none lists it, that it is not known, or that it is not here.

    Args:
        state: what is known.
        possible: the numbers of the Appendices that may list it.
        is_beyond: whether the day lies beyond the horizon.
    """
    if state is State.NOT_IN_GRAPH:
        return gettext("not in this graph")
    if possible:
        return gettext("not known; possibly %(numbers)s", numbers=", ".join(possible))
    if state is State.UNKNOWN and is_beyond:
        return gettext("not known; no listing is recorded")
    return gettext("not listed")


def evidence_word(events: Sequence[ListingEvent]) -> str | None:
    """The weakest evidence among events, in the reader's language; None where none is recorded."""
    levels = [event.evidence for event in events if event.evidence]
    if not levels:
        return None
    slug = get_local_name(max(levels, key=strength))
    return {
        "sourced": gettext("sourced"),
        "inferred": gettext("inferred"),
        "general-knowledge": gettext("general knowledge, unchecked"),
        "programme-text": gettext("text of the programme"),
    }.get(slug, slug)
