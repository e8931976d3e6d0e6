"""What the notes of listings say in words, and better dates, read by hand into ``data/curated/listing-scopes.csv``.

A row of that table speaks of one listing of a source: taxonomy, name, Appendix and the date there (``by-2017-04-21``
for a state without one). It takes the place of what the note was read to say: named populations, whose countries
``data/ttl/listing-populations.ttl`` tells, countries, a note in our words, or nothing where the note is no limit.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from jwpgraph.shipped_files import shipped_path
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
_YEAR_ONLY: Final = "The source gives the first day of the year, which stands for the year alone."

_NO_LIMIT: Final = re.compile(
    r"^(?:formerly |initially |previously |subsequently |see |includes? |listed (?:as|under) "
    r"|all (?:migratory|populations)|n\.b\.|superseded |this includes)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Correction:
    """What is known of a listing beyond its source's columns.

    Attributes:
        effective: the day on which it took effect, ISO 8601; empty: that of the source.
        populations: slugs of the named populations that it means.
        excluded: slugs of the named populations that it leaves out.
        places_in: codes of countries whose populations it means.
        places_out: codes of countries whose populations it leaves out.
        note: the scope in our words, where nothing else tells it.
        remark: what else is to be said.
        differs: what another source says instead.
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
    """When a CMS listing took effect.

    Attributes:
        day: as precisely as it is known.
        precision: its XML Schema type.
        remark: why it is not the date of the source; empty where it is.
        inferred: whether no source says it.
    """

    day: str
    precision: str = "date"
    remark: str = ""
    inferred: bool = False


def correction(taxonomy: str, name: str, appendix: str, date: str) -> Correction | None:
    """What was read by hand about a listing; None where nothing was.

    Args:
        taxonomy: ``cites`` or ``cms``.
        name: the scientific name.
        appendix: of the listing.
        date: the date in the source, or ``by-`` and the day of a state.
    """
    return _table().get((taxonomy, name.casefold(), appendix, date))


def cms_date(day: str) -> CmsDate:
    """The date of effect behind one that a source gives for a CMS listing: the first of January stands for a year."""
    for given, meant in (_ORIGINAL, _COP4):
        if day == given:
            return CmsDate(meant, remark=_REMARKS[meant], inferred=given == _COP4[0])
    if day.endswith("-01-01"):
        return CmsDate(day[:4], "gYear", _YEAR_ONLY)
    return CmsDate(day)


def is_limiting(note: str) -> bool:
    """Whether a note of a CMS listing has words that may limit it, beside those on earlier names and other rows."""
    sentences = re.split(r"(?<=[.;])\s+|;\s*|\n+", strip_markup(note))
    return any(sentence.strip(" .;") and not _NO_LIMIT.match(sentence.strip()) for sentence in sentences)


@cache
def _table() -> dict[tuple[str, str, str, str], Correction]:
    found = {}
    with shipped_path(CORRECTIONS).open(encoding="utf-8", newline="") as file:
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
