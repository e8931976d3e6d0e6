"""``/search``: what bears a name, grouped by what it is; each state of the page is a URL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from jwpgraph.linked_data.kinds import BY_SEGMENT
from jwpgraph.linked_data.search import LONGEST_QUERY, Found, search
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.rendering import page
from jwpgraph.vocabulary import ID

_PER_PAGE = 30


def create_router(site: Site) -> APIRouter:
    """The route."""
    router = APIRouter()

    async def find(request: Request) -> Response:
        query = " ".join(request.query_params.get("q", "").split())[:LONGEST_QUERY]
        wanted = request.query_params.get("type", "")
        offset = request.query_params.get("offset", "0")

        async def make() -> Mapping[str, Any]:
            found = Found([], 0, [])
            start = int(offset) if offset.isascii() and offset.isdecimal() and len(offset) < 6 else 0
            kind = BY_SEGMENT.get(wanted)
            release = site.served_release()
            if release is not None and any(character.isalnum() for character in query):
                found = await search(release, query, kind=kind, limit=_PER_PAGE, offset=start)
            return {
                "query": query,
                "kind": wanted if kind else None,
                "found": found,
                "first": start + 1,
                "path": lambda iri: "/doc/" + iri.removeprefix(ID),
                "state": lambda **changes: _state({"q": query, "type": wanted if kind else None} | changes),
                "following": start + _PER_PAGE if start + _PER_PAGE < found.total else None,
                "previous": max(0, start - _PER_PAGE) if start else None,
            }

        return await page(request, site, "search.html", make)

    router.add_api_route("/search", find, methods=["GET", "HEAD"], include_in_schema=False)
    return router


def _state(values: Mapping[str, Any]) -> str:
    return "/search?" + urlencode({name: value for name, value in values.items() if value})
