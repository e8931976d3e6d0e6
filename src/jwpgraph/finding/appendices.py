"""Which Appendices every taxon of a release stands in on a day: replayed once a day, for lists, badges and facets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from jwpgraph.finding.kept_taxonomy import is_small, whole_taxonomy
from jwpgraph.linked_data.nodes import local_name
from jwpgraph.linked_data.site import Site
from jwpgraph.taxonomy.listing_events import CITES, CMS
from jwpgraph.taxonomy.reading import Reading
from jwpgraph.taxonomy.status import TREATY_OF, concept_status
from jwpgraph.taxonomy.treaty_status import TreatyStatus

#: What the two conventions are called in class names and in addresses.
TREATIES = {CMS: "cms", CITES: "cites"}
_NUMBERS = {"i": "I", "ii": "II", "iii": "III"}

#: Treaty and number of each Appendix, such as ``("cms", "II")``.
Appendices = tuple[tuple[str, str], ...]

#: Days that are kept: today, and those that readers chose last.
_DAYS = 4


@dataclass(frozen=True, slots=True)
class _Day:
    statuses: Mapping[str, TreatyStatus]
    appendices: Mapping[str, Appendices]


async def appendices_on(site: Site, day: date) -> Mapping[str, Appendices]:
    """The Appendices certainly in force on *day* by taxon; empty where the release has too many taxa to replay all."""
    if not await is_small(site):
        return {}
    days = await site.once_per_release("appendices", _no_days)
    if day not in days:
        reading = await whole_taxonomy(site)
        days[day] = await asyncio.to_thread(_replayed, reading, day)
        while len(days) > _DAYS:
            del days[next(iter(days))]
    return days[day].appendices


async def replayed_on(site: Site, day: date) -> Mapping[str, TreatyStatus]:
    """The statuses of the listed taxa on *day*, where they have been replayed for it already; else none."""
    days = await site.once_per_release("appendices", _no_days)
    return days[day].statuses if day in days else {}


async def _no_days() -> dict[date, _Day]:
    return {}


def _replayed(reading: Reading, day: date) -> _Day:
    statuses, appendices = {}, {}
    for iri, concept in reading.taxa.concepts.items():
        treaty = TREATY_OF.get(concept.taxonomy)
        if treaty and concept.valid.holds(day) is not False:
            statuses[iri] = status = concept_status(reading, iri, treaty, day)
            if numbers := sorted(map(number, status.appendices())):
                appendices[iri] = tuple((TREATIES[treaty], one) for one in numbers)
    return _Day(statuses, appendices)


def number(appendix: str | None) -> str:
    """The number of an Appendix: I, II or III."""
    return _NUMBERS.get(local_name(appendix or "").rpartition("-")[2], "?")
