"""API routes about the service: the index, the releases and the vocabulary in use."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from jwpgraph.entities.list_filters import RESOURCES
from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.responses import send_document
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.linked_data.vocabulary_usage import get_vocabulary_usage
from jwpgraph.problems import ProblemError
from jwpgraph.releases.release import ReleaseManifest
from jwpgraph.vocabulary import PREFIXES

PREFIX = "/api/v1"


class ResourceEntry(ApiModel):
    """A list of the API."""

    name: str
    label: str
    url: str


class Index(ApiModel):
    """The lists and documents of the API."""

    resources: list[ResourceEntry]
    species: str
    listings: str
    alignments: str
    search: str
    suggest: str
    lookup: str
    changes: str
    releases: str
    queries: str
    validation: str
    documentation: str
    openapi: str


class ReleaseList(ApiModel):
    """The kept releases, newest first."""

    served: int
    total: int
    items: list[ReleaseManifest]


class Term(ApiModel):
    """A class or property in use, with its number of instances or statements."""

    iri: str
    label: str | None
    uses: int


class TermList(ApiModel):
    """The classes and properties that the release uses, and the prefixes of the service."""

    release: int
    prefixes: dict[str, str]
    classes: list[Term]
    properties: list[Term]


router = ReadRouter(prefix=PREFIX)


def _make_document(model: type[BaseModel], summary: str, operation: str) -> dict[str, Any]:
    return {"response_model": model, "summary": summary, "operation_id": operation, "tags": ["about"]}


@router.read_undocumented("/")
@router.read("", **_make_document(Index, "What the facade offers", "index"))
async def index(request: Request, site: Site) -> Response:
    resources = [
        ResourceEntry(name=name, label=one.kind.plural_label, url=site.url(request, f"{PREFIX}/{name}"))
        for name, one in RESOURCES.items()
    ]
    names = ("species", "listings", "alignments", "search", "suggest", "lookup", "changes")
    places = {
        **{name: f"/v1/{name}" for name in (*names, "releases", "queries", "validation")},
        "documentation": "/docs",
        "openapi": "/openapi.json",
    }
    urls = {name: site.url(request, f"/api{path}") for name, path in places.items()}
    return await send_document(request, site, Index(resources=resources, **urls).model_dump())


@router.read("/releases", **_make_document(ReleaseList, "List releases", "list_releases"))
async def list_releases(request: Request, site: Site) -> Response:
    found = site.releases.list() if site.releases else ()
    manifests = sorted((release.manifest for release in found), key=lambda one: one.number, reverse=True)
    listed = ReleaseList(served=site.release_number, total=len(manifests), items=manifests)
    return await send_document(request, site, listed.model_dump(mode="json"))


@router.read("/releases/{number}", **_make_document(ReleaseManifest, "Show a release", "show_release"))
async def show_release(request: Request, site: Site, number: int) -> Response:
    if site.releases is None:
        raise ProblemError("no-release", "There is no such release", "This service stores no releases.", status=404)
    if not 0 < number < 1_000_000_000:
        raise ProblemError(
            "no-release", "There is no such release", f"Release numbers start at 1: {number}", status=404
        )
    return await send_document(request, site, site.releases.get(number).manifest.model_dump(mode="json"))


@router.read("/terms", **_make_document(TermList, "List the classes and properties in use", "list_terms"))
async def list_terms(request: Request, site: Site) -> Response:
    found = await get_vocabulary_usage(site)
    lists = {"classes": found.classes, "properties": found.properties}
    document = {"release": site.release_number, "prefixes": PREFIXES, **lists}
    return await send_document(request, site, document)
