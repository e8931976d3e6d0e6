"""``/api/v1/leo``: the Law and Environment Ontology of InforMEA as a vocabulary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.linked_data.paging import PageLinks, make_link_header, make_page_fields, make_page_links, slice_page
from jwpgraph.linked_data.responses import send_document
from jwpgraph.linked_data.routing import NoParameters, ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.vocabulary import JWP, PREFIXES

SCHEME: Final = "http://www.informea.org/terms"
PREFIX: Final = "/api/v1/leo"
_SKOS: Final = PREFIXES["skos"]
_TERMS_QUERY: Final = f"""SELECT ?term ?label ?broader WHERE {{
  ?term <{_SKOS}inScheme> <{SCHEME}> ; <{_SKOS}prefLabel> ?label .
  OPTIONAL {{ ?term <{_SKOS}broader> ?broader }} }}"""
_ACTIVITIES_QUERY: Final = f"""SELECT DISTINCT ?term ?activity ?code ?title WHERE {{
  ?activity a <{JWP}Activity> ; <{PREFIXES["dcterms"]}subject> ?term .
  ?activity <{_SKOS}notation> ?code ; <{_SKOS}prefLabel> ?title .
  ?term <{_SKOS}inScheme> <{SCHEME}> . FILTER (LANG(?title) = "en") }}"""


class LeoParameters(NoParameters):
    """Parameters of the list of terms."""

    q: Annotated[str, Field(max_length=200, description="Only terms whose label has these words.")] = ""
    limit: Annotated[int, Field(ge=1, le=1000, description="Terms on a page.")] = 100
    offset: Annotated[int, Field(ge=0, le=100_000, description="Terms before the page.")] = 0


class TermName(BaseModel):
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


class TermTree(BaseModel):
    """The top terms with their narrower terms."""

    total: int
    items: list[TreeTerm]


@dataclass
class _Vocabulary:
    """The terms of a release."""

    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    broader: dict[str, set[str]] = field(default_factory=dict)
    narrower: dict[str, set[str]] = field(default_factory=dict)
    activities: dict[str, list[LeoActivity]] = field(default_factory=dict)

    def name(self, iri: str) -> TermName:
        labels = self.labels.get(iri) or {"": iri.rpartition("/")[2]}
        return TermName(id=iri, label=labels.get("en") or next(iter(labels.values())))

    def names(self, iris: set[str]) -> list[TermName]:
        return sorted((self.name(iri) for iri in iris), key=lambda one: (one.label.casefold(), one.id))

    def term(self, iri: str) -> LeoTerm:
        return LeoTerm(
            **self.name(iri).model_dump(),
            labels=self.labels[iri],
            broader=self.names(self.broader.get(iri, set())),
            narrower=self.names(self.narrower.get(iri, set())),
            activities=self.activities.get(iri, []),
        )

    def tree(self, iri: str, above: frozenset[str] = frozenset()) -> TreeTerm:
        below = self.names(self.narrower.get(iri, set()) - above - {iri})
        narrower = [self.tree(one.id, above | {iri}) for one in below]
        return TreeTerm(**self.name(iri).model_dump(), narrower=narrower)


router = ReadRouter(prefix=PREFIX, tags=["leo"])


async def _get_vocabulary(site: AppContext) -> _Vocabulary:
    return await site.once_per_release("leo", lambda: _read_vocabulary(site))


@router.read("", response_model=TermPage, summary="List or search the terms of LEO", operation_id="list_leo")
async def list_leo(request: Request, site: Site, parameters: Annotated[LeoParameters, Query()]) -> Response:
    known = await _get_vocabulary(site)
    words = parameters.q.casefold().split()
    terms = [
        one.id
        for one in known.names(set(known.labels))
        if any(all(word in text.casefold() for word in words) for text in known.labels[one.id].values())
    ]
    page = slice_page(terms, parameters)
    links = make_page_links(site, request, parameters, len(terms))
    found = TermPage(
        total=len(terms),
        limit=parameters.limit,
        offset=parameters.offset,
        items=[known.term(iri) for iri in page],
        **make_page_fields(links),
    )
    return await send_document(request, site, found.model_dump(exclude_none=True), make_link_header(links))


@router.read("/tree", response_model=TermTree, summary="Show the terms of LEO as a tree", operation_id="tree_leo")
async def show_leo_tree(request: Request, site: Site, _: Annotated[NoParameters, Query()]) -> Response:
    known = await _get_vocabulary(site)
    tops = known.names({iri for iri in known.labels if not known.broader.get(iri, set()) & known.labels.keys()})
    tree = TermTree(total=len(known.labels), items=[known.tree(one.id) for one in tops])
    return await send_document(request, site, tree.model_dump())


@router.read("/{term:path}", response_model=LeoTerm, summary="Show a term of LEO", operation_id="show_leo")
async def show_leo(request: Request, site: Site, term: str, _: Annotated[NoParameters, Query()]) -> Response:
    known = await _get_vocabulary(site)
    iri = term if term in known.labels else f"{SCHEME}/{term}"
    if iri not in known.labels:
        raise ProblemError("not-found", "Not found", f"LEO has no term {term!r} here.", status=404)
    return await send_document(request, site, known.term(iri).model_dump())


async def _read_vocabulary(site: AppContext) -> _Vocabulary:
    found = _Vocabulary()
    for row in await site.queries.select(_TERMS_QUERY):
        iri = row["term"].value
        found.labels.setdefault(iri, {})[row["label"].language or "und"] = row["label"].value
        if "broader" in row:
            found.broader.setdefault(iri, set()).add(row["broader"].value)
            found.narrower.setdefault(row["broader"].value, set()).add(iri)
    rows = await site.queries.select(_ACTIVITIES_QUERY)
    for row in sorted(rows, key=lambda row: row["activity"].value):
        activity = LeoActivity(id=row["activity"].value, label=row["title"].value, notation=row["code"].value)
        found.activities.setdefault(row["term"].value, []).append(activity)
    return found
