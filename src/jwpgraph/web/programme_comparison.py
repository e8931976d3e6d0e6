"""``/programme/compare``: the successors of the activities of a work programme in a later one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.http.declared_parameters import takes
from jwpgraph.linked_data.responses import choose_media_type, send_conditionally, to_json_bytes
from jwpgraph.linked_data.routing import Site
from jwpgraph.programme.overview import ProgrammeWork, WorkRecords, read_work
from jwpgraph.programme.successors import SuccessionRow, compare_programmes
from jwpgraph.web.labels.tables import translate_label
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.rendering import HTML, make_page

router = PageRouter()


@router.read_undocumented("/programme/compare")
@takes("earlier", "later")
async def show_programme_comparison(request: Request, site: Site) -> Response:
    media_type = choose_media_type(request, (HTML, "application/json"))

    async def read() -> tuple[WorkRecords, ProgrammeWork | None, ProgrammeWork | None, list[SuccessionRow]]:
        work = await read_work(site)
        first, last = (request.query_params.get(name) or None for name in ("earlier", "later"))
        by_age = work.programmes[::-1]
        if len(by_age) < 2 and not (first or last):
            return work, None, None, []
        earlier = work.programme(first) if first else by_age[-2 if len(by_age) > 1 else -1]
        later = work.programme(last) if last else by_age[-1]
        return work, earlier, later, compare_programmes(earlier, later)

    async def page() -> Mapping[str, Any]:
        work, earlier, later, rows = await read()
        return {
            "work": work,
            "earlier": earlier,
            "later": later,
            "rows": rows,
            "slug": get_slug,
            "word": lambda kind: translate_label("successions", kind),
        }

    async def document() -> tuple[bytes, Mapping[str, str]]:
        _, earlier, later, rows = await read()
        return to_json_bytes(
            {
                "from": earlier.programme.iri if earlier else None,
                "to": later.programme.iri if later else None,
                "items": [
                    {
                        "change": row.kind.value,
                        "from": [one.iri for one in row.earlier],
                        "to": [one.iri for one in row.later],
                    }
                    for row in rows
                ],
                "release": site.release_number,
            }
        ), {}

    if media_type == HTML:
        return await make_page(request, site, "programme_comparison.html", page)
    return await send_conditionally(request, site, media_type, document)
