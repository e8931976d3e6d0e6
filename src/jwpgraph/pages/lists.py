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

from jwpgraph.linked_data.filters import RESOURCES, Resource
from jwpgraph.linked_data.listing import ListParameters, Selection, parameters_model, select
from jwpgraph.linked_data.nodes import Node
from jwpgraph.linked_data.register import register
from jwpgraph.linked_data.responses import conditional, raw_path
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.entity import reference
from jwpgraph.pages.home import home_view
from jwpgraph.pages.languages import question
from jwpgraph.pages.rendering import page
from jwpgraph.pages.table_pages import unarmed
from jwpgraph.problems import Problem

_PER_PAGE = 100


def create_router(site: Site) -> APIRouter:
    """``/browse`` and the lists below it."""
    router = APIRouter()

    async def lists(request: Request) -> Response:
        async def make() -> Mapping[str, Any]:
            return {"home": await home_view(site)}

        return await page(request, site, "lists.html", make)

    async def browse(request: Request, plural: str) -> Response:
        name, dot, extension = plural.partition(".")
        resource = RESOURCES.get(name)
        if resource is None or (dot and extension != "csv"):
            raise Problem("not-found", "There is no such thing", f"Lists are {', '.join(RESOURCES)}.", status=404)
        parameters = _list_parameters(request, resource)
        if dot:
            return await conditional(request, site, "text/csv", lambda: _csv(site, resource, parameters))

        async def make() -> Mapping[str, Any]:
            selection = await select(site, resource, parameters)
            nodes = await _selected(site, resource, selection)
            return {
                "kind": resource.kind,
                "items": [reference(node, node.iri) for node in nodes],
                "total": selection.total,
                "first": parameters.offset + 1,
                "q": parameters.q or "",
                "sort": parameters.sort,
                "filters": _filters_in_use(request),
                "query": urlencode(question(request)),
                "previous": _turned(request, parameters, -1, selection.total),
                "following": _turned(request, parameters, 1, selection.total),
            }

        return await page(request, site, "browse.html", make)

    router.add_api_route("/browse", lists, methods=["GET", "HEAD"], include_in_schema=False)
    router.add_api_route("/browse/{plural}", browse, methods=["GET", "HEAD"], include_in_schema=False)
    return router


def _list_parameters(request: Request, resource: Resource) -> ListParameters:
    """The parameters of a list, as the facade has them; a page is longer."""
    given: dict[str, Any] = {"limit": _PER_PAGE}
    model = parameters_model(resource.kind.plural)
    for name in dict(question(request)):
        values = request.query_params.getlist(name)
        field = model.model_fields.get(name)
        many = field is not None and isinstance(field.default, list)
        if many or values[-1]:
            given[name] = values if many else values[-1]
    try:
        return model.model_validate(given)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise Problem("invalid-parameter", "A parameter is wrong", said, status=422) from None


async def _selected(site: Site, resource: Resource, selection: Selection) -> list[Node]:
    known = {node.iri: node for node in (await register(site, resource.kind)).nodes}
    return [known[iri] for iri in selection.iris]


async def _csv(site: Site, resource: Resource, parameters: ListParameters) -> tuple[bytes, Mapping[str, str]]:
    """All pages of a list as CSV (RFC 4180)."""
    everything = parameters.model_copy(update={"limit": 1_000_000, "offset": 0})
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["id", "notation", "label"])
    for node in await _selected(site, resource, await select(site, resource, everything)):
        writer.writerow([node.iri, node.notation or "", unarmed(node.name)])
    return text.getvalue().encode(), {"Content-Disposition": f'attachment; filename="{resource.kind.plural}.csv"'}


def _filters_in_use(request: Request) -> list[tuple[str, str, str]]:
    """Each filter with its value and the address of the list without it."""
    pairs = [(key, value) for key, value in question(request) if value]
    shown = [pair for pair in pairs if pair[0] not in {"limit", "offset", "sort", "q"}]
    found = []
    for pair in shown:
        rest = [other for other in pairs if other != pair and other[0] != "offset"]
        found.append((pair[0].replace("_", " "), pair[1], f"{raw_path(request)}?{urlencode(rest)}"))
    return found


def _turned(request: Request, parameters: ListParameters, step: int, total: int) -> str | None:
    offset = parameters.offset + step * parameters.limit
    if offset >= total or (step < 0 and parameters.offset == 0):
        return None
    rest = [(key, value) for key, value in question(request) if key != "offset"]
    return f"{raw_path(request)}?{urlencode([*rest, ('offset', str(max(0, offset)))])}"
