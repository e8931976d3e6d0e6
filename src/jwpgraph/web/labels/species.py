"""Labels of listings, ranges and alignments: phrases for the sentences of templates."""

from __future__ import annotations

import re

from jwpgraph.entities.nodes import get_local_name
from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.listing_events import ListingChange
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.web.labels.properties import format_date
from jwpgraph.web.labels.tables import translate_label
from jwpgraph.web.translation import format_day, gettext, pgettext


def get_change_label(change: ListingChange) -> str:
    """Return the label of a listing change."""
    return translate_label("listing_changes", get_local_name(change.iri))


def get_range_label(status: str) -> str:
    """Return the label of a distribution status; *status* is the last segment of the concept's IRI."""
    return translate_label("ranges", status, status.replace("-", " "))


def get_relation_label(relation: Rcc5Relation) -> str:
    """Return the label of a relation."""
    return translate_label("relations", relation.value)


def describe_relation_from_here(relation: Rcc5Relation) -> str:
    """Return a note on a concept: its relation to the taxon of the page."""
    return translate_label("relations_from_here", relation.value)


def describe_relation_drawing(relation: Rcc5Relation) -> str:
    """Return the text alternative of the drawing of a relation."""
    return translate_label("relation_drawings", relation.value)


def _get_date_precision(value: str) -> int:
    return 1 + len(re.findall(r"-\d\d", value))


def format_since(value: str) -> str:
    """Return ``2006-09-24`` as “since 24 September 2006”, with the given precision."""
    text = format_date(value)
    match _get_date_precision(value):
        case 3:
            return gettext("since %(day)s", day=text)
        case 2:
            return gettext("since %(month)s", month=text)
    return gettext("since %(year)s", year=text)


def format_on_day(value: str) -> str:
    """Return ``2006-09-24`` as “on 24 September 2006”, ``2006`` as “in 2006”."""
    text = format_date(value)
    match _get_date_precision(value):
        case 3:
            return gettext("on %(day)s", day=text)
        case 2:
            return gettext("in %(month)s", month=text)
    return gettext("in %(year)s", year=text)


def format_until(value: str) -> str:
    """Return ``2006-09-24`` as “until 24 September 2006”."""
    text = format_date(value)
    match _get_date_precision(value):
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
