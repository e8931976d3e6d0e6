"""The routes about how the two taxonomies relate: mappings, discrepancies, the curators' worklist."""

# Annotations are read by FastAPI at run time: they must not be postponed.

import asyncio
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

import pyoxigraph as ox
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from jwpgraph.api.asking import DayParameters, value_of
from jwpgraph.api.routes import PREFIX, add_route
from jwpgraph.finding.kept_taxonomy import is_small, taxonomy_about, whole_taxonomy
from jwpgraph.linked_data.responses import chosen_media_type, conditional, json_bytes
from jwpgraph.linked_data.site import Site
from jwpgraph.problems import Problem
from jwpgraph.taxonomy import reports, sssom
from jwpgraph.taxonomy.assessment import Assessment, assess
from jwpgraph.taxonomy.discrepancies import Cause
from jwpgraph.taxonomy.reading import priority_concepts
from jwpgraph.taxonomy.relations import Relation
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
    """How the list of mappings can be filtered."""

    basis: Literal["curator", "candidate", "all"] = Field(
        "curator", description="Mappings that a curator made, candidates that names suggest, or both."
    )
    relation: RelationName | None = Field(None, description="Only this relation, read from CMS to CITES.")
    taxon: str | None = Field(None, min_length=1, max_length=200, description="Only mappings of this taxon.")
    limit: int = Field(100, ge=1, le=1000, description="How many on a page.")
    offset: int = Field(0, ge=0, le=10_000_000, description="How many to skip.")


class DiscrepancyParameters(DayParameters):
    """How the discrepancy report can be filtered."""

    cause: CauseName | None = Field(None, description="Only this cause.")
    taxon: str | None = Field(None, min_length=1, max_length=200, description="Only discrepancies of this taxon.")
    limit: int = Field(100, ge=1, le=1000, description="How many on a page; CSV, HTML and Turtle have all.")
    offset: int = Field(0, ge=0, le=10_000_000, description="How many to skip.")


class AlignmentPage(BaseModel):
    """Mappings from concepts of CMS to concepts of CITES."""

    model_config = ConfigDict(extra="allow")

    on: str
    total: int
    limit: int
    offset: int
    items: list[dict[str, Any]]
    findings: list[dict[str, Any]] = Field(description="What the checks of the alignments found.")
    release: int


class DiscrepancyPage(BaseModel):
    """Differences between the two conventions, each with its cause."""

    model_config = ConfigDict(extra="allow")

    on: str
    counts: dict[str, int] = Field(description="How many there are by cause.")
    total: int
    limit: int
    offset: int
    items: list[dict[str, Any]]
    release: int


async def assessment(site: Site, day: date, taxon: str | None) -> Assessment:
    """The assessment for a day: of everything, or at least of *taxon*; made in a thread, since it compares names.

    Raises:
        Problem: ``too-large-to-assess`` (422) where everything is asked for in a release with too many taxa.
    """

    async def make() -> Assessment:
        reading = await (whole_taxonomy(site) if small or taxon is None else taxonomy_about(site, taxon))
        priority = await priority_concepts(site.queries)
        return await asyncio.to_thread(assess, reading, day, priority)

    small = await is_small(site)
    if small:
        return await site.once_per_day("assessment", day, make)
    if taxon is None:
        detail = "Too many taxa to compare them all while you wait: name one with ?taxon=, or run jwpgraph align."
        raise Problem("too-large-to-assess", "This release cannot be assessed as a whole", detail, status=422)
    return await make()


def create_router(site: Site) -> APIRouter:
    """The routes about alignments and discrepancies, below ``/api/v1``."""
    router = APIRouter(prefix=PREFIX)

    async def alignments(request: Request, parameters: Annotated[AlignmentParameters, Query()]) -> Response:
        media_type = chosen_media_type(request, ("application/json", "text/tab-separated-values"))
        taxon = await _taxon(site, parameters.taxon)

        async def make() -> tuple[bytes, Mapping[str, str]]:
            found = await assessment(site, parameters.day, taxon)
            wanted = Relation(parameters.relation) if parameters.relation else None
            chosen = [
                one
                for one in found.mappings
                if parameters.basis in {"all", "curator" if one.curated else "candidate"}
                and wanted in {None, one.relation}
                and taxon in {None, one.subject, one.object}
            ]
            if media_type == "text/tab-separated-values":
                version = str(site.release_number)
                return sssom.to_tsv(found.reading.taxa, chosen, found.on, version).encode(), {}
            return json_bytes(
                {
                    **_page(parameters, len(chosen)),
                    "items": [reports.mapping_json(found, one) for one in _slice(chosen, parameters)],
                    "findings": [reports.finding_json(one) for one in found.findings[: parameters.limit]],
                    "release": site.release_number,
                }
            ), {}

        return await conditional(request, site, media_type, make)

    async def discrepancies(request: Request, parameters: Annotated[DiscrepancyParameters, Query()]) -> Response:
        media_type = chosen_media_type(request, tuple(_REPORTS))
        taxon = await _taxon(site, parameters.taxon)

        async def make() -> tuple[bytes, Mapping[str, str]]:
            found = await assessment(site, parameters.day, taxon)
            cause = Cause(parameters.cause) if parameters.cause else None
            chosen = [
                one
                for one in found.discrepancies
                if cause in {None, one.cause} and taxon in {None, one.subject, one.object}
            ]
            narrowed = Assessment(
                found.on, found.reading, found.candidates, found.mappings, found.findings, chosen, found.tasks
            )
            if media_type != "application/json":
                return _REPORTS[media_type](narrowed), {}
            return json_bytes(
                {
                    **_page(parameters, len(chosen)),
                    "counts": reports.counts(chosen),
                    "items": [reports.discrepancy_json(found, one) for one in _slice(chosen, parameters)],
                    "release": site.release_number,
                }
            ), {}

        return await conditional(request, site, media_type, make)

    add_route(
        router,
        "/alignments",
        alignments,
        "list_alignments",
        AlignmentPage,
        "List how taxa of CMS relate to those of CITES",
    )
    add_route(
        router,
        "/discrepancies",
        discrepancies,
        "list_discrepancies",
        DiscrepancyPage,
        "List where the two conventions differ, and why",
    )
    return router


def _turtle(found: Assessment) -> bytes:
    prefixes = {name: PREFIXES[name] for name in ("jwp", "jwpid", "skos", "dcterms", "xsd")}
    return ox.serialize(reports.discrepancy_triples(found), format=ox.RdfFormat.TURTLE, prefixes=prefixes) or b""


_REPORTS: dict[str, Callable[[Assessment], bytes]] = {
    "application/json": lambda found: json_bytes(reports.as_json(found)),
    "text/csv": lambda found: reports.discrepancies_csv(found).encode(),
    "text/html": lambda found: reports.as_html(found).encode(),
    "text/turtle": _turtle,
}


async def _taxon(site: Site, value: str | None) -> str | None:
    return (await value_of(site, "taxon", "taxon", value)).iri if value is not None else None


def _page(parameters: AlignmentParameters | DiscrepancyParameters, total: int) -> dict[str, Any]:
    return {
        "on": parameters.day.isoformat(),
        "total": total,
        "limit": parameters.limit,
        "offset": parameters.offset,
    }


def _slice(items: list[Any], parameters: AlignmentParameters | DiscrepancyParameters) -> list[Any]:
    return items[parameters.offset : parameters.offset + parameters.limit]
