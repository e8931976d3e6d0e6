"""``/releases`` and ``/releases/{number}``: the releases that are kept, and the page of each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.linked_data.release_differences import require_releases
from jwpgraph.vocabulary import GRAPH
from jwpgraph.web.rendering import make_page


def create_router(site: AppContext) -> APIRouter:
    """Return the routes of both pages."""
    router = APIRouter()

    async def releases(request: Request) -> Response:
        async def make() -> Mapping[str, Any]:
            found = site.releases.list() if site.releases else ()
            return {"manifests": sorted((one.manifest for one in found), key=lambda one: -one.number)}

        return await make_page(request, site, "releases.html", make)

    async def release(request: Request, number: int) -> Response:
        (asked,) = require_releases(site, number)

        async def make() -> Mapping[str, Any]:
            manifest = asked.manifest
            kept = [one.number for one in site.releases.list()] if site.releases else []
            return {
                "asked": manifest,
                "graphs": [
                    (iri.removeprefix(GRAPH), iri_to_path(iri, "doc") or iri, one.triples)
                    for iri, one in sorted(manifest.graphs.items())
                ],
                "before": max((one for one in kept if one < number), default=None),
                "after": min((one for one in kept if one > number), default=None),
            }

        return await make_page(request, site, "release.html", make)

    for path, endpoint in (("/releases", releases), ("/releases/{number:int}", release)):
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"], include_in_schema=False)
    return router
