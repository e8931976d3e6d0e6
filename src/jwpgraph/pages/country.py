"""What the page of a country answers first: its listed species by treaty and Appendix, and what it has joined."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from jwpgraph.finding.appendices import TREATIES, number, replayed_on
from jwpgraph.finding.kept_taxonomy import is_small, whole_taxonomy
from jwpgraph.linked_data.addresses import iri_ref, path_of
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.entity import Value
from jwpgraph.pages.horizon_words import Note, notes_of
from jwpgraph.pages.reader_names import in_preferred_language, label_filter, taxon_value
from jwpgraph.pages.species_words import range_word
from jwpgraph.sparql.queries import Row
from jwpgraph.taxonomy.reading import Presence, Reading, read_country, read_presence
from jwpgraph.taxonomy.status import TREATY_OF, concept_status
from jwpgraph.taxonomy.treaty_status import TreatyStatus
from jwpgraph.vocabulary import PREFIX_LINES

#: More rows than this are left to the API and to SPARQL.
_MOST = 300


@dataclass(slots=True)
class ListedSpecies:
    """A listed taxon that is known from the country."""

    taxon: Value
    common_name: str
    numbers: list[str]
    reserved: bool
    occurs: str


@dataclass(slots=True)
class TreatySpecies:
    """Those of one treaty."""

    short: str
    total: int
    counts: list[tuple[str, int]]
    species: list[ListedSpecies]


@dataclass(slots=True)
class CountryView:
    """What stands above the facts on the page of a country."""

    on: date
    is_today: bool
    treaties: list[TreatySpecies]
    notes: list[Note]
    activities: list[tuple[Value, list[Value]]]


async def country_view(site: Site, country: str, on: date, is_today: bool) -> CountryView:
    """What the page of *country* answers first, as at the day *on*."""
    if await is_small(site):
        reading = await whole_taxonomy(site)
        present = await read_presence(site.queries, country, reading)
    else:
        reading, present = await read_country(site.queries, country)
    treaties = await asyncio.to_thread(_treaties, reading, present, await replayed_on(site, on), country, on)
    rows = await site.queries.select(_activities_query(country))
    notes = notes_of(reading.horizons, tuple(TREATIES.items()), on)
    return CountryView(on, is_today, treaties, notes, _activities(rows))


def _treaties(
    reading: Reading, present: Mapping[str, Presence], replayed: Mapping[str, TreatyStatus], country: str, on: date
) -> list[TreatySpecies]:
    found: dict[str, list[ListedSpecies]] = {treaty: [] for treaty in TREATIES}
    for iri, presence in present.items():
        concept = reading.taxa.concepts.get(iri)
        treaty = TREATY_OF.get(concept.taxonomy) if concept else None
        if concept is None or treaty is None or concept.valid.holds(on) is False:
            continue
        status = replayed.get(iri) or concept_status(reading, iri, treaty, on)
        numbers = [number(appendix) for appendix in status.appendices(country)]
        if numbers:
            reserved = any(one.party == country for one in status.reservations)
            occurs = ", ".join(sorted(range_word(one.rpartition("/")[2]) for one in presence.statuses))
            name = concept.common_name or ""
            found[treaty].append(ListedSpecies(taxon_value(concept), name, numbers, reserved, occurs))
    return [_of_treaty(short, found[treaty]) for treaty, short in TREATIES.items()]


def _of_treaty(short: str, species: list[ListedSpecies]) -> TreatySpecies:
    counts = {name: sum(name in one.numbers for one in species) for name in ("I", "II", "III")}
    ordered = sorted(species, key=lambda one: (one.numbers, one.taxon.text))
    return TreatySpecies(short, len(species), [pair for pair in counts.items() if pair[1]], ordered[:_MOST])


def _activities_query(country: str) -> str:
    this = iri_ref(country)
    # Few groups and instruments come of many records: found first, they are all that is joined with.
    return f"""{PREFIX_LINES}
SELECT DISTINCT ?thing ?label ?code ?why ?reason ?position WHERE {{
  {{ {{ SELECT DISTINCT ?why WHERE {{
       ?record jwp:inPlace {this} ; jwp:ofTaxon ?taxon . ?why jwp:includesTaxon ?taxon }} }}
     ?thing jwp:speciesGroup ?why }}
  UNION {{ {{ SELECT DISTINCT ?why WHERE {{ ?signature jwp:signatory {this} ; jwp:signedInstrument ?why }} }}
     ?thing jwp:involvesInstrument ?why }}
  ?thing a jwp:Activity ; skos:notation ?code ; schema:position ?position ;
    skos:prefLabel ?label . {label_filter("?label")}
  ?why skos:prefLabel ?reason . {label_filter("?reason")}
}} ORDER BY ?position ?label ?reason"""


def _activities(rows: list[Row]) -> list[tuple[Value, list[Value]]]:
    found: dict[str, tuple[Value, list[Value]]] = {}
    for row in in_preferred_language(in_preferred_language(rows), "why", "reason"):
        iri, label, reason = row["thing"].value, row["label"], row["reason"]
        value = Value(label.value, path_of(iri, "doc"), notation=row["code"].value, language=label.language)
        reasons = found.setdefault(iri, (value, []))[1]
        because = Value(reason.value, language=reason.language)
        if because not in reasons:
            reasons.append(because)
    return list(found.values())
