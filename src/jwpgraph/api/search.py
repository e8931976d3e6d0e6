"""``/api/v1/search`` and ``/api/v1/suggest``: entities by name, for programs and for completion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from jwpgraph.answers.animal_rows import join_animals, join_values
from jwpgraph.answers.answer import answer_question
from jwpgraph.answers.documents import make_answer_fields
from jwpgraph.answers.further_pages import find_further_pages
from jwpgraph.answers.results import list_results
from jwpgraph.api.answers import AnswerFields
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_types import BY_PLURAL, BY_SEGMENT, EntityType
from jwpgraph.entities.nodes import prefer_language
from jwpgraph.entities.search import LONGEST_QUERY, SearchMatch, SearchResults, check_query, find_hits, label_hits
from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.paging import PageLinks, make_link_header, make_page_fields, make_page_links, slice_page
from jwpgraph.linked_data.responses import send_json
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.releases.release import Release
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxon_facets.facets import (
    FacetChoice,
    count_choices,
    get_facet_values,
    list_all_entities,
    narrow_hits,
    refuse_where_unknown,
    resolve_choices,
)

Endpoint = Callable[..., Awaitable[Response]]


class CompletionParameters(ApiModel):
    """Parameters of a completion."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[
        str, Field(min_length=1, max_length=LONGEST_QUERY, description="The words to search for.", examples=["saker"])
    ]
    type: Annotated[str | None, Field(description="Only entities of this type, such as `activity`.")] = None
    lang: Annotated[str, Field(pattern="^[A-Za-z-]{2,35}$", description="Language of the labels.")] = "en"
    limit: Annotated[int, Field(ge=1, le=100, description="Matches on a page.")] = 20
    offset: Annotated[int, Field(ge=0, le=100_000, description="Matches before the page.")] = 0


_Named = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=20)]
TreatyName = Literal["cms", "cites"]
AppendixName = Literal["cms-I", "cms-II", "cites-I", "cites-II", "cites-III"]


class SearchParameters(CompletionParameters):
    """Parameters of a search: words, facets, or both."""

    q: Annotated[
        str,
        Field(
            max_length=LONGEST_QUERY,
            description="Words to search for, or a question; optional with facets.",
            examples=["saker falcon in Mongolia"],
        ),
    ] = ""
    treaty: list[TreatyName] = Field(
        [], max_length=20, description="Only entities of this treaty; several: all of them."
    )
    appendix: list[AppendixName] = Field(
        [], max_length=20, description="Only taxa in this Appendix today; several: all of them."
    )
    group: _Named = Field(
        [], description="Only entities about this species group, such as `big-cats`; several: all of them."
    )
    country: _Named = Field([], description="Only entities about this country, such as `KE`; several: all of them.")


class FoundThing(ApiModel):
    """A match, with the name that matched."""

    id: str
    type: str
    label: str
    lang: str
    notation: str | None = None
    matched: str
    matched_lang: str
    score: float
    also: list[str] = Field(
        [], description="Other concepts that stand for the same animal and have no row of their own."
    )


class TypeCount(ApiModel):
    """The number of matches of one type."""

    type: str
    label: str
    count: int


class Completions(PageLinks):
    """One page of completions."""

    query: str
    total: int
    items: list[FoundThing]
    types: list[TypeCount]


class FacetValue(ApiModel):
    """A value that a facet can be restricted to."""

    value: str = Field(description="The value for the parameter with the name of the facet.")
    label: str
    count: int = Field(description="Number of matches with this value, given the choices in the other facets.")
    chosen: bool


class SearchResult(Completions, AnswerFields):
    """One page of matches, the facets, and the answer if the query is a question."""

    facets: dict[str, list[FacetValue]] = Field(description="Values by facet, the most frequent first.")


router = ReadRouter(prefix="/api/v1", tags=["search"])


@router.read(
    "/search", summary="Find things by their names and narrow them down", response_model=SearchResult, name="search"
)
async def find(request: Request, site: Site, parameters: Annotated[SearchParameters, Query()]) -> Response:
    day = get_today()

    async def read() -> tuple[dict[str, Any], Mapping[str, str]]:
        return _finish(site, request, parameters, await _run_search(site, parameters, day))

    return await send_json(request, site, read, str(day))


@router.read("/suggest", summary="Complete what is being typed", response_model=Completions, name="suggest")
async def complete(request: Request, site: Site, parameters: Annotated[CompletionParameters, Query()]) -> Response:
    day = get_today()

    async def read() -> tuple[dict[str, Any], Mapping[str, str]]:
        found = await _run_completion(site, parameters, day)
        return _finish(site, request, parameters, _make_document(parameters.q, found))

    return await send_json(request, site, read, str(day))


def _finish(
    site: AppContext, request: Request, parameters: CompletionParameters, document: dict[str, Any]
) -> tuple[dict[str, Any], Mapping[str, str]]:
    """Return a page of matches with the links to the pages around it."""
    links = make_page_links(site, request, parameters, document["total"])
    return document | make_page_fields(links), make_link_header(links)


async def _run_completion(site: AppContext, parameters: CompletionParameters, day: date) -> SearchResults:
    kind = _resolve_type(parameters.type)
    release = _get_release(site)
    hits = await join_animals(site, await find_hits(release, parameters.q), day)
    chosen = [hit for hit in hits if kind is None or hit.kind is kind]
    return SearchResults(
        await label_hits(release, slice_page(chosen, parameters), (parameters.lang,)),
        len(chosen),
        [(BY_SEGMENT[name], number) for name, number in Counter(hit.kind.segment for hit in hits).most_common()],
    )


async def _run_search(site: AppContext, parameters: SearchParameters, day: date) -> dict[str, Any]:
    """Return the results of a search, with the facets of the page ``/search``.

    Raises:
        ProblemError: ``unknown-value`` (422) for a type, group or country that does not exist, ``bad-search`` (422) for
            neither word nor facet, ``too-large-for-facets`` (422), ``no-index`` if no release is kept here.
    """
    given: dict[str, Sequence[str]] = {
        "type": [parameters.type] if parameters.type else [],
        "treaty": parameters.treaty,
        "appendix": parameters.appendix,
        "group": parameters.group,
        "country": parameters.country,
    }
    chosen = await resolve_choices(site, given)
    release = _get_release(site)
    await refuse_where_unknown(site, chosen)
    wordless = chosen and not parameters.q.strip()
    if not wordless:
        check_query(parameters.q)
    answer = await answer_question(site, release.search_path, parameters.q, day, parameters.lang)
    hits = await (list_all_entities(site, chosen) if wordless else list_results(site, release, answer, parameters.q))
    pages = await find_further_pages(site, answer, hits, day)
    hits = await join_animals(site, hits, day)
    values = await join_values(site, hits, await get_facet_values(site, day), day)
    left = narrow_hits(hits, values, chosen)
    with prefer_language(parameters.lang):
        facets = await count_choices(site, hits, values, chosen)
    page = slice_page(left, parameters)
    found = SearchResults(
        await label_hits(release, page, (parameters.lang,)),
        len(left),
        [(BY_SEGMENT[one.value], one.count) for one in sorted(facets["type"], key=_count_order) if one.count],
    )
    told = {facet: [_make_facet_value(one) for one in these] for facet, these in facets.items()}
    return {**_make_document(parameters.q, found), "facets": told, **make_answer_fields(answer, pages)}


def _count_order(choice: FacetChoice) -> int:
    return -choice.count


def _make_facet_value(choice: FacetChoice) -> dict[str, Any]:
    return FacetValue(value=choice.value, label=choice.label, count=choice.count, chosen=choice.chosen).model_dump()


def _get_release(site: AppContext) -> Release:
    release = site.served_release()
    if release is None:
        raise ProblemError("no-index", "There is no search index", "This service stores no releases.", status=503)
    return release


def _resolve_type(name: str | None) -> EntityType | None:
    if name is None:
        return None
    kind = BY_SEGMENT.get(name) or BY_PLURAL.get(name)
    if kind is None:
        known = ", ".join(sorted(BY_SEGMENT))
        raise ProblemError("unknown-value", "There is no such type", f"type: {name!r}; there are {known}", status=422)
    return kind


def _make_document(query: str, found: SearchResults) -> dict[str, Any]:
    types = [TypeCount(type=kind.segment, label=kind.plural_label, count=number) for kind, number in found.kinds]
    items = [_make_item(match) for match in found.matches]
    return Completions(query=query, total=found.total, items=items, types=types).model_dump(exclude_none=True)


def _make_item(match: SearchMatch) -> FoundThing:
    return FoundThing(
        id=match.iri,
        type=match.kind.class_name,
        label=match.label,
        lang=match.language,
        notation=match.notation,
        matched=match.matched,
        matched_lang=match.matched_language,
        score=match.score,
        also=list(match.also),
    )
