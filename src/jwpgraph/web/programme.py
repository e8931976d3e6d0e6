"""Pages of the programme at work: ``/programme``, its report, the proposals with the listings, and the calendar."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import get_slug, quote_iri
from jwpgraph.entities.named_parameters import resolve_parameter
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import (
    make_wrong_choice_problem,
    make_wrong_parameter_problem,
)
from jwpgraph.linked_data.responses import choose_media_type, send_conditionally, to_json_bytes
from jwpgraph.linked_data.routing import Site
from jwpgraph.problems import explain
from jwpgraph.programme.calendar import make_calendar, select_meetings
from jwpgraph.programme.overview import (
    END,
    START,
    ActivityWork,
    WorkRecords,
    get_key,
    get_value,
    get_value_slug,
    read_work,
)
from jwpgraph.programme.proposals import ProposalOverview, TreatyListing, read_proposals
from jwpgraph.programme.report import ProgressReport, make_json_ld, make_report, write_csv
from jwpgraph.programme.values import check_when
from jwpgraph.taxon_facets.appendices import get_appendix_number
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.vocabulary import ID, JWP
from jwpgraph.web.horizon_words import state_words
from jwpgraph.web.languages import VARY, choose_languages, use_locale
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.programme_files import write_docx
from jwpgraph.web.rendering import HTML, make_page
from jwpgraph.web.requested_day import parse_requested_day
from jwpgraph.web.table_files import Sheet
from jwpgraph.web.table_responses import get_creation_time, send_table

_DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: The formats of the report, by their names in ``?format=``.
_FORMATS: Final = {"html": HTML, "csv": "text/csv", "jsonld": "application/ld+json", "docx": _DOCX}
_PROPOSAL_FORMATS: Final = {"html": HTML, "json": "application/json"}
#: Columns of the table of activities.
_COLUMNS: Final = (
    "activity_id",
    "code",
    "activity",
    "actions",
    "meetings",
    "judgements",
    "last_evidence_id",
    "last_evidence",
    "next_meeting_id",
    "next_meeting",
    "progress",
    "judged_on",
)
_CALENDAR: Final = "text/calendar"
_SLUG: Final = re.compile(r"[a-z0-9-]{1,80}")


router = PageRouter()


@router.read_undocumented("/programme")
@takes("programme")
async def show_overview(request: Request, site: Site) -> Response:
    async def make() -> Mapping[str, Any]:
        work = await read_work(site)
        chosen = work.programme(request.query_params.get("programme"))
        return _get_page_values(work) | {"chosen": chosen, "day": day.isoformat()}

    day = get_today()
    return await make_page(request, site, "programme.html", make, variant=day.isoformat())


@router.read_undocumented("/programme.{extension}")
@takes("programme")
async def send_overview(request: Request, site: Site, extension: str) -> Response:
    async def make() -> Sheet:
        work = await read_work(site)
        chosen = work.programme(request.query_params.get("programme"))
        return Sheet("programme", _COLUMNS, [_make_row(work, one, day) for one in chosen.activities])

    day = get_today().isoformat()
    return await send_table(request, site, extension, make, variant=day)


def _make_row(work: WorkRecords, one: ActivityWork, day: str) -> tuple[str, ...]:
    last, coming, judged = one.last_evidence(day), one.next_meeting(day), one.latest_judgements
    return (
        one.activity.iri,
        one.activity.notation or "",
        one.activity.name,
        str(len(one.actions)),
        str(len(one.meetings)),
        str(len(one.judgements)),
        last.iri if last else "",
        (get_value(last, START) or "") if last else "",
        coming.iri if coming else "",
        (get_value(coming, START) or "") if coming else "",
        "; ".join(work.name(get_value(each, JWP + "progressValue") or "") for each in judged),
        (get_value(judged[0], JWP + "judgedOn") or "") if judged else "",
    )


@router.read_undocumented("/programme/report")
@takes("programme", "from", "to", "format")
async def show_report(request: Request, site: Site) -> Response:
    media_type = _choose_format(request, _FORMATS)

    async def made() -> tuple[WorkRecords, ProgressReport]:
        work = await read_work(site)
        programme = work.programme(request.query_params.get("programme"))
        first, last = (get_value(programme.programme, JWP + name) or "" for name in ("startYear", "endYear"))
        since, until = _parse_bound(request, "from", first), _parse_bound(request, "to", last)
        if since and until and until[: len(since)] < since[: len(until)]:
            raise make_wrong_parameter_problem("to", explain("the period ends before it begins (%(day)s).", day=since))
        return work, make_report(work, programme, since, until, site.release_number)

    async def page() -> Mapping[str, Any]:
        work, found = await made()
        return _get_page_values(work) | {"report": found, "link": lambda form: _format_link(request, form)}

    if media_type == HTML:
        return await make_page(request, site, "programme_report.html", page)

    languages = choose_languages(request)

    async def document() -> tuple[bytes, Mapping[str, str]]:
        with use_locale(languages):
            _, found = await made()
            written = await asyncio.to_thread(write_docx, found, get_creation_time(site))
        return written, _as_file(f"{_name_file(found)}.docx")

    if media_type == _DOCX:
        return await send_conditionally(request, site, media_type, document, {"Vary": VARY}, str(languages))

    async def body() -> tuple[bytes, Mapping[str, str]]:
        _, found = await made()
        name = _name_file(found)
        if media_type == "text/csv":
            return write_csv(found).encode(), _as_file(f"{name}.csv")
        return to_json_bytes(make_json_ld(found, site.url(request, "/programme/report"))), {}

    return await send_conditionally(request, site, media_type, body, {"Vary": "Accept"})


def _name_file(report: ProgressReport) -> str:
    return f"{get_slug(report.programme.programme.iri)}-{report.since}-{report.until}"


@router.read_undocumented("/programme/proposals")
@takes("format", "on", "meeting")
async def show_proposals(request: Request, site: Site) -> Response:
    media_type = _choose_format(request, _PROPOSAL_FORMATS)
    on = parse_requested_day(request)
    wanted = request.query_params.get("meeting")
    meeting = (await resolve_parameter(site, "meeting", "meeting", wanted)).iri if wanted else None

    async def read() -> list[ProposalOverview]:
        return await read_proposals(site, meeting, on)

    async def page() -> Mapping[str, Any]:
        work = await read_work(site)
        held = {iri for one in work.of_class("AmendmentProposal") for iri in work.links(one, JWP + "proposedTo")}
        return _get_page_values(work) | {
            "proposals": await read(),
            "on": on.isoformat(),
            "meeting": get_slug(meeting) if meeting else None,
            "meetings": sorted((work.records[iri] for iri in held if iri in work.records), key=lambda one: one.iri),
            "link": lambda form: _format_link(request, form),
            "say_state": _describe_state,
        }

    async def body() -> tuple[bytes, Mapping[str, str]]:
        return to_json_bytes(
            {
                "on": on.isoformat(),
                "release": site.release_number,
                "items": [_make_proposal_document(one) for one in await read()],
            }
        ), {}

    if media_type == HTML:
        return await make_page(request, site, "programme_proposals.html", page, variant=on.isoformat())
    return await send_conditionally(request, site, media_type, body, variant=on.isoformat())


@router.read_undocumented("/calendar.ics")
@takes(many=("treaty", "convention", "activity", "topic", "kind"))
async def send_calendar(request: Request, site: Site) -> Response:
    wanted = {
        segment: frozenset(
            [
                (await resolve_parameter(site, parameter, segment, value)).iri
                for parameter in parameters
                for value in request.query_params.getlist(parameter)
            ]
        )
        for segment, parameters in (
            ("instrument", ("treaty", "convention")),
            ("activity", ("activity",)),
            ("topic", ("topic",)),
        )
    }
    kinds = frozenset([await _find_kind(site, one) for one in request.query_params.getlist("kind")])

    async def body() -> tuple[bytes, Mapping[str, str]]:
        work = await read_work(site)
        meetings = select_meetings(work, wanted["instrument"], wanted["activity"], wanted["topic"], kinds)
        served = site.served_release()
        stamp = served.manifest.created if served else datetime.now(UTC)
        names = [get_slug(iri).upper() for iri in sorted(wanted["instrument"])] or ["CMS", "CITES"]
        text = make_calendar(work, meetings, stamp, site.url(request, ""), f"Meetings of {' and '.join(names)}")
        return text, {"Content-Disposition": 'inline; filename="calendar.ics"'}

    return await send_conditionally(request, site, f"{_CALENDAR}; charset=utf-8", body)


def _get_page_values(work: WorkRecords) -> dict[str, Any]:
    """Return the template values for showing records."""
    return {
        "work": work,
        "key": get_key,
        "value": get_value,
        "slug": get_value_slug,
        "JWP": JWP,
        "START": START,
        "END": END,
    }


def _choose_format(request: Request, formats: Mapping[str, str]) -> str:
    """Return the media type that ``?format=`` names or Accept prefers."""
    wanted = request.query_params.get("format")
    if wanted is None:
        return choose_media_type(request, tuple(formats.values()))
    if wanted not in formats:
        raise make_wrong_choice_problem("format", wanted, formats)
    return formats[wanted]


def _format_link(request: Request, form: str) -> str:
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name != "format"]
    return f"{request.url.path}?{urlencode([*pairs, ('format', form)])}"


def _parse_bound(request: Request, name: str, default: str) -> str:
    text = request.query_params.get(name) or default
    if not text:
        return ""
    try:
        return check_when(text)[:10]
    except ValueError as error:
        raise make_wrong_parameter_problem(name, str(error)) from None


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


async def _find_kind(site: AppContext, name: str) -> str:
    """Return the IRI of the kind of meetings that a parameter names."""
    iri = f"{ID}meeting-kind/{name}"
    if _SLUG.fullmatch(name) and await site.queries.ask(f"ASK {{ {quote_iri(iri)} a ?type }}"):
        return iri
    raise make_wrong_parameter_problem("kind", f"there is no kind of meetings {name[:40]!r}")


def _describe_state(listing: TreatyListing) -> str:
    possible = [get_appendix_number(iri) for iri in listing.possible]
    return state_words(listing.state, possible, is_beyond=listing.is_beyond)


def _make_proposal_document(one: ProposalOverview) -> dict[str, Any]:
    return {
        "id": one.proposal.iri,
        "key": get_key(one.proposal),
        "label": one.proposal.name,
        "treaty": one.treaty,
        "meeting": one.meeting,
        "outcome": one.outcome or None,
        "other_treaty_lists_it": one.other_treaty_lists_it,
        "listings": [
            {
                "treaty": listing.treaty,
                "taxon": listing.taxon,
                "name": listing.name,
                "relation": listing.relation.value if listing.relation else None,
                "state": listing.state,
                "appendices": [get_appendix_number(iri) for iri in listing.appendices],
                "possible_appendices": [get_appendix_number(iri) for iri in listing.possible],
            }
            for listing in one.listings
        ],
        "unread": list(one.unread),
        "comments": [
            {"id": comment.comment.iri, "label": comment.comment.name, "state": comment.state}
            for comment in one.comments
        ],
    }
