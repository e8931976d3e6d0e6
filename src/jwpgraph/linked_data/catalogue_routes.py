"""Routes of the dataset descriptions, and of the IRIs that only these descriptions mention."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import pyoxigraph as ox
from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import path_to_iris
from jwpgraph.linked_data.catalogue import make_void_description
from jwpgraph.linked_data.dcat import make_dcat_catalogue, read_dump_files
from jwpgraph.linked_data.rdf_formats import BY_EXTENSION, EXTENSIONS, GRAPH_TYPES, serialize_quads
from jwpgraph.linked_data.responses import (
    choose_media_type,
    format_link,
    get_raw_path,
    redirect_see_other,
    send_conditionally,
)
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.releases.dumps import DumpFile
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.vocabulary import BASE

_CATALOGUE = "/catalog"
_VOID = "/.well-known/void"
_DATABASE: Final = re.compile("[a-z-]+")


router = ReadRouter()


def link_forms(site: AppContext, request: Request, path: str, *others: str) -> str:
    """Return the Link header of a document: its address, and one for each RDF format.

    Args:
        site: where it is read from.
        request: what was asked.
        path: its path without an extension.
        others: further media types that this address has.
    """
    address = site.url(request, path)
    forms = [(f"{address}.{EXTENSIONS[media_type]}", media_type) for media_type in GRAPH_TYPES]
    forms += [(address, media_type) for media_type in others]
    links = [format_link(url, "alternate", type=media_type) for url, media_type in forms]
    return ", ".join([format_link(address, "canonical"), *links])


@router.read_undocumented("/dataset")
async def show_dataset(request: Request, site: Site) -> Response:
    return redirect_see_other(site, request, _VOID)


@router.read_undocumented("/dataset/{name:path}", "/service/{name}", "/table/{name}")
async def show_description(request: Request, site: Site) -> Response:
    if path_to_iris(get_raw_path(request))[0] not in await _list_described(site):
        detail = f"The catalogue, {site.url(request, _CATALOGUE)}, does not describe it."
        raise ProblemError("not-found", "Not found", detail, status=404)
    return redirect_see_other(site, request, _CATALOGUE)


@router.read_undocumented("/mappings/{database}")
async def show_mapping_set(request: Request, site: Site, database: str) -> Response:
    """Return the shipped SSSOM table that has this ``mapping_set_id``."""
    path = get_shipped_path("mappings") / f"{database}.sssom.tsv"
    if not _DATABASE.fullmatch(database) or not path.is_file():
        raise ProblemError("not-found", "Not found", "No mapping set has this name.", status=404)

    async def make() -> tuple[bytes, Mapping[str, str]]:
        return path.read_bytes(), {}

    return await send_conditionally(request, site, "text/tab-separated-values; charset=utf-8", make)


async def _list_described(site: AppContext) -> frozenset[str]:
    """Return the IRIs that the catalogue describes."""
    files = await read_dump_files(site)

    async def read() -> frozenset[str]:
        quads = await make_dcat_catalogue(site, lambda path: BASE.rstrip("/") + path, files)
        return frozenset(quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode))

    return await (site.once_per_release("described in the catalogue", read) if _is_complete(site, files) else read())


def _is_complete(site: AppContext, files: Sequence[DumpFile]) -> bool:
    """Return whether the catalogue names the dump, if there are dumps; otherwise it must not be cached."""
    return site.dumps is None or bool(files)


@router.read_undocumented(_VOID)
async def get_void_description(request: Request, site: Site) -> Response:
    media_type = choose_media_type(request, GRAPH_TYPES)

    async def make() -> tuple[bytes, Mapping[str, str]]:
        return serialize_quads(await make_void_description(site, lambda path: site.url(request, path)), media_type), {}

    address = site.url(request, _VOID)
    # One address for all formats: names in /.well-known/ are registered one by one (RFC 8615, section 3.1).
    forms = [format_link(address, "alternate", type=one) for one in GRAPH_TYPES]
    headers = {"Link": ", ".join([format_link(address, "canonical"), *forms])}
    return await send_conditionally(request, site, media_type, make, headers)


@router.read_undocumented(_CATALOGUE, *(f"{_CATALOGUE}.{EXTENSIONS[media_type]}" for media_type in GRAPH_TYPES))
async def get_catalogue(request: Request, site: Site) -> Response:
    extension = get_raw_path(request).removeprefix(_CATALOGUE).removeprefix(".")
    media_type = BY_EXTENSION.get(extension) or choose_media_type(request, GRAPH_TYPES)
    files = await read_dump_files(site)
    complete = _is_complete(site, files)
    headers = {"Link": link_forms(site, request, _CATALOGUE)} | ({} if complete else {"Cache-Control": "no-store"})

    async def make() -> tuple[bytes, Mapping[str, str]]:
        quads = await make_dcat_catalogue(site, lambda path: site.url(request, path), files)
        return serialize_quads(quads, media_type), {}

    return await send_conditionally(request, site, media_type, make, headers, "" if complete else "without dump")
