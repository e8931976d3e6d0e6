"""Sentences about open questions of a legal status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from jwpgraph.taxonomy.listing_events import ListingEvent
from jwpgraph.taxonomy.treaty_status import UnknownStatus
from jwpgraph.web.labels.properties import format_date
from jwpgraph.web.labels.species import get_change_label
from jwpgraph.web.translation import format_day, gettext, mark_for_translation

_SENTENCES = (
    mark_for_translation("Additions on one day list the same populations in several Appendices."),
    mark_for_translation(
        "The listing of a higher taxon covers only some populations; it is not stated whether it includes others."
    ),
    mark_for_translation("An addition has no Appendix."),
    mark_for_translation("The addition of an amended listing is not recorded."),
    mark_for_translation("The listing that an exception limits is not recorded."),
    mark_for_translation("The listing that a reservation concerns is not recorded."),
    mark_for_translation("A withdrawn reservation is not recorded."),
    mark_for_translation("A taxon was deleted from an Appendix in which no listing is recorded."),
    mark_for_translation("The listing of the taxon above it may include none of its species."),
    mark_for_translation("Species of it that are not in this graph may be listed."),
)


def explain_gap(gap: UnknownStatus, events: Sequence[ListingEvent], on: date) -> str:
    """Return a sentence about an open question.

    Args:
        gap: the open question.
        events: the events concerned.
        on: the day of the status.
    """
    if gap.detail in _SENTENCES or not events:
        return gettext(gap.detail)
    effective, change = events[0].effective, get_change_label(events[0].change)
    if effective is None:
        return gettext("The date of a change (%(change)s) is not known.", change=change)
    if effective.is_bound:
        return gettext(
            "A change (%(change)s) was in effect on %(by)s, but its date is unknown: it may be after %(on)s.",
            change=change,
            by=format_day(effective.last),
            on=format_day(on),
        )
    return gettext(
        "The date of a change (%(change)s) is known only as %(date)s: it may be before or after %(on)s.",
        change=change,
        date=format_date(str(effective)),
        on=format_day(on),
    )
