"""Ontology, shapes and quality checks as pages and as RDF, under one address each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import pyoxigraph as ox
from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import make_wrong_parameter_problem
from jwpgraph.linked_data.catalogue_routes import link_forms
from jwpgraph.linked_data.documents import read_ontology_quads, read_quality_quads, read_shapes_quads
from jwpgraph.linked_data.rdf_formats import BY_EXTENSION, EXTENSIONS, GRAPH_TYPES, serialize_quads
from jwpgraph.linked_data.responses import choose_media_type, get_raw_path, redirect_see_other, send_conditionally
from jwpgraph.linked_data.routing import Site
from jwpgraph.problems import ProblemError
from jwpgraph.vocabulary import BASE, PREFIXES
from jwpgraph.web import shape_pages
from jwpgraph.web.ontology_terms import list_ontology_terms, list_quality_terms
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.rendering import HTML, make_page

_VERSION_IRI: Final = ox.NamedNode(PREFIXES["owl"] + "versionIRI")

router = PageRouter()


def _get_paths(name: str) -> tuple[str, ...]:
    return (name, *(f"{name}.{EXTENSIONS[media_type]}" for media_type in GRAPH_TYPES))


@router.read_undocumented(*_get_paths("/ontology"))
async def show_ontology(request: Request, site: Site) -> Response:
    """Return the ontology as a page or as RDF."""

    def sections() -> Mapping[str, Any]:
        return {"sections": list_ontology_terms(read_ontology_quads())}

    return await _show_vocabulary(request, site, "ontology.html", read_ontology_quads, sections)


@router.read_undocumented("/ontology/{version}")
async def redirect_version(request: Request, site: Site, version: str) -> Response:
    """Return a redirect from the version IRI of the ontology; only the current version is kept."""
    versions = {str(quad.object) for quad in read_ontology_quads() if quad.predicate == _VERSION_IRI}
    if f"<{BASE}ontology/{version}>" not in versions:
        raise ProblemError("not-found", "Not found", "The service has no such version of the ontology.", status=404)
    return redirect_see_other(site, request, "/ontology")


@router.read_undocumented(*_get_paths("/quality"))
async def show_quality_checks(request: Request, site: Site) -> Response:
    """Return the quality checks as a page or as RDF."""

    def sections() -> Mapping[str, Any]:
        return {"sections": list_quality_terms(read_quality_quads())}

    return await _show_vocabulary(request, site, "quality.html", read_quality_quads, sections)


@router.read_undocumented(*_get_paths("/shapes"))
@takes("q")
async def show_shapes(request: Request, site: Site) -> Response:
    """Return the shapes as a page or as RDF."""
    return await _show_vocabulary(
        request,
        site,
        "shapes.html",
        partial(read_shapes_quads, site),
        partial(shape_pages.make_index, site, request),
    )


async def _show_vocabulary(
    request: Request,
    site: AppContext,
    template: str,
    read_quads: Callable[[], list[ox.Quad]],
    make_values: Callable[[], Mapping[str, Any]],
) -> Response:
    """Return a page or a document, by the extension of the path or by negotiation."""
    path, _, extension = get_raw_path(request).partition(".")
    headers = {"Link": link_forms(site, request, path, HTML)}
    by_extension = BY_EXTENSION.get(extension)
    media_type = by_extension or choose_media_type(request, (*GRAPH_TYPES, HTML))
    if media_type == HTML:

        async def make() -> Mapping[str, Any]:
            return make_values()

        return await make_page(request, site, template, make, headers)
    if "q" in request.query_params:
        raise make_wrong_parameter_problem("q", "only the page takes it; the document is whole")

    async def document() -> tuple[bytes, Mapping[str, str]]:
        return serialize_quads(read_quads(), media_type), {}

    return await send_conditionally(request, site, media_type, document, headers)
