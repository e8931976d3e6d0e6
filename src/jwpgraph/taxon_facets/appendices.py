"""Which Appendices every taxon of a release stands in on a day: replayed once a day, for lists, badges and facets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.nodes import get_local_name
from jwpgraph.taxon_facets.taxonomy_cache import get_whole_taxonomy, is_small_taxonomy
from jwpgraph.taxonomy.listing_events import CITES, CMS
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.status import TREATY_OF, compute_concept_status
from jwpgraph.taxonomy.treaty_status import TreatyStatus

#: What the two conventions are called in class names and in addresses.
TREATIES = {CMS: "cms", CITES: "cites"}
_NUMBERS = {"i": "I", "ii": "II", "iii": "III"}

#: Treaty and number of each Appendix, such as ``("cms", "II")``.
TaxonAppendices = tuple[tuple[str, str], ...]

#: Days that are kept: today, and those that readers chose last.
_DAYS = 4


@dataclass(frozen=True, slots=True)
class _DailyAppendices:
    statuses: Mapping[str, TreatyStatus]
    appendices: Mapping[str, TaxonAppendices]


async def get_appendices_on(site: AppContext, day: date) -> Mapping[str, TaxonAppendices]:
    """The Appendices certainly in force on *day* by taxon; empty where the release has too many taxa to replay all."""
    if not await is_small_taxonomy(site):
        return {}
    days = await site.once_per_release("appendices", _make_day_cache)
    if day not in days:
        reading = await get_whole_taxonomy(site)
        days[day] = await asyncio.to_thread(_replay_statuses, reading, day)
        while len(days) > _DAYS:
            del days[next(iter(days))]
    return days[day].appendices


async def get_statuses_on(site: AppContext, day: date) -> Mapping[str, TreatyStatus]:
    """The statuses of the listed taxa on *day*, where they have been replayed for it already; else none."""
    days = await site.once_per_release("appendices", _make_day_cache)
    return days[day].statuses if day in days else {}


async def _make_day_cache() -> dict[date, _DailyAppendices]:
    return {}


def _replay_statuses(reading: TaxonomySnapshot, day: date) -> _DailyAppendices:
    statuses, appendices = {}, {}
    for iri, concept in reading.taxa.concepts.items():
        treaty = TREATY_OF.get(concept.taxonomy)
        if treaty and concept.valid.holds(day) is not False:
            statuses[iri] = status = compute_concept_status(reading, iri, treaty, day)
            if numbers := sorted(map(appendix_number, status.appendices())):
                appendices[iri] = tuple((TREATIES[treaty], one) for one in numbers)
    return _DailyAppendices(statuses, appendices)


def appendix_number(appendix: str | None) -> str:
    """The number of an Appendix: I, II or III."""
    return _NUMBERS.get(get_local_name(appendix or "").rpartition("-")[2], "?")
