"""``/releases`` and ``/releases/{number}``: the releases that are kept, and the page of each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.linked_data.release_differences import require_releases
from jwpgraph.linked_data.routing import Site
from jwpgraph.vocabulary import GRAPH
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.rendering import make_page

router = PageRouter()


@router.read_undocumented("/releases")
async def list_releases(request: Request, site: Site) -> Response:
    async def make() -> Mapping[str, Any]:
        found = site.releases.list() if site.releases else ()
        return {"manifests": sorted((one.manifest for one in found), key=lambda one: -one.number)}

    return await make_page(request, site, "releases.html", make)


@router.read_undocumented("/releases/{number:int}")
async def show_release(request: Request, site: Site, number: int) -> Response:
    (asked,) = require_releases(site, number)

    async def make() -> Mapping[str, Any]:
        manifest = asked.manifest
        kept = [one.number for one in site.releases.list()] if site.releases else []
        return {
            "asked": manifest,
            "described_release": manifest,
            "graphs": [
                (iri.removeprefix(GRAPH), iri_to_path(iri, "doc") or iri, one.triples)
                for iri, one in sorted(manifest.graphs.items())
            ],
            "before": max((one for one in kept if one < number), default=None),
            "after": min((one for one in kept if one > number), default=None),
        }

    return await make_page(request, site, "release.html", make)
