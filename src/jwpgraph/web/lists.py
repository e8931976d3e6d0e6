"""The pages of lists: with the filters of the facade, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.list_filters import RESOURCES, ListResource
from jwpgraph.entities.listing import EntitySelection, ListParameters, make_parameters_model, select_entities
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.linked_data.responses import conditional_response, get_raw_path
from jwpgraph.problems import ProblemError
from jwpgraph.web.entity_view import make_reference
from jwpgraph.web.home import make_home_view
from jwpgraph.web.languages import list_parameters
from jwpgraph.web.rendering import make_page
from jwpgraph.web.table_pages import escape_formula

_PER_PAGE = 100


def create_router(site: AppContext) -> APIRouter:
    """``/browse`` and the lists below it."""
    router = APIRouter()

    async def lists(request: Request) -> Response:
        async def make() -> Mapping[str, Any]:
            return {"home": await make_home_view(site)}

        return await make_page(request, site, "lists.html", make)

    async def browse(request: Request, plural: str) -> Response:
        name, dot, extension = plural.partition(".")
        resource = RESOURCES.get(name)
        if resource is None or (dot and extension != "csv"):
            raise ProblemError("not-found", "There is no such thing", f"Lists are {', '.join(RESOURCES)}.", status=404)
        parameters = _list_parameters(request, resource)
        if dot:
            return await conditional_response(
                request, site, "text/csv", lambda: _render_csv(site, resource, parameters)
            )

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
                "query": urlencode(list_parameters(request)),
                "previous": _page_link(request, parameters, -1, selection.total),
                "following": _page_link(request, parameters, 1, selection.total),
            }

        return await make_page(request, site, "browse.html", make)

    router.add_api_route("/browse", lists, methods=["GET", "HEAD"], include_in_schema=False)
    router.add_api_route("/browse/{plural}", browse, methods=["GET", "HEAD"], include_in_schema=False)
    return router


def _list_parameters(request: Request, resource: ListResource) -> ListParameters:
    """The parameters of a list, as the facade has them; a page is longer."""
    given: dict[str, Any] = {"limit": _PER_PAGE}
    model = make_parameters_model(resource.kind.plural)
    for name in dict(list_parameters(request)):
        values = request.query_params.getlist(name)
        field = model.model_fields.get(name)
        many = field is not None and isinstance(field.default, list)
        if many or values[-1]:
            given[name] = values if many else values[-1]
    try:
        return model.model_validate(given)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ProblemError("invalid-parameter", "A parameter is wrong", said, status=422) from None


async def _describe_selection(site: AppContext, resource: ListResource, selection: EntitySelection) -> list[EntityNode]:
    known = {node.iri: node for node in (await get_entity_index(site, resource.kind)).nodes}
    return [known[iri] for iri in selection.iris]


async def _render_csv(
    site: AppContext, resource: ListResource, parameters: ListParameters
) -> tuple[bytes, Mapping[str, str]]:
    """All pages of a list as CSV (RFC 4180)."""
    everything = parameters.model_copy(update={"limit": 1_000_000, "offset": 0})
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["id", "notation", "label"])
    for node in await _describe_selection(site, resource, await select_entities(site, resource, everything)):
        writer.writerow([node.iri, node.notation or "", escape_formula(node.name)])
    return text.getvalue().encode(), {"Content-Disposition": f'attachment; filename="{resource.kind.plural}.csv"'}


def _list_active_filters(request: Request) -> list[tuple[str, str, str]]:
    """Each filter with its value and the address of the list without it."""
    pairs = [(key, value) for key, value in list_parameters(request) if value]
    shown = [pair for pair in pairs if pair[0] not in {"limit", "offset", "sort", "q"}]
    found = []
    for pair in shown:
        rest = [other for other in pairs if other != pair and other[0] != "offset"]
        found.append((pair[0].replace("_", " "), pair[1], f"{get_raw_path(request)}?{urlencode(rest)}"))
    return found


def _page_link(request: Request, parameters: ListParameters, step: int, total: int) -> str | None:
    offset = parameters.offset + step * parameters.limit
    if offset >= total or (step < 0 and parameters.offset == 0):
        return None
    rest = [(key, value) for key, value in list_parameters(request) if key != "offset"]
    return f"{get_raw_path(request)}?{urlencode([*rest, ('offset', str(max(0, offset)))])}"
