"""The page about rights: the licence of the project's own work and the sources of each named graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.linked_data.rights import DERIVED, NOT_STATED, OWN_WORK, OWN_WORK_ONLY, PROJECT_LICENSE, get_rights
from jwpgraph.vocabulary import GRAPH
from jwpgraph.web.rendering import make_page

#: Statements that the page has in the language of the reader.
_KINDS: Final = {OWN_WORK: "facts", OWN_WORK_ONLY: "own", DERIVED: "derived", NOT_STATED: "unknown"}


def create_router(site: AppContext) -> APIRouter:
    """Return the route ``/rights``."""
    router = APIRouter()

    async def page(request: Request) -> Response:
        async def make() -> Mapping[str, Any]:
            graphs = [
                {
                    "name": one.graph.removeprefix(GRAPH),
                    "href": one.graph.removeprefix(GRAPH) if one.graph.startswith(GRAPH) else None,
                    "title": one.title,
                    "license": one.license,
                    "statement": one.statement,
                    "kind": _KINDS.get(one.statement, "other"),
                    "sources": one.sources,
                }
                for one in (await get_rights(site)).values()
            ]
            return {"graphs": graphs, "project_license": PROJECT_LICENSE}

        return await make_page(request, site, "rights.html", make)

    router.add_api_route("/rights", page, methods=["GET", "HEAD"], include_in_schema=False)
    return router
