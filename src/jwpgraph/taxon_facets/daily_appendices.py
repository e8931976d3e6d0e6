"""The Appendices that list each taxon on a day, from listing periods, for lists, badges and facets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxon_facets.appendices import TaxonAppendices
from jwpgraph.taxon_facets.period_table import PeriodTable, get_period_table
from jwpgraph.taxon_facets.taxonomy_cache import get_pairing_taxonomy, get_validity
from jwpgraph.taxonomy.ranges import Ranges, read_ranges
from jwpgraph.vocabulary import ID, PREFIX_LINES

_SPECIES = f"""{PREFIX_LINES}
SELECT ?part ?species WHERE {{
  ?part jwp:rank <{ID}taxon-rank/subspecies> ; tcs:parentTaxonConcept ?species .
  ?species jwp:rank <{ID}taxon-rank/species>
}}"""
#: Number of cached days, the most recently used ones.
_DAYS = 4


async def get_appendices_on(site: AppContext, day: date) -> Mapping[str, TaxonAppendices]:
    """Return the Appendices that certainly list a taxon on *day*, by IRI of the taxa recognized on that day.

    Those of a species that is listed itself include the ones of its subspecies, as in its legal status. A listing of
    some populations of a higher taxon counts only if the taxon lives among them.
    """
    days = await site.once_per_release("appendices", _make_day_cache)
    if day not in days:
        table = await get_period_table(site)
        valid = await get_validity(site)
        species = await site.once_per_release("species of subspecies", lambda: _read_species(site))
        ranges = await _get_ranges(site, table)
        certain = {
            taxon: [
                one
                for one in table.in_force(taxon, day)
                if one.certain and table.reaches(one, ranges.by_taxon.get(taxon))
            ]
            for taxon in table.by_taxon
            if taxon not in valid or valid[taxon].holds(day) is not False
        }
        found = {taxon: {(one.treaty, one.number) for one in these} for taxon, these in certain.items() if these}
        for part, above in species.items():
            if above in found:
                found[above] |= {(one.treaty, one.number) for one in certain.get(part, ()) if one.via is None}
        days[day] = {taxon: tuple(sorted(numbers)) for taxon, numbers in found.items()}
        while len(days) > _DAYS:
            del days[next(iter(days))]
    return days[day]


async def _read_species(site: AppContext) -> dict[str, str]:
    """Read the IRI of the species of each subspecies."""
    rows = await site.queries.select(_SPECIES)
    return {row["part"].value: row["species"].value for row in rows}


async def _get_ranges(site: AppContext, table: PeriodTable) -> Ranges:
    """Return the ranges of the taxa of which maybe no population is listed, only others of a higher taxon."""

    async def read() -> Ranges:
        limited = [
            taxon for taxon, periods in table.by_taxon.items() if any(one.is_limited_by_inheritance for one in periods)
        ]
        return await read_ranges(site.queries, await get_pairing_taxonomy(site), sorted(limited))

    return await site.once_per_release("ranges of partial listings", read)


async def _make_day_cache() -> dict[date, Mapping[str, TaxonAppendices]]:
    return {}
