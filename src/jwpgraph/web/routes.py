"""The routes of all pages: home, entities, lists, ontology, shapes, releases, API reference."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.http.declared_parameters import reads_parameters, refuse_unknown
from jwpgraph.http.headers import get_header
from jwpgraph.http.negotiation import negotiate_coding
from jwpgraph.http.parameters import parse_parameters
from jwpgraph.http.unknown_names import make_unknown_name_problem
from jwpgraph.linked_data.routing import Site
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.compression import CODINGS, WORTHWHILE, compress
from jwpgraph.taxon_facets.appendices import TREATIES
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxon_facets.horizon_cache import get_horizons
from jwpgraph.taxon_facets.shared_species import APPENDICES, get_shared_species, is_ready
from jwpgraph.web import (
    alphabet,
    briefing,
    citations,
    compare,
    coverage,
    discrepancies,
    entity_pages,
    leo,
    listing_changes,
    listings,
    lists,
    problem_types,
    programme,
    programme_comparison,
    release_differences,
    release_pages,
    rights,
    shape_pages,
    shared_species,
    species_pages,
    table_pages,
    trees,
    vocabularies,
)
from jwpgraph.web.api_reference import OperationView, list_operations
from jwpgraph.web.assets import get_assets
from jwpgraph.web.cache_warmup import schedule_shared_species_count
from jwpgraph.web.entity_view import make_reference
from jwpgraph.web.home import make_home_view
from jwpgraph.web.horizon_words import list_horizon_notes
from jwpgraph.web.languages import choose_languages, use_locale
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.rendering import HTML, STATIC, make_page, make_page_headers, render_template
from jwpgraph.web.structured_data import make_dataset_data
from jwpgraph.web.translation import translate_explanation

MakeOpenApi = Callable[[Request], Awaitable[dict[str, Any]]]
_STATIC_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOREVER = "public, max-age=31536000, immutable"
_DIGEST = re.compile(r"[0-9a-f]{10}")


router = PageRouter()
router.extend(
    lists.router,
    vocabularies.router,
    shape_pages.router,
    shared_species.router,
    species_pages.router,
    listings.router,
    listing_changes.router,
    briefing.router,
    citations.router,
    coverage.router,
    discrepancies.router,
    compare.router,
    programme.router,
    programme_comparison.router,
    problem_types.router,
    release_differences.router,
    release_pages.router,
    rights.router,
    table_pages.router,
    trees.router,
    leo.router,
    alphabet.router,
    entity_pages.router,
)


@router.read_undocumented("/")
async def show_home(request: Request, site: Site) -> Response:
    """Return the home page."""

    async def make() -> Mapping[str, Any]:
        return {
            "home": await make_home_view(site),
            "shared": await get_shared_species(site, day) if ready else None,
            "appendices": APPENDICES,
            "notes": list_horizon_notes(await get_horizons(site), tuple(TREATIES.items()), day),
            "served": site.served_release(),
            "base": site.url(request, ""),
            "structured_data": make_dataset_data(site.url(request, ""), site.served_release(), site.release_number),
        }

    day = get_today()
    # For a large release the table takes seconds, so the first reader does not wait for it.
    ready = await is_ready(site, day)
    if not ready:
        schedule_shared_species_count(site, day)
    headers = None if ready else {"Cache-Control": "no-store"}
    return await make_page(request, site, "home.html", make, headers, f"{day} {'' if ready else 'unprepared'}".strip())


@router.read_undocumented("/api/docs")
async def show_api_reference(request: Request, site: Site) -> Response:
    """Return the overview of the API reference."""

    async def make() -> Mapping[str, Any]:
        return {"operations": await _read_operations(request)}

    return await make_page(request, site, "api_docs.html", make)


@router.read_undocumented("/api/docs/{section}")
async def show_api_section(request: Request, site: Site, section: str) -> Response:
    """Return a section of the API reference."""

    async def make() -> Mapping[str, Any]:
        tag = section.replace("-", " ")
        found = (await _read_operations(request)).get(tag)
        if found is None:
            raise make_unknown_name_problem(tag)
        return {"tag": tag, "operations": found}

    return await make_page(request, site, "api_section.html", make)


async def _read_operations(request: Request) -> dict[str, list[OperationView]]:
    document: MakeOpenApi = request.app.state.openapi
    return list_operations(await document(request))


@router.read_undocumented("/static/{name}")
@reads_parameters
async def get_static_file(request: Request, name: str) -> Response:
    """Return a file of the folder ``static``."""
    path = STATIC / name
    if path.suffix not in _STATIC_TYPES or path.parent != STATIC or not path.is_file():
        raise make_unknown_name_problem(name)
    # Pages add the digest of the file, so that browsers load it again when it changes; older pages, an older one.
    given = parse_parameters(request.scope["query_string"])
    refuse_unknown([pair for pair in given if not _DIGEST.fullmatch(pair[0])], ())
    coding = negotiate_coding(get_header(request.scope, b"accept-encoding"), tuple(CODINGS))
    body, coding = _read_static_file(path, coding)
    return _make_static_response(body, _STATIC_TYPES[path.suffix], coding)


@cache
def _read_static_file(path: Path, coding: str) -> tuple[bytes, str]:
    """Return a file in a content coding, or as it is if that saves nothing, and its coding."""
    body = path.read_bytes()
    chosen = coding if len(body) >= WORTHWHILE else "identity"
    return compress(body, chosen), chosen


def _make_static_response(body: bytes, media_type: str, coding: str) -> Response:
    headers = {"Cache-Control": _FOREVER, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    if coding != "identity":
        headers["Content-Encoding"] = coding
    return Response(body, headers={**headers, "Content-Type": media_type})


@router.read_undocumented("/static/built/{name}")
async def get_built_file(request: Request, name: str) -> Response:
    """Return a file that the build of the assets has made."""
    type_ = _STATIC_TYPES.get(Path(name).suffix)
    coding = negotiate_coding(get_header(request.scope, b"accept-encoding"), get_assets().codings(name))
    path = get_assets().file(name, coding) if type_ else None
    if path is None or type_ is None:
        raise make_unknown_name_problem(name)
    return _make_static_response(path.read_bytes(), type_, coding)


@router.read_undocumented("/favicon.ico")
async def get_icon(request: Request) -> Response:
    """Return the icon of the site."""
    return await get_static_file(request, "icon.svg")


@router.read_undocumented("/api", "/api/")
async def redirect_to_reference(request: Request, site: Site) -> Response:
    """Redirect to the API reference."""
    return RedirectResponse(site.url(request, "/api/docs"), status_code=303)


def make_problem_page(site: AppContext) -> Callable[[Request, ProblemError], Awaitable[Response]]:
    """Return a function that renders problems for browsers, with similar names if there are any."""

    async def render_problem(request: Request, problem: ProblemError) -> Response:
        near = [
            make_reference(EntityNode(one["id"]), one["id"])
            for one in problem.members.get("near", ())
            if isinstance(one, dict)
        ]
        for value, one in zip(near, problem.members.get("near", ()), strict=True):
            value.text, value.notation = one["label"], one.get("notation")
        languages = choose_languages(request)
        with use_locale(languages):
            text = render_template(
                site,
                request,
                "problem.html",
                problem=problem,
                explanation=translate_explanation(problem.detail),
                near=near,
            )
        headers = {**make_page_headers(request, languages), "Cache-Control": "no-store", **problem.headers}
        return Response(text, status_code=problem.status, media_type=HTML, headers=headers)

    return render_problem
