"""The Appendices that list each taxon on a day, from listing periods, for lists, badges and facets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxon_facets.appendices import TaxonAppendices
from jwpgraph.taxon_facets.period_table import get_period_table
from jwpgraph.taxon_facets.taxonomy_cache import get_validity

#: Number of cached days, the most recently used ones.
_DAYS = 4


async def get_appendices_on(site: AppContext, day: date) -> Mapping[str, TaxonAppendices]:
    """Return the Appendices that certainly list a taxon on *day*, by IRI of the taxa recognized on that day."""
    days = await site.once_per_release("appendices", _make_day_cache)
    if day not in days:
        table = await get_period_table(site)
        valid = await get_validity(site)
        days[day] = {
            taxon: found
            for taxon in table.by_taxon
            if (taxon not in valid or valid[taxon].holds(day) is not False)
            and (
                found := tuple(sorted({(one.treaty, one.number) for one in table.in_force(taxon, day) if one.certain}))
            )
        }
        while len(days) > _DAYS:
            del days[next(iter(days))]
    return days[day]


async def _make_day_cache() -> dict[date, Mapping[str, TaxonAppendices]]:
    return {}
