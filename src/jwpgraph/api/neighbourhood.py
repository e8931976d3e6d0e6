"""``/api/v1/neighbourhood``: the direct links of an entity, as nodes and links to draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from jwpgraph.entities.neighbourhood import read_neighbourhood
from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.responses import send_json
from jwpgraph.linked_data.routes import make_unknown_entity_problem
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.vocabulary import ID


class NeighbourhoodParameters(ApiModel):
    """Parameters of a neighbourhood."""

    model_config = ConfigDict(extra="forbid")

    of: Annotated[
        str,
        Field(
            min_length=1,
            max_length=2000,
            description="An IRI, or what follows `/id/` in it.",
            examples=["programme/mikes"],
        ),
    ]
    limit: Annotated[int, Field(ge=1, le=60, description="Maximum number of neighbours, from each relation.")] = 24


class NeighbourItem(ApiModel):
    """An entity; a neighbour has its relation to the centre, too."""

    iri: str
    kind: str
    label: str
    notation: str | None
    relation: str
    outgoing: bool


class LeftOutItem(ApiModel):
    """The number of omitted neighbours of one relation."""

    relation: str
    outgoing: bool
    count: int


class NeighbourhoodDocument(ApiModel):
    """An entity with its neighbours."""

    of: NeighbourItem
    neighbours: list[NeighbourItem]
    total: int
    left_out: list[LeftOutItem]


router = ReadRouter(prefix="/api/v1")


@router.read(
    "/neighbourhood",
    response_model=NeighbourhoodDocument,
    summary="Show what a thing is linked with",
    operation_id="show_neighbourhood",
    tags=["search"],
)
async def show_neighbourhood(
    request: Request, site: Site, parameters: Annotated[NeighbourhoodParameters, Query()]
) -> Response:
    iri = parameters.of if ":" in parameters.of else ID + parameters.of

    async def read() -> tuple[object, Mapping[str, str]]:
        found = await read_neighbourhood(site, iri, parameters.limit)
        if found is None:
            raise await make_unknown_entity_problem(site, iri)
        return found, {}

    return await send_json(request, site, read)
