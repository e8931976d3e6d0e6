"""The sitemap of the pages (https://www.sitemaps.org/protocol.html).

A sitemap may have 50,000 URLs. The sitemap of a larger release is an index of several.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from xml.sax.saxutils import escape

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_types import BY_PLURAL, KINDS, EntityType
from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.entities.withdrawals import read_given_up
from jwpgraph.linked_data.responses import send_conditionally
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.vocabulary import PREFIX_LINES

_MOST_URLS: Final = 50_000
_XML: Final = "application/xml"
_NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_PAGES: Final = "pages"
_FIXED: Final = ("/", "/ontology", "/shapes", "/quality", "/leo", "/releases", "/api/docs")
_CLASSES: Final = " ".join(f"<{kind.class_iri}>" for kind in KINDS)
_COUNTS: Final = (
    "SELECT ?class (COUNT(DISTINCT ?s) AS ?n) WHERE { "
    f"VALUES ?class {{ {_CLASSES} }} ?s rdf:type ?class FILTER(isIRI(?s)) }} GROUP BY ?class"
)

router = ReadRouter()


@router.read_undocumented("/sitemap.xml")
async def show_sitemap(request: Request, site: Site) -> Response:
    async def make() -> tuple[bytes, Mapping[str, str]]:
        counts = await _count_entities(site)
        if sum(counts.values()) + len(counts) + len(_FIXED) > _MOST_URLS:
            return _render_index(site, request, counts), {}
        paths = _list_pages(site, counts)
        for kind in counts:
            paths |= await _list_entities(site, kind, 1)
        return _render_urls(site, request, paths), {}

    return await send_conditionally(request, site, _XML, make)


@router.read_undocumented("/sitemaps/{name}.xml")
async def show_part(request: Request, site: Site, name: str) -> Response:
    async def make() -> tuple[bytes, Mapping[str, str]]:
        counts = await _count_entities(site)
        if name == _PAGES:
            return _render_urls(site, request, _list_pages(site, counts)), {}
        plural, _, digits = name.rpartition("-")
        kind = BY_PLURAL.get(plural)
        parts = range(1, _count_parts(counts.get(kind, 0)) + 1) if kind else ()
        number = next((number for number in parts if str(number) == digits), None)
        if kind is None or number is None:
            raise ProblemError("not-found", "Not found", "No part of the sitemap has this name.", status=404)
        return _render_urls(site, request, await _list_entities(site, kind, number)), {}

    return await send_conditionally(request, site, _XML, make)


async def _count_entities(site: AppContext) -> Mapping[EntityType, int]:
    """Return the number of entities of each type that has any, withdrawn ones included."""

    async def read() -> dict[EntityType, int]:
        rows = await site.queries.select(PREFIX_LINES + _COUNTS)
        found = {row["class"].value: int(row["n"].value) for row in rows}
        return {kind: number for kind in KINDS if (number := found.get(kind.class_iri, 0))}

    return await site.once_per_release("numbers of entities", read)


def _count_parts(entities: int) -> int:
    return -(-entities // _MOST_URLS)


def _list_pages(site: AppContext, counts: Iterable[EntityType]) -> dict[str, datetime | None]:
    published = _get_published(site)
    return dict.fromkeys((*_FIXED, *(f"/browse/{kind.plural}" for kind in counts)), published)


async def _list_entities(site: AppContext, kind: EntityType, number: int) -> dict[str, datetime | None]:
    """Return the time of the last change of the entities in a part by the path of their page; parts begin with 1.

    Without a record of changes, the time of the release is an upper bound.
    """
    # Virtuoso sorts all rows of a sub-select, but only the first 10,000 of a query with LIMIT.
    every = f"SELECT DISTINCT ?s WHERE {{ ?s a <{kind.class_iri}> FILTER(isIRI(?s)) }} ORDER BY ?s"
    start = (number - 1) * _MOST_URLS
    rows = await site.queries.select(f"SELECT ?s WHERE {{ {{ {every} }} }} LIMIT {_MOST_URLS} OFFSET {start}")
    withdrawn = await read_given_up(site)
    iris = [row["s"].value for row in rows if row["s"].value not in withdrawn]
    changes, published = await site.last_changes(iris), _get_published(site)
    return {path: changes.get(iri, published) for iri in iris if (path := iri_to_path(iri, "doc"))}


def _get_published(site: AppContext) -> datetime | None:
    release = site.served_release()
    return release.manifest.created if release else None


def _render_index(site: AppContext, request: Request, counts: Mapping[EntityType, int]) -> bytes:
    parts = [_PAGES]
    for kind, entities in counts.items():
        parts += [f"{kind.plural}-{number}" for number in range(1, _count_parts(entities) + 1)]
    published = _get_published(site)
    return _render(site, request, "sitemapindex", "sitemap", {f"/sitemaps/{name}.xml": published for name in parts})


def _render_urls(site: AppContext, request: Request, paths: Mapping[str, datetime | None]) -> bytes:
    return _render(site, request, "urlset", "url", paths)


def _render(site: AppContext, request: Request, root: str, element: str, paths: Mapping[str, datetime | None]) -> bytes:
    entries = "".join(
        f"<{element}><loc>{escape(site.url(request, path))}</loc>{_write_last_modified(moment)}</{element}>\n"
        for path, moment in paths.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_NAMESPACE}">\n{entries}</{root}>\n'.encode()


def _write_last_modified(moment: datetime | None) -> str:
    return f"<lastmod>{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</lastmod>" if moment else ""
