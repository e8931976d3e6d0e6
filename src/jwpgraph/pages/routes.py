"""The routes of the pages: home, things, lists, ontology, shapes, releases, the reference of the facade."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from jwpgraph.linked_data.addresses import iris_of_path, kind_of
from jwpgraph.linked_data.context import property_of
from jwpgraph.linked_data.description import LinkPage, describe
from jwpgraph.linked_data.kinds import BY_SEGMENT
from jwpgraph.linked_data.nodes import Node
from jwpgraph.linked_data.register import register
from jwpgraph.linked_data.responses import raw_path
from jwpgraph.linked_data.routes import document_links, unknown_thing
from jwpgraph.linked_data.site import Site
from jwpgraph.pages import lists, problem_types, shared, vocabularies
from jwpgraph.pages.api_reference import operations
from jwpgraph.pages.days import today
from jwpgraph.pages.entity import reference, view
from jwpgraph.pages.home import home_view
from jwpgraph.pages.rendering import HTML, SECURITY_HEADERS, STATIC, page, render
from jwpgraph.pages.shared import shared_species
from jwpgraph.problems import Problem
from jwpgraph.validation.findings import Standing

OpenApiDocument = Callable[[Request], Awaitable[dict[str, Any]]]
OpenResults = Callable[[str], Sequence[Standing]]
Endpoint = Callable[..., Awaitable[Response]]
_STATIC_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
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
    router = APIRouter()
    router.include_router(lists.create_router(site))
    router.include_router(vocabularies.create_router(site))
    router.include_router(shared.create_router(site))
    router.include_router(problem_types.create_router(site))

    async def home(request: Request) -> Response:
        async def make() -> Mapping[str, Any]:
            return {
                "home": await home_view(site),
                "shared": await shared_species(site, day),
                "appendices": shared.APPENDICES,
                "served": site.served_release(),
                "base": site.url(request, ""),
            }

        day = today()
        return await page(request, site, "home.html", make, variant=day.isoformat())

    async def thing(request: Request, name: str) -> Response:
        del name  # its decoded form; IRIs are compared as they were sent
        path = raw_path(request).removeprefix("/doc").removesuffix(".html")
        iris = iris_of_path("/id" + path)
        links = _link_page(request)
        found = open_results(iris[0]) if open_results else ()
        state = " ".join(one.fingerprint + one.state for one in found)

        async def make() -> Mapping[str, Any]:
            description = await describe(site, iris, links)
            if description is None:
                raise await unknown_thing(site, iris[0])
            neighbours: tuple[Node | None, Node | None] = (None, None)
            if kind_of(description.node.iri) == "activity":
                neighbours = (await register(site, BY_SEGMENT["activity"])).neighbours(description.node.iri)
            return {"entity": view(description, neighbours), "open_results": found}

        headers = {"Link": document_links(site, request, iris[0])}
        return await page(request, site, "entity.html", make, headers, variant=state)

    async def releases(request: Request) -> Response:
        async def make() -> Mapping[str, Any]:
            found = site.releases.list() if site.releases else ()
            return {"manifests": sorted((one.manifest for one in found), key=lambda one: -one.number)}

        return await page(request, site, "releases.html", make)

    async def reference_of_facade(request: Request) -> Response:
        async def make() -> Mapping[str, Any]:
            document = await openapi(request) if openapi else {"paths": {}, "info": {"description": ""}}
            return {"operations": operations(document), "base": site.url(request, "")}

        return await page(request, site, "api_docs.html", make)

    async def static(name: str) -> Response:
        path = STATIC / name
        if path.suffix not in _STATIC_TYPES or path.parent != STATIC or not path.is_file():
            raise Problem("not-found", "There is no such thing", f"No file {name!r}.", status=404)
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
        return Response(path.read_bytes(), headers={**headers, "Content-Type": _STATIC_TYPES[path.suffix]})

    async def icon() -> Response:
        return await static("icon.svg")

    async def things_of_kind(request: Request, segment: str) -> Response:
        kind = BY_SEGMENT.get(segment)
        if kind is None:
            raise await unknown_thing(site, iris_of_path(f"/id/{segment}")[0])
        return RedirectResponse(site.url(request, f"/browse/{kind.plural}"), status_code=303)

    routes: tuple[tuple[str, Endpoint], ...] = (
        ("/", home),
        ("/doc/{segment}", things_of_kind),
        ("/doc/{segment}/", things_of_kind),
        ("/doc/{name:path}", thing),
        ("/releases", releases),
        ("/api/docs", reference_of_facade),
        ("/static/{name}", static),
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
        text = render(site, request, "problem.html", problem=problem, near=near)
        headers = {**SECURITY_HEADERS, "Cache-Control": "no-store", "Vary": "Accept", **problem.headers}
        return Response(text, status_code=problem.status, media_type=HTML, headers=headers)

    return render_problem


def _link_page(request: Request) -> LinkPage | None:
    name = request.query_params.get("incoming")
    if not name:
        return None
    predicate, offset = property_of(name), request.query_params.get("offset", "0")
    if predicate is None or not (offset.isascii() and offset.isdecimal() and len(offset) < 9):
        raise Problem("not-found", "There is no such thing", "There is no such page of links.", status=404)
    return LinkPage(predicate, int(offset))
