"""Ontology, shapes and checks of quality, as pages for people and as RDF for machines, under one address each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pyoxigraph as ox
from fastapi import APIRouter, Request
from starlette.responses import Response

from jwpgraph.linked_data.documents import ontology_quads, quality_quads, shapes_quads
from jwpgraph.linked_data.rdf_formats import BY_EXTENSION, EXTENSIONS, GRAPH_TYPES, serialize
from jwpgraph.linked_data.responses import chosen_media_type, conditional, raw_path
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.rendering import HTML, page
from jwpgraph.pages.terms import TermView, ontology_terms, quality_terms, shape_terms

Endpoint = Callable[[Request], Awaitable[Response]]
Terms = Callable[[list[ox.Quad]], dict[str, list[TermView]]]


def create_router(site: Site) -> APIRouter:
    """``/ontology``, ``/shapes`` and ``/quality``, by negotiation or by extension."""
    router = APIRouter()

    def vocabulary(template: str, quads: Callable[[], list[ox.Quad]], terms: Terms) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            by_extension = BY_EXTENSION.get(raw_path(request).rpartition(".")[2])
            media_type = by_extension or chosen_media_type(request, (*GRAPH_TYPES, HTML))
            if media_type == HTML:

                async def make() -> Mapping[str, Any]:
                    return {"sections": terms(quads())}

                return await page(request, site, template, make)

            async def document() -> tuple[bytes, Mapping[str, str]]:
                return serialize(quads(), media_type), {}

            return await conditional(request, site, media_type, document)

        return endpoint

    for name, endpoint in (
        ("/ontology", vocabulary("ontology.html", ontology_quads, ontology_terms)),
        ("/quality", vocabulary("quality.html", quality_quads, quality_terms)),
        ("/shapes", vocabulary("shapes.html", lambda: shapes_quads(site), shape_terms)),
    ):
        for path in (name, *(f"{name}.{EXTENSIONS[media_type]}" for media_type in GRAPH_TYPES)):
            router.add_api_route(path, endpoint, methods=["GET", "HEAD"], include_in_schema=False)
    return router
