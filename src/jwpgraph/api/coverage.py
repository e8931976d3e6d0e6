"""API route of the coverage of taxa: the state of each field, with the reason for empty ones."""

# Annotations are read by FastAPI at run time: they must not be postponed.

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from jwpgraph.api.routes import PREFIX, describe_read
from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.paging import (
    PageLinks,
    make_link_header,
    make_page_fields,
    make_page_links,
    make_size_fields,
    slice_page,
    slice_requested,
)
from jwpgraph.linked_data.responses import choose_media_type, send_conditionally, to_json_bytes
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.taxon_facets.coverage_cache import get_coverage
from jwpgraph.taxonomy import coverage_reports as reports
from jwpgraph.taxonomy.coverage import FIELDS, CoverageTable, FieldState, TaxonRow

StateName = Literal["present", "inherited", "offered", "not-offered", "unknown"]


class CoverageParameters(ApiModel):
    """Filters of the coverage table."""

    model_config = ConfigDict(extra="forbid")

    group: str | None = Field(
        None, max_length=100, description="Only taxa of this species group (its slug); `none`: taxa without a group."
    )
    taxonomy: Literal["cites", "cms"] | None = Field(None, description="Only concepts of this taxonomy.")
    field: str | None = Field(None, max_length=100, description="With `state`: the field that has to be in this state.")
    state: StateName | None = Field(None, description="Only taxa with a field in this state.")
    limit: int = Field(100, ge=1, le=1000, description="Items on a page; without it, CSV and Markdown contain all.")
    offset: int = Field(0, ge=0, le=10_000_000, description="Items to skip.")


class CoveragePage(PageLinks):
    """The coverage table: a summary by field and species group, and a page of taxa."""

    model_config = ConfigDict(extra="allow")

    total: int
    limit: int
    offset: int
    fields: list[dict[str, Any]] = Field(
        description="The fields of a taxon, each with the number of taxa in each state."
    )
    states: dict[str, str] = Field(description="The meaning of the states.")
    groups: list[dict[str, Any]] = Field(description="The same by species group.")
    items: list[dict[str, Any]] = Field(description="The taxa with the state of each field that applies to them.")
    release: int


router = ReadRouter(prefix=PREFIX)


@router.read("/coverage", **describe_read("list_coverage", CoveragePage, "List what is known of each taxon"))
async def show_coverage(request: Request, site: Site, parameters: Annotated[CoverageParameters, Query()]) -> Response:
    media_type = choose_media_type(request, ("application/json", "text/csv", "text/markdown"))

    async def make() -> tuple[bytes, Mapping[str, str]]:
        table = await get_coverage(site)
        rows = _select_rows(table, parameters)
        # Counting the states of tens of thousands of taxa takes seconds, so it runs outside the event loop.
        pages = make_page_links(site, request, parameters, len(rows))
        body = await asyncio.to_thread(_render_table, table, rows, parameters, media_type, site.release_number, pages)
        return body, make_link_header(pages)

    return await send_conditionally(request, site, media_type, make)


def _render_table(
    table: CoverageTable,
    rows: list[TaxonRow],
    parameters: CoverageParameters,
    media_type: str,
    release: int,
    pages: Mapping[str, str],
) -> bytes:
    if media_type != "application/json":
        write = reports.coverage_to_csv if media_type == "text/csv" else reports.coverage_to_markdown
        return write(table, slice_requested(rows, parameters)).encode()
    return to_json_bytes(
        {
            **make_size_fields(parameters, len(rows)),
            **reports.summary_to_json(table, rows),
            **make_page_fields(pages),
            "items": [reports.row_to_json(table, row) for row in slice_page(rows, parameters)],
            "release": release,
        }
    )


def _select_rows(table: CoverageTable, parameters: CoverageParameters) -> list[TaxonRow]:
    group, fields = parameters.group, [one for one in FIELDS if parameters.field in (None, one.key)]
    if group not in (None, "none", *table.groups):
        raise _make_unknown_value_problem("group", group, ["none", *table.groups])
    if not fields:
        raise _make_unknown_value_problem("field", parameters.field, [one.key for one in FIELDS])
    state = FieldState(parameters.state) if parameters.state else None
    return [
        row
        for row in table.of_group("" if group == "none" else group)
        if parameters.taxonomy in (None, row.taxonomy)
        and (state is None or any(table.state(row, one) is state for one in fields))
    ]


def _make_unknown_value_problem(name: str, value: str | None, known: list[str]) -> ProblemError:
    return ProblemError(
        "unknown-value",
        f"There is no such {name}",
        f"{name}: {value!r}; there are {', '.join(known)}",
        status=422,
        parameter=name,
    )
