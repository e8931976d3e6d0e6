"""``/api/v1/leo``: the Law and Environment Ontology of InforMEA as a vocabulary."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Query, Request
from pydantic import Field
from starlette.responses import Response

from jwpgraph.entities.leo import LeoVocabulary, get_leo_vocabulary
from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.paging import PageLinks, make_link_header, make_page_fields, make_page_links, slice_page
from jwpgraph.linked_data.responses import send_document
from jwpgraph.linked_data.routing import NoParameters, ReadRouter, Site

PREFIX: Final = "/api/v1/leo"


class LeoParameters(NoParameters):
    """Parameters of the list of terms."""

    q: Annotated[str, Field(max_length=200, description="Only terms whose label has these words.")] = ""
    limit: Annotated[int, Field(ge=1, le=1000, description="Terms on a page.")] = 100
    offset: Annotated[int, Field(ge=0, le=100_000, description="Terms before the page.")] = 0


class TermName(ApiModel):
    """A term by its name."""

    id: str
    label: str


class LeoActivity(TermName):
    """An activity linked to a term."""

    notation: str


class LeoTerm(TermName):
    """A term with its labels by language and its neighbours."""

    labels: dict[str, str]
    broader: list[TermName]
    narrower: list[TermName]
    activities: list[LeoActivity]


class TermPage(PageLinks):
    """One page of terms."""

    total: int
    limit: int
    offset: int
    items: list[LeoTerm]


class TreeTerm(TermName):
    """A term with its narrower terms."""

    narrower: list[TreeTerm]


class TermTree(ApiModel):
    """The top terms with their narrower terms."""

    total: int
    items: list[TreeTerm]


def _name(known: LeoVocabulary, iri: str) -> TermName:
    return TermName(id=iri, label=known.label(iri))


def _make_term(known: LeoVocabulary, iri: str) -> LeoTerm:
    return LeoTerm(
        id=iri,
        label=known.label(iri),
        labels=known.labels[iri],
        broader=[_name(known, one) for one in known.sort(known.broader.get(iri, ()))],
        narrower=[_name(known, one) for one in known.sort(known.narrower.get(iri, ()))],
        activities=[
            LeoActivity(id=one.iri, label=one.title, notation=one.code) for one in known.activities.get(iri, ())
        ],
    )


def _make_tree(known: LeoVocabulary, iri: str, above: frozenset[str] = frozenset()) -> TreeTerm:
    below = known.sort(known.narrower.get(iri, set()) - above - {iri})
    narrower = [_make_tree(known, one, above | {iri}) for one in below]
    return TreeTerm(id=iri, label=known.label(iri), narrower=narrower)


router = ReadRouter(prefix=PREFIX, tags=["leo"])


@router.read("", response_model=TermPage, summary="List or search the terms of LEO", operation_id="list_leo")
async def list_leo(request: Request, site: Site, parameters: Annotated[LeoParameters, Query()]) -> Response:
    known = await get_leo_vocabulary(site)
    terms = known.find(parameters.q)
    page = slice_page(terms, parameters)
    links = make_page_links(site, request, parameters, len(terms))
    found = TermPage(
        total=len(terms),
        limit=parameters.limit,
        offset=parameters.offset,
        items=[_make_term(known, iri) for iri in page],
        **make_page_fields(links),
    )
    return await send_document(request, site, found.model_dump(exclude_none=True), make_link_header(links))


@router.read("/tree", response_model=TermTree, summary="Show the terms of LEO as a tree", operation_id="tree_leo")
async def show_leo_tree(request: Request, site: Site, _: Annotated[NoParameters, Query()]) -> Response:
    known = await get_leo_vocabulary(site)
    tree = TermTree(total=len(known.labels), items=[_make_tree(known, iri) for iri in known.list_top_terms()])
    return await send_document(request, site, tree.model_dump())


@router.read("/{term:path}", response_model=LeoTerm, summary="Show a term of LEO", operation_id="show_leo")
async def show_leo(request: Request, site: Site, term: str, _: Annotated[NoParameters, Query()]) -> Response:
    known = await get_leo_vocabulary(site)
    iri = known.require(term)
    return await send_document(request, site, _make_term(known, iri).model_dump())
