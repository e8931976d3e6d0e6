"""API routes about the service: the index, the releases and the vocabulary in use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.list_filters import RESOURCES
from jwpgraph.linked_data.responses import choose_media_type, conditional_response, to_json_bytes
from jwpgraph.linked_data.vocabulary_usage import get_vocabulary_usage
from jwpgraph.problems import ProblemError
from jwpgraph.releases.release import ReleaseManifest
from jwpgraph.vocabulary import PREFIXES

PREFIX = "/api/v1"
_JSON = ("application/json",)


class ResourceEntry(BaseModel):
    """A list of the API."""

    name: str
    label: str
    url: str


class Index(BaseModel):
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


class ReleaseList(BaseModel):
    """The kept releases, newest first."""

    served: int
    total: int
    items: list[ReleaseManifest]


class Term(BaseModel):
    """A class or property in use, with its number of instances or statements."""

    iri: str
    label: str | None
    uses: int


class TermList(BaseModel):
    """The classes and properties that the release uses, and the prefixes of the service."""

    release: int
    prefixes: dict[str, str]
    classes: list[Term]
    properties: list[Term]


def create_router(site: AppContext) -> APIRouter:
    """Return the routes about the service, below ``/api/v1``."""
    router = APIRouter(prefix=PREFIX)

    async def answer(request: Request, document: Any) -> Response:
        async def make() -> tuple[bytes, Mapping[str, str]]:
            return to_json_bytes(document), {}

        return await conditional_response(request, site, choose_media_type(request, _JSON), make)

    async def index(request: Request) -> Response:
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
        return await answer(request, Index(resources=resources, **urls).model_dump())

    async def list_releases(request: Request) -> Response:
        found = site.releases.list() if site.releases else ()
        manifests = sorted((release.manifest for release in found), key=lambda one: one.number, reverse=True)
        listed = ReleaseList(served=site.release_number, total=len(manifests), items=manifests)
        return await answer(request, listed.model_dump(mode="json"))

    async def show_release(request: Request, number: int) -> Response:
        if site.releases is None:
            raise ProblemError("no-release", "There is no such release", "This service stores no releases.", status=404)
        if not 0 < number < 1_000_000_000:
            raise ProblemError(
                "no-release", "There is no such release", f"Release numbers start at 1: {number}", status=404
            )
        return await answer(request, site.releases.get(number).manifest.model_dump(mode="json"))

    async def list_terms(request: Request) -> Response:
        async def make() -> tuple[bytes, Mapping[str, str]]:
            found = await get_vocabulary_usage(site)
            lists = {"classes": found.classes, "properties": found.properties}
            return to_json_bytes({"release": site.release_number, "prefixes": PREFIXES, **lists}), {}

        return await conditional_response(request, site, choose_media_type(request, _JSON), make)

    for path, endpoint, model, summary in (
        ("", index, Index, "What the facade offers"),
        ("/releases", list_releases, ReleaseList, "List releases"),
        ("/releases/{number}", show_release, ReleaseManifest, "Show a release"),
        ("/terms", list_terms, TermList, "List the classes and properties in use"),
    ):
        router.add_api_route(
            path,
            endpoint,
            methods=["GET"],
            response_model=model,
            summary=summary,
            operation_id=endpoint.__name__,
            tags=["about"],
        )
        router.add_api_route(path, endpoint, methods=["HEAD"], include_in_schema=False)
    router.add_api_route("/", index, methods=["GET", "HEAD"], include_in_schema=False)
    return router
