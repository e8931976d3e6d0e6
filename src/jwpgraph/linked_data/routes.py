"""Linked-data routes: ``/id``, ``/data``, JSON-LD context, robots.txt; those of catalogue, sitemap and mementos."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

import pyoxigraph as ox
from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.description import describe
from jwpgraph.entities.entity_index import list_similar
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.iri_mapping import get_type_segment, iri_to_path, path_to_iris, quote_iri
from jwpgraph.http.headers import CORS, get_header
from jwpgraph.http.negotiation import get_parameter
from jwpgraph.linked_data import catalogue_routes, memento, sitemap
from jwpgraph.linked_data.compaction import JsonLdCompactor
from jwpgraph.linked_data.documents import read_statements_about
from jwpgraph.linked_data.json_ld_context import make_context
from jwpgraph.linked_data.memento import make_memento_links
from jwpgraph.linked_data.rdf_formats import BY_EXTENSION, JSON_LD, serialize_quads, split_extension
from jwpgraph.linked_data.responses import (
    JSON_TYPES,
    choose_media_type,
    format_link,
    get_raw_path,
    make_content_tag,
    make_last_modified,
    redirect_see_other,
    send_conditionally,
    to_json_bytes,
)
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.linked_data.tombstones import redirect_replaced
from jwpgraph.problems import ProblemError, explain
from jwpgraph.releases.entity_changes import format_moment
from jwpgraph.vocabulary import GRAPH, PREFIXES

HTML = "text/html"
DATA_TYPES: tuple[str, ...] = tuple(BY_EXTENSION.values())
CONTEXT_PATH = "/context.jsonld"
_EXPANDED = ("http://www.w3.org/ns/json-ld#expanded", "http://www.w3.org/ns/json-ld#flattened")


router = ReadRouter()
router.extend(memento.router, catalogue_routes.router, sitemap.router)


@router.read_undocumented("/id/{name:path}")
async def redirect_identifier(request: Request, site: Site, name: str) -> Response:
    del name  # decoded; IRIs are compared in their raw form
    path = get_raw_path(request)
    if moved := await redirect_replaced(site, request, path_to_iris(path)):
        return moved
    iri = await find_known_iri(site, path)
    chosen = choose_media_type(request, (*DATA_TYPES, HTML))
    target = iri_to_path(iri, "doc" if chosen == HTML else "data") or ""
    headers = {"Location": site.url(request, target), "Vary": "Accept", "Cache-Control": "public, no-cache"}
    headers |= {key.decode(): value.decode() for key, value in CORS}
    links = [format_link(iri, "canonical"), *make_memento_links(site, request, iri_to_path(iri) or "")]
    return Response(status_code=303, headers=headers | {"Link": ", ".join(links)})


@router.read_undocumented("/data/{name:path}")
async def show_data(request: Request, site: Site, name: str) -> Response:
    del name  # as above
    asked = get_raw_path(request).removeprefix("/data")
    if asked.endswith(".html"):
        return redirect_see_other(site, request, "/doc" + asked.removesuffix(".html"))
    path, by_extension = split_extension(asked)
    media_type = by_extension or choose_media_type(request, DATA_TYPES)
    # The other form of JSON-LD, by its profile (JSON-LD 1.1, section 6.2); the documents are flat in either.
    expanded = media_type == JSON_LD and any(
        profile in _EXPANDED
        for profile in (get_parameter(get_header(request.scope, b"accept"), JSON_LD, "profile") or "").split()
    )
    iris = path_to_iris("/id" + path)
    extension = get_raw_path(request).removeprefix(f"/data{path}").removeprefix(".")
    if moved := await redirect_replaced(site, request, iris, "data", extension):
        return moved

    async def make() -> tuple[bytes, Mapping[str, str]]:
        changes = await site.last_changes(iris)
        changed = next((changes[iri] for iri in iris if iri in changes), None)
        if media_type in JSON_TYPES and not expanded:
            body = await _render_json(site, request, iris, changed)
        else:
            quads = await read_statements_about(site, iris)
            if not quads:
                raise await make_unknown_entity_problem(site, iris[0])
            if changed is not None:
                quads.append(_state_modified(next(iri for iri in iris if iri in changes), changed))
            body = serialize_quads(quads, media_type, iris[0])
        return body, {"ETag": make_content_tag(body), **make_last_modified(changed)}

    sent_as = f'{JSON_LD}; profile="{_EXPANDED[0]}"' if expanded else media_type
    return await send_conditionally(request, site, sent_as, make, {"Link": make_document_links(site, request, iris[0])})


@router.read_undocumented("/graph/{name:path}")
async def redirect_to_graph(request: Request, site: Site, name: str) -> Response:
    del name  # as above
    iri = GRAPH + path_to_iris(get_raw_path(request))[0].removeprefix(GRAPH)
    return redirect_see_other(site, request, "/graph-store?graph=" + quote(iri, safe=":/"))


@router.read_undocumented(CONTEXT_PATH)
async def show_context(request: Request, site: Site) -> Response:
    async def make() -> tuple[bytes, Mapping[str, str]]:
        return to_json_bytes(make_context()), {}

    return await send_conditionally(request, site, choose_media_type(request, (JSON_LD, "application/json")), make)


@router.read_undocumented("/robots.txt")
async def show_robots(request: Request, site: Site) -> Response:
    text = (
        "User-agent: *\nAllow: /releases/\nDisallow: /sparql\nDisallow: /graph-store\nDisallow: /steward\n"
        f"Sitemap: {site.url(request, '/sitemap.xml')}\n"
    )
    return Response(text, media_type="text/plain", headers={"Cache-Control": "public, max-age=86400"})


async def find_known_iri(site: AppContext, path: str) -> str:
    """Return the IRI that *path* denotes, if it is in the release.

    Raises:
        ProblemError: ``not-found`` (404) with similar names.
    """
    iris = path_to_iris(path)
    for iri in iris:
        this = quote_iri(iri)
        if await site.queries.ask(f"ASK {{ {{ {this} ?p ?o }} UNION {{ ?s ?p {this} }} }}"):
            return iri
    raise await make_unknown_entity_problem(site, iris[0])


async def make_unknown_entity_problem(site: AppContext, iri: str) -> ProblemError:
    """Return the problem for an unknown *iri*, with similar entities of its type."""
    path = iri_to_path(iri) or iri
    segment = get_type_segment(iri) or ""
    kind = BY_SEGMENT.get(segment)
    near = [] if kind is None else await list_similar(site, kind, iri)
    hint = f"Did you mean {' or '.join(node.name for node in near)}?" if near else ""
    if kind is None:
        hint = f"Kinds of things are {', '.join(BY_SEGMENT)}."
    return ProblemError(
        "not-found",
        "Not found",
        explain("The release has no entity at %(path)s.", hint, path=path),
        status=404,
        near=[JsonLdCompactor.reference(node) for node in near],
    )


def make_document_links(site: AppContext, request: Request, iri: str) -> str:
    """Return the Link header of the documents about *iri*: the described resource and the alternate forms."""
    forms = [format_link(site.url(request, iri_to_path(iri, "doc") or ""), "alternate", type=HTML)]
    for extension in ("ttl", "jsonld", "rdf"):
        url = site.url(request, iri_to_path(iri, "data", extension) or "")
        forms.append(format_link(url, "alternate", type=BY_EXTENSION[extension]))
    described_by = format_link(site.url(request, iri_to_path(iri, "data") or ""), "describedby")
    earlier = make_memento_links(site, request, iri_to_path(iri) or "")
    return ", ".join([format_link(iri, "canonical"), described_by, *forms, *earlier])


def _state_modified(iri: str, changed: datetime) -> ox.Quad:
    """Return the statement of an entity's last change in this graph."""
    value = ox.Literal(format_moment(changed), datatype=ox.NamedNode(PREFIXES["xsd"] + "dateTime"))
    return ox.Quad(ox.NamedNode(iri), ox.NamedNode(PREFIXES["dcterms"] + "modified"), value, ox.DefaultGraph())


async def _render_json(site: AppContext, request: Request, iris: tuple[str, ...], changed: datetime | None) -> bytes:
    description = await describe(site, iris)
    if description is None:
        raise await make_unknown_entity_problem(site, iris[0])
    body = JsonLdCompactor(description).document()
    address = site.url(request, CONTEXT_PATH)
    own = body.pop("@context", None)
    if changed is not None:
        body["updated"] = format_moment(changed)
    return to_json_bytes({"@context": [address, own] if own else address, **body})
