"""API route of the differences between two releases."""

# Annotations are read by FastAPI at run time: they must not be postponed.

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Path, Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from jwpgraph.api.routes import PREFIX, describe_read
from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.release_differences import (
    RDF_PATCH,
    EntityDifference,
    describe_entity_differences,
    list_entity_differences,
    require_releases,
    write_rdf_patch,
)
from jwpgraph.linked_data.responses import (
    choose_media_type,
    format_link,
    make_content_tag,
    send_conditionally,
    to_json_bytes,
)
from jwpgraph.linked_data.routing import ReadRouter, Site

_JSON = "application/json"


class DifferenceParameters(ApiModel):
    """Parameters of the difference between two releases."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=500, description="Entities on a page.")
    offset: int = Field(0, ge=0, le=10_000_000, description="Entities to skip.")


class DifferenceItem(ApiModel):
    """The difference in one entity."""

    id: str = Field(description="IRI of the entity.")
    change: Literal["created", "updated", "withdrawn"]
    added: list[str] = Field(description="Statements that only the later release has, as N-Quads.")
    removed: list[str] = Field(description="Statements that only the earlier release has, as N-Quads.")


class ReleaseDifferences(ApiModel):
    """The differences between two releases, by entity."""

    earlier: int
    later: int
    total: int = Field(description="Number of entities that differ, on all pages.")
    created: int
    updated: int
    withdrawn: int
    limit: int
    offset: int
    items: list[DifferenceItem]
    next: str | None = None


ReleaseNumber = Annotated[int, Path(ge=1, le=999_999_999, description="The number of a kept release.")]


router = ReadRouter(prefix=PREFIX)


@router.read(
    "/releases/{earlier:int}...{later:int}",
    **describe_read("show_difference", ReleaseDifferences, "Show in what two releases differ"),
)
async def show_difference(
    request: Request,
    site: Site,
    earlier: ReleaseNumber,
    later: ReleaseNumber,
    parameters: Annotated[DifferenceParameters, Query()],
) -> Response:
    media_type = choose_media_type(request, (_JSON, RDF_PATCH))
    old, new = require_releases(site, earlier, later)

    def write() -> tuple[bytes, Mapping[str, str]]:
        if media_type == RDF_PATCH:
            body = write_rdf_patch(old, new)
            return body, {"ETag": make_content_tag(body)}
        entities = list_entity_differences(site, old, new)
        start, end = parameters.offset, parameters.offset + parameters.limit
        kinds = [kind for _, kind in entities]
        following = None
        if end < len(entities):
            address = site.url(request, f"{PREFIX}/releases/{earlier}...{later}")
            following = f"{address}?{urlencode({'limit': parameters.limit, 'offset': end})}"
        document: dict[str, Any] = {
            "earlier": earlier,
            "later": later,
            "total": len(entities),
            **{kind: kinds.count(kind) for kind in ("created", "updated", "withdrawn")},
            "limit": parameters.limit,
            "offset": start,
            "items": [_make_item(one) for one in describe_entity_differences(old, new, entities[start:end])],
            "next": following,
        }
        body = to_json_bytes(document)
        links = {"Link": format_link(following, "next")} if following else {}
        return body, {"ETag": make_content_tag(body), **links}

    async def make() -> tuple[bytes, Mapping[str, str]]:
        return await asyncio.to_thread(write)

    return await send_conditionally(request, site, media_type, make)


def _make_item(difference: EntityDifference) -> dict[str, Any]:
    return {
        "id": difference.iri,
        "change": difference.change,
        "added": [f"{quad} ." for quad in difference.added],
        "removed": [f"{quad} ." for quad in difference.removed],
    }
