"""The pages of things: the same for all, with what a species and a country answer first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from jwpgraph.linked_data.addresses import iris_of_path, kind_of, path_of
from jwpgraph.linked_data.compaction import property_name
from jwpgraph.linked_data.context import property_of
from jwpgraph.linked_data.description import Description, LinkPage, describe
from jwpgraph.linked_data.kinds import BY_SEGMENT
from jwpgraph.linked_data.memento import earlier_states
from jwpgraph.linked_data.nodes import Node, preferred_language, preferring
from jwpgraph.linked_data.rdf_formats import split_extension
from jwpgraph.linked_data.register import register
from jwpgraph.linked_data.replaced import redirect_replaced
from jwpgraph.linked_data.responses import raw_path
from jwpgraph.linked_data.routes import document_links, see_other, unknown_thing
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.activity import questions
from jwpgraph.pages.country import country_view
from jwpgraph.pages.days import asked_day
from jwpgraph.pages.entity import EntityView, other_names, view
from jwpgraph.pages.entity_maps import country_map, instrument_map, range_map
from jwpgraph.pages.paging import asked_offset
from jwpgraph.pages.rendering import page
from jwpgraph.pages.species import species_view
from jwpgraph.pages.species_records import elsewhere
from jwpgraph.pages.structured_data import structured_data
from jwpgraph.pages.table_pages import links_in_lists, tables_of
from jwpgraph.problems import Problem
from jwpgraph.validation.findings import Standing

#: How many earlier states a page names; the time map has them all.
_STATES = 5
OpenResults = Callable[[str], Sequence[Standing]]
#: Which kinds of things have a page of their own make.
_TEMPLATES = {"taxon": "species.html", "country": "country.html", "activity": "activity.html"}


def create_router(site: Site, open_results: OpenResults | None = None) -> APIRouter:
    """``/doc`` and everything below it.

    Args:
        site: what the pages are read from.
        open_results: gives what validation has found about an entity and nobody has mended.
    """
    router = APIRouter()

    async def thing(request: Request, name: str) -> Response:
        del name  # its decoded form; IRIs are compared as they were sent
        asked = raw_path(request).removeprefix("/doc")
        if split_extension(asked)[1] is not None:
            return see_other(site, request, "/data" + asked)
        iris = iris_of_path("/id" + asked.removesuffix(".html"))
        if moved := await redirect_replaced(site, request, iris, "doc"):
            return moved
        links = _link_page(request)
        found = open_results(iris[0]) if open_results else ()
        template = _TEMPLATES.get(kind_of(iris[0]) or "", "entity.html")
        day = asked_day(request)
        variant = " ".join(one.fingerprint + one.state for one in found)

        async def make() -> Mapping[str, Any]:
            hidden = links_in_lists(kind_of(iris[0]))
            read = (
                describe(site, iris, links, hidden),
                tables_of(site, iris[0], day),
                _answers(site, request, iris[0], day),
            )
            description, tables, answers = await asyncio.gather(*read)
            if description is None:
                raise await unknown_thing(site, iris[0])
            iri = description.node.iri
            if iri != iris[0]:  # the other spelling is the one that is known
                tables, answers = await tables_of(site, iri, day), await _answers(site, request, iri, day)
            entity = view(description, await _neighbours(site, iri))
            in_tables = {key for table in tables if table.total for key in table.table.facts}
            entity.facts = [fact for fact in entity.facts if property_name(fact.property_iri) not in in_tables]
            address = site.url(request, path_of(entity.iri, "doc") or "")
            return {
                "entity": entity,
                "tables": tables,
                "earlier": await earlier_states(site, _STATES),
                "open_results": found,
                "structured_data": structured_data(description.node, entity, address),
                **answers,
                **await _drawn(site, description, entity, answers, day),
            }

        headers = {"Link": document_links(site, request, iris[0])}
        return await page(request, site, template, make, headers, variant=f"{variant} {day}")

    async def things_of_kind(request: Request, segment: str) -> Response:
        kind = BY_SEGMENT.get(segment)
        if kind is None:
            raise await unknown_thing(site, iris_of_path(f"/id/{segment}")[0])
        return RedirectResponse(site.url(request, f"/browse/{kind.plural}"), status_code=303)

    router.add_api_route("/doc/{segment}", things_of_kind, methods=["GET", "HEAD"], include_in_schema=False)
    router.add_api_route("/doc/{segment}/", things_of_kind, methods=["GET", "HEAD"], include_in_schema=False)
    router.add_api_route("/doc/{name:path}", thing, methods=["GET", "HEAD"], include_in_schema=False)
    return router


async def _answers(site: Site, request: Request, iri: str, day: date) -> dict[str, Any]:
    """What the page of a species or a country tells first."""
    is_today = not request.query_params.get("on")
    match kind_of(iri):
        case "taxon":
            country = await _country(site, request)
            species = await species_view(site, iri, day, is_today, country)
            return {"species": species, "countries": await _options(site, country)}
        case "country":
            return {"country": await country_view(site, iri, day, is_today)}
    return {}


async def _drawn(
    site: Site, description: Description, entity: EntityView, answers: Mapping[str, Any], day: date
) -> dict[str, Any]:
    """What the page needs that is made of the description: its map, the questions that an activity answers."""
    node = description.node
    match kind_of(node.iri):
        case "taxon":
            if answers["species"]:
                entity.other_names = other_names(node, answers["species"].called)
            return {"map": await range_map(site, node, answers["species"]), "elsewhere": elsewhere(node)}
        case "country":
            return {"map": country_map(node)}
        case "instrument":
            return {"map": await instrument_map(site, node, day)}
        case "activity":
            asked, rest = questions(entity.facts)
            return {"questions": asked, "rest": rest, "map": None}
    return {"map": None}


async def _options(site: Site, chosen: Node | None) -> Markup:
    """The countries to choose from; written once for a release and a language, since they are many."""
    language = preferred_language()

    async def write() -> Markup:
        nodes = (await register(site, BY_SEGMENT["country"])).nodes
        option = Markup('<option value="{}">{}</option>')
        with preferring(language):
            return Markup().join(option.format(node.notation, node.name) for node in nodes if node.notation)

    options = await site.once_per_release(f"country options {language}", write)
    if chosen is None:
        return options
    value = Markup('<option value="{}"').format(chosen.notation)
    return Markup(options.replace(value, value + Markup(" selected"), 1))  # noqa: S704 - both parts are escaped


async def _country(site: Site, request: Request) -> Node | None:
    """The country of ``?in=``.

    Raises:
        Problem: ``unknown-value`` (422) where it names none.
    """
    name = request.query_params.get("in")
    if not name:
        return None
    known = await register(site, BY_SEGMENT["country"])
    found = known.resolve(name)
    if len(found) != 1:
        near = known.near(name)
        hint = f" Did you mean {' or '.join(node.name for node in near)}?" if near else ""
        raise Problem("unknown-value", "There is no such country", f"in: {name!r}.{hint}", status=422)
    return found[0]


async def _neighbours(site: Site, iri: str) -> tuple[Node | None, Node | None]:
    if kind_of(iri) != "activity":
        return None, None
    return (await register(site, BY_SEGMENT["activity"])).neighbours(iri)


def _link_page(request: Request) -> LinkPage | None:
    name = request.query_params.get("incoming")
    if not name:
        return None
    predicate = property_of(name)
    if predicate is None:
        raise Problem("not-found", "There is no such thing", "There is no such page of links.", status=404)
    return LinkPage(predicate, asked_offset(request))
