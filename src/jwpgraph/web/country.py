"""The summary of a country's page: its listed species by treaty and Appendix, and its memberships."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import iri_to_path, quote_iri
from jwpgraph.query_execution.queries import SolutionRow
from jwpgraph.taxon_facets.appendices import TREATIES, appendix_number
from jwpgraph.taxon_facets.taxonomy_cache import get_whole_taxonomy, is_small_taxonomy
from jwpgraph.taxonomy.range_coverage import RangeCoverage, read_range_coverage
from jwpgraph.taxonomy.snapshot import CountryPresence, TaxonomySnapshot, read_country, read_presence
from jwpgraph.taxonomy.status import TREATY_OF, compute_concept_status
from jwpgraph.vocabulary import PREFIX_LINES
from jwpgraph.web.entity_view import ValueView
from jwpgraph.web.horizon_words import Note, notes_of
from jwpgraph.web.labels.resource_names import choose_preferred_rows, make_label_filter, make_taxon_value
from jwpgraph.web.labels.species import range_label
from jwpgraph.web.translation import gettext

#: Maximum number of rows; the API and SPARQL have all.
_MOST = 300


@dataclass(slots=True)
class ListedSpecies:
    """A listed taxon recorded from the country."""

    taxon: ValueView
    common_name: str
    numbers: list[str]
    reserved: bool
    occurs: str


@dataclass(slots=True)
class TreatySpecies:
    """The listed taxa of one treaty."""

    short: str
    total: int
    counts: list[tuple[str, int]]
    species: list[ListedSpecies]
    ranges: RangeCoverage = field(default_factory=lambda: RangeCoverage(0, 0))


@dataclass(slots=True)
class CountryView:
    """The summary above the facts on the page of a country."""

    on: date
    is_today: bool
    treaties: list[TreatySpecies]
    notes: list[Note]
    activities: list[tuple[ValueView, list[ValueView]]]


async def make_country_view(site: AppContext, country: str, on: date, is_today: bool) -> CountryView:
    """Return the summary of *country* on the day *on*."""
    if await is_small_taxonomy(site):
        reading = await get_whole_taxonomy(site)
        present = await read_presence(site.queries, country, reading)
    else:
        reading, present = await read_country(site.queries, country)
    treaties = await asyncio.to_thread(_make_treaties, reading, present, country, on)
    ranges = await site.once_per_release("ranges", lambda: read_range_coverage(site.queries))
    for treaty, short in TREATIES.items():
        for one in treaties:
            if one.short == short:
                one.ranges = ranges.get(treaty, one.ranges)
    rows = await site.queries.select(_activities_query(country))
    notes = notes_of(reading.horizons, tuple(TREATIES.items()), on)
    return CountryView(on, is_today, treaties, notes, _list_activities(rows))


def _make_treaties(
    reading: TaxonomySnapshot,
    present: Mapping[str, CountryPresence],
    country: str,
    on: date,
) -> list[TreatySpecies]:
    found: dict[str, list[ListedSpecies]] = {treaty: [] for treaty in TREATIES}
    for iri, presence in present.items():
        concept = reading.taxa.concepts.get(iri)
        treaty = TREATY_OF.get(concept.taxonomy) if concept else None
        if concept is None or treaty is None or concept.valid.holds(on) is False:
            continue
        status = compute_concept_status(reading, iri, treaty, on)
        numbers = [appendix_number(appendix) for appendix in status.appendices(country)]
        if numbers:
            reserved = any(one.party == country for one in status.reservations)
            occurs = ", ".join(sorted(range_label(one.rpartition("/")[2]) for one in presence.statuses))
            if presence.former:
                former = ", ".join(name for _, name in presence.former)
                occurs = gettext("%(how)s, recorded for %(area)s", how=occurs or range_label("occurs"), area=former)
            name = concept.common_name or ""
            found[treaty].append(ListedSpecies(make_taxon_value(concept), name, numbers, reserved, occurs))
    return [_make_treaty_species(short, found[treaty]) for treaty, short in TREATIES.items()]


def _make_treaty_species(short: str, species: list[ListedSpecies]) -> TreatySpecies:
    counts = {name: sum(name in one.numbers for one in species) for name in ("I", "II", "III")}
    ordered = sorted(species, key=lambda one: (one.numbers, one.taxon.text))
    return TreatySpecies(short, len(species), [pair for pair in counts.items() if pair[1]], ordered[:_MOST])


def _activities_query(country: str) -> str:
    this = quote_iri(country)
    # Many records lead to few groups and instruments; selecting these first keeps the join small.
    return f"""{PREFIX_LINES}
SELECT DISTINCT ?thing ?label ?code ?why ?reason ?position WHERE {{
  {{ {{ SELECT DISTINCT ?why WHERE {{
       ?record jwp:inPlace {this} ; jwp:ofTaxon ?taxon . ?why jwp:includesTaxon ?taxon }} }}
     ?thing jwp:speciesGroup ?why }}
  UNION {{ {{ SELECT DISTINCT ?why WHERE {{ ?signature jwp:signatory {this} ; jwp:signedInstrument ?why }} }}
     ?thing jwp:involvesInstrument ?why }}
  ?thing a jwp:Activity ; skos:notation ?code ; schema:position ?position ;
    skos:prefLabel ?label . {make_label_filter("?label")}
  ?why skos:prefLabel ?reason . {make_label_filter("?reason")}
}} ORDER BY ?position ?label ?reason"""


def _list_activities(rows: list[SolutionRow]) -> list[tuple[ValueView, list[ValueView]]]:
    found: dict[str, tuple[ValueView, list[ValueView]]] = {}
    for row in choose_preferred_rows(choose_preferred_rows(rows), "why", "reason"):
        iri, label, reason = row["thing"].value, row["label"], row["reason"]
        value = ValueView(label.value, iri_to_path(iri, "doc"), notation=row["code"].value, language=label.language)
        reasons = found.setdefault(iri, (value, []))[1]
        because = ValueView(reason.value, language=reason.language)
        if because not in reasons:
            reasons.append(because)
    return list(found.values())
