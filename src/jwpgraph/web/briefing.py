"""``/briefing``: the records about a country, a species group or selected animals as one printable document."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from jwpgraph.answers.animal_selection import AnimalFilter, choose_name, select_animals
from jwpgraph.answers.answer import answer_question
from jwpgraph.answers.briefing import MOST_ANIMALS, Briefing, make_briefing
from jwpgraph.answers.days import Extent
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import make_unknown_address_problem
from jwpgraph.linked_data.responses import send_conditionally
from jwpgraph.linked_data.routing import Site
from jwpgraph.problems import ProblemError, explain
from jwpgraph.taxon_facets.appendices import TREATIES
from jwpgraph.taxon_facets.horizon_cache import get_horizons
from jwpgraph.web import briefing_files as files
from jwpgraph.web.citations import cite_release
from jwpgraph.web.content_names import get_animal_names
from jwpgraph.web.country_choice import list_country_options
from jwpgraph.web.horizon_words import Note, list_horizon_notes
from jwpgraph.web.languages import VARY, PageLanguages, choose_languages, get_current_locale, use_locale
from jwpgraph.web.listings import make_rows, parse_filter
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.rendering import make_page
from jwpgraph.web.table_files import FILE_TYPES, as_download, write_csv, write_xlsx
from jwpgraph.web.table_responses import get_creation_time
from jwpgraph.web.translation import format_day, gettext

_DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_TYPES: Final = {**FILE_TYPES, "docx": _DOCX}
_PARAMETERS: Final = ("in", "group", "q", "class", "red_list", "cms", "cites", "on")
#: With more animals than this, a page gives the number of places instead of their names.
_WITH_PLACES: Final = 30
#: With more than this, it describes the first few only; the files have all.
_IN_DETAIL: Final = 60
_FEW: Final = 20


router = PageRouter()


@router.read_undocumented("/briefing")
@takes(*_PARAMETERS)
async def show_briefing(request: Request, site: Site) -> Response:
    asked, of_period = await _parse_filter(site, request)

    async def make() -> Mapping[str, Any]:
        groups = (await get_entity_index(site, BY_SEGMENT["species-group"])).nodes
        values: dict[str, Any] = {
            "asked": asked,
            "words": request.query_params.get("q", ""),
            "countries": await list_country_options(site, asked.country),
            "groups": [(get_slug(node.iri), node.name) for node in groups],
            "briefing": None,
            "query": _query(request),
        }
        if not _is_narrowed(request):
            return values
        briefing, title, notes = await _make(site, request, asked, of_period)
        animals = [one.listed for one in briefing.animals]
        rows = await make_rows(site, animals, briefing.selection, slice(None))
        return {
            **values,
            "briefing": briefing,
            "title": title,
            "notes": notes,
            "citation": cite_release(site, site.url(request, f"/briefing?{_query(request)}"), title),
            "rows": rows,
            "entries": list(zip(rows, briefing.animals, strict=True))[: None if len(rows) <= _IN_DETAIL else _FEW],
            "files": files,
            "with_places": len(rows) <= _WITH_PLACES,
        }

    return await make_page(request, site, "briefing.html", make, variant=asked.on.isoformat())


@router.read_undocumented("/briefing.{extension}")
@takes(*_PARAMETERS)
async def send_briefing(request: Request, site: Site, extension: str) -> Response:
    if extension not in _TYPES:
        raise make_unknown_address_problem(_TYPES)
    asked, of_period = await _parse_filter(site, request)
    languages = choose_languages(request)

    async def make() -> tuple[bytes, Mapping[str, str]]:
        with use_locale(languages):
            briefing, title, notes = await _make(site, request, asked, of_period)
            name = as_download(f"briefing-{asked.on}.{extension}")
            if extension == "docx":
                lines = [_release_line(site), site.url(request, f"/briefing?{_query(request)}")]
                made = (briefing, title, lines, notes, get_creation_time(site))
                return await asyncio.to_thread(_render_in_locale, languages, *made), name
            if extension == "csv":
                return write_csv(files.make_single_sheet(briefing)), name
            sheets = files.make_sheets(briefing, site.url(request, "/species/"))
            return await asyncio.to_thread(write_xlsx, sheets, get_creation_time(site)), name

    return await send_conditionally(request, site, _TYPES[extension], make, {"Vary": VARY}, f"{asked.on} {languages}")


def _render_in_locale(
    languages: PageLanguages, briefing: Briefing, title: str, lines: list[str], notes: list[Note], created: datetime
) -> bytes:
    with use_locale(languages):
        return files.write_docx(briefing, title, lines, notes, created)


async def _parse_filter(site: AppContext, request: Request) -> tuple[AnimalFilter, bool]:
    """Return the requested selection; words are interpreted as in a search, if they name animals or a group.

    A day in the words counts, of a period the last one, and a country from which all these animals are recorded.

    Returns:
        the selection, and whether its day is the last one of a period in the words.
    """
    asked = await parse_filter(site, request)
    served = site.served_release()
    of_period = False
    if asked.words and served is not None:
        text = " ".join(asked.words)
        found = await answer_question(site, served.search_path, text, asked.on, get_current_locale())
        taxa = frozenset(iri for one in found.statuses for iri in one.animal.concepts)
        if taxa:
            asked = replace(asked, words=(), taxa=taxa)
        if taxa and len(found.question.days) == 1:
            asked = replace(asked, on=found.statuses[0].on)
            of_period = found.question.days[0].extent is not Extent.DAY
        recorded = all(one.occurrence and one.occurrence.presences for one in found.statuses)
        if taxa and recorded and len(found.question.countries) == 1 and asked.country is None:
            asked = replace(asked, country=found.question.countries[0])
    return asked, of_period


def _is_narrowed(request: Request) -> bool:
    return any(request.query_params.get(name) for name in _PARAMETERS if name != "on")


def _query(request: Request) -> str:
    values = {name: request.query_params.get(name) for name in _PARAMETERS}
    return urlencode({name: value for name, value in values.items() if value})


def _release_line(site: AppContext) -> str:
    day = format_day(get_creation_time(site).date())
    return gettext("From release %(number)s of %(day)s.", number=site.release_number, day=day)


async def _make(
    site: AppContext, request: Request, asked: AnimalFilter, of_period: bool
) -> tuple[Briefing, str, list[Note]]:
    selection = await select_animals(site, asked)
    if len(selection.animals) > MOST_ANIMALS or not _is_narrowed(request):
        detail = explain(
            "%(number)s animals fit; a briefing has %(most)s at most. Choose a country or a group.",
            number=len(selection.animals),
            most=MOST_ANIMALS,
        )
        raise ProblemError("too-many-animals", "Too many animals for a briefing", detail, status=422)
    notes = list_horizon_notes(await get_horizons(site), tuple(TREATIES.items()), asked.on)
    briefing = _name_animals(await make_briefing(site, selection), await get_animal_names(site))
    return briefing, await _make_title(site, request, asked, of_period), notes


def _name_animals(briefing: Briefing, names: Mapping[str, tuple[str, str]]) -> Briefing:
    """Return the briefing with common names in the language of its reader where there are any."""
    animals = []
    for one in briefing.animals:
        name, _ = choose_name(one.listed, names) or (one.listed.animal.common_name, "en")
        animals.append(replace(one, listed=replace(one.listed, animal=replace(one.listed.animal, common_name=name))))
    return replace(briefing, animals=tuple(animals))


async def _make_title(site: AppContext, request: Request, asked: AnimalFilter, of_period: bool) -> str:
    groups = (await get_entity_index(site, BY_SEGMENT["species-group"])).nodes
    names = {get_slug(node.iri): node.name for node in groups}
    words = " ".join(request.query_params.get("q", "").split())[:100]
    what = ", ".join(filter(None, [names.get(asked.group, ""), words])) or gettext("Listed animals")
    day = format_day(asked.on)
    if of_period:
        day = gettext("the status on its last day, %(day)s", day=day)
    if asked.country and request.query_params.get("in"):  # else the words name it
        return gettext("%(what)s in %(country)s, %(day)s", what=what, country=asked.country.name, day=day)
    return gettext("%(what)s, %(day)s", what=what, day=day)
