"""``/listings``: table of listed and unlisted animals with filters, counts, and a URL for each state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from jwpgraph.answers.animal_selection import (
    RED_LIST,
    SIDES,
    AnimalFilter,
    AnimalSelection,
    choose_name,
    get_group_members,
    get_red_list,
    select_animals,
)
from jwpgraph.answers.listed_animals import ListedAnimal, TreatySide, get_listed_animals
from jwpgraph.answers.words import fold
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import require_choice
from jwpgraph.linked_data.routing import Site
from jwpgraph.taxon_facets.appendices import TREATIES
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxon_facets.horizon_cache import get_horizons
from jwpgraph.web.content_names import NAME_LANGUAGE, get_animal_names, list_group_names
from jwpgraph.web.country_choice import get_requested_country, list_country_options
from jwpgraph.web.horizon_words import list_horizon_notes, state_words
from jwpgraph.web.labels.animals import get_class_label, get_red_list_label, get_side_label
from jwpgraph.web.labels.evidence import describe_doubt
from jwpgraph.web.labels.species import get_range_label
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.paging import parse_offset
from jwpgraph.web.rendering import make_page
from jwpgraph.web.requested_day import parse_requested_day
from jwpgraph.web.table_files import Sheet
from jwpgraph.web.table_responses import require_table_type, send_table
from jwpgraph.web.translation import gettext

_PER_PAGE: Final = 150
_PARAMETERS: Final = ("cms", "cites", "class", "red_list", "group", "in", "q", "on", "sort")
_SORTS: Final = ("name", "cms", "-cms", "cites", "-cites")
_LONGEST_QUERY: Final = 100
#: Predefined filters: parameters and label.
HEADER: Final = (
    *("id", "scientific_name", "common_name", "class", "red_list", "red_list_reported"),
    *("cms", "cms_state", "cms_possible", "cms_since", "cms_listed_as"),
    *("cites", "cites_state", "cites_possible", "cites_since", "cites_listed_as"),
    *("occurs", "recorded_for", "page", "on"),
    *("cms_evidence", "cms_complete_until", "cms_beyond"),
    *("cites_evidence", "cites_complete_until", "cites_beyond"),
)


@dataclass(slots=True)
class Choice:
    """A value that a filter can have."""

    value: str
    label: str
    count: int | None
    chosen: bool


@dataclass(slots=True)
class AnimalRow:
    """A row of the table."""

    href: str
    name: str | None
    language: str | None
    scientific: str
    get_class_label: str
    red_list: str
    red_list_year: str
    sides: list[SideCell]
    occurs: str


@dataclass(slots=True)
class SideCell:
    """The listing of an animal under a treaty, for a table row.

    Attributes:
        treaty: ``cms`` or ``cites``.
        listings: number of the Appendix, its first day, whether it lists part of the animal only, and the level of
            evidence if no source states it.
        named: the names as which it is listed, where they are others.
        says: what stands there without a listing that is certain.
    """

    treaty: str
    listings: list[tuple[str, date | None, bool, str]]
    named: list[str]
    says: str


router = PageRouter()


@router.read_undocumented("/listings")
@takes(*_PARAMETERS, "offset")
async def show_listings(request: Request, site: Site) -> Response:
    """Return the table of listed animals as a page."""
    asked, sort, offset = await parse_filter(site, request), _parse_sort(request), parse_offset(request)

    async def make() -> Mapping[str, Any]:
        found = await select_animals(site, asked)
        rows = await make_rows(site, _sort(found.animals, sort), found, slice(offset, offset + _PER_PAGE))
        return {
            "asked": asked,
            "rows": rows,
            "total": len(found.animals),
            "ranged": found.ranged,
            "filters": await _make_filters(site, found),
            "countries": await list_country_options(site, asked.country),
            "words": " ".join(asked.words),
            "is_today": asked.on == get_today(),
            "sort": sort,
            "first": offset + 1,
            "previous": str(max(0, offset - _PER_PAGE)) if offset else None,
            "following": str(offset + _PER_PAGE) if offset + _PER_PAGE < len(found.animals) else None,
            "notes": list_horizon_notes(await get_horizons(site), tuple(TREATIES.items()), asked.on),
            "state": lambda **changes: _state_url(request, changes),
            "file": lambda extension: _state_url(request, {"offset": None}, f".{extension}"),
        }

    return await make_page(request, site, "listings.html", make, variant=asked.on.isoformat())


@router.read_undocumented("/listings.{extension}")
@takes(*_PARAMETERS, "offset")
async def export_listings(request: Request, site: Site, extension: str) -> Response:
    """Return the table of listed animals as CSV, XLSX or JSON."""
    require_table_type(extension)
    asked, sort = await parse_filter(site, request), _parse_sort(request)

    async def make() -> Sheet:
        found = await select_animals(site, asked)
        names = await get_animal_names(site)
        rows = []
        for one in _sort(found.animals, sort):
            name, language = choose_name(one, names) or (one.animal.common_name or "", "en")
            page = site.url(request, "/species/" + one.animal.slug)
            rows.append((*make_animal_row(one, found, name, page), language if name else ""))
        return Sheet("listings", (*HEADER, NAME_LANGUAGE), rows)

    return await send_table(request, site, extension, make, f"listings-{asked.on}", asked.on.isoformat())


async def parse_filter(site: AppContext, request: Request) -> AnimalFilter:
    """Return the filter in the parameters of *request*.

    Raises:
        ProblemError: ``invalid-parameter`` (422) for a value that there is not, ``unknown-value`` (422) for a country.
    """
    given = {name: request.query_params.get(name, "").strip() for name in _PARAMETERS}
    for treaty, values in SIDES.items():
        require_choice(treaty, given[treaty], values)
    require_choice("red_list", given["red_list"], RED_LIST)
    require_choice("group", given["group"], await list_group_names(site))
    return AnimalFilter(
        parse_requested_day(request),
        {treaty: given[treaty] for treaty in SIDES if given[treaty]},
        given["class"].casefold()[:_LONGEST_QUERY],
        given["red_list"],
        given["group"],
        await get_requested_country(site, request),
        tuple(fold(given["q"])[:_LONGEST_QUERY].split()),
    )


def _parse_sort(request: Request) -> str:
    sort = request.query_params.get("sort") or "name"
    require_choice("sort", sort, _SORTS)
    return sort


def _sort(animals: list[ListedAnimal], sort: str) -> list[ListedAnimal]:
    """Return the animals by the last change of a treaty's Appendices for them; undated ones last."""
    treaty = sort.removeprefix("-")
    if treaty == "name":
        return animals

    def day(one: ListedAnimal) -> date | None:
        side = one.sides[treaty]
        return max((found for number in side.numbers if (found := side.first_since(number))), default=None)

    dated = sorted(
        ((found, one) for one in animals if (found := day(one))), key=lambda pair: pair[0], reverse=sort.startswith("-")
    )
    return [one for _, one in dated] + [one for one in animals if day(one) is None]


async def make_rows(
    site: AppContext, animals: list[ListedAnimal], found: AnimalSelection, part: slice
) -> list[AnimalRow]:
    """Return rows of the table, with names in the preferred languages."""
    names = await get_animal_names(site)
    asked = found.asked
    query = urlencode(
        ([("on", asked.on.isoformat())] if asked.on != get_today() else [])
        + ([("in", asked.country.notation or get_slug(asked.country.iri))] if asked.country else [])
    )
    rows = []
    for one in animals[part]:
        name, language = choose_name(one, names) or (one.animal.common_name, "en")
        rows.append(
            AnimalRow(
                f"/species/{one.animal.slug}" + (f"?{query}" if query else ""),
                name[:1].upper() + name[1:] if name else None,
                language,
                one.animal.concept.name,
                get_class_label(one.class_slug),
                get_red_list_label(get_red_list(one)) if one.red_list else "",
                one.red_list[1] if one.red_list else "",
                [make_side(one.sides[treaty]) for treaty in SIDES],
                _describe_presence(found, one.animal.iri),
            )
        )
    return rows


def _describe_presence(found: AnimalSelection, iri: str) -> str:
    """Return a description of how the animal is recorded from the requested country."""
    if areas := found.former.get(iri):
        return gettext("recorded for %(area)s", area=", ".join(areas))
    return ", ".join(get_range_label(status) for status in found.occurs.get(iri, ()))


async def make_group_rows(site: AppContext, slug: str, on: date, most: int) -> tuple[list[AnimalRow], int]:
    """Return rows for at most *most* animals of a species group, and the number of all its animals."""
    members = (await get_group_members(site)).get(slug, frozenset())
    animals = [one for one in await get_listed_animals(site, on) if not one.animal.concepts.isdisjoint(members)]
    found = AnimalSelection(AnimalFilter(on, group=slug), animals, {}, {}, (0, 0))
    return await make_rows(site, animals, found, slice(most)), len(animals)


def make_side(side: TreatySide) -> SideCell:
    """Return the listing under a treaty, for a row."""
    return SideCell(
        side.treaty,
        [
            (number, side.first_since(number), side.in_part(number), describe_doubt(side.get_evidence(number)))
            for number in side.numbers
        ],
        side.names,
        "" if side.numbers else state_words(side.state, side.possible_numbers, is_beyond=side.is_beyond),
    )


def make_animal_row(one: ListedAnimal, found: AnimalSelection, name: str, page: str) -> tuple[str, ...]:
    """Return an animal with its common name *name* as a row of a file, see :data:`HEADER`."""
    sides: list[str] = []
    horizons: list[str] = []
    for treaty in SIDES:
        side = one.sides[treaty]
        days = ((number, side.first_since(number)) for number in side.numbers)
        sides += [
            " ".join(side.numbers),
            side.state,
            " ".join(side.possible_numbers),
            "; ".join(f"{number}: {day or 'not known'}" for number, day in days),
            "; ".join(side.names),
        ]
        horizons += [
            "; ".join(f"{number}: {side.get_evidence(number) or 'not recorded'}" for number in side.numbers),
            str(side.complete_until or ""),
            "yes" if side.is_beyond else "no",
        ]
    category, year = one.red_list or ("", "")
    occurs = " ".join(found.occurs.get(one.animal.iri, ()))
    former = "; ".join(found.former.get(one.animal.iri, ()))
    return (
        one.animal.iri,
        one.animal.concept.name,
        name,
        one.class_slug,
        category.upper(),
        year,
        *sides,
        occurs,
        former,
        page,
        str(found.asked.on),
        *horizons,
    )


async def _make_filters(site: AppContext, found: AnimalSelection) -> dict[str, list[Choice]]:
    asked = found.asked
    groups = await list_group_names(site)
    classes = sorted(found.counts["class"], key=lambda slug: get_class_label(slug).casefold())
    if asked.class_slug and asked.class_slug not in classes:
        classes.append(asked.class_slug)

    def choices(facet: str, values: Any, chosen: str, label: Any) -> list[Choice]:
        return [Choice(value, label(value), found.counts[facet][value], value == chosen) for value in values]

    return {
        **{
            treaty: choices(treaty, values, asked.sides.get(treaty, ""), get_side_label)
            for treaty, values in SIDES.items()
        },
        "class": choices("class", classes, asked.class_slug, get_class_label),
        "red_list": choices("red_list", RED_LIST, asked.red_list, get_red_list_label),
        "group": choices("group", groups, asked.group, groups.__getitem__),
    }


def _state_url(request: Request, changes: Mapping[str, str | None], extension: str = "") -> str:
    """Return the URL of the page with other choices; without *changes* that of this page."""
    values = {name: request.query_params.get(name) for name in _PARAMETERS} | dict(changes)
    query = urlencode({name: value for name, value in values.items() if value})
    return f"/listings{extension}" + (f"?{query}" if query else "")
