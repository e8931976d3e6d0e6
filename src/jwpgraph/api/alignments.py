"""API routes about the relations between the two taxonomies: mappings, discrepancies and the worklist."""

# Annotations are read by FastAPI at run time: they must not be postponed.

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

import pyoxigraph as ox
from fastapi import Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from jwpgraph.api.parameters import DayParameters
from jwpgraph.api.routes import PREFIX, describe_read
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.named_parameters import resolve_parameter
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
from jwpgraph.taxon_facets.assessment_cache import get_assessment
from jwpgraph.taxonomy import reports, sssom
from jwpgraph.taxonomy.assessment import AlignmentAssessment
from jwpgraph.taxonomy.discrepancies import DiscrepancyCause
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.vocabulary import PREFIXES

CauseName = Literal[
    "appendix-differs",
    "authorship",
    "circumscription",
    "domestic-form",
    "listed-in-one-only",
    "name-only",
    "population-scope",
    "rank",
    "spelling",
]
RelationName = Literal["congruent", "includes", "is-included-in", "overlaps", "disjoint"]


class AlignmentParameters(DayParameters):
    """Filters of the list of mappings."""

    basis: Literal["curator", "candidate", "all"] = Field(
        "curator", description="Mappings that a curator made, candidates that names suggest, or both."
    )
    relation: RelationName | None = Field(None, description="Only this relation, read from CMS to CITES.")
    taxon: str | None = Field(None, min_length=1, max_length=200, description="Only mappings of this taxon.")
    limit: int = Field(100, ge=1, le=1000, description="Items on a page; without it, TSV contains all.")
    offset: int = Field(0, ge=0, le=10_000_000, description="How many to skip.")


class DiscrepancyParameters(DayParameters):
    """Filters of the discrepancy report."""

    cause: CauseName | None = Field(None, description="Only this cause.")
    taxon: str | None = Field(None, min_length=1, max_length=200, description="Only discrepancies of this taxon.")
    limit: int = Field(100, ge=1, le=1000, description="Items on a page; without it, files contain all.")
    offset: int = Field(0, ge=0, le=10_000_000, description="How many to skip.")


class AlignmentPage(PageLinks):
    """Mappings from CMS concepts to CITES concepts."""

    model_config = ConfigDict(extra="allow")

    on: str
    total: int
    limit: int
    offset: int
    items: list[dict[str, Any]]
    findings: list[dict[str, Any]] = Field(description="Findings of the checks of the alignments.")
    release: int


class DiscrepancyPage(PageLinks):
    """Differences between the two conventions, each with its cause."""

    model_config = ConfigDict(extra="allow")

    on: str
    counts: dict[str, int] = Field(description="Number of discrepancies by cause.")
    total: int
    limit: int
    offset: int
    items: list[dict[str, Any]]
    release: int


router = ReadRouter(prefix=PREFIX)


@router.read(
    "/alignments", **describe_read("list_alignments", AlignmentPage, "List how taxa of CMS relate to those of CITES")
)
async def show_alignments(
    request: Request, site: Site, parameters: Annotated[AlignmentParameters, Query()]
) -> Response:
    media_type = choose_media_type(request, ("application/json", "text/tab-separated-values"))
    taxon = await _resolve_taxon(site, parameters.taxon)

    async def make() -> tuple[bytes, Mapping[str, str]]:
        found = await get_assessment(site, parameters.day, taxon)
        wanted = Rcc5Relation(parameters.relation) if parameters.relation else None
        chosen = [
            one
            for one in found.mappings
            if parameters.basis in {"all", "curator" if one.curated else "candidate"}
            and wanted in {None, one.relation}
            and taxon in {None, one.subject, one.object}
        ]
        pages = make_page_links(site, request, parameters, len(chosen))
        if media_type == "text/tab-separated-values":
            version = str(site.release_number)
            shown = slice_requested(chosen, parameters)
            body = sssom.write_sssom(found.reading.taxa, shown, found.on, version).encode()
            return body, make_link_header(pages)
        return to_json_bytes(
            {
                "on": parameters.day.isoformat(),
                **make_size_fields(parameters, len(chosen)),
                "items": [reports.mapping_to_json(found, one) for one in slice_page(chosen, parameters)],
                "findings": [reports.finding_to_json(one) for one in found.findings[: parameters.limit]],
                "release": site.release_number,
                **make_page_fields(pages),
            }
        ), make_link_header(pages)

    return await send_conditionally(request, site, media_type, make)


@router.read(
    "/discrepancies",
    **describe_read("list_discrepancies", DiscrepancyPage, "List where the two conventions differ, and why"),
)
async def show_discrepancies(
    request: Request, site: Site, parameters: Annotated[DiscrepancyParameters, Query()]
) -> Response:
    media_type = choose_media_type(request, tuple(_REPORTS))
    taxon = await _resolve_taxon(site, parameters.taxon)

    async def make() -> tuple[bytes, Mapping[str, str]]:
        found = await get_assessment(site, parameters.day, taxon)
        cause = DiscrepancyCause(parameters.cause) if parameters.cause else None
        chosen = [
            one
            for one in found.discrepancies
            if cause in {None, one.cause} and taxon in {None, one.subject, one.object}
        ]
        pages = make_page_links(site, request, parameters, len(chosen))
        if media_type != "application/json":
            shown = slice_requested(chosen, parameters)
            narrowed = replace(found, discrepancies=list(shown))
            return _REPORTS[media_type](narrowed), make_link_header(pages)
        return to_json_bytes(
            {
                "on": parameters.day.isoformat(),
                **make_size_fields(parameters, len(chosen)),
                "counts": reports.count_by_cause(chosen),
                "items": [reports.discrepancy_to_json(found, one) for one in slice_page(chosen, parameters)],
                "release": site.release_number,
                **make_page_fields(pages),
            }
        ), make_link_header(pages)

    return await send_conditionally(request, site, media_type, make)


def _render_turtle(found: AlignmentAssessment) -> bytes:
    prefixes = {name: PREFIXES[name] for name in ("jwp", "jwpid", "skos", "dcterms", "xsd")}
    return ox.serialize(reports.make_discrepancy_triples(found), format=ox.RdfFormat.TURTLE, prefixes=prefixes) or b""


_REPORTS: dict[str, Callable[[AlignmentAssessment], bytes]] = {
    "application/json": lambda found: to_json_bytes(reports.assessment_to_json(found)),
    "text/csv": lambda found: reports.discrepancies_to_csv(found).encode(),
    "text/html": lambda found: reports.assessment_to_html(found).encode(),
    "text/turtle": _render_turtle,
}


async def _resolve_taxon(site: AppContext, value: str | None) -> str | None:
    return (await resolve_parameter(site, "taxon", "taxon", value)).iri if value is not None else None
