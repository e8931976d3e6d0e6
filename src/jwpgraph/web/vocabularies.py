"""Ontology, shapes and quality checks as pages and as RDF, under one address each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import pyoxigraph as ox
from fastapi import APIRouter, Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.declared_parameters import takes, wrong_parameter_problem
from jwpgraph.linked_data.documents import read_ontology_quads, read_quality_quads, read_shapes_quads
from jwpgraph.linked_data.rdf_formats import BY_EXTENSION, EXTENSIONS, GRAPH_TYPES, serialize_quads
from jwpgraph.linked_data.responses import choose_media_type, conditional_response, get_raw_path
from jwpgraph.web import shape_pages
from jwpgraph.web.ontology_terms import TermView, list_ontology_terms, list_quality_terms
from jwpgraph.web.rendering import HTML, make_page

Endpoint = Callable[[Request], Awaitable[Response]]
MakeValues = Callable[[Request], Mapping[str, Any]]
TermGroups = Callable[[list[ox.Quad]], dict[str, list[TermView]]]


def create_router(site: AppContext) -> APIRouter:
    """Return the routes of ``/ontology``, ``/shapes`` and ``/quality``, by negotiation or by extension."""
    router = APIRouter()

    def vocabulary(template: str, quads: Callable[[], list[ox.Quad]], values: MakeValues) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            by_extension = BY_EXTENSION.get(get_raw_path(request).rpartition(".")[2])
            media_type = by_extension or choose_media_type(request, (*GRAPH_TYPES, HTML))
            if media_type == HTML:

                async def make() -> Mapping[str, Any]:
                    return values(request)

                return await make_page(request, site, template, make)
            if "q" in request.query_params:
                raise wrong_parameter_problem("q", "only the page takes it; the document is whole")

            async def document() -> tuple[bytes, Mapping[str, str]]:
                return serialize_quads(quads(), media_type), {}

            return await conditional_response(request, site, media_type, document)

        return endpoint

    def sections(quads: Callable[[], list[ox.Quad]], terms: TermGroups) -> MakeValues:
        return lambda _request: {"sections": terms(quads())}

    def shapes() -> list[ox.Quad]:
        return read_shapes_quads(site)

    for name, endpoint in (
        (
            "/ontology",
            vocabulary("ontology.html", read_ontology_quads, sections(read_ontology_quads, list_ontology_terms)),
        ),
        ("/quality", vocabulary("quality.html", read_quality_quads, sections(read_quality_quads, list_quality_terms))),
        ("/shapes", takes("q")(vocabulary("shapes.html", shapes, partial(shape_pages.make_index, site)))),
    ):
        for path in (name, *(f"{name}.{EXTENSIONS[media_type]}" for media_type in GRAPH_TYPES)):
            router.add_api_route(path, endpoint, methods=["GET", "HEAD"], include_in_schema=False)
    return router
