"""Labels of properties on a page, in both directions (``properties.csv``), and formats of literals."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

from jwpgraph.entities.description import EntityDescription
from jwpgraph.entities.nodes import get_local_name
from jwpgraph.entities.terminology import Terminology
from jwpgraph.linked_data.compaction import compact_property
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.vocabulary import PREFIXES
from jwpgraph.web.languages import get_current_locale
from jwpgraph.web.translation import format_day, format_month, gettext, ngettext

_XSD = PREFIXES["xsd"]

with Path(__file__).with_name("properties.csv").open(encoding="utf-8", newline="") as _file:
    #: Property, outgoing label, incoming label and place, in the order of a page.
    _ROWS = [tuple(row) for row in csv.reader(_file)][1:]
#: Outgoing and incoming label by the property's key; both are messages.
LABELS = {name: (outgoing, incoming) for name, outgoing, incoming, _ in _ROWS if outgoing}
#: Less important properties, shown on demand.
MINOR = frozenset(name for name, _, _, place in _ROWS if place == "minor")
#: Properties that the head of a page shows.
IN_HEAD = frozenset(name for name, _, _, place in _ROWS if place == "head")
#: Symmetric links; shown once.
MIRRORS = {
    "siblings": "siblings",
    "related": "related",
    "related_matches": "related_matches",
    "different_from": "different_from",
    "top_concepts": "top_concept_of",
    "top_concept_of": "top_concepts",
    "narrower": "broader",
    "broader": "narrower",
}
#: Links to entities of any type, shown with the type.
OF_ANY_KIND = frozenset({"related", "related_matches", "relation", "see_also", "exact_matches", "close_matches"})
_DURATION = re.compile(r"P(\d+)([YMWD])")
_NO_END = date.max.isoformat()
_ORDER = {name: place for place, name in enumerate(LABELS)}
_NOTES = _ORDER["definition"]


def make_property_order_key(predicate: str) -> tuple[float, str]:
    """Return the position of a fact on a page: the order of the table, unknown properties before the notes."""
    name = compact_property(predicate)
    return _ORDER.get(name, _NOTES - 0.5), name


def get_outgoing_label(predicate: str, description: EntityDescription) -> tuple[str, str | None]:
    """Return the label of the values of *predicate* on the page of their subject, and its language.

    The language is ``None`` if it is that of the interface.
    """
    return get_property_label(predicate, description.terms)


def get_incoming_label(predicate: str, description: EntityDescription) -> tuple[str, str | None]:
    """Return the label of the subjects of *predicate* on the page of its object, like :func:`get_outgoing_label`."""
    return get_property_label(predicate, description.terms, 1)


def get_property_label(predicate: str, terms: Terminology, side: int = 0) -> tuple[str, str | None]:
    """Return a label of *predicate* and its language: of its values (0) or of its subjects (1).

    The language is ``None`` if it is that of the interface.
    """
    known = LABELS.get(compact_property(predicate))
    if known:
        return gettext(known[side]), None
    locale = get_current_locale()
    label = terms.translated_label(predicate, locale)
    name = label.value if label else re.sub(r"(?<=[a-z])(?=[A-Z])", " ", get_local_name(predicate)).lower()
    shown = name[:1].upper() + name[1:]
    language = label.language if label else "en"
    return gettext("%(property)s (of)", property=shown) if side else shown, None if language == locale else language


def format_literal(term: QueryTerm) -> str:
    """Return a literal for readers: dates with the precision of the source, durations in words."""
    datatype = (term.datatype or "").removeprefix(_XSD)
    if datatype in {"date", "gYearMonth", "dateTime"}:
        return format_date(term.value)
    duration = _DURATION.fullmatch(term.value) if datatype == "duration" else None
    if duration:
        return _format_recurrence(int(duration[1]), duration[2])
    if datatype == "boolean":
        return gettext("yes") if term.value in {"true", "1"} else gettext("no")
    return term.value


def _format_recurrence(count: int, unit: str) -> str:
    """Return a duration as a frequency: every so many years, months, weeks or days."""
    match unit:
        case "Y":
            return ngettext("every year", "every %(num)s years", count)
        case "M":
            return ngettext("every month", "every %(num)s months", count)
        case "W":
            return ngettext("every week", "every %(num)s weeks", count)
    return ngettext("every day", "every %(num)s days", count)


def format_date(value: str) -> str:
    """Return ``2006-09-24`` as “24 September 2006”, ``2006-09`` as “September 2006”; anything else unchanged.

    The last day that has a date (``jwp:effectiveLatest``) means that no end is known.
    """
    if value == _NO_END:
        return gettext("no end known")
    match = re.match(r"(\d{4})-(\d\d)(?:-(\d\d))?", value)
    try:
        day = date(int(match[1]), int(match[2]), int(match[3] or 1)) if match else None
    except ValueError:
        day = None
    if match is None or day is None:
        return value
    return format_day(day) if match[3] else format_month(day)
