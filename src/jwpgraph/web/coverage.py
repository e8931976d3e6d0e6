"""``/coverage``: how many taxa have a value for each field, and why the others have none."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import require_choice
from jwpgraph.linked_data.routing import Site
from jwpgraph.taxon_facets.coverage_cache import get_coverage
from jwpgraph.taxonomy.coverage_reports import summary_to_json
from jwpgraph.web.content_names import list_group_names
from jwpgraph.web.labels.tables import TABLES
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.rendering import make_page

_TAXONOMIES: Final = ("cms", "cites")


router = PageRouter()


@router.read_undocumented("/coverage")
@takes("taxonomy", "group")
async def show_coverage(request: Request, site: Site) -> Response:
    """Return the page with the counts per field and group."""
    given = {name: request.query_params.get(name, "").strip() for name in ("taxonomy", "group")}
    require_choice("taxonomy", given["taxonomy"], _TAXONOMIES)

    async def make() -> Mapping[str, Any]:
        table = await get_coverage(site)
        require_choice("group", given["group"], table.groups)
        rows = [row for row in table.of_group(given["group"] or None) if given["taxonomy"] in ("", row.taxonomy)]
        summary = await asyncio.to_thread(summary_to_json, table, rows)
        query = urlencode({name: value for name, value in given.items() if value})
        return {
            "fields": summary["fields"],
            "total": len(rows),
            "states": TABLES["field_states"],
            "groups": {slug: name for slug, name in (await list_group_names(site)).items() if slug in table.groups},
            "taxonomies": _TAXONOMIES,
            "given": given,
            "query": f"?{query}" if query else "",
        }

    return await make_page(request, site, "coverage.html", make)
