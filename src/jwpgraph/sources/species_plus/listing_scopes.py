"""Curated interpretation of listing notes and dates, from ``data/curated/listing-scopes.csv``.

A row of the table concerns one listing of a source, identified by taxonomy, name, Appendix and date in the source
(``by-2017-04-21`` for an undated state). It replaces the automatic interpretation of the note by named populations
(whose countries are in ``data/ttl/listing-populations.ttl``), countries, a note, or nothing if the note does not limit
the listing.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources.species_plus.names import strip_markup

CORRECTIONS: Final = "data/curated/listing-scopes.csv"

#: CMS entered into force on 1 November 1983; Species+ dates the original Appendices by the year of signature.
_ORIGINAL: Final = ("1979-01-01", "1983-11-01")
#: The amendments of the fourth meeting (7 to 11 June 1994) took effect ninety days after it.
_COP4: Final = ("1994-01-01", "1994-09-09")
_REMARKS: Final = {
    _ORIGINAL[1]: "The source gives 1 January 1979; the Convention entered into force on 1 November 1983.",
    _COP4[
        1
    ]: "The source gives 1 January 1994; what the meeting of June 1994 decided took effect ninety days after it.",
}
_BY_COP4: Final = (
    "The source gives 1 January 1994, when no amendment took effect; the listing may be one of the original Appendices."
)
_YEAR_ONLY: Final = "The source gives the first day of the year, which stands for the year alone."

_NO_LIMIT: Final = re.compile(
    r"^(?:formerly |initially |previously |subsequently |see |includes? |listed (?:as|under) "
    r"|all (?:migratory|populations)|n\.b\.|superseded |this includes)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Correction:
    """Curated facts about a listing.

    Attributes:
        effective: the date of effect in ISO 8601; empty: the date in the source.
        populations: slugs of the included named populations.
        excluded: slugs of the excluded named populations.
        places_in: codes of countries whose populations are included.
        places_out: codes of countries whose populations are excluded.
        note: description of the scope, if it cannot be expressed otherwise.
        remark: further remarks.
        differs: deviating statement of another source.
    """

    effective: str
    populations: tuple[str, ...]
    excluded: tuple[str, ...]
    places_in: tuple[str, ...]
    places_out: tuple[str, ...]
    note: str
    remark: str
    differs: str


@dataclass(frozen=True, slots=True)
class CmsDate:
    """Date of effect of a CMS listing.

    Attributes:
        day: the date, with its known precision; empty if only ``known_by`` is known.
        known_by: a day on which it was in effect.
        precision: its XML Schema type.
        remark: why it differs from the date in the source; empty if it does not.
        inferred: whether it is not in any source.
    """

    day: str
    known_by: str = ""
    precision: str = "date"
    remark: str = ""
    inferred: bool = False


def find_correction(taxonomy: str, name: str, appendix: str, date: str) -> Correction | None:
    """Return the curated facts about a listing; ``None`` if there are none.

    Args:
        taxonomy: ``cites`` or ``cms``.
        name: the scientific name.
        appendix: the Appendix of the listing.
        date: the date in the source, or ``by-`` and the day of a state.
    """
    return _get_table().get((taxonomy, name.casefold(), appendix, date))


def get_cms_date(day: str, rank: str = "species") -> CmsDate:
    """Return the date of effect for a date that a source gives for a CMS listing.

    1 January may stand for a year; for whole families, that of 1994 only shows that they were listed by then.

    Args:
        day: the date in the source.
        rank: the slug of the rank of the listed taxon.
    """
    if day == _COP4[0] and rank not in ("species", "subspecies"):
        return CmsDate("", _COP4[1], remark=_BY_COP4, inferred=True)
    for given, meant in (_ORIGINAL, _COP4):
        if day == given:
            return CmsDate(meant, remark=_REMARKS[meant], inferred=given == _COP4[0])
    if day.endswith("-01-01"):
        return CmsDate(day[:4], precision="gYear", remark=_YEAR_ONLY)
    return CmsDate(day)


def is_limiting(note: str) -> bool:
    """Return whether a CMS listing note may limit it, ignoring remarks on earlier names and other rows."""
    sentences = re.split(r"(?<=[.;])\s+|;\s*|\n+", strip_markup(note))
    return any(sentence.strip(" .;") and not _NO_LIMIT.match(sentence.strip()) for sentence in sentences)


@cache
def _get_table() -> dict[tuple[str, str, str, str], Correction]:
    found = {}
    with get_shipped_path(CORRECTIONS).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["taxonomy"], row["name"].casefold(), row["appendix"], row["listed"]
            found[key] = Correction(
                row["effective"],
                tuple(row["populations"].split()),
                tuple(row["excluded_populations"].split()),
                tuple(row["places_in"].split()),
                tuple(row["places_out"].split()),
                row["note"],
                row["remark"],
                row["differs"],
            )
    return found
