"""Briefings: all records about some animals, with status, changes, reservations, ranges, activities and sources."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from jwpgraph.answers.animal_selection import AnimalSelection
from jwpgraph.answers.listed_animals import ListedAnimal
from jwpgraph.answers.listing_basis import get_listing_taxonomy
from jwpgraph.answers.listing_changes import AppendixChange, ChangeFilter, select_changes
from jwpgraph.answers.words import fold
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.iri_mapping import get_type_segment, quote_iri
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.taxon_facets.period_table import get_period_table
from jwpgraph.vocabulary import PREFIX_LINES

#: Maximum number of animals in a briefing.
MOST_ANIMALS: Final = 250
_RANGES: Final = """SELECT DISTINCT ?taxon ?thing ?status WHERE { %values
  ?record jwp:ofTaxon ?taxon ; jwp:inPlace ?thing . OPTIONAL { ?record jwp:distributionStatus ?status } }"""
_INSTRUMENTS: Final = """SELECT DISTINCT ?taxon ?thing WHERE { %values
  { ?thing jwp:coversTaxon ?taxon } UNION { ?group jwp:includesTaxon ?taxon . ?thing jwp:coversSpeciesGroup ?group }
  ?thing a jwp:Instrument }"""
_ACTIVITIES: Final = """SELECT DISTINCT ?taxon ?thing WHERE { %values
  ?group jwp:includesTaxon ?taxon . ?thing jwp:speciesGroup ?group ; a jwp:Activity }"""
_SOURCES: Final = """SELECT DISTINCT ?taxon ?thing WHERE {
  { %values ?event jwp:listedTaxon ?taxon . ?event dcterms:source ?thing }
  UNION { %values ?record jwp:ofTaxon ?taxon . ?record dcterms:source ?thing } }"""
_JOINED: Final = """SELECT DISTINCT ?thing WHERE {
  { ?record jwp:party %country ; jwp:partyTo ?thing FILTER NOT EXISTS { ?record jwp:effectiveUntil ?until } }
  UNION { ?record jwp:signatory %country ; jwp:signedInstrument ?thing } }"""


@dataclass(frozen=True, slots=True)
class AnimalBrief:
    """The records about an animal.

    Attributes:
        listed: its status under the treaties.
        changes: its changes in the Appendices, oldest first, without reservations.
        reservations: reservations without a recorded withdrawal.
        ranges: places with records, with distribution statuses (slugs such as ``native``).
        instruments: instruments that cover it.
        activities: activities of work programmes that concern it.
        sources: sources of the listings and records.
    """

    listed: ListedAnimal
    changes: tuple[AppendixChange, ...]
    reservations: tuple[AppendixChange, ...]
    ranges: tuple[tuple[EntityNode, tuple[str, ...]], ...]
    instruments: tuple[EntityNode, ...]
    activities: tuple[EntityNode, ...]
    sources: tuple[EntityNode, ...]


@dataclass(frozen=True, slots=True)
class Briefing:
    """A briefing.

    Attributes:
        selection: the selected animals.
        animals: the records about each.
        joined: IRIs of the instruments that the country has joined or signed.
        sources: all sources, in the order of their names.
        parties: names of the reserving Parties by IRI.
    """

    selection: AnimalSelection
    animals: tuple[AnimalBrief, ...]
    joined: frozenset[str]
    sources: tuple[EntityNode, ...]
    parties: Mapping[str, EntityNode]


async def make_briefing(site: AppContext, selection: AnimalSelection) -> Briefing:
    """Return the records of the current release about the animals of *selection*."""
    reading = await get_listing_taxonomy(site)
    table = await get_period_table(site)
    own = {one.animal.iri: set(one.animal.concepts) for one in selection.animals}
    for taxa in own.values():
        taxa |= {child.iri for iri in tuple(taxa) for child in reading.taxa.below(iri)}
    concerned = {
        iri: taxa | {one.via for taxon in taxa for one in table.by_taxon.get(taxon, ()) if one.via}
        for iri, taxa in own.items()
    }
    changes = (await select_changes(site, ChangeFilter())).changes
    everything = {taxon for taxa in concerned.values() for taxon in taxa}
    ranges = await _read_ranges(site, everything)
    linked = [await _read_links(site, query, everything) for query in (_INSTRUMENTS, _ACTIVITIES, _SOURCES)]
    animals = []
    for one in selection.animals:
        taxa = concerned[one.animal.iri]
        mine = [change for change in changes if change.taxon.iri in taxa]
        instruments, activities, sources = (_collect_for(found, taxa) for found in linked)
        places: dict[str, set[str]] = {}
        for taxon in own[one.animal.iri]:
            for iri, statuses in ranges.get(taxon, {}).items():
                places.setdefault(iri, set()).update(statuses)
        nodes = await _find_nodes(site, places)
        animals.append(
            AnimalBrief(
                one,
                tuple(change for change in mine if not change.change.startswith("reservation")),
                tuple(_list_reservations(mine)),
                tuple((node, tuple(sorted(places[node.iri]))) for node in nodes),
                tuple(await _find_nodes(site, instruments)),
                tuple(await _find_nodes(site, activities)),
                tuple(await _find_nodes(site, sources)),
            )
        )
    joined: frozenset[str] = frozenset()
    if selection.asked.country:
        query = _JOINED.replace("%country", quote_iri(selection.asked.country.iri))
        joined = frozenset(row["thing"].value for row in await site.queries.select(PREFIX_LINES + query))
    parties = {change.party for one in animals for change in one.reservations if change.party}
    return Briefing(
        selection,
        tuple(animals),
        joined,
        tuple(await _find_nodes(site, {node.iri for one in animals for node in one.sources})),
        {node.iri: node for node in await _find_nodes(site, parties)},
    )


def _list_reservations(changes: Iterable[AppendixChange]) -> list[AppendixChange]:
    """Return the reservations among *changes*, oldest first, that a Party has not withdrawn later."""
    last: dict[tuple[object, ...], AppendixChange] = {}
    for one in changes:
        if one.change.startswith("reservation"):
            last[one.treaty, one.number, one.taxon.iri, one.party] = one
    return [one for one in last.values() if one.change == "reservation"]


def _get_taxa_values(taxa: Collection[str]) -> str:
    return f"VALUES ?taxon {{ {' '.join(map(quote_iri, sorted(taxa)))} }}"


async def _read_ranges(site: AppContext, taxa: Collection[str]) -> dict[str, dict[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = {}
    for row in await site.queries.select(PREFIX_LINES + _RANGES.replace("%values", _get_taxa_values(taxa))):
        status = row["status"].value.rpartition("/")[2] if "status" in row else "occurs"
        found.setdefault(row["taxon"].value, {}).setdefault(row["thing"].value, set()).add(status)
    return found


async def _read_links(site: AppContext, query: str, taxa: Collection[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in await site.queries.select(PREFIX_LINES + query.replace("%values", _get_taxa_values(taxa))):
        found.setdefault(row["taxon"].value, set()).add(row["thing"].value)
    return found


def _collect_for(found: Mapping[str, set[str]], taxa: Iterable[str]) -> set[str]:
    return {iri for taxon in taxa for iri in found.get(taxon, ())}


async def _find_nodes(site: AppContext, iris: Iterable[str]) -> Sequence[EntityNode]:
    """Return the entities with these IRIs, in the order of their documents or names."""
    found = []
    for iri in iris:
        kind = BY_SEGMENT.get(get_type_segment(iri) or "")
        node = (await get_entity_index(site, kind)).get(iri) if kind else None
        found.append(node or EntityNode(iri))
    return sorted(found, key=lambda node: (node.position, fold(node.name), node.iri))
