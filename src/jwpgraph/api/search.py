"""``/api/v1/search`` and ``/api/v1/suggest``: things by their names, for programs and for completion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from jwpgraph.linked_data.kinds import BY_PLURAL, BY_SEGMENT, Kind
from jwpgraph.linked_data.responses import JSON_TYPES, chosen_media_type, conditional, json_bytes
from jwpgraph.linked_data.search import LONGEST_QUERY, Found, Match, search
from jwpgraph.linked_data.site import Site
from jwpgraph.problems import Problem


class SearchParameters(BaseModel):
    """What a search takes."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(min_length=1, max_length=LONGEST_QUERY, description="What to look for.")]
    type: Annotated[str | None, Field(description="Only things of this type, such as `activity`.")] = None
    lang: Annotated[str, Field(pattern="^[A-Za-z-]{2,35}$", description="Language of the labels shown.")] = "en"
    limit: Annotated[int, Field(ge=1, le=100, description="Matches on a page.")] = 20
    offset: Annotated[int, Field(ge=0, le=100_000, description="Matches before the page.")] = 0


class FoundThing(BaseModel):
    """A thing that was found, and the name it was found by."""

    id: str
    type: str
    label: str
    lang: str
    notation: str | None = None
    matched: str
    matched_lang: str
    score: float


class TypeCount(BaseModel):
    """How many of the things found have a type."""

    type: str
    label: str
    count: int


class SearchResult(BaseModel):
    """One page of what a search found."""

    query: str
    total: int
    items: list[FoundThing]
    types: list[TypeCount]


def create_router(site: Site) -> APIRouter:
    """The two routes."""
    router = APIRouter(prefix="/api/v1", tags=["search"])

    async def find(request: Request, parameters: Annotated[SearchParameters, Query()]) -> Response:
        async def make() -> tuple[bytes, Mapping[str, str]]:
            found = await found_in(site, parameters)
            return json_bytes(_document(parameters.q, found)), {}

        return await conditional(request, site, chosen_media_type(request, JSON_TYPES[:1]), make)

    for path, summary in (("/search", "Find things by their names"), ("/suggest", "Complete what is being typed")):
        router.add_api_route(path, find, methods=["GET"], summary=summary, response_model=SearchResult, name=path[1:])
        router.add_api_route(path, find, methods=["HEAD"], include_in_schema=False)
    return router


async def found_in(site: Site, parameters: SearchParameters) -> Found:
    """What *parameters* find in the release being served.

    Raises:
        Problem: ``unknown-value`` (422) for a type that does not exist, ``no-index`` where no release is kept here.
    """
    release = site.served_release()
    if release is None:
        raise Problem("no-index", "There is nothing to search", "No release is kept here.", status=503)
    return await search(
        release,
        parameters.q,
        kind=_kind(parameters.type),
        language=parameters.lang,
        limit=parameters.limit,
        offset=parameters.offset,
    )


def _kind(name: str | None) -> Kind | None:
    if name is None:
        return None
    kind = BY_SEGMENT.get(name) or BY_PLURAL.get(name)
    if kind is None:
        known = ", ".join(sorted(BY_SEGMENT))
        raise Problem("unknown-value", "There is no such type", f"type: {name!r}; there are {known}", status=422)
    return kind


def _document(query: str, found: Found) -> dict[str, Any]:
    types = [TypeCount(type=kind.segment, label=kind.plural_label, count=number) for kind, number in found.kinds]
    items = [_item(match) for match in found.matches]
    return SearchResult(query=query, total=found.total, items=items, types=types).model_dump(exclude_none=True)


def _item(match: Match) -> FoundThing:
    return FoundThing(
        id=match.iri,
        type=match.kind.class_name,
        label=match.label,
        lang=match.language,
        notation=match.notation,
        matched=match.matched,
        matched_lang=match.matched_language,
        score=match.score,
    )
