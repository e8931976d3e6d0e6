"""API routes of animals and their listings: ``/species``, ``/species/{slug}`` and ``/listings``.

An animal groups the concepts of both taxonomies for it; a listing is a ``jwp:ListingPeriod``.
"""

# Annotations are read by FastAPI at run time: they must not be postponed.

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from fastapi import Path, Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import RedirectResponse, Response

from jwpgraph.answers.animal_selection import AnimalFilter, AnimalSelection, RedListChoice, select_animals
from jwpgraph.answers.animals import find_animal, get_animal, is_animal
from jwpgraph.answers.documents import make_species_document
from jwpgraph.answers.listed_animals import ListedAnimal, TreatySide
from jwpgraph.answers.period_records import PeriodFilter, read_period_documents, select_periods
from jwpgraph.answers.statuses import compute_statuses
from jwpgraph.answers.words import fold
from jwpgraph.api.animal_models import AnimalPage, ListingPage, SpeciesDocument
from jwpgraph.api.parameters import Day, PlaceParameters
from jwpgraph.api.routes import PREFIX, describe_read
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.entities.named_parameters import resolve_parameter
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.paging import (
    make_link_header,
    make_page_fields,
    make_page_links,
    make_size_fields,
    slice_page,
)
from jwpgraph.linked_data.responses import send_json
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.taxon_facets.appendices import TREATY_IRIS
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxon_facets.horizon_cache import get_horizons
from jwpgraph.taxon_facets.treaty_documents import Json, make_evidence, make_horizon, make_treaty
from jwpgraph.taxonomy.horizon import Horizons


class _PageParameters(ApiModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=1000, description="Number of items on a page.")
    offset: int = Field(0, ge=0, le=10_000_000, description="Number of items to skip.")


class AnimalParameters(_PageParameters, PlaceParameters):
    """The parameters that narrow down the list of animals."""

    cms: Literal["any", "I", "II", "none"] | None = Field(None, description="Listed in this Appendix of CMS, or not.")
    cites: Literal["any", "I", "II", "III", "none"] | None = Field(None, description="The same for CITES.")
    taxon_class: str = Field("", max_length=100, alias="class", description="Class, such as mammalia.")
    red_list: Literal["", RedListChoice] = Field("", description="Red List category; none: no category is recorded.")
    group: str = Field("", max_length=100, description="Slug of a species group.")
    q: str = Field("", max_length=100, description="Words of its names.")


class ListingParameters(_PageParameters):
    """The parameters that narrow down the list of listings."""

    treaty: Literal["cms", "cites"] | None = Field(None, description="The convention.")
    appendix: Literal["I", "II", "III"] | None = Field(None, description="Number of the Appendix.")
    taxon: str | None = Field(
        None, min_length=1, max_length=200, description="Slug of a concept, such as cites/saiga-tatarica."
    )
    on: Day | None = Field(None, description="Only listings in force on this day, such as 2016-05-01; default: all.")
    certain: bool | None = Field(None, description="Only listings that are certain all through, or only others.")


SlugName = Annotated[str, Path(description="The animal's slug.", max_length=200, examples=["falco-cherrug"])]


router = ReadRouter(prefix=PREFIX)


@router.read("/species", **describe_read("list_species", AnimalPage, "List animals with their status in both treaties"))
async def list_animals(request: Request, site: Site, parameters: Annotated[AnimalParameters, Query()]) -> Response:
    asked = await _make_filter(site, parameters)

    async def read() -> tuple[Json, Mapping[str, str]]:
        found = await select_animals(site, asked)
        pages = make_page_links(site, request, parameters, len(found.animals))
        document = {
            "on": asked.on.isoformat(),
            "country": _name(asked.country) if asked.country else None,
            **make_size_fields(parameters, len(found.animals)),
            **make_page_fields(pages),
            "horizon": _make_horizons(await get_horizons(site), asked.on),
            "items": [_make_item(site, request, one, found) for one in slice_page(found.animals, parameters)],
            "release": site.release_number,
        }
        return document, make_link_header(pages)

    return await send_json(request, site, read, asked.on.isoformat())


@router.read("/species/{name}", **describe_read("show_species", SpeciesDocument, "Show an animal in both treaties"))
async def show_animal(
    request: Request, site: Site, name: SlugName, parameters: Annotated[PlaceParameters, Query()]
) -> Response:
    reading, concept = await find_animal(site, name)
    if not is_animal(reading.taxa.concepts[concept]):
        raise ProblemError(
            "not-found",
            "There is no such animal",
            f"{name!r} is a taxon above the species; see {PREFIX}/taxa/{get_slug(concept)}.",
            status=404,
        )
    one = get_animal(reading, concept, get_today())
    if one.slug != name:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(site.url(request, f"{PREFIX}/species/{one.slug}{query}"), status_code=303)
    country = await resolve_parameter(site, "country", "country", parameters.country) if parameters.country else None
    day = parameters.day

    async def read() -> tuple[Json, Mapping[str, str]]:
        (status,) = await compute_statuses(site, reading, [one], day, country)
        return make_species_document(reading, status, None, site.release_number), {}

    return await send_json(request, site, read, day.isoformat())


@router.read("/listings", **describe_read("list_listings", ListingPage, "List listings in the Appendices"))
async def list_listings(request: Request, site: Site, parameters: Annotated[ListingParameters, Query()]) -> Response:
    taxon = (await resolve_parameter(site, "taxon", "taxon", parameters.taxon)).iri if parameters.taxon else None
    day = date.fromisoformat(parameters.on) if parameters.on else None
    asked = PeriodFilter(parameters.treaty, parameters.appendix, taxon, day, parameters.certain)

    async def read() -> tuple[Json, Mapping[str, str]]:
        found, known = await select_periods(site, asked), await get_horizons(site)
        pages = make_page_links(site, request, parameters, len(found))
        document = {
            **make_size_fields(parameters, len(found)),
            **make_page_fields(pages),
            "horizon": _make_horizons(known, day or get_today()),
            "items": await read_period_documents(site, slice_page(found, parameters)),
            "release": site.release_number,
        }
        return document, make_link_header(pages)

    return await send_json(request, site, read, (day or get_today()).isoformat())


async def _make_filter(site: AppContext, parameters: AnimalParameters) -> AnimalFilter:
    groups = sorted(get_slug(node.iri) for node in (await get_entity_index(site, BY_SEGMENT["species-group"])).nodes)
    if parameters.group and parameters.group not in groups:
        raise ProblemError(
            "unknown-value",
            "There is no such group",
            f"group: {parameters.group!r}; there are {', '.join(groups)}",
            status=422,
            parameter="group",
        )
    sides = {"cms": parameters.cms, "cites": parameters.cites}
    return AnimalFilter(
        parameters.day,
        {treaty: value for treaty, value in sides.items() if value},
        parameters.taxon_class.casefold(),
        parameters.red_list,
        parameters.group,
        await resolve_parameter(site, "country", "country", parameters.country) if parameters.country else None,
        tuple(fold(parameters.q).split()),
    )


def _make_horizons(known: Horizons, on: date) -> Json:
    return {short: make_horizon(known.outlook(iri, (), on)) for short, iri in TREATY_IRIS.items()}


def _name(node: EntityNode) -> Json:
    return {"id": node.iri, "label": node.name, "notation": node.notation or get_slug(node.iri)}


def _make_item(site: AppContext, request: Request, one: ListedAnimal, found: AnimalSelection) -> Json:
    category, year = one.red_list or (None, None)
    return {
        "id": one.animal.iri,
        "slug": one.animal.slug,
        "scientific_name": one.animal.concept.name,
        "common_name": one.animal.common_name,
        "rank": one.animal.concept.rank,
        "class": one.class_slug or None,
        "red_list": {"category": category.upper(), "reported": year or None} if category else None,
        "treaties": [_make_side(side) for side in one.sides.values()],
        "occurs": list(found.occurs.get(one.animal.iri, ())),
        "recorded_for": list(found.former.get(one.animal.iri, ())),
        "url": site.url(request, f"{PREFIX}/species/{one.animal.slug}"),
        "page": site.url(request, f"/species/{one.animal.slug}"),
    }


def _make_side(side: TreatySide) -> Json:
    return {
        "treaty": make_treaty(TREATY_IRIS[side.treaty]),
        "state": side.state,
        "appendices": side.numbers,
        "possible_appendices": side.possible_numbers,
        "complete_until": side.complete_until.isoformat() if side.complete_until else None,
        "beyond": side.is_beyond,
        "listings": [
            {
                "appendix": one.number,
                "since": one.since.isoformat() if one.since else None,
                "certain": one.certain,
                "whole_taxon": one.whole,
                "listed_as": one.named,
                "evidence": make_evidence(one.evidence),
            }
            for one in side.holdings
        ],
    }
