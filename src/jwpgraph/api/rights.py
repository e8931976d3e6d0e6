"""API route of the rights of the named graphs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from fastapi import Request
from pydantic import Field
from starlette.responses import Response

from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.responses import send_json
from jwpgraph.linked_data.rights import WHOLE_DATASET, get_rights
from jwpgraph.linked_data.routing import ReadRouter, Site


class SourceTerms(ApiModel):
    """A source of facts, with its terms."""

    id: str
    name: str
    citation: str | None
    rights: str | None = Field(description="The terms of the source; null if they are not recorded.")
    issued: str | None = Field(description="The date of the source: a year, a month or a day.")
    consulted: str | None = Field(description="The day on which it was last opened.")
    url: str | None


class GraphTerms(ApiModel):
    """The rights of a named graph."""

    graph: str
    title: str | None
    license: str | None = Field(description="The licence of the project's own work in it.")
    own_work: bool = Field(description="True if all of it is under that licence.")
    statement: str
    sources: list[SourceTerms]


class RightsList(ApiModel):
    """The rights of all named graphs, and of all graphs together."""

    release: int
    statement: str
    total: int
    items: list[GraphTerms]


router = ReadRouter(prefix="/api/v1")


@router.read(
    "/rights",
    response_model=RightsList,
    summary="The rights of each named graph: licence, sources and their terms",
    name="rights",
    tags=["about"],
)
async def show_rights(request: Request, site: Site) -> Response:
    async def read() -> tuple[object, Mapping[str, str]]:
        items = [
            GraphTerms(
                graph=one.graph,
                title=one.title,
                license=one.license,
                own_work=one.is_own_work,
                statement=one.statement,
                sources=[
                    SourceTerms(id=source.iri, **{k: v for k, v in asdict(source).items() if k != "iri"})
                    for source in one.sources
                ],
            )
            for one in (await get_rights(site)).values()
        ]
        document = RightsList(
            release=site.release_number, statement=WHOLE_DATASET.statement, total=len(items), items=items
        )
        return document.model_dump(mode="json"), {}

    return await send_json(request, site, read)
