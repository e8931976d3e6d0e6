"""The page about rights: the licence of the project's own work and the sources of each named graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from jwpgraph.linked_data.rights import DERIVED, NOT_STATED, OWN_WORK, OWN_WORK_ONLY, PROJECT_LICENSE, get_rights
from jwpgraph.linked_data.routing import Site
from jwpgraph.vocabulary import GRAPH
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.rendering import make_page

#: Statements that the page has in the language of the reader.
_KINDS: Final = {OWN_WORK: "facts", OWN_WORK_ONLY: "own", DERIVED: "derived", NOT_STATED: "unknown"}


router = PageRouter()


@router.read_undocumented("/rights")
async def show_rights(request: Request, site: Site) -> Response:
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
