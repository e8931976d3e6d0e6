"""``/coverage``: how many taxa have a value for each field, and why the others have none."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from jwpgraph.http.declared_parameters import takes
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.taxonomy.coverage import FieldState
from jwpgraph.taxonomy.coverage_reader import read_coverage
from jwpgraph.taxonomy.coverage_reports import summary_to_json
from jwpgraph.web.content_names import list_group_names
from jwpgraph.web.rendering import make_page
from jwpgraph.web.translation import mark_for_translation

_TAXONOMIES: Final = ("cms", "cites")
#: The states in the order of the columns, with their headings.
STATES: Final = {
    FieldState.PRESENT: mark_for_translation("recorded"),
    FieldState.INHERITED: mark_for_translation("recorded for a higher taxon"),
    FieldState.OFFERED: mark_for_translation("missing, though a source has it"),
    FieldState.NOT_OFFERED: mark_for_translation("missing; no source has it"),
    FieldState.UNKNOWN: mark_for_translation("missing; not known whether a source has it"),
}


router = ReadRouter()


@router.read_undocumented("/coverage")
@takes("taxonomy", "group")
async def show_coverage(request: Request, site: Site) -> Response:
    """Return the page with the counts per field and group."""
    given = {name: request.query_params.get(name, "").strip() for name in ("taxonomy", "group")}
    if given["taxonomy"] not in ("", *_TAXONOMIES):
        raise _make_wrong_parameter_problem("taxonomy", given["taxonomy"], _TAXONOMIES)

    async def make() -> Mapping[str, Any]:
        table = await site.once_per_release("coverage", lambda: read_coverage(site.queries))
        if given["group"] and given["group"] not in table.groups:
            raise _make_wrong_parameter_problem("group", given["group"], table.groups)
        rows = [row for row in table.of_group(given["group"] or None) if given["taxonomy"] in ("", row.taxonomy)]
        summary = await asyncio.to_thread(summary_to_json, table, rows)
        query = urlencode({name: value for name, value in given.items() if value})
        return {
            "fields": summary["fields"],
            "total": len(rows),
            "states": STATES,
            "groups": {slug: name for slug, name in (await list_group_names(site)).items() if slug in table.groups},
            "taxonomies": _TAXONOMIES,
            "given": given,
            "query": f"?{query}" if query else "",
        }

    return await make_page(request, site, "coverage.html", make)


def _make_wrong_parameter_problem(name: str, value: str, known: Any) -> ProblemError:
    detail = f"{name}: {value[:40]!r}; choose {', '.join(known)}."
    return ProblemError("bad-parameter", "A parameter is wrong", detail, status=400)
