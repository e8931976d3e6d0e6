"""``/shared-species``: the species behind the numbers of the first page's matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import require_choice
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.taxon_facets.appendices import TREATIES
from jwpgraph.taxon_facets.horizon_cache import get_horizons
from jwpgraph.taxon_facets.shared_species import APPENDICES, SharedSpecies, get_shared_species
from jwpgraph.taxon_facets.taxonomy_cache import is_small_taxonomy
from jwpgraph.taxonomy.shared_taxa import read_common_names
from jwpgraph.web.horizon_words import list_horizon_notes
from jwpgraph.web.paging import parse_offset
from jwpgraph.web.rendering import make_page
from jwpgraph.web.requested_day import parse_requested_day

_PER_PAGE = 500


router = ReadRouter()


@router.read_undocumented("/shared-species")
@takes(*APPENDICES, "on", "offset")
async def show_shared_species(request: Request, site: Site) -> Response:
    wanted = {treaty: number for treaty in APPENDICES if (number := request.query_params.get(treaty))}
    for treaty, number in wanted.items():
        require_choice(treaty, number, APPENDICES[treaty])
    on, offset = parse_requested_day(request), parse_offset(request)

    async def make() -> Mapping[str, Any]:
        shared = await get_shared_species(site, on)
        found = [one for one in shared.species if one.among(wanted)]
        return {
            "shared": shared,
            "total": len(found),
            "species": await _name_species(site, found[offset : offset + _PER_PAGE]),
            "first": offset + 1,
            "previous": str(max(0, offset - _PER_PAGE)) if offset else None,
            "following": str(offset + _PER_PAGE) if offset + _PER_PAGE < len(found) else None,
            "wanted": wanted,
            "notes": list_horizon_notes(await get_horizons(site), tuple(TREATIES.items()), on),
            "appendices": APPENDICES,
            "state": lambda **changes: _state_url(request, changes),
        }

    return await make_page(request, site, "shared.html", make, variant=on.isoformat())


async def _name_species(site: AppContext, species: list[SharedSpecies]) -> list[SharedSpecies]:
    """Return *species* with their common names; for a large release they are queried page by page."""
    if not species or await is_small_taxonomy(site):
        return species
    names = await read_common_names(site.queries, [one.cites.iri for one in species])
    return [replace(one, cites=replace(one.cites, common_name=names.get(one.cites.iri))) for one in species]


def _state_url(request: Request, changes: Mapping[str, str | None]) -> str:
    values = {name: request.query_params.get(name) for name in ("cms", "cites", "on")} | dict(changes)
    query = urlencode({name: value for name, value in values.items() if value})
    return "/shared-species" + (f"?{query}" if query else "")
