"""The pages of entities: a common layout, with a summary for species and countries."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from jwpgraph.answers.animals import Animal, get_animal, is_animal
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.description import EntityDescription, LinkPage, describe
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.iri_mapping import get_slug, get_type_segment, iri_to_path, path_to_iris
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import make_wrong_parameter_problem
from jwpgraph.linked_data.compaction import compact_property
from jwpgraph.linked_data.json_ld_context import find_property_iri
from jwpgraph.linked_data.memento import list_earlier_states
from jwpgraph.linked_data.rdf_formats import split_extension
from jwpgraph.linked_data.responses import get_raw_path, make_last_modified, redirect_see_other
from jwpgraph.linked_data.routes import find_known_iri, make_document_links, make_unknown_entity_problem
from jwpgraph.linked_data.routing import Site
from jwpgraph.linked_data.tombstones import redirect_replaced
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxon_facets.taxonomy_cache import MOST_BELOW, TooManyTaxaError, get_taxonomy_about
from jwpgraph.validation.route_dependency import Validation
from jwpgraph.vocabulary import PREFIXES
from jwpgraph.web.activity_questions import make_questions
from jwpgraph.web.citations import make_citation, make_scope_query
from jwpgraph.web.content_names import get_animal_names
from jwpgraph.web.country import make_country_view
from jwpgraph.web.country_choice import get_requested_country, list_country_options
from jwpgraph.web.entity_maps import make_country_map, make_instrument_map, make_range_map
from jwpgraph.web.entity_names import list_other_names
from jwpgraph.web.entity_view import EntityView, make_entity_view
from jwpgraph.web.listings import make_group_rows
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.paging import parse_offset
from jwpgraph.web.rendering import make_page, redirect_to_machine_form
from jwpgraph.web.requested_day import parse_requested_day
from jwpgraph.web.species import make_species_view
from jwpgraph.web.species_records import list_external_identifiers
from jwpgraph.web.structured_data import make_structured_data
from jwpgraph.web.table_pages import list_table_links, read_entity_tables
from jwpgraph.web.validation import read_open_results

#: Maximum number of earlier states on a page; the time map has all.
_STATES = 5
#: Mark of translations that nobody has reviewed, in an editorial note.
_UNREVIEWED = "translation awaiting review"
#: Maximum number of animals on the page of a species group.
_GROUP_ROWS = 60
#: Entity types with a summary or sections of their own.
#: The languages of names that a reader of another language did not ask for.
_NOT_TRANSLATED = frozenset((None, "en", "la"))

_TEMPLATES = {
    "taxon": "species.html",
    "country": "country.html",
    "activity": "activity.html",
    "species-group": "species_group.html",
}


router = PageRouter()


@router.read_undocumented("/doc/{segment}", "/doc/{segment}/")
async def redirect_to_list(request: Request, site: Site, segment: str) -> Response:
    """Redirect from an entity type to the list of its entities."""
    kind = BY_SEGMENT.get(segment)
    if kind is None:
        raise await make_unknown_entity_problem(site, path_to_iris(f"/id/{segment}")[0])
    return RedirectResponse(site.url(request, f"/browse/{kind.plural}"), status_code=303)


@router.read_undocumented("/doc/{name:path}")
@takes("on", "in", "incoming", "offset")
async def show_entity(request: Request, site: Site, validation: Validation, name: str) -> Response:
    """Return the page of an entity."""
    del name  # its decoded form; IRIs are compared as they were sent
    asked = get_raw_path(request).removeprefix("/doc")
    if split_extension(asked)[1] is not None:
        return redirect_see_other(site, request, "/data" + asked)
    iris = path_to_iris("/id" + asked.removesuffix(".html"))
    if moved := await redirect_replaced(site, request, iris, "doc"):
        return moved
    if elsewhere := redirect_to_machine_form(request, site):
        await find_known_iri(site, "/id" + asked.removesuffix(".html"))
        return elsewhere
    links = _parse_link_page(request)
    found = read_open_results(validation, iris[0])
    template = _TEMPLATES.get(get_type_segment(iris[0]) or "", "entity.html")
    day = parse_requested_day(request)
    variant = " ".join(one.fingerprint + one.state for one in found)

    async def make() -> Mapping[str, Any]:
        return {**await make_entity_context(site, request, iris[0], day, iris, links), "open_results": found}

    changed = (await site.last_changes(iris[:1])).get(iris[0])
    headers = {"Link": make_document_links(site, request, iris[0]), **make_last_modified(changed)}
    return await make_page(request, site, template, make, headers, variant=f"{variant} {day}")


async def make_entity_context(
    site: AppContext,
    request: Request,
    iri: str,
    day: date,
    spellings: Sequence[str] = (),
    links: LinkPage | None = None,
) -> dict[str, Any]:
    """Return the template values for the page of an entity.

    Args:
        site: where it is read from.
        request: names the country that is asked for.
        iri: the thing.
        day: the day for which its status is shown.
        spellings: the IRIs that an address may mean, *iri* first.
        links: the page of links to it that is asked for.

    Raises:
        ProblemError: ``not-found`` (404).
    """
    iris = list(spellings) or [iri]
    read = (
        describe(site, iris, links, list_table_links(get_type_segment(iri))),
        read_entity_tables(site, iri, day),
        _make_answers(site, request, iri, day),
    )
    description, tables, answers = await asyncio.gather(*read)
    if description is None:
        raise await make_unknown_entity_problem(site, iri)
    known = description.node.iri
    if known != iri:  # the other spelling is the one that is known
        tables, answers = await read_entity_tables(site, known, day), await _make_answers(site, request, known, day)
    entity = make_entity_view(description, await _list_neighbours(site, known))
    await _name_by_animal(site, entity)
    in_tables = {key for table in tables if table.total for key in table.table.facts}
    given = {compact_property(fact.property_iri) for fact in entity.facts}
    # A meeting is under its convention; the links of a taxon to other databases stand below "Elsewhere".
    in_tables |= {"designation"} if "parent_conventions" in given else set()
    in_tables |= {"see_also"} if get_type_segment(known) == "taxon" else set()
    entity.facts = [fact for fact in entity.facts if compact_property(fact.property_iri) not in in_tables]
    entity.cite = (await make_citation(site, request, entity.iri, entity.name)).as_text()
    address = site.url(request, iri_to_path(entity.iri, "doc") or "")
    return {
        "entity": entity,
        "cited_scope": make_scope_query(request),
        "tables": tables,
        "is_unreviewed": any(
            _UNREVIEWED in note.value
            for note in description.node.properties.get(PREFIXES["skos"] + "editorialNote", ())
        ),
        "earlier": await list_earlier_states(site, _STATES),
        "open_results": (),
        "structured_data": await make_structured_data(site, description.node, entity, address),
        "animal": None,
        "too_many_below": None,
        "address": entity.path,
        "then": None,
        "changes": [],
        **answers,
        **await _make_drawings(site, description, entity, answers, day),
    }


async def _make_answers(site: AppContext, request: Request, iri: str, day: date) -> dict[str, Any]:
    """Return the summary of a species or country."""
    is_today = not request.query_params.get("on")
    match get_type_segment(iri):
        case "taxon":
            country = await get_requested_country(site, request)
            try:
                species = await make_species_view(site, iri, day, is_today, country)
            except TooManyTaxaError:
                return {"species": None, "too_many_below": MOST_BELOW}
            return {
                "species": species,
                "countries": await list_country_options(site, country),
                "page_of_animal": f"/species/{animal.slug}" if (animal := await _find_animal(site, iri)) else None,
            }
        case "country":
            node = (await get_entity_index(site, BY_SEGMENT["country"])).get(iri)
            return {"country": await make_country_view(site, node, day, is_today)} if node else {}
        case "species-group":
            rows, total = await make_group_rows(site, get_slug(iri), day, _GROUP_ROWS)
            return {"animals": rows, "animals_total": total, "on": day}
    return {}


async def _make_drawings(
    site: AppContext, description: EntityDescription, entity: EntityView, answers: Mapping[str, Any], day: date
) -> dict[str, Any]:
    """Return the parts made from the description: its map, and the questions about an activity."""
    node = description.node
    match get_type_segment(node.iri):
        case "taxon":
            if answers["species"]:
                entity.other_names = list_other_names(node, answers["species"].called, entity.name)
            return {
                "map": await make_range_map(site, node, answers["species"]),
                "elsewhere": list_external_identifiers(node),
            }
        case "country":
            return {"map": make_country_map(node)}
        case "instrument":
            return {"map": await make_instrument_map(site, node, day)}
        case "activity":
            asked, rest = make_questions(entity.facts)
            return {"questions": asked, "rest": rest, "map": None}
    return {"map": None}


async def _name_by_animal(site: AppContext, entity: EntityView) -> None:
    """Give a concept without a name in the preferred languages that of the other treaty's concept of the animal."""
    if get_type_segment(entity.iri) != "taxon" or entity.language not in _NOT_TRANSLATED:
        return
    names = await get_animal_names(site)
    animal = await _find_animal(site, entity.iri) if names else None
    if animal and entity.language == "en" and entity.name != animal.concept.name:
        return  # its label is a common name
    found = next((names[iri] for iri in sorted(animal.concepts) if iri in names), None) if animal else None
    if found:
        entity.name, entity.language = found


async def _find_animal(site: AppContext, iri: str) -> Animal | None:
    """Return the animal of a concept today; ``None`` for higher taxa."""
    reading = await get_taxonomy_about(site, iri)
    if iri not in reading.taxa.concepts or not is_animal(reading.taxa.concepts[iri]):
        return None
    return get_animal(reading, iri, get_today())


async def _list_neighbours(site: AppContext, iri: str) -> tuple[EntityNode | None, EntityNode | None]:
    if get_type_segment(iri) != "activity":
        return None, None
    return (await get_entity_index(site, BY_SEGMENT["activity"])).neighbours(iri)


def _parse_link_page(request: Request) -> LinkPage | None:
    name = request.query_params.get("incoming")
    if not name:
        return None
    predicate = find_property_iri(name)
    if predicate is None:
        raise make_wrong_parameter_problem("incoming", f"there is no property {name[:80]!r}")
    return LinkPage(predicate, parse_offset(request))
