"""Facets of entities on a day: type, treaty, Appendix, country and species group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_PLURAL, BY_SEGMENT, KINDS
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.entities.named_parameters import resolve_parameter
from jwpgraph.entities.search import SearchHit
from jwpgraph.problems import ProblemError, explain
from jwpgraph.taxon_facets.daily_appendices import get_appendices_on
from jwpgraph.taxon_facets.shared_species import pair_concepts
from jwpgraph.taxon_facets.taxonomy_cache import get_whole_taxonomy, is_small_taxonomy
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.vocabulary import ID, PREFIX_LINES

#: The facets in the order of display.
FACETS: Final = ("type", "treaty", "appendix", "group", "country")
_FIXED: Final = {"treaty": ("cms", "cites"), "appendix": ("cms-I", "cms-II", "cites-I", "cites-II", "cites-III")}
_TREATY: Final = f"FILTER(?value IN (<{ID}instrument/cms>, <{ID}instrument/cites>))"
_QUERY: Final = f"""{PREFIX_LINES}
SELECT DISTINCT ?facet ?thing ?value WHERE {{
  {{ ?record jwp:inPlace ?value ; jwp:ofTaxon ?thing . ?value a jwp:Country BIND("country" AS ?facet) }}
  UNION {{ ?record jwp:partyTo ?thing ; jwp:party ?value BIND("country" AS ?facet) }}
  UNION {{ ?record jwp:signedInstrument ?thing ; jwp:signatory ?value BIND("country" AS ?facet) }}
  UNION {{ ?thing jwp:involvesInstrument ?instrument . ?signature jwp:signedInstrument ?instrument ;
    jwp:signatory ?value . ?thing a jwp:Activity BIND("country" AS ?facet) }}
  UNION {{ ?value jwp:includesTaxon ?thing BIND("group" AS ?facet) }}
  UNION {{ ?thing jwp:speciesGroup|jwp:coversSpeciesGroup ?value BIND("group" AS ?facet) }}
  UNION {{ ?thing tcs:accordingTo ?value BIND("treaty" AS ?facet) }}
  UNION {{ ?thing jwp:parentConvention|jwp:involvesInstrument|jwp:secretariatOf ?value {_TREATY}
    BIND("treaty" AS ?facet) }}
}}"""

#: The facet values of one entity as in URLs: pairs of facet and value, such as ``("country", "KE")``.
FacetValues = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class FacetChoice:
    """A selectable value of a facet.

    Attributes:
        value: the value in URLs.
        label: the label for readers: of types in English, else in the preferred language.
        count: number of entities with this value among those that match the other facets.
        chosen: whether it is selected.
    """

    value: str
    label: str
    count: int
    chosen: bool


async def get_facet_values(site: AppContext, day: date) -> Mapping[str, FacetValues]:
    """Return the facet values on *day* by IRI of the entity; empty if the release is too large."""
    if not await is_small_taxonomy(site):
        return {}

    async def read() -> dict[str, set[tuple[str, str]]]:
        return await _read_facet_values(site)

    days = await site.once_per_release("facets", _make_day_cache)
    if day not in days:
        lasting = await site.once_per_release("facets of any day", read)
        appendices = await get_appendices_on(site, day)
        own = {iri: {("appendix", f"{treaty}-{one}") for treaty, one in found} for iri, found in appendices.items()}
        listed = {iri: set(found) for iri, found in own.items()}
        for cites, cms, _ in pair_concepts(await get_whole_taxonomy(site), day):
            for iri, other in ((cites.iri, cms.iri), (cms.iri, cites.iri)):
                listed.setdefault(iri, set()).update(own.get(other, ()))
        days.clear()
        days[day] = {iri: frozenset(lasting.get(iri, set()) | listed.get(iri, set())) for iri in {*lasting, *listed}}
    return days[day]


async def _make_day_cache() -> dict[date, Mapping[str, FacetValues]]:
    return {}


async def _read_facet_values(site: AppContext) -> dict[str, set[tuple[str, str]]]:
    codes = {
        node.iri: node.notation or get_slug(node.iri)
        for node in (await get_entity_index(site, BY_SEGMENT["country"])).nodes
    }
    found: dict[str, set[tuple[str, str]]] = {}
    for row in await site.queries.select(_QUERY):
        facet, iri = row["facet"].value, row["value"].value
        value = codes.get(iri) if facet == "country" else get_slug(iri)
        if value and (facet != "treaty" or value in {"cms", "cites"}):
            found.setdefault(row["thing"].value, set()).add((facet, value))
    _share_places(found, await get_whole_taxonomy(site))
    _place_activities(found)
    return found


def _place_activities(found: dict[str, set[tuple[str, str]]]) -> None:
    """Add the countries of the animals in species groups to the activities about these groups."""
    places: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for iri, pairs in found.items():
        if iri.startswith(ID + "taxon/"):
            countries = {pair for pair in pairs if pair[0] == "country"}
            for group in (pair for pair in pairs if pair[0] == "group"):
                places.setdefault(group, set()).update(countries)
    for iri, pairs in found.items():
        if iri.startswith(ID + "activity/"):
            pairs |= {place for pair in tuple(pairs) for place in places.get(pair, ())}


def _share_places(found: dict[str, set[tuple[str, str]]], reading: TaxonomySnapshot) -> None:
    """Add the places of a concept to the concept of the same name in the other taxonomy."""
    by_name: dict[str, set[tuple[str, str]]] = {}
    for concept in reading.taxa:
        places = {pair for pair in found.get(concept.iri, ()) if pair[0] == "country"}
        by_name.setdefault(concept.name, set()).update(places)
    for concept in reading.taxa:
        if by_name[concept.name]:
            found.setdefault(concept.iri, set()).update(by_name[concept.name])


async def resolve_choices(site: AppContext, given: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the distinct values of facets in canonical form.

    Args:
        site: the application context.
        given: values by facet in a request: types and groups by slug, countries by name or code.

    Raises:
        ProblemError: ``unknown-value`` (422).
    """
    chosen: dict[str, list[str]] = {}
    for facet in FACETS:
        found = {await _resolve_choice(site, facet, value) for value in given.get(facet, ()) if value}
        if found:
            chosen[facet] = sorted(found)
    return chosen


async def _resolve_choice(site: AppContext, facet: str, value: str) -> str:
    if facet in {"group", "country"}:
        node = await resolve_parameter(site, facet, "species-group" if facet == "group" else facet, value)
        return (node.notation if facet == "country" else None) or get_slug(node.iri)
    known = _FIXED.get(facet, tuple(sorted(BY_SEGMENT)))
    kind = BY_PLURAL.get(value) if facet == "type" else None
    found = kind.segment if kind else value
    if found not in known:
        detail = explain(
            "%(name)s: “%(value)s”; choose one of %(choices)s.", name=facet, value=value[:80], choices=", ".join(known)
        )
        raise ProblemError("unknown-value", "There is no such value", detail, status=422, parameter=facet, value=value)
    return found


async def refuse_where_unknown(site: AppContext, chosen: Mapping[str, list[str]]) -> None:
    """Refuse facets that are not computed for a large release.

    Raises:
        ProblemError: ``too-large-for-facets`` (422).
    """
    if any(facet != "type" for facet in chosen) and not await is_small_taxonomy(site):
        detail = "It has too many taxa for that; only type can be chosen. /sparql narrows down by anything."
        raise ProblemError("too-large-for-facets", "The release is too large for these facets", detail, status=422)


async def list_all_entities(site: AppContext, chosen: Mapping[str, list[str]]) -> list[SearchHit]:
    """Return all named entities in the order of their types, for a search without words.

    Of a large release only those of the selected types, because the names of all take hundreds of megabytes.
    """
    types = set(chosen.get("type", ()))
    return [
        SearchHit(node.iri, kind)
        for kind in (KINDS if await is_small_taxonomy(site) else [kind for kind in KINDS if kind.segment in types])
        for node in sorted(
            (await get_entity_index(site, kind)).nodes, key=lambda node: (node.position, node.name.casefold())
        )
    ]


def narrow_hits(
    hits: Iterable[SearchHit], values: Mapping[str, FacetValues], chosen: Mapping[str, list[str]]
) -> list[SearchHit]:
    """Return the *hits* that have every *chosen* value."""
    wanted = {(facet, value) for facet, these in chosen.items() if facet != "type" for value in these}
    types = set(chosen.get("type", ()))
    return [
        hit for hit in hits if (not types or hit.kind.segment in types) and wanted <= values.get(hit.iri, frozenset())
    ]


async def count_choices(
    site: AppContext, hits: list[SearchHit], values: Mapping[str, FacetValues], chosen: Mapping[str, list[str]]
) -> dict[str, list[FacetChoice]]:
    """Return the selectable values of each facet, most frequent first, counted among the hits of the other facets."""
    names = {
        segment: {get_slug(node.iri): node for node in (await get_entity_index(site, BY_SEGMENT[segment])).nodes}
        for segment in ("country", "species-group")
    }
    labels = {
        "country": {slug: node.name for slug, node in names["country"].items()},
        "group": {slug: node.name for slug, node in names["species-group"].items()},
        "treaty": {"cms": "CMS", "cites": "CITES"},
        "type": {kind.segment: kind.plural_label for kind in KINDS},
    }
    found = {}
    for facet in FACETS:
        # An entity may have several Appendices, so selecting one does not exclude the others.
        others = chosen if facet == "appendix" else {name: these for name, these in chosen.items() if name != facet}
        left = narrow_hits(hits, values, others)
        counts: Counter[str] = Counter(
            value
            for hit in left
            for value in (
                [hit.kind.segment]
                if facet == "type"
                else [value for name, value in values.get(hit.iri, ()) if name == facet]
            )
        )
        mine = set(chosen.get(facet, ()))
        ranked = sorted({*counts, *mine}, key=lambda value: (value not in mine, -counts[value], value))
        known = labels.get(facet, {})
        found[facet] = [
            FacetChoice(value, known.get(value) or value.upper().replace("-", " "), counts[value], value in mine)
            for value in ranked
        ]
    return found
