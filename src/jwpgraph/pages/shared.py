"""``/shared-species``: what the numbers of the first page's matrix lead to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from jwpgraph.finding.appendices import TREATIES
from jwpgraph.finding.kept_horizons import horizons
from jwpgraph.finding.kept_taxonomy import is_small
from jwpgraph.finding.shared_species import APPENDICES, SharedSpecies, shared_species
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.days import asked_day
from jwpgraph.pages.horizon_words import notes_of
from jwpgraph.pages.paging import asked_offset
from jwpgraph.pages.rendering import page
from jwpgraph.problems import Problem
from jwpgraph.taxonomy.shared_taxa import common_names

_PER_PAGE = 500


def create_router(site: Site) -> APIRouter:
    """``/shared-species``, by Appendix."""
    router = APIRouter()

    async def listed(request: Request) -> Response:
        wanted = {treaty: number for treaty in APPENDICES if (number := request.query_params.get(treaty))}
        unknown = [number for treaty, number in wanted.items() if number not in APPENDICES[treaty]]
        if unknown:
            raise Problem(
                "bad-parameter", "There is no such Appendix", f"{', '.join(unknown)}: I, II or III of CITES", status=400
            )
        on, offset = asked_day(request), asked_offset(request)

        async def make() -> Mapping[str, Any]:
            shared = await shared_species(site, on)
            found = [one for one in shared.species if one.among(wanted)]
            return {
                "shared": shared,
                "total": len(found),
                "species": await _named(site, found[offset : offset + _PER_PAGE]),
                "first": offset + 1,
                "previous": str(max(0, offset - _PER_PAGE)) if offset else None,
                "following": str(offset + _PER_PAGE) if offset + _PER_PAGE < len(found) else None,
                "wanted": wanted,
                "notes": notes_of(await horizons(site), tuple(TREATIES.items()), on),
                "appendices": APPENDICES,
                "state": lambda **changes: _state(request, changes),
            }

        return await page(request, site, "shared.html", make, variant=on.isoformat())

    router.add_api_route("/shared-species", listed, methods=["GET", "HEAD"], include_in_schema=False)
    return router


async def _named(site: Site, species: list[SharedSpecies]) -> list[SharedSpecies]:
    """*species* with their common names, which a large release is asked for page by page."""
    if not species or await is_small(site):
        return species
    names = await common_names(site.queries, [one.cites.iri for one in species])
    return [replace(one, cites=replace(one.cites, common_name=names.get(one.cites.iri))) for one in species]


def _state(request: Request, changes: Mapping[str, str | None]) -> str:
    values = {name: request.query_params.get(name) for name in ("cms", "cites", "on")} | dict(changes)
    query = urlencode({name: value for name, value in values.items() if value})
    return "/shared-species" + (f"?{query}" if query else "")
