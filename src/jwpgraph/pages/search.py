"""``/search``: what bears a name, narrowed down by facets and grouped by kind; each state of the page is a URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from jwpgraph.finding.appendices import appendices_on
from jwpgraph.finding.days import today
from jwpgraph.finding.facets import FACETS, choices, everything, narrowed, refuse_where_unknown, values_on
from jwpgraph.finding.kept_taxonomy import concepts_of, taxonomy_about
from jwpgraph.linked_data.addresses import path_of
from jwpgraph.linked_data.kinds import BY_SEGMENT, Kind
from jwpgraph.linked_data.nodes import Node, preferred_language
from jwpgraph.linked_data.register import register
from jwpgraph.linked_data.search import LONGEST_QUERY, Hit, Match, hits_of, matches_of
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.paging import asked_offset
from jwpgraph.pages.questions import Understood, understood
from jwpgraph.pages.reader_names import Names
from jwpgraph.pages.rendering import page
from jwpgraph.pages.standing import TreatyView, treaty_views
from jwpgraph.pages.translation import marked
from jwpgraph.releases.release import Release

_TITLES = {
    "type": marked("Type"),
    "treaty": marked("Treaty"),
    "appendix": marked("Appendix"),
    "group": marked("Species group"),
    "country": marked("Country"),
}
_PER_PAGE = 30
#: How many of one kind are shown among others.
_OF_A_KIND = 6
_KINDS_SHOWN = 12


@dataclass(slots=True)
class Group:
    """The best matches of one kind, and how many there are."""

    kind: Kind
    total: int
    matches: list[Match]


@dataclass(slots=True)
class Answer:
    """What a question about a taxon in a country comes to."""

    country: Node
    treaty: str | None
    name: str
    href: str
    treaties: list[TreatyView]


def create_router(site: Site) -> APIRouter:
    """The route."""
    router = APIRouter()

    async def find(request: Request) -> Response:
        query = " ".join(request.query_params.get("q", "").split())[:LONGEST_QUERY]
        chosen = {name: sorted(set(filter(None, request.query_params.getlist(name)))) for name in FACETS}
        chosen = {name: values for name, values in chosen.items() if values}
        start = asked_offset(request)
        day = today()

        async def make() -> Mapping[str, Any]:
            await refuse_where_unknown(site, chosen)
            release = site.served_release()
            asked = None
            hits: list[Hit] = []
            if release is not None and any(character.isalnum() for character in query):
                asked = understood(query, (await register(site, BY_SEGMENT["country"])).nodes)
                hits = await hits_of(release, asked.words if asked else query)
            elif release is not None and chosen:
                hits = await everything(site, chosen)
            values = await values_on(site, day) if hits else {}
            left = narrowed(hits, values, chosen)
            grouped = not chosen.get("type") and bool(query)
            return {
                "query": query,
                "chosen": chosen,
                "total": len(left),
                "groups": await _groups(release, left) if release and grouped else [],
                "matches": await matches_of(release, left[start : start + _PER_PAGE], preferred_language())
                if release and not grouped
                else [],
                "facets": await choices(site, hits, values, chosen) if hits else {},
                "facet_titles": _TITLES,
                "badges": await appendices_on(site, day) if hits else {},
                "scientific": {iri: concept.name for iri, concept in (await concepts_of(site)).items()} if hits else {},
                "asked": asked,
                "answer": await _answer(site, asked, hits, day) if asked else None,
                "first": start + 1,
                "doc": lambda iri: path_of(iri, "doc") or iri,
                "state": lambda **changes: _state(query, chosen, changes),
                "following": start + _PER_PAGE if not grouped and start + _PER_PAGE < len(left) else None,
                "previous": max(0, start - _PER_PAGE) if start and not grouped else None,
            }

        return await page(request, site, "search.html", make, variant=str(day))

    router.add_api_route("/search", find, methods=["GET", "HEAD"], include_in_schema=False)
    return router


async def _groups(release: Release, hits: list[Hit]) -> list[Group]:
    by_kind: dict[str, list[Hit]] = {}
    for hit in hits:
        by_kind.setdefault(hit.kind.segment, []).append(hit)
    return [
        Group(BY_SEGMENT[segment], len(these), await matches_of(release, these[:_OF_A_KIND], preferred_language()))
        for segment, these in list(by_kind.items())[:_KINDS_SHOWN]
    ]


async def _answer(site: Site, asked: Understood, hits: list[Hit], day: date) -> Answer | None:
    """The status of the taxon that a question names best, where it names one."""
    taxa = [hit for hit in hits if hit.kind.segment == "taxon"]
    if not taxa:
        return None
    best = next(
        (hit for hit in taxa if f"/taxon/{asked.treaty}/" in hit.iri and hit.score >= taxa[0].score - 5), taxa[0]
    )
    reading = await taxonomy_about(site, best.iri)
    concept = reading.taxa.concepts.get(best.iri)
    if concept is None:
        return None
    names = await Names(reading, site).read()
    views = await treaty_views(site, reading, names, best.iri, day, asked.country.iri)
    code = asked.country.notation or asked.country.iri
    href = f"{path_of(best.iri, 'doc')}?{urlencode({'in': code})}"
    return Answer(asked.country, asked.treaty, concept.common_name or concept.name, href, views)


def _state(query: str, chosen: Mapping[str, list[str]], changes: Mapping[str, Any]) -> str:
    """The address of the page with other choices: ``add`` and ``drop`` are pairs of facet and value."""
    pairs = [
        (name, value) for name, values in chosen.items() for value in values if (name, value) != changes.get("drop")
    ]
    if added := changes.get("add"):
        # A thing can stand in several Appendices; of everything else one value is chosen at a time.
        pairs = [pair for pair in pairs if added[0] == "appendix" or pair[0] != added[0]] + [added]
    found = [("q", query)] if query else []
    found += pairs
    if changes.get("offset"):
        found.append(("offset", changes["offset"]))
    return "/search" + (f"?{urlencode(found)}" if found else "")
