"""The routes about how the two taxonomies relate: mappings, discrepancies, the curators' worklist."""

# Annotations are read by FastAPI at run time: they must not be postponed.

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

import pyoxigraph as ox
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from jwpgraph.api.asking import DayParameters, value_of
from jwpgraph.api.routes import PREFIX, add_route
from jwpgraph.linked_data.responses import chosen_media_type, conditional, json_bytes
from jwpgraph.linked_data.site import Site
from jwpgraph.taxonomy import reports, sssom
from jwpgraph.taxonomy.assessment import Assessment, assess
from jwpgraph.taxonomy.discrepancies import Cause
from jwpgraph.taxonomy.reading import Reading, priority_concepts, read_all
from jwpgraph.taxonomy.relations import Relation
from jwpgraph.vocabulary import PREFIXES

_KEPT = 8

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


class Assessments:
    """The assessments of the release being served, by day; a few are kept."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lock = asyncio.Lock()

    async def on(self, day: date) -> Assessment:
        """The assessment for a day; made in a thread, since it compares every name with its likes."""
        async with self._lock:
            kept = await self._site.once_per_release("assessments", self._none)
            if day not in kept:
                reading = await self._site.once_per_release("taxa-and-listings", self._read)
                priority = await priority_concepts(self._site.queries)
                kept[day] = await asyncio.to_thread(assess, reading, day, priority)
                while len(kept) > _KEPT:
                    kept.popitem(last=False)
            kept.move_to_end(day)
            return kept[day]

    async def _none(self) -> OrderedDict[date, Assessment]:
        return OrderedDict()

    async def _read(self) -> Reading:
        return await read_all(self._site.queries)


def create_router(site: Site) -> APIRouter:
    """The routes about alignments and discrepancies, below ``/api/v1``."""
    router = APIRouter(prefix=PREFIX)
    assessments = Assessments(site)

    async def alignments(request: Request, parameters: Annotated[AlignmentParameters, Query()]) -> Response:
        media_type = chosen_media_type(request, ("application/json", "text/tab-separated-values"))
        taxon = await _taxon(site, parameters.taxon)

        async def make() -> tuple[bytes, Mapping[str, str]]:
            found = await assessments.on(parameters.day)
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
            found = await assessments.on(parameters.day)
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
