"""The words of listings, ranges and alignments: phrases that fit into the sentences of the templates."""

from __future__ import annotations

import re

from jwpgraph.pages.translation import gettext, marked, pgettext, written_day
from jwpgraph.pages.words import written_date
from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.listing_events import Change
from jwpgraph.taxonomy.relations import Relation

_CHANGES = {
    Change.ADDITION: marked("listed"),
    Change.AMENDMENT: marked("listing amended"),
    Change.EXCEPTION: marked("exception"),
    Change.RESERVATION: marked("reservation"),
    Change.WITHDRAWAL: marked("reservation withdrawn"),
    Change.DELETION: marked("deleted"),
}
_RANGES = {
    "native": marked("native"),
    "occurs": marked("occurs"),
    "reintroduced": marked("reintroduced"),
    "introduced": marked("introduced"),
    "possibly-introduced": marked("possibly introduced"),
    "uncertain": marked("uncertain"),
    "possibly-extinct": marked("possibly extinct"),
    "extinct": marked("extinct"),
}
_PHRASES = {
    Relation.CONGRUENT: marked("is congruent with"),
    Relation.INCLUDES: marked("includes"),
    Relation.IS_INCLUDED_IN: marked("is included in"),
    Relation.OVERLAPS: marked("overlaps"),
    Relation.DISJOINT: marked("is disjoint from"),
}
#: Between two names: messages, to be filled by the template, which makes links of the names.
SENTENCES = {
    Relation.CONGRUENT: marked("%(one)s is congruent with %(other)s."),
    Relation.INCLUDES: marked("%(one)s includes %(other)s."),
    Relation.IS_INCLUDED_IN: marked("%(one)s is included in %(other)s."),
    Relation.OVERLAPS: marked("%(one)s overlaps %(other)s."),
    Relation.DISJOINT: marked("%(one)s is disjoint from %(other)s."),
}
#: Behind the name of a concept, about the one whose page it is.
_SEEN_FROM_HERE = {
    Relation.CONGRUENT: marked("this is congruent with it"),
    Relation.INCLUDES: marked("this includes it"),
    Relation.IS_INCLUDED_IN: marked("this is included in it"),
    Relation.OVERLAPS: marked("this overlaps it"),
    Relation.DISJOINT: marked("this is disjoint from it"),
}
_DRAWINGS = {
    Relation.CONGRUENT: marked("Two shapes: the first covers the second exactly"),
    Relation.INCLUDES: marked("Two shapes: the first includes the second"),
    Relation.IS_INCLUDED_IN: marked("Two shapes: the first lies within the second"),
    Relation.OVERLAPS: marked("Two shapes: the first overlaps the second"),
    Relation.DISJOINT: marked("Two shapes: the first is apart from the second"),
}


def change_word(change: Change) -> str:
    """What happened to a listing."""
    return gettext(_CHANGES[change])


def range_word(status: str) -> str:
    """How a taxon comes to be somewhere; *status* is the last segment of the concept's IRI."""
    return gettext(_RANGES[status]) if status in _RANGES else status.replace("-", " ")


def relation_phrase(relation: Relation) -> str:
    """How a relation reads by itself."""
    return gettext(_PHRASES[relation])


def seen_from_here(relation: Relation) -> str:
    """How the concept of the page relates to one that was just named."""
    return gettext(_SEEN_FROM_HERE[relation])


def drawing_of(relation: Relation) -> str:
    """What the drawing of a relation shows."""
    return gettext(_DRAWINGS[relation])


def _precision(value: str) -> int:
    return 1 + len(re.findall(r"-\d\d", value))


def since(value: str) -> str:
    """``2006-09-24`` as “since 24 September 2006”, as precisely as it is given."""
    text = written_date(value)
    match _precision(value):
        case 3:
            return gettext("since %(day)s", day=text)
        case 2:
            return gettext("since %(month)s", month=text)
    return gettext("since %(year)s", year=text)


def on_day(value: str) -> str:
    """``2006-09-24`` as “on 24 September 2006”, ``2006`` as “in 2006”."""
    text = written_date(value)
    match _precision(value):
        case 3:
            return gettext("on %(day)s", day=text)
        case 2:
            return gettext("in %(month)s", month=text)
    return gettext("in %(year)s", year=text)


def until(value: str) -> str:
    """``2006-09-24`` as “until 24 September 2006”."""
    text = written_date(value)
    match _precision(value):
        case 3:
            return gettext("until %(day)s", day=text)
        case 2:
            return gettext("until %(month)s", month=text)
    return gettext("until %(year)s", year=text)


def since_when(effective: PartialDate | None) -> str:
    """Since when a change has been in effect, as precisely as it is known."""
    if effective is None:
        return gettext("since a day that is not known")
    if effective.is_bound:
        return gettext("by %(day)s at the latest", day=written_day(effective.last))
    return since(str(effective))


def dated(effective: PartialDate | None) -> str:
    """The date of a change, for a table."""
    if effective is None:
        return pgettext("a date", "not known")
    if effective.is_bound:
        return gettext("by %(day)s", day=written_day(effective.last))
    return written_date(str(effective))
