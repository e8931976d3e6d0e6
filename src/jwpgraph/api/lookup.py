"""``/api/v1/lookup``: exact look-up of entities by identifiers of other databases and by codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.identifiers import FoundIdentifier, find_by_identifier
from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.entities.nodes import RDF_TYPE
from jwpgraph.entities.terminology import Terminology, get_terminology
from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.compaction import compact_type
from jwpgraph.linked_data.responses import send_json
from jwpgraph.linked_data.routing import ReadRouter, Site


class LookupParameters(ApiModel):
    """Parameters of a look-up."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[
        str,
        Field(
            min_length=1,
            max_length=2000,
            description="An identifier, alone (`Q30197`), with its scheme (`iso:KEN`) or as an address.",
            examples=["speciesplus:4521"],
        ),
    ]


class IdentifiedThing(ApiModel):
    """An entity, and the identifier that denotes it."""

    id: str = Field(description="Its IRI.")
    scheme: str = Field(description="The scheme of the identifier, such as `wikidata`; `iri` for its own IRI.")
    value: str = Field(description="The identifier.")
    type: str | None = None
    label: str
    notation: str | None = None
    url: str | None = Field(None, description="Its data.")


class LookupResult(ApiModel):
    """The entities with an identifier; no items if it is not in this graph."""

    query: str
    total: int
    items: list[IdentifiedThing]


router = ReadRouter(prefix="/api/v1", tags=["search"])


@router.read("/lookup", summary="Look a thing up by an identifier or code", response_model=LookupResult, name="lookup")
async def look_up(request: Request, site: Site, parameters: Annotated[LookupParameters, Query()]) -> Response:
    async def read() -> tuple[dict[str, Any], Mapping[str, str]]:
        terms = await get_terminology(site)
        found = await find_by_identifier(site, parameters.id)
        items = [describe_identified(site, request, terms, one) for one in found]
        return {"query": parameters.id, "total": len(items), "items": items}, {}

    return await send_json(request, site, read)


def describe_identified(
    site: AppContext, request: Request, terms: Terminology, found: FoundIdentifier
) -> dict[str, Any]:
    """Return the JSON of an entity that was looked up."""
    node = found.node
    kind = terms.primary_type(node.iri, {term.value for term in node.properties.get(RDF_TYPE, ())})
    path = iri_to_path(node.iri, "data")
    thing = IdentifiedThing(
        id=node.iri,
        scheme=found.scheme,
        value=found.value,
        type=compact_type(kind) if kind else None,
        label=node.name,
        notation=node.notation,
        url=site.url(request, path) if path else None,
    )
    return thing.model_dump(exclude_none=True)
