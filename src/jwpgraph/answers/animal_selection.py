"""Filtering of animals by treaty, class, Red List category, species group, country and words, with facet counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, TypeVar, get_args

from jwpgraph.answers.languages import has_other_meaning
from jwpgraph.answers.listed_animals import ListedAnimal, get_listed_animals
from jwpgraph.answers.listing_basis import get_listing_taxonomy
from jwpgraph.answers.words import fold
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.common_names import choose_common_name, find_used_name
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.taxonomy.snapshot import CountryPresence, TaxonomySnapshot, read_presence
from jwpgraph.vocabulary import PREFIX_LINES

#: Filter values of each treaty: an Appendix, any Appendix, or none.
SIDES: Final = {"cms": ("any", "I", "II", "none"), "cites": ("any", "I", "II", "III", "none")}
#: The value for "nothing recorded".
UNRECORDED: Final = "none"
_FACETS: Final = (*SIDES, "class", "red_list", "group")
Name = TypeVar("Name")
RedListChoice = Literal["ex", "ew", "cr", "en", "vu", "nt", "lc", "dd", "none"]
RED_LIST: Final[tuple[str, ...]] = get_args(RedListChoice)
_GROUPS: Final = f"{PREFIX_LINES}SELECT ?group ?taxon WHERE {{ ?group a jwp:SpeciesGroup ; jwp:includesTaxon ?taxon }}"
_RANGED: Final = f"{PREFIX_LINES}SELECT DISTINCT ?taxon WHERE {{ ?record jwp:inPlace ?place ; jwp:ofTaxon ?taxon }}"
_ALL_NAMES: Final = (
    f"{PREFIX_LINES}SELECT ?s ?name WHERE {{ ?s dwc:vernacularName|skos:altLabel ?name ; a jwp:TaxonConcept }}"
)
_NAMES: Final = (
    f'{PREFIX_LINES}SELECT ?s ?name WHERE {{ ?s dwc:vernacularName ?name FILTER(LANG(?name) = "%s") '
    "?s a jwp:TaxonConcept }"
)


@dataclass(frozen=True, slots=True)
class AnimalFilter:
    """A filter of animals.

    Attributes:
        on: the day.
        sides: one of the values in :data:`SIDES` by treaty; missing treaties are not filtered.
        class_slug: slug of the class.
        red_list: one of the values in :data:`RED_LIST`.
        group: slug of a species group.
        country: a country with records of the animal; listings must cover its populations.
        words: folded words in the names of the animal.
        taxa: IRIs of concepts; None for all.
    """

    on: date
    sides: Mapping[str, str] = field(default_factory=dict)
    class_slug: str = ""
    red_list: str = ""
    group: str = ""
    country: EntityNode | None = None
    words: tuple[str, ...] = ()
    taxa: frozenset[str] | None = None


@dataclass(frozen=True)
class AnimalSelection:
    """The result of a filter.

    Attributes:
        asked: the filter.
        animals: the animals in the order of their names.
        counts: for each facet the number of animals by value, among those that match all other facets.
        occurs: distribution statuses in the country (slugs such as ``native``) by IRI of the animal; empty if all its
            records are of former areas.
        former: English names of the former areas succeeded by the country, for animals with records of such areas
            only; they may occur in another successor.
        ranged: of the animals that match all facets but the country, the number with a recorded range, and the total.
    """

    asked: AnimalFilter
    animals: list[ListedAnimal]
    counts: Mapping[str, Counter[str]]
    occurs: Mapping[str, tuple[str, ...]]
    ranged: tuple[int, int]
    former: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


async def select_animals(site: AppContext, asked: AnimalFilter) -> AnimalSelection:
    """Return the animals of the current release that match the filter *asked*."""
    groups = await get_group_members(site)
    names = await get_search_names(site) if asked.words else {}

    def has_names(one: ListedAnimal) -> bool:
        return _has_words(one, names, asked.words) and (
            asked.taxa is None or not one.animal.concepts.isdisjoint(asked.taxa)
        )

    everywhere = [one for one in await get_listed_animals(site, asked.on) if has_names(one)]
    if asked.country is None:
        animals, counts = _apply_facets(everywhere, asked, groups)
        return AnimalSelection(asked, animals, counts, {}, (0, 0))
    reading = await get_listing_taxonomy(site)
    presences = await read_presence(site.queries, asked.country.iri, reading)
    recorded = {iri: one for iri, one in presences.items() if not one.by_name}
    lineages = {above for iri in recorded for above in reading.taxa.lineage(iri)}
    rows = [one for one in await get_listed_animals(site, asked.on, asked.country.iri, lineages) if has_names(one)]
    animals, counts = _apply_facets(rows, asked, groups)
    occurs, former = _unite_presences(reading, rows, recorded)
    ranges = await _get_ranged_taxa(site)
    anywhere = [one for one in everywhere if _is_shown(one, asked) and not _list_unmet(one, asked, groups)]
    ranged = sum(not one.animal.concepts.isdisjoint(ranges) for one in anywhere)
    return AnimalSelection(asked, animals, counts, occurs, (ranged, len(anywhere)), former)


def _apply_facets(
    rows: Iterable[ListedAnimal], asked: AnimalFilter, groups: Mapping[str, frozenset[str]]
) -> tuple[list[ListedAnimal], dict[str, Counter[str]]]:
    """Return the animals that match all facets of a filter, and :attr:`AnimalSelection.counts`.

    An animal counts for the values of a facet if it matches all others: for every facet if it matches them all, and
    for the one that it does not match if it is the only one.
    """
    found: list[ListedAnimal] = []
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in _FACETS}
    for one in rows:
        if not _is_shown(one, asked):
            continue
        unmet = _list_unmet(one, asked, groups)
        if not unmet:
            found.append(one)
        if len(unmet) > 1:
            continue
        for facet in unmet or _FACETS:
            if one.is_listed or facet not in SIDES:
                counts[facet].update(_get_facet_values(one, facet, groups))
    return found, counts


def _is_shown(one: ListedAnimal, asked: AnimalFilter) -> bool:
    """Return whether an animal is listed, or animals listed by neither treaty are wanted."""
    return one.is_listed or all(asked.sides.get(treaty) == UNRECORDED for treaty in SIDES)


def _list_unmet(one: ListedAnimal, asked: AnimalFilter, groups: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the facets of a filter that an animal does not match."""
    unmet = [treaty for treaty, value in asked.sides.items() if value not in _get_side_values(one, treaty)]
    if asked.class_slug not in ("", one.class_slug):
        unmet.append("class")
    if asked.red_list not in ("", get_red_list(one)):
        unmet.append("red_list")
    if asked.group and one.animal.concepts.isdisjoint(groups.get(asked.group, frozenset())):
        unmet.append("group")
    return unmet


def get_red_list(one: ListedAnimal) -> str:
    """Return the slug of the Red List category of an animal, or :data:`UNRECORDED`."""
    return one.red_list[0] if one.red_list else UNRECORDED


def _has_words(one: ListedAnimal, names: Mapping[str, str], words: Sequence[str]) -> bool:
    return not words or all(any(word in names.get(iri, "") for iri in one.animal.concepts) for word in words)


def _get_side_values(one: ListedAnimal, treaty: str) -> list[str]:
    side = one.sides[treaty]
    if side.is_none:
        return ["none"]
    return ["any", *side.numbers] if side.numbers else []


def _get_facet_values(one: ListedAnimal, facet: str, groups: Mapping[str, frozenset[str]]) -> list[str]:
    match facet:
        case "class":
            return [one.class_slug] if one.class_slug else []
        case "red_list":
            return [get_red_list(one)]
        case "group":
            return [slug for slug, taxa in groups.items() if not one.animal.concepts.isdisjoint(taxa)]
    return _get_side_values(one, facet)


async def get_group_members(site: AppContext) -> Mapping[str, frozenset[str]]:
    """Return the IRIs of the concepts of each species group by slug."""

    async def read() -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for row in await site.queries.select(_GROUPS):
            found.setdefault(get_slug(row["group"].value), set()).add(row["taxon"].value)
        return {slug: frozenset(taxa) for slug, taxa in sorted(found.items())}

    return await site.once_per_release("members of species groups", read)


async def get_common_names(site: AppContext, language: str) -> Mapping[str, str]:
    """Return a common name in *language* by IRI of the concept (:func:`.choose_common_name`)."""

    async def read() -> dict[str, str]:
        found: dict[str, list[str]] = {}
        for row in await site.queries.select(_NAMES % language):
            found.setdefault(row["s"].value, []).append(row["name"].value)
        # "Pez espada" is the swordfish for most readers, even if it is a name of a sawfish, too.
        clear = {iri: [one for one in names if not has_other_meaning(one, language)] for iri, names in found.items()}
        return {iri: choose_common_name(names, iri) for iri, names in clear.items() if names}

    return await site.once_per_release(f"common names {language}", read)


async def get_used_english_names(site: AppContext) -> Mapping[str, str]:
    """Return the English common name that readers use by IRI of the concept, where the sources have it."""

    async def read() -> dict[str, str]:
        names: dict[str, list[str]] = {}
        for row in await site.queries.select(_NAMES % "en"):
            names.setdefault(row["s"].value, []).append(row["name"].value)
        found = {iri: find_used_name(these, iri) for iri, these in names.items()}
        return {iri: name for iri, name in found.items() if name}

    return await site.once_per_release("used English names", read)


def choose_name(one: ListedAnimal, names: Mapping[str, Name]) -> Name | None:
    """Return the name of an animal from *names* by concept."""
    return next((names[iri] for iri in (one.animal.iri, *sorted(one.animal.concepts)) if iri in names), None)


async def get_search_names(site: AppContext) -> Mapping[str, str]:
    """Return all names of each concept and its ancestors as one folded text."""

    async def read() -> dict[str, str]:
        reading = await get_listing_taxonomy(site)
        named = {}
        for concept in reading.taxa:
            above = (
                reading.taxa.concepts[iri].name
                for iri in reading.taxa.lineage(concept.iri)
                if iri in reading.taxa.concepts
            )
            named[concept.iri] = [*above, concept.common_name or "", *concept.synonyms]
        for row in await site.queries.select(_ALL_NAMES):
            named.setdefault(row["s"].value, []).append(row["name"].value)
        return {iri: fold(" ".join(these)) for iri, these in named.items()}

    return await site.once_per_release("names of animals", read)


async def _get_ranged_taxa(site: AppContext) -> frozenset[str]:
    async def read() -> frozenset[str]:
        return frozenset(row["taxon"].value for row in await site.queries.select(_RANGED))

    return await site.once_per_release("taxa with ranges", read)


def _unite_presences(
    reading: TaxonomySnapshot, rows: Iterable[ListedAnimal], recorded: Mapping[str, CountryPresence]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return :attr:`AnimalSelection.occurs` and :attr:`AnimalSelection.former`, from the taxa that animals include."""
    occurs, former = {}, {}
    for one in rows:
        taxa = {*one.animal.concepts, *(child.iri for iri in one.animal.concepts for child in reading.taxa.below(iri))}
        found = [recorded[iri] for iri in taxa if iri in recorded]
        own = [presence for presence in found if not presence.former]
        if not own:
            former[one.animal.iri] = tuple(sorted({name for presence in found for _, name in presence.former}))
        statuses = {get_slug(status) for presence in own for status in presence.statuses}
        occurs[one.animal.iri] = tuple(sorted(statuses)) if statuses or not own else ("occurs",)
    return occurs, former
