"""The pages of lists, with the filters of the API, and as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from pydantic import ValidationError
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.list_filters import RESOURCES, ListResource
from jwpgraph.entities.listing import EntitySelection, ListParameters, make_parameters_model, select_entities
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.http.declared_parameters import reads_parameters, refuse_repeated, refuse_unknown
from jwpgraph.http.parameters import parse_parameters
from jwpgraph.http.unknown_names import make_unknown_address_problem, make_wrong_parameter_problem
from jwpgraph.linked_data.paging import make_link_header, make_page_links
from jwpgraph.linked_data.responses import get_raw_path, send_conditionally
from jwpgraph.linked_data.routing import Site
from jwpgraph.problems import get_fault_reason
from jwpgraph.web.entity_view import make_reference
from jwpgraph.web.home import make_home_view
from jwpgraph.web.languages import PARAMETERS, list_parameters
from jwpgraph.web.list_files import render_list_csv
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.rendering import make_page

_PER_PAGE = 100


router = PageRouter()


@router.read_undocumented("/browse")
async def show_lists(request: Request, site: Site) -> Response:
    async def make() -> Mapping[str, Any]:
        return {"home": await make_home_view(site)}

    return await make_page(request, site, "lists.html", make)


@router.read_undocumented("/browse/{plural}")
@reads_parameters
async def show_list(request: Request, site: Site, plural: str) -> Response:
    name, dot, extension = plural.partition(".")
    resource = RESOURCES.get(name)
    if resource is None or (dot and extension != "csv"):
        raise make_unknown_address_problem(RESOURCES)
    parameters = _list_parameters(request, resource)
    if dot:
        is_page = not {"limit", "offset"}.isdisjoint(request.query_params)
        wanted = parameters if is_page else parameters.model_copy(update={"limit": 1_000_000, "offset": 0})

        async def make_csv() -> tuple[bytes, Mapping[str, str]]:
            body, headers, total = await _render_csv(site, resource, wanted)
            return body, headers | make_link_header(make_page_links(site, request, wanted, total, pinned=False))

        return await send_conditionally(request, site, "text/csv", make_csv)

    async def make() -> Mapping[str, Any]:
        selection = await select_entities(site, resource, parameters)
        nodes = await _describe_selection(site, resource, selection)
        return {
            "kind": resource.kind,
            "items": [make_reference(node, node.iri) for node in nodes],
            "total": selection.total,
            "first": parameters.offset + 1,
            "q": parameters.q or "",
            "sort": parameters.sort,
            "filters": _list_active_filters(request),
            "query": urlencode([pair for pair in list_parameters(request) if pair[0] not in {"limit", "offset"}]),
            "previous": _make_page_link(request, parameters, -1, selection.total),
            "following": _make_page_link(request, parameters, 1, selection.total),
        }

    return await make_page(request, site, "browse.html", make)


def _list_parameters(request: Request, resource: ListResource) -> ListParameters:
    """Return the parameters of a list in the API, with a larger page."""
    given: dict[str, Any] = {"limit": _PER_PAGE}
    model = make_parameters_model(resource.kind.plural)
    many_valued = {name for name, field in model.model_fields.items() if isinstance(field.default, list)}
    pairs = parse_parameters(request.scope["query_string"])
    refuse_unknown(pairs, {*model.model_fields, *PARAMETERS})
    refuse_repeated(pairs, {*model.model_fields, *PARAMETERS} - many_valued)
    for name in dict(list_parameters(request)):
        values = request.query_params.getlist(name)
        many = name in many_valued
        if many or values[-1]:
            given[name] = values if many else values[-1]
    try:
        return model.model_validate(given)
    except ValidationError as error:
        fault = error.errors()[0]
        raise make_wrong_parameter_problem(str(fault["loc"][0]), get_fault_reason(fault)) from None


async def _describe_selection(site: AppContext, resource: ListResource, selection: EntitySelection) -> list[EntityNode]:
    known = {node.iri: node for node in (await get_entity_index(site, resource.kind)).nodes}
    return [known[iri] for iri in selection.iris]


async def _render_csv(
    site: AppContext, resource: ListResource, parameters: ListParameters
) -> tuple[bytes, dict[str, str], int]:
    """Return a page of a list as CSV (RFC 4180), its headers, and the total number of rows."""
    selection = await select_entities(site, resource, parameters)
    nodes = await _describe_selection(site, resource, selection)
    text = await render_list_csv(site, nodes)
    headers = {"Content-Disposition": f'attachment; filename="{resource.kind.plural}.csv"'}
    return text.encode(), headers, selection.total


def _list_active_filters(request: Request) -> list[tuple[str, str, str]]:
    """Return each active filter with its value and the URL of the list without it."""
    pairs = [(key, value) for key, value in list_parameters(request) if value]
    shown = [pair for pair in pairs if pair[0] not in {"limit", "offset", "sort", "q"}]
    found = []
    for pair in shown:
        rest = [other for other in pairs if other != pair and other[0] != "offset"]
        found.append((pair[0].replace("_", " "), pair[1], f"{get_raw_path(request)}?{urlencode(rest)}"))
    return found


def _make_page_link(request: Request, parameters: ListParameters, step: int, total: int) -> str | None:
    offset = parameters.offset + step * parameters.limit
    if offset >= total or (step < 0 and parameters.offset == 0):
        return None
    rest = [(key, value) for key, value in list_parameters(request) if key != "offset"]
    return f"{get_raw_path(request)}?{urlencode([*rest, ('offset', str(max(0, offset)))])}"
