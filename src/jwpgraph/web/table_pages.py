"""The lists of an entity: on its own page, and complete below ``/tables``, sorted, paged and as CSV."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.description import describe
from jwpgraph.entities.iri_mapping import get_type_segment, path_to_iris
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import make_wrong_parameter_problem
from jwpgraph.linked_data.routes import make_unknown_entity_problem
from jwpgraph.linked_data.routing import Site
from jwpgraph.problems import ProblemError, explain
from jwpgraph.vocabulary import ID, expand_name
from jwpgraph.web.entity_view import get_treaty, make_reference
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.paging import parse_offset
from jwpgraph.web.rendering import make_page
from jwpgraph.web.requested_day import parse_requested_day
from jwpgraph.web.table_definitions import BY_KIND, SHOWN_ELSEWHERE
from jwpgraph.web.table_files import TABLE_TYPES, Sheet
from jwpgraph.web.table_responses import send_table
from jwpgraph.web.tables import TableDefinition, TableView, read_table

_ON_ITS_PAGE = 25
_PER_PAGE = 100


async def read_entity_tables(site: AppContext, iri: str, day: date) -> list[TableView]:
    """Return the first rows of every list on the page of *iri*."""
    tables = BY_KIND.get(get_type_segment(iri) or "", ())
    views = await asyncio.gather(*(read_table(site, one, iri, day, limit=_ON_ITS_PAGE) for one in tables))
    return [view for view in views if view.total or view.table.empty]


@cache
def list_table_links(kind: str | None) -> frozenset[str]:
    """Return the properties whose incoming links are shown in lists or sections of an entity type's pages."""
    keys = {key for table in BY_KIND.get(kind or "", ()) for key in table.links}
    return frozenset(map(expand_name, keys | SHOWN_ELSEWHERE.get(kind or "", frozenset())))


router = PageRouter()


@router.read_undocumented("/tables/{name}")
@takes("of", "sort", "on", "offset")
async def show_table(request: Request, site: Site, name: str) -> Response:
    name, dot, extension = name.partition(".")
    iri = path_to_iris("/id/" + request.query_params.get("of", "").removeprefix(ID))[0]
    table = next((one for one in BY_KIND.get(get_type_segment(iri) or "", ()) if one.name == name), None)
    if table is None or (dot and extension not in TABLE_TYPES):
        known = ", ".join(one.name for one in BY_KIND.get(get_type_segment(iri) or "", ()))
        detail = (
            explain("Lists of it are %(known)s.", known=known)
            if known
            else explain("It has no lists: name a thing with ?of=, as in its address.")
        )
        raise ProblemError("not-found", "Not found", detail, status=404)
    day, sort = parse_requested_day(request), request.query_params.get("sort", "")
    if sort and table.column(sort.removeprefix("-")) is None:
        columns = ", ".join(column.name for column in table.columns)
        raise make_wrong_parameter_problem(
            "sort", f"{sort[:40]!r}; choose one of {columns}, with a minus for the reverse"
        )
    offset = parse_offset(request)
    if dot:
        return await send_table(
            request, site, extension, lambda: _make_sheet(site, table, iri, day, sort), "", str(day)
        )

    async def make() -> Mapping[str, Any]:
        description = await describe(site, [iri])
        if description is None:
            raise await make_unknown_entity_problem(site, iri)
        view = await read_table(site, table, iri, day, sort=sort, limit=_PER_PAGE, offset=offset)
        thing = make_reference(description.node, iri)
        thing.treaty = get_treaty(iri)
        return {"view": view, "thing": thing, "previous": max(0, offset - _PER_PAGE) if offset else None}

    return await make_page(request, site, "table.html", make, variant=str(day))


async def _make_sheet(site: AppContext, table: TableDefinition, iri: str, day: date, sort: str) -> Sheet:
    """Return the whole list, with identifiers and sources."""
    view = await read_table(site, table, iri, day, sort=sort)
    rows = []
    for row in view.rows:
        sources = "; ".join(source.citation or source.name for source in row.basis.sources)
        rows.append((row.iri, *(row.cells[column.name].text for column in table.columns), sources))
    return Sheet(table.name, ("id", *(column.name for column in table.columns), "sources"), rows)
