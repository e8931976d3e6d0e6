"""``/shared-species``: the species behind the numbers of the first page's matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import require_choice
from jwpgraph.linked_data.routing import Site
from jwpgraph.taxon_facets.appendices import TREATIES, TREATY_IRIS
from jwpgraph.taxon_facets.horizon_cache import get_horizons
from jwpgraph.taxon_facets.period_table import PeriodTable, get_period_table
from jwpgraph.taxon_facets.shared_species import APPENDICES, SharedSpecies, get_shared_species
from jwpgraph.taxon_facets.taxonomy_cache import get_pairing_taxonomy, is_small_taxonomy
from jwpgraph.taxonomy.evidence import rank_evidence
from jwpgraph.taxonomy.horizon import Horizons
from jwpgraph.taxonomy.shared_taxa import read_common_names
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.web.content_names import NAME_LANGUAGE, get_animal_names
from jwpgraph.web.horizon_words import list_horizon_notes
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.paging import parse_offset
from jwpgraph.web.rendering import make_page
from jwpgraph.web.requested_day import parse_requested_day
from jwpgraph.web.table_files import Sheet
from jwpgraph.web.table_responses import require_table_type, send_table

_PER_PAGE = 500
#: Columns of the table; the relation is that of the CITES taxon to the one of CMS (RCC-5).
HEADER: Final = (
    "cites_id",
    "cites_name",
    "cms_id",
    "cms_name",
    "common_name",
    "relation",
    "cms_appendices",
    "cites_appendices",
    "on",
    "cms_evidence",
    "cms_complete_until",
    "cms_beyond",
    "cites_evidence",
    "cites_complete_until",
    "cites_beyond",
    NAME_LANGUAGE,
)


router = PageRouter()


@router.read_undocumented("/shared-species")
@takes(*APPENDICES, "on", "offset")
async def show_shared_species(request: Request, site: Site) -> Response:
    wanted = _read_appendices(request)
    on, offset = parse_requested_day(request), parse_offset(request)

    async def make() -> Mapping[str, Any]:
        shared = await get_shared_species(site, on)
        found = [one for one in shared.species if one.among(wanted)]
        translated = await get_animal_names(site)
        return {
            "shared": shared,
            "name_of": lambda one: _choose_name(one, translated),
            "total": len(found),
            "species": await _name_species(site, found[offset : offset + _PER_PAGE]),
            "first": offset + 1,
            "previous": str(max(0, offset - _PER_PAGE)) if offset else None,
            "following": str(offset + _PER_PAGE) if offset + _PER_PAGE < len(found) else None,
            "wanted": wanted,
            "notes": list_horizon_notes(await get_horizons(site), tuple(TREATIES.items()), on),
            "appendices": APPENDICES,
            "state": lambda **changes: _state_url(request, changes),
            "file": lambda extension: _state_url(request, {}, f".{extension}"),
        }

    return await make_page(request, site, "shared.html", make, variant=on.isoformat())


@router.read_undocumented("/shared-species.{extension}")
@takes(*APPENDICES, "on")
async def send_shared_species(request: Request, site: Site, extension: str) -> Response:
    require_table_type(extension)
    wanted, on = _read_appendices(request), parse_requested_day(request)

    async def make() -> Sheet:
        found = [one for one in (await get_shared_species(site, on)).species if one.among(wanted)]
        known = (await get_horizons(site), await get_pairing_taxonomy(site), await get_period_table(site))
        named = await _name_species(site, found)
        translated = await get_animal_names(site)
        rows = []
        for one in named:
            name, language = _choose_name(one, translated)
            rows.append((*_make_row(one, name), *_describe_basis(one, on, *known), language if name else ""))
        return Sheet("shared-species", HEADER, rows)

    return await send_table(request, site, extension, make, f"shared-species-{on}", on.isoformat())


def _read_appendices(request: Request) -> dict[str, str]:
    wanted = {treaty: number for treaty in APPENDICES if (number := request.query_params.get(treaty))}
    for treaty, number in wanted.items():
        require_choice(treaty, number, APPENDICES[treaty])
    return wanted


def _make_row(one: SharedSpecies, name: str) -> tuple[str, ...]:
    return (
        one.cites.iri,
        one.cites.name,
        one.cms.iri,
        one.cms.name,
        name,
        one.relation.value if one.relation else "",
        " ".join(one.appendices["cms"]),
        " ".join(one.appendices["cites"]),
    )


def _describe_basis(
    one: SharedSpecies, on: date, horizons: Horizons, reading: TaxonomySnapshot, table: PeriodTable
) -> list[str]:
    """Return the day, and for each treaty evidence and horizon."""
    found = [on.isoformat()]
    for treaty, concept in (("cms", one.cms), ("cites", one.cites)):
        levels: dict[str, list[str]] = {number: [] for number in one.appendices[treaty]}
        for period in table.in_force(concept.iri, on):
            if period.certain and period.number in levels:
                levels[period.number].append(period.evidence)
        outlook = horizons.outlook(TREATY_IRIS[treaty], [reading.taxa.lineage(concept.iri, on)], on)
        found += [
            "; ".join(f"{number}: {min(these, key=rank_evidence, default='')}" for number, these in levels.items()),
            str(outlook.complete_until or ""),
            "yes" if outlook.beyond else "no",
        ]
    return found


def _choose_name(one: SharedSpecies, translated: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """Return a common name in the best language for the reader, and the language; empty if there is none."""
    found = translated.get(one.cites.iri) or translated.get(one.cms.iri)
    return found or (_get_common_name(one) or "", "en")


def _get_common_name(one: SharedSpecies) -> str | None:
    """Return an English common name; the label of a concept without one is its scientific name."""
    scientific = {one.cites.name, one.cms.name}
    names = (one.cites.common_name, one.cms.common_name)
    return next((name for name in names if name and name not in scientific), None)


async def _name_species(site: AppContext, species: list[SharedSpecies]) -> list[SharedSpecies]:
    """Return *species* with their common names; for a large release they are queried page by page."""
    if not species or await is_small_taxonomy(site):
        return species
    names = await read_common_names(site.queries, [one.cites.iri for one in species])
    return [replace(one, cites=replace(one.cites, common_name=names.get(one.cites.iri))) for one in species]


def _state_url(request: Request, changes: Mapping[str, str | None], extension: str = "") -> str:
    values = {name: request.query_params.get(name) for name in ("cms", "cites", "on")} | dict(changes)
    query = urlencode({name: value for name, value in values.items() if value})
    return f"/shared-species{extension}" + (f"?{query}" if query else "")
