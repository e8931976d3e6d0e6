"""``/listings/changes``: the changes of the Appendices by date and meeting, as a page and as files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from jwpgraph.answers.listing_changes import CHANGES, AppendixChange, ChangeFilter, ChangeSelection, select_changes
from jwpgraph.answers.words import fold
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import EntityIndex, get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import make_wrong_parameter_problem, require_choice
from jwpgraph.linked_data.routing import Site
from jwpgraph.problems import ProblemError, explain
from jwpgraph.taxon_facets.appendices import TREATIES
from jwpgraph.taxon_facets.horizon_cache import get_horizons
from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.horizon import Meeting
from jwpgraph.vocabulary import ID
from jwpgraph.web.content_names import NAME_LANGUAGE, get_animal_names
from jwpgraph.web.horizon_words import describe_meeting_coverage, list_horizon_notes
from jwpgraph.web.labels.animals import get_change_type_label, get_class_label
from jwpgraph.web.labels.evidence import describe_doubt
from jwpgraph.web.labels.species import format_effective_date
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.paging import parse_offset
from jwpgraph.web.rendering import make_page
from jwpgraph.web.table_files import Sheet
from jwpgraph.web.table_responses import require_table_type, send_table

_PER_PAGE: Final = 200
_PARAMETERS: Final = ("treaty", "meeting", "change", "group", "class", "q", "from", "to", "sort")
_CLASSES: Final = ("actinopterygii", "aves", "elasmobranchii", "insecta", "mammalia", "reptilia")
HEADER: Final = (
    *("event", "treaty", "appendix", "change", "taxon", "scientific_name", "common_name", "effective", "adopted"),
    *("meeting", "party", "in_part", "evidence", NAME_LANGUAGE),
)


router = PageRouter()


@router.read_undocumented("/listings/changes")
@takes(*_PARAMETERS, "offset")
async def show_changes(request: Request, site: Site) -> Response:
    asked, offset, newest = await _parse_filter(site, request), parse_offset(request), _is_newest_first(request)

    async def make() -> Mapping[str, Any]:
        found = await select_changes(site, asked)
        ordered = found.changes[::-1] if newest else found.changes
        meetings = await get_entity_index(site, BY_SEGMENT["meeting"])
        groups = (await get_entity_index(site, BY_SEGMENT["species-group"])).nodes
        known = await get_horizons(site)
        return {
            "asked": asked,
            "rows": ordered[offset : offset + _PER_PAGE],
            "total": len(ordered),
            "meetings": _list_meetings(meetings, found, asked, known.meetings),
            "meeting": meetings.get(asked.meeting),
            "coverage": describe_meeting_coverage(known.meetings[asked.meeting])
            if asked.meeting in known.meetings
            else None,
            "groups": [(get_slug(node.iri), node.name) for node in groups],
            "classes": [(slug, get_class_label(slug)) for slug in _CLASSES],
            "change_types": [(slug, get_change_type_label(slug)) for slug in CHANGES],
            "change_label": get_change_type_label,
            "animal_names": await get_animal_names(site),
            "when": format_effective_date,
            "describe_doubt": describe_doubt,
            "named": {iri: node.name for iri in _list_mentioned(ordered) if (node := await _find(site, iri))}
            | {iri: meeting.label for iri, meeting in known.meetings.items()},
            "given": {name: request.query_params.get(name, "") for name in _PARAMETERS},
            "newest": newest,
            "first": offset + 1,
            "previous": str(max(0, offset - _PER_PAGE)) if offset else None,
            "following": str(offset + _PER_PAGE) if offset + _PER_PAGE < len(ordered) else None,
            "notes": list_horizon_notes(known, tuple(TREATIES.items()), date.max - timedelta(days=1)),
            "state": lambda **changed: _state_url(request, changed),
            "file": lambda extension: _state_url(request, {"offset": None}, f".{extension}"),
        }

    return await make_page(request, site, "listing_changes.html", make)


@router.read_undocumented("/listings/changes.{extension}")
@takes(*_PARAMETERS, "offset")
async def send_changes(request: Request, site: Site, extension: str) -> Response:
    require_table_type(extension)
    asked, newest = await _parse_filter(site, request), _is_newest_first(request)

    async def make() -> Sheet:
        found = (await select_changes(site, asked)).changes
        names = await get_animal_names(site)
        return Sheet("changes", HEADER, [_make_row(one, names) for one in (found[::-1] if newest else found)])

    return await send_table(request, site, extension, make)


def _make_row(one: AppendixChange, names: Mapping[str, tuple[str, str]]) -> tuple[str, ...]:
    label = one.taxon.common_name if one.taxon.common_name != one.taxon.name else None
    name, language = names.get(one.taxon.iri) or (label or "", "en" if label else "")
    return (
        *(one.iri, one.treaty, one.number, one.change, one.taxon.iri, one.taxon.name, name),
        *(str(one.effective) if one.effective else "", one.adopted, one.meeting or "", one.party or ""),
        "yes" if one.in_part else "no",
        one.evidence,
        language,
    )


async def _parse_filter(site: AppContext, request: Request) -> ChangeFilter:
    given = {name: request.query_params.get(name, "").strip() for name in _PARAMETERS}
    groups = [get_slug(node.iri) for node in (await get_entity_index(site, BY_SEGMENT["species-group"])).nodes]
    require_choice("treaty", given["treaty"], list(TREATIES.values()))
    require_choice("change", given["change"], CHANGES)
    require_choice("group", given["group"], groups)
    meeting = given["meeting"].removeprefix(f"{ID}meeting/")
    if meeting:
        known = await get_entity_index(site, BY_SEGMENT["meeting"])
        if known.get(f"{ID}meeting/{meeting}") is None:
            near = [get_slug(node.iri) for node in known.near(meeting)]
            hint = f"Did you mean {' or '.join(near)}?" if near else ""
            detail = explain("%(name)s: “%(value)s”.", hint, name="meeting", value=meeting[:80])
            raise ProblemError("unknown-value", "There is no such meeting", detail, status=422)
    since, until = _parse_day(given, "from"), _parse_day(given, "to")
    return ChangeFilter(
        given["treaty"],
        f"{ID}meeting/{meeting}" if meeting else "",
        given["change"],
        given["group"],
        given["class"].casefold(),
        tuple(fold(given["q"])[:100].split()),
        since.first if since else None,
        until.last if until else None,
    )


def _parse_day(given: Mapping[str, str], name: str) -> PartialDate | None:
    try:
        return PartialDate.parse(given[name]) if given[name] else None
    except ValueError as error:
        raise make_wrong_parameter_problem(name, str(error)) from None


def _is_newest_first(request: Request) -> bool:
    sort = request.query_params.get("sort") or "-date"
    require_choice("sort", sort, ("date", "-date"))
    return sort == "-date"


def _list_meetings(
    index: EntityIndex, found: ChangeSelection, asked: ChangeFilter, short: Mapping[str, Meeting]
) -> list[tuple[str, str, int]]:
    """Return slug, name and number of changes of the deciding meetings, and of the requested one."""
    iris = {*found.meetings, *([asked.meeting] if asked.meeting else [])}
    nodes = sorted((node for iri in iris if (node := index.get(iri))), key=lambda node: node.iri)
    return [
        (
            get_slug(node.iri),
            short[node.iri].label if node.iri in short else node.name,
            found.meetings.get(node.iri, 0),
        )
        for node in nodes
    ]


def _list_mentioned(changes: list[AppendixChange]) -> set[str]:
    return {iri for one in changes for iri in (one.meeting, one.party) if iri}


async def _find(site: AppContext, iri: str) -> Any:
    for segment in ("meeting", "country"):
        if node := (await get_entity_index(site, BY_SEGMENT[segment])).get(iri):
            return node
    return None


def _state_url(request: Request, changes: Mapping[str, str | None], extension: str = "") -> str:
    values = {name: request.query_params.get(name) for name in _PARAMETERS} | dict(changes)
    query = urlencode({name: value for name, value in values.items() if value})
    return f"/listings/changes{extension}" + (f"?{query}" if query else "")
