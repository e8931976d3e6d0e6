"""The routes of the pages: home, things, lists, ontology, shapes, releases, the reference of the facade."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from jwpgraph.finding.appendices import TREATIES
from jwpgraph.finding.days import today
from jwpgraph.finding.kept_horizons import horizons
from jwpgraph.finding.shared_species import APPENDICES, is_ready, shared_species
from jwpgraph.http.headers import header
from jwpgraph.http.negotiation import negotiate_coding
from jwpgraph.linked_data.nodes import Node
from jwpgraph.linked_data.site import Site
from jwpgraph.pages import alphabet, compare, lists, problem_types, shared, table_pages, things, trees, vocabularies
from jwpgraph.pages.api_reference import Operation, operations
from jwpgraph.pages.assets import assets
from jwpgraph.pages.entity import reference
from jwpgraph.pages.home import home_view
from jwpgraph.pages.horizon_words import notes_of
from jwpgraph.pages.languages import languages_of, speaking
from jwpgraph.pages.rendering import HTML, STATIC, page, page_headers, render
from jwpgraph.pages.things import OpenResults
from jwpgraph.pages.translation import read_catalogues
from jwpgraph.pages.warming import count_shared_species_soon
from jwpgraph.problems import Problem

OpenApiDocument = Callable[[Request], Awaitable[dict[str, Any]]]
Endpoint = Callable[..., Awaitable[Response]]
_STATIC_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOREVER = "public, max-age=31536000, immutable"
_PER_PAGE = 100


def create_router(
    site: Site, openapi: OpenApiDocument | None = None, open_results: OpenResults | None = None
) -> APIRouter:
    """The pages over *site*.

    Args:
        site: what they are read from.
        openapi: gives the facade's OpenAPI document, for ``/api/docs``.
        open_results: gives what validation has found about an entity and nobody has mended.
    """
    read_catalogues()
    router = APIRouter()
    router.include_router(lists.create_router(site))
    router.include_router(vocabularies.create_router(site))
    router.include_router(shared.create_router(site))
    router.include_router(compare.create_router(site))
    router.include_router(problem_types.create_router(site))
    router.include_router(things.create_router(site, open_results))
    router.include_router(table_pages.create_router(site))
    router.include_router(trees.create_router(site))
    router.include_router(alphabet.create_router(site))

    async def home(request: Request) -> Response:
        async def make() -> Mapping[str, Any]:
            return {
                "home": await home_view(site),
                "shared": await shared_species(site, day) if ready else None,
                "appendices": APPENDICES,
                "notes": notes_of(await horizons(site), tuple(TREATIES.items()), day),
                "served": site.served_release(),
                "base": site.url(request, ""),
            }

        day = today()
        # Of a large release the table takes seconds: the first reader does not wait for it.
        ready = await is_ready(site, day)
        if not ready:
            count_shared_species_soon(site, day)
        headers = None if ready else {"Cache-Control": "no-store"}
        return await page(request, site, "home.html", make, headers, f"{day} {'' if ready else 'unprepared'}".strip())

    async def releases(request: Request) -> Response:
        async def make() -> Mapping[str, Any]:
            found = site.releases.list() if site.releases else ()
            return {"manifests": sorted((one.manifest for one in found), key=lambda one: -one.number)}

        return await page(request, site, "releases.html", make)

    async def reference_of_facade(request: Request) -> Response:
        async def make() -> Mapping[str, Any]:
            return {"operations": await described(request)}

        return await page(request, site, "api_docs.html", make)

    async def section_of_reference(request: Request, section: str) -> Response:
        async def make() -> Mapping[str, Any]:
            tag = section.replace("-", " ")
            found = (await described(request)).get(tag)
            if found is None:
                raise Problem("not-found", "There is no such thing", f"No part of the API is {tag!r}.", status=404)
            return {"tag": tag, "operations": found}

        return await page(request, site, "api_section.html", make)

    async def described(request: Request) -> dict[str, list[Operation]]:
        return operations(await openapi(request)) if openapi else {}

    async def static(name: str) -> Response:
        path = STATIC / name
        if path.suffix not in _STATIC_TYPES or path.parent != STATIC or not path.is_file():
            raise Problem("not-found", "There is no such thing", f"No file {name!r}.", status=404)
        headers = {"Cache-Control": _FOREVER, "X-Content-Type-Options": "nosniff"}
        return Response(path.read_bytes(), headers={**headers, "Content-Type": _STATIC_TYPES[path.suffix]})

    async def built(request: Request, name: str) -> Response:
        type_ = _STATIC_TYPES.get(Path(name).suffix)
        coding = negotiate_coding(header(request.scope, b"accept-encoding"), assets().codings(name))
        path = assets().file(name, coding) if type_ else None
        if path is None or type_ is None:
            raise Problem("not-found", "There is no such thing", f"No file {name!r}.", status=404)
        headers = {"Cache-Control": _FOREVER, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
        if coding != "identity":
            headers["Content-Encoding"] = coding
        return Response(path.read_bytes(), headers={**headers, "Content-Type": type_})

    async def icon() -> Response:
        return await static("icon.svg")

    routes: tuple[tuple[str, Endpoint], ...] = (
        ("/", home),
        ("/releases", releases),
        ("/api/docs", reference_of_facade),
        ("/api/docs/{section}", section_of_reference),
        ("/static/{name}", static),
        ("/static/built/{name}", built),
        ("/favicon.ico", icon),
    )
    for path, endpoint in routes:
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"], include_in_schema=False)
    return router


def problem_page(site: Site) -> Callable[[Request, Problem], Awaitable[Response]]:
    """Renders problems for browsers, with near matches where there are some."""

    async def render_problem(request: Request, problem: Problem) -> Response:
        near = [
            reference(Node(one["id"]), one["id"]) for one in problem.members.get("near", ()) if isinstance(one, dict)
        ]
        for value, one in zip(near, problem.members.get("near", ()), strict=True):
            value.text, value.notation = one["label"], one.get("notation")
        languages = languages_of(request)
        with speaking(languages):
            text = render(site, request, "problem.html", problem=problem, near=near)
        headers = {**page_headers(request, languages), "Cache-Control": "no-store", **problem.headers}
        return Response(text, status_code=problem.status, media_type=HTML, headers=headers)

    return render_problem
