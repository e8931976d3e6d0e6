"""The routes of linked data: ``/id``, ``/data``, the context, VoID, DCAT and what crawlers ask for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote
from xml.sax.saxutils import escape

import pyoxigraph as ox
from fastapi import APIRouter, Request
from starlette.responses import Response

from jwpgraph.http.headers import CORS
from jwpgraph.linked_data import memento
from jwpgraph.linked_data.addresses import iri_ref, iris_of_path, kind_of, path_of
from jwpgraph.linked_data.catalogue import dcat_catalogue, void_description
from jwpgraph.linked_data.compaction import Compactor
from jwpgraph.linked_data.context import context
from jwpgraph.linked_data.description import describe
from jwpgraph.linked_data.documents import statements_about
from jwpgraph.linked_data.kinds import BY_SEGMENT, KINDS
from jwpgraph.linked_data.memento import memento_links
from jwpgraph.linked_data.rdf_formats import BY_EXTENSION, GRAPH_TYPES, JSON_LD, serialize, split_extension
from jwpgraph.linked_data.register import register
from jwpgraph.linked_data.replaced import redirect_replaced
from jwpgraph.linked_data.responses import JSON_TYPES, chosen_media_type, conditional, json_bytes, link, raw_path
from jwpgraph.linked_data.site import Site
from jwpgraph.problems import Problem
from jwpgraph.vocabulary import BASE, GRAPH

HTML = "text/html"
DATA_TYPES: tuple[str, ...] = tuple(BY_EXTENSION.values())
CONTEXT_PATH = "/context.jsonld"
_METHODS = ["GET", "HEAD"]


def create_router(site: Site) -> APIRouter:
    """Routes that dereference the things of the graph."""
    router = APIRouter()
    router.include_router(memento.create_router(site))

    async def identify(request: Request, name: str) -> Response:
        del name  # its decoded form; IRIs are compared as they were sent
        path = raw_path(request)
        if moved := await redirect_replaced(site, request, iris_of_path(path)):
            return moved
        iri = await known_iri(site, path)
        chosen = chosen_media_type(request, (*DATA_TYPES, HTML))
        target = path_of(iri, "doc" if chosen == HTML else "data") or ""
        headers = {"Location": site.url(request, target), "Vary": "Accept", "Cache-Control": "public, no-cache"}
        headers |= {key.decode(): value.decode() for key, value in CORS}
        links = [link(iri, "canonical"), *memento_links(site, request, path_of(iri) or "")]
        return Response(status_code=303, headers=headers | {"Link": ", ".join(links)})

    async def data(request: Request, name: str) -> Response:
        del name  # as above
        asked = raw_path(request).removeprefix("/data")
        if asked.endswith(".html"):
            return see_other(site, request, "/doc" + asked.removesuffix(".html"))
        path, by_extension = split_extension(asked)
        media_type = by_extension or chosen_media_type(request, DATA_TYPES)
        iris = iris_of_path("/id" + path)
        extension = raw_path(request).removeprefix(f"/data{path}").removeprefix(".")
        if moved := await redirect_replaced(site, request, iris, "data", extension):
            return moved

        async def make() -> tuple[bytes, Mapping[str, str]]:
            if media_type in JSON_TYPES:
                return await _json(site, request, iris), {}
            quads = await statements_about(site, iris)
            if not quads:
                raise await unknown_thing(site, iris[0])
            return serialize(quads, media_type, iris[0]), {}

        return await conditional(request, site, media_type, make, {"Link": document_links(site, request, iris[0])})

    async def graph(request: Request, name: str) -> Response:
        del name  # as above
        iri = GRAPH + iris_of_path(raw_path(request))[0].removeprefix(GRAPH)
        return see_other(site, request, "/graph-store?graph=" + quote(iri, safe=":/"))

    async def dataset(request: Request) -> Response:
        return see_other(site, request, "/.well-known/void")

    async def published_context(request: Request) -> Response:
        async def make() -> tuple[bytes, Mapping[str, str]]:
            return json_bytes(context()), {}

        return await conditional(request, site, chosen_media_type(request, (JSON_LD, "application/json")), make)

    def described(
        make_quads: Callable[[Site, Callable[[str], str]], Awaitable[list[ox.Quad]]],
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            _take_no_parameters(request)
            media_type = chosen_media_type(request, GRAPH_TYPES)

            async def make() -> tuple[bytes, Mapping[str, str]]:
                return serialize(await make_quads(site, lambda path: site.url(request, path)), media_type), {}

            return await conditional(request, site, media_type, make)

        return endpoint

    async def sitemap(request: Request) -> Response:
        _take_no_parameters(request)

        async def make() -> tuple[bytes, Mapping[str, str]]:
            return await _sitemap(site, request), {}

        return await conditional(request, site, "application/xml", make)

    async def robots(request: Request) -> Response:
        text = (
            f"User-agent: *\nDisallow: /sparql\nDisallow: /graph-store\nSitemap: {site.url(request, '/sitemap.xml')}\n"
        )
        return Response(text, media_type="text/plain", headers={"Cache-Control": "public, max-age=86400"})

    for path, endpoint in (
        ("/id/{name:path}", identify),
        ("/data/{name:path}", data),
        ("/graph/{name:path}", graph),
        ("/dataset", dataset),
        (CONTEXT_PATH, published_context),
        ("/.well-known/void", described(void_description)),
        ("/catalog", described(dcat_catalogue)),
        ("/sitemap.xml", sitemap),
        ("/robots.txt", robots),
    ):
        router.add_api_route(path, endpoint, methods=_METHODS, include_in_schema=False)
    return router


def see_other(site: Site, request: Request, path: str) -> Response:
    """The answer is at *path* of this service."""
    return Response(status_code=303, headers={"Location": site.url(request, path)})


async def known_iri(site: Site, path: str) -> str:
    """The IRI that *path* stands for, if the release knows it.

    Raises:
        Problem: ``not-found`` (404) with what it may have been meant to be.
    """
    iris = iris_of_path(path)
    for iri in iris:
        this = iri_ref(iri)
        if await site.queries.ask(f"ASK {{ {{ {this} ?p ?o }} UNION {{ ?s ?p {this} }} }}"):
            return iri
    raise await unknown_thing(site, iris[0])


async def unknown_thing(site: Site, iri: str) -> Problem:
    """The problem that says that *iri* is not known, with near matches of its kind."""
    path = path_of(iri) or iri
    segment = kind_of(iri) or ""
    kind = BY_SEGMENT.get(segment)
    near = [] if kind is None else (await register(site, kind)).near(iri)
    hint = f" Did you mean {' or '.join(node.name for node in near)}?" if near else ""
    if kind is None:
        hint = f" Kinds of things are {', '.join(BY_SEGMENT)}."
    return Problem(
        "not-found",
        "There is no such thing",
        f"This release knows nothing called {path}.{hint}",
        status=404,
        near=[Compactor.naming(node) for node in near],
    )


def document_links(site: Site, request: Request, iri: str) -> str:
    """The Link header of the documents about *iri*: what they are about, and the other forms they come in."""
    forms = [link(site.url(request, path_of(iri, "doc") or ""), "alternate", type=HTML)]
    for extension in ("ttl", "jsonld", "rdf"):
        url = site.url(request, path_of(iri, "data", extension) or "")
        forms.append(link(url, "alternate", type=BY_EXTENSION[extension]))
    described_by = link(site.url(request, path_of(iri, "data") or ""), "describedby")
    earlier = memento_links(site, request, path_of(iri) or "")
    return ", ".join([link(iri, "canonical"), described_by, *forms, *earlier])


async def _json(site: Site, request: Request, iris: tuple[str, ...]) -> bytes:
    description = await describe(site, iris)
    if description is None:
        raise await unknown_thing(site, iris[0])
    body = Compactor(description).whole()
    address = site.url(request, CONTEXT_PATH)
    own = body.pop("@context", None)
    return json_bytes({"@context": [address, own] if own else address, **body})


def _take_no_parameters(request: Request) -> None:
    """Refuse parameters of what has none: each would be another address of the same, to be made anew.

    Raises:
        Problem: ``invalid-parameter`` (422).
    """
    names = sorted(set(request.query_params))
    if names:
        errors = [{"in": "query", "parameter": name, "message": "there is no such parameter"} for name in names]
        detail = f"{names[0]}: there is no such parameter; this resource has none"
        raise Problem("invalid-parameter", "A parameter is wrong", detail, status=422, errors=errors)


async def _sitemap(site: Site, request: Request) -> bytes:
    paths = ["/", "/ontology", "/shapes", "/quality", "/releases", "/api/docs"]
    for kind in KINDS:
        nodes = (await register(site, kind)).nodes
        if nodes:
            paths.append(f"/browse/{kind.plural}")
            paths += [path_of(node.iri, "doc") or "" for node in nodes if node.iri.startswith(BASE)]
    release = site.served_release()
    modified = f"<lastmod>{release.manifest.created:%Y-%m-%d}</lastmod>" if release else ""
    urls = "".join(f"<url><loc>{escape(site.url(request, path))}</loc>{modified}</url>\n" for path in paths if path)
    namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{namespace}">\n{urls}</urlset>\n'.encode()
