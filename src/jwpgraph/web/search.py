"""``/search``: names that match, with facets and grouped by type; each state of the page has a URL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from jwpgraph.answers.animal_rows import join_animals, join_values
from jwpgraph.answers.animals import is_animal
from jwpgraph.answers.answer import answer_question
from jwpgraph.answers.further_pages import find_further_pages
from jwpgraph.answers.results import list_results
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT, EntityType
from jwpgraph.entities.iri_mapping import get_slug, iri_to_path
from jwpgraph.entities.nodes import list_preferred_languages
from jwpgraph.entities.search import LONGEST_QUERY, SearchHit, SearchMatch, label_hits
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import make_wrong_parameter_problem
from jwpgraph.linked_data.routing import Site
from jwpgraph.problems import explain
from jwpgraph.releases.release import Release
from jwpgraph.taxon_facets.appendices import TREATIES
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxon_facets.daily_appendices import get_appendices_of
from jwpgraph.taxon_facets.facets import (
    FACETS,
    FacetValues,
    count_choices,
    get_facet_values,
    list_all_entities,
    narrow_hits,
    refuse_where_unknown,
    resolve_choices,
)
from jwpgraph.taxon_facets.taxonomy_cache import get_concepts
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.web.answer_view import AnswerView, make_answer_view
from jwpgraph.web.content_names import get_animal_names
from jwpgraph.web.labels.tables import TABLES
from jwpgraph.web.languages import get_current_locale
from jwpgraph.web.membership_words import describe_memberships
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.paging import parse_offset
from jwpgraph.web.rendering import make_page

_PER_PAGE = 30
#: How many of one kind are shown among others.
_OF_A_KIND = 6
_KINDS_SHOWN = 12


@dataclass(slots=True)
class MatchGroup:
    """The best matches of one type, and their number."""

    kind: EntityType
    total: int
    matches: list[SearchMatch]


router = PageRouter()


@router.read_undocumented("/search")
@takes("q", "offset", many=FACETS)
async def show_search(request: Request, site: Site) -> Response:
    query = " ".join(request.query_params.get("q", "").split())
    if len(query) > LONGEST_QUERY:
        raise make_wrong_parameter_problem("q", explain("write at most %(number)s characters.", number=LONGEST_QUERY))
    chosen = await resolve_choices(site, {name: request.query_params.getlist(name) for name in FACETS})
    start = parse_offset(request)
    day = get_today()

    async def make() -> Mapping[str, Any]:
        await refuse_where_unknown(site, chosen)
        release = site.served_release()
        answer: AnswerView | None = None
        hits: list[SearchHit] = []
        if release is not None and any(character.isalnum() for character in query):
            found = await answer_question(site, release.search_path, query, day, get_current_locale())
            hits = await list_results(site, release, found, query)
            names = {iri: name for iri, (name, _) in (await get_animal_names(site)).items()}
            countries = (await get_entity_index(site, BY_SEGMENT["country"])).nodes
            pages = await find_further_pages(site, found, hits, day)
            answer = make_answer_view(found, names, {one.iri: one.name for one in countries}, pages)
            if (
                answer
                and found.reason == "parties"
                and (lines := await describe_memberships(site, found.question, day))
            ):
                answer.reason, answer.readings = None, lines
        elif release is not None and chosen:
            hits = await list_all_entities(site, chosen)
        hits = await join_animals(site, hits, day) if hits else []
        values = await join_values(site, hits, await get_facet_values(site, day), day) if hits else {}
        left = narrow_hits(hits, values, chosen)
        grouped = not chosen.get("type") and bool(query)
        groups, matches = list[MatchGroup](), list[SearchMatch]()
        if release is not None and grouped:
            groups = await _group_hits(release, left)
        elif release is not None:
            matches = await label_hits(release, left[start : start + _PER_PAGE], list_preferred_languages())
        shown = [*matches, *(match for group in groups for match in group.matches)]
        concepts = await get_concepts(site, (match.iri for match in shown))
        badges = await get_appendices_of(site, day, [iri for match in shown for iri in (match.iri, *match.also)])
        return {
            "query": query,
            "chosen": chosen,
            "total": len(left),
            "groups": groups,
            "matches": matches,
            "facets": await count_choices(site, hits, values, chosen) if hits else {},
            "facet_titles": TABLES["search_facets"],
            "badges_of": lambda one: _group_badges(one, values, badges),
            "scientific": {iri: concept.name for iri, concept in concepts.items()},
            "answer": answer,
            "first": start + 1,
            "page_of": lambda one: _find_page(one, concepts),
            "taxonomies_of": _list_taxonomies,
            "state": lambda **changes: _state_url(query, chosen, changes),
            "following": start + _PER_PAGE if not grouped and start + _PER_PAGE < len(left) else None,
            "previous": max(0, start - _PER_PAGE) if start and not grouped else None,
        }

    return await make_page(request, site, "search.html", make, variant=str(day))


def _find_page(match: SearchMatch, concepts: Mapping[str, TaxonConcept]) -> str:
    """Return the path of a match: concepts that stand for the same animal have one page."""
    concept = concepts.get(match.iri)
    if match.also and (concept is None or is_animal(concept)):
        return f"/species/{match.iri.rpartition('/')[2]}"
    return iri_to_path(match.iri, "doc") or match.iri


def _group_badges(
    match: SearchMatch, values: Mapping[str, FacetValues], badges: Mapping[str, Iterable[tuple[str, str]]]
) -> Mapping[str, list[str]]:
    """Return the numbers of the Appendices that list a match today, by treaty: those of its facets if there are any."""
    pairs = {pair for iri in (match.iri, *match.also) for pair in badges.get(iri, ())}
    if match.iri in values:
        pairs = {
            (treaty, number)
            for facet, value in values[match.iri]
            if facet == "appendix"
            for treaty, _, number in (value.partition("-"),)
        }
    found = {short: sorted(number for treaty, number in pairs if treaty == short) for short in TREATIES.values()}
    return {treaty: numbers for treaty, numbers in found.items() if numbers}


def _list_taxonomies(match: SearchMatch) -> list[str]:
    """Return the names of the treaties whose taxonomies have a match."""
    if match.kind.segment != "taxon":
        return []
    taxonomies = {get_slug(iri).partition("/")[0] for iri in (match.iri, *match.also)}
    return [short.upper() for short in TREATIES.values() if short in taxonomies]


async def _group_hits(release: Release, hits: list[SearchHit]) -> list[MatchGroup]:
    by_kind: dict[str, list[SearchHit]] = {}
    for hit in hits:
        by_kind.setdefault(hit.kind.segment, []).append(hit)
    return [
        MatchGroup(
            BY_SEGMENT[segment], len(these), await label_hits(release, these[:_OF_A_KIND], list_preferred_languages())
        )
        for segment, these in list(by_kind.items())[:_KINDS_SHOWN]
    ]


def _state_url(query: str, chosen: Mapping[str, list[str]], changes: Mapping[str, Any]) -> str:
    """Return the URL of the page with other choices; ``add`` and ``drop`` are pairs of facet and value."""
    pairs = [
        (name, value) for name, values in chosen.items() for value in values if (name, value) != changes.get("drop")
    ]
    if added := changes.get("add"):
        # A taxon can be listed in several Appendices; every other facet takes one value at a time.
        pairs = [pair for pair in pairs if added[0] == "appendix" or pair[0] != added[0]] + [added]
    found = [("q", query)] if query else []
    found += pairs
    if changes.get("offset"):
        found.append(("offset", changes["offset"]))
    return "/search" + (f"?{urlencode(found)}" if found else "")
