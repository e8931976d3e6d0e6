"""Labels of listings, ranges and alignments: phrases for the sentences of templates."""

from __future__ import annotations

import re

from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.listing_events import ListingChange
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.web.labels.properties import format_date
from jwpgraph.web.translation import format_day, gettext, mark_for_translation, pgettext

_CHANGES = {
    ListingChange.ADDITION: mark_for_translation("listed"),
    ListingChange.AMENDMENT: mark_for_translation("listing amended"),
    ListingChange.EXCEPTION: mark_for_translation("exception"),
    ListingChange.RESERVATION: mark_for_translation("reservation"),
    ListingChange.WITHDRAWAL: mark_for_translation("reservation withdrawn"),
    ListingChange.DELETION: mark_for_translation("deleted"),
}
_RANGES = {
    "native": mark_for_translation("native"),
    "occurs": mark_for_translation("occurs"),
    "reintroduced": mark_for_translation("reintroduced"),
    "introduced": mark_for_translation("introduced"),
    "possibly-introduced": mark_for_translation("possibly introduced"),
    "uncertain": mark_for_translation("uncertain"),
    "possibly-extinct": mark_for_translation("possibly extinct"),
    "extinct": mark_for_translation("extinct"),
}
_PHRASES = {
    Rcc5Relation.CONGRUENT: mark_for_translation("is congruent with"),
    Rcc5Relation.INCLUDES: mark_for_translation("includes"),
    Rcc5Relation.IS_INCLUDED_IN: mark_for_translation("is included in"),
    Rcc5Relation.OVERLAPS: mark_for_translation("overlaps"),
    Rcc5Relation.DISJOINT: mark_for_translation("is disjoint from"),
}
#: Messages with two names, which the template replaces by links.
SENTENCES = {
    Rcc5Relation.CONGRUENT: mark_for_translation("%(one)s is congruent with %(other)s."),
    Rcc5Relation.INCLUDES: mark_for_translation("%(one)s includes %(other)s."),
    Rcc5Relation.IS_INCLUDED_IN: mark_for_translation("%(one)s is included in %(other)s."),
    Rcc5Relation.OVERLAPS: mark_for_translation("%(one)s overlaps %(other)s."),
    Rcc5Relation.DISJOINT: mark_for_translation("%(one)s is disjoint from %(other)s."),
}
#: Notes after the name of a concept, relative to the taxon of the page.
_SEEN_FROM_HERE = {
    Rcc5Relation.CONGRUENT: mark_for_translation("the same taxon"),
    Rcc5Relation.INCLUDES: mark_for_translation("part of this taxon"),
    Rcc5Relation.IS_INCLUDED_IN: mark_for_translation("wider than this taxon"),
    Rcc5Relation.OVERLAPS: mark_for_translation("overlaps this taxon"),
    Rcc5Relation.DISJOINT: mark_for_translation("disjoint from this taxon"),
}
_DRAWINGS = {
    Rcc5Relation.CONGRUENT: mark_for_translation("Two shapes: the first covers the second exactly"),
    Rcc5Relation.INCLUDES: mark_for_translation("Two shapes: the first includes the second"),
    Rcc5Relation.IS_INCLUDED_IN: mark_for_translation("Two shapes: the first lies within the second"),
    Rcc5Relation.OVERLAPS: mark_for_translation("Two shapes: the first overlaps the second"),
    Rcc5Relation.DISJOINT: mark_for_translation("Two shapes: the first is apart from the second"),
}


def change_label(change: ListingChange) -> str:
    """Return the label of a listing change."""
    return gettext(_CHANGES[change])


def range_label(status: str) -> str:
    """Return the label of a distribution status; *status* is the last segment of the concept's IRI."""
    return gettext(_RANGES[status]) if status in _RANGES else status.replace("-", " ")


def relation_label(relation: Rcc5Relation) -> str:
    """Return the label of a relation."""
    return gettext(_PHRASES[relation])


def relation_label_from_here(relation: Rcc5Relation) -> str:
    """Return a note on a concept: its relation to the taxon of the page."""
    return gettext(_SEEN_FROM_HERE[relation])


def relation_drawing(relation: Rcc5Relation) -> str:
    """Return the text alternative of the drawing of a relation."""
    return gettext(_DRAWINGS[relation])


def _date_precision(value: str) -> int:
    return 1 + len(re.findall(r"-\d\d", value))


def format_since(value: str) -> str:
    """Return ``2006-09-24`` as “since 24 September 2006”, with the given precision."""
    text = format_date(value)
    match _date_precision(value):
        case 3:
            return gettext("since %(day)s", day=text)
        case 2:
            return gettext("since %(month)s", month=text)
    return gettext("since %(year)s", year=text)


def format_on_day(value: str) -> str:
    """Return ``2006-09-24`` as “on 24 September 2006”, ``2006`` as “in 2006”."""
    text = format_date(value)
    match _date_precision(value):
        case 3:
            return gettext("on %(day)s", day=text)
        case 2:
            return gettext("in %(month)s", month=text)
    return gettext("in %(year)s", year=text)


def format_until(value: str) -> str:
    """Return ``2006-09-24`` as “until 24 September 2006”."""
    text = format_date(value)
    match _date_precision(value):
        case 3:
            return gettext("until %(day)s", day=text)
        case 2:
            return gettext("until %(month)s", month=text)
    return gettext("until %(year)s", year=text)


def format_effective_since(effective: PartialDate | None) -> str:
    """Return the effective date of a change as “since …”, with the known precision."""
    if effective is None:
        return gettext("since a day that is not known")
    if effective.is_bound:
        return gettext("by %(day)s at the latest", day=format_day(effective.last))
    return format_since(str(effective))


def format_effective_date(effective: PartialDate | None) -> str:
    """Return the effective date of a change, for a table."""
    if effective is None:
        return pgettext("a date", "not known")
    if effective.is_bound:
        return gettext("by %(day)s", day=format_day(effective.last))
    return format_date(str(effective))
