"""The Appendices that list each taxon on a day, from listing periods, for lists, badges and facets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.query_execution.queries import GraphReader
from jwpgraph.taxon_facets.appendices import TaxonAppendices
from jwpgraph.taxon_facets.period_table import PeriodTable, get_period_table, read_period_table
from jwpgraph.taxon_facets.taxonomy_cache import get_pairing_taxonomy, get_validity, is_read_apart
from jwpgraph.taxonomy.concepts import index_taxa
from jwpgraph.taxonomy.dates import DateInterval
from jwpgraph.taxonomy.ranges import Ranges, read_ranges
from jwpgraph.taxonomy.shared_taxa import read_validity
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot, read_counterparts
from jwpgraph.vocabulary import ID, PREFIX_LINES

_SPECIES = f"""{PREFIX_LINES}
SELECT ?part ?species WHERE {{
  %of ?part jwp:rank <{ID}taxon-rank/subspecies> ; tcs:parentTaxonConcept ?species .
  ?species jwp:rank <{ID}taxon-rank/species>
}}"""
#: Number of cached days, the most recently used ones.
_DAYS = 4
_CACHE = "appendices"
_TAXA = ID + "taxon/"


async def get_appendices_on(site: AppContext, day: date) -> Mapping[str, TaxonAppendices]:
    """Return the Appendices that certainly list a taxon on *day*, by IRI of the taxa recognized on that day.

    Those of a species that is listed itself include the ones of its subspecies, as in its legal status. A listing of
    some populations of a higher taxon counts only if the taxon lives among them.
    """
    days = await site.once_per_release(_CACHE, _make_day_cache)
    if day not in days:
        table = await get_period_table(site)
        valid = await get_validity(site)
        species = await site.once_per_release("species of subspecies", lambda: _read_species(site.queries))
        days[day] = _find_appendices(day, table, valid, species, await _get_ranges(site, table))
        while len(days) > _DAYS:
            del days[next(iter(days))]
    return days[day]


async def get_appendices_of(site: AppContext, day: date, taxa: Iterable[str]) -> Mapping[str, TaxonAppendices]:
    """Return :func:`get_appendices_on` at least for *taxa*; of a large release it reads only what concerns these."""
    known = site.find_result(_CACHE)
    wanted = {iri for iri in taxa if iri.startswith(_TAXA)}
    is_known = isinstance(known, dict) and day in known
    if is_known or not await is_read_apart(site, len(wanted)):
        return await get_appendices_on(site, day)
    if not wanted:
        return {}
    species = await _read_species(site.queries, wanted)
    wanted |= species.keys()
    table = await read_period_table(site.queries, wanted)
    limited = _list_limited(table)
    reading = await read_counterparts(site.queries, limited) if limited else TaxonomySnapshot(index_taxa(()))
    ranges = await read_ranges(site.queries, reading, limited)
    return _find_appendices(day, table, await read_validity(site.queries, wanted), species, ranges)


def _find_appendices(
    day: date, table: PeriodTable, valid: Mapping[str, DateInterval], species: Mapping[str, str], ranges: Ranges
) -> dict[str, TaxonAppendices]:
    """Return the Appendices on *day*; *species* has the IRI of the species of each subspecies."""
    certain = {
        taxon: [
            one for one in table.in_force(taxon, day) if one.certain and table.reaches(one, ranges.by_taxon.get(taxon))
        ]
        for taxon in table.by_taxon
        if taxon not in valid or valid[taxon].holds(day) is not False
    }
    found = {taxon: {(one.treaty, one.number) for one in these} for taxon, these in certain.items() if these}
    for part, above in species.items():
        if above in found:
            found[above] |= {(one.treaty, one.number) for one in certain.get(part, ()) if one.via is None}
    return {taxon: tuple(sorted(numbers)) for taxon, numbers in found.items()}


async def _read_species(queries: GraphReader, among: Iterable[str] | None = None) -> dict[str, str]:
    """Read the IRI of the species of each subspecies; only for the species *among*, if given."""
    of = "" if among is None else f"VALUES ?species {{ {' '.join(map(quote_iri, among))} }}"
    rows = await queries.select(_SPECIES.replace("%of", of))
    return {row["part"].value: row["species"].value for row in rows}


async def _get_ranges(site: AppContext, table: PeriodTable) -> Ranges:
    """Return the ranges of the taxa of which maybe no population is listed, only others of a higher taxon."""

    async def read() -> Ranges:
        return await read_ranges(site.queries, await get_pairing_taxonomy(site), _list_limited(table))

    return await site.once_per_release("ranges of partial listings", read)


def _list_limited(table: PeriodTable) -> list[str]:
    return sorted(
        taxon for taxon, periods in table.by_taxon.items() if any(one.is_limited_by_inheritance for one in periods)
    )


async def _make_day_cache() -> dict[date, Mapping[str, TaxonAppendices]]:
    return {}
