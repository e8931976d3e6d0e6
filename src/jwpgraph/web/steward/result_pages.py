"""Actions of stewards on validation: acknowledge a result, and run a job."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time
from typing import Final

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.declared_parameters import takes
from jwpgraph.linked_data.routing import Site, Writer
from jwpgraph.problems import ProblemError
from jwpgraph.programme.values import check_day
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.validation.history import ValidationHistory
from jwpgraph.validation.result_queries import TrackedResult, get_results, list_seen_jobs
from jwpgraph.validation.route_dependency import Validation
from jwpgraph.validation.service import ValidationService
from jwpgraph.web.languages import choose_languages, use_locale
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.steward.access import (
    answer_page,
    read_form,
    redirect_to_sign_in,
    refuse_where_nobody_writes,
    see_other,
)
from jwpgraph.web.steward.sessions import find_session
from jwpgraph.web.translation import gettext
from jwpgraph.web.validation import name_focus

_LONGEST_REASON: Final = 2000
_LONGEST_NAME: Final = 200


router = PageRouter()


async def _show_result(
    request: Request,
    site: AppContext,
    validation: ValidationService,
    fingerprint: str,
    values: dict[str, str],
    status: int = 200,
    fault: str | None = None,
) -> Response:
    found = await asyncio.to_thread(_find_result, validation.history, fingerprint)
    if found is None:
        raise ProblemError("no-such-result", "There is no such result", fingerprint[:100], status=404)
    known = found.acknowledgement
    if not values and known is not None:
        values = {"reason": known.reason, "who": known.who, "expires": (known.expires or "")[:10]}
    with use_locale(choose_languages(request)):
        focus = await name_focus(site, found)
    return answer_page(
        *(request, site, "steward_result.html", status),
        result=found,
        focus=focus,
        values={"reason": "", "who": "", "expires": ""} | values,
        fault=fault,
    )


@router.read_undocumented("/steward/results/{fingerprint}")
@takes()
async def show_acknowledgement_form(
    request: Request, site: Site, writer: Writer, validation: Validation, fingerprint: str
) -> Response:
    """Return the form in which a result is acknowledged."""
    refuse_where_nobody_writes(request, writer)
    if find_session(request) is None:
        return redirect_to_sign_in(request)
    return await _show_result(request, site, validation, fingerprint, {})


@router.post("/steward/results/{fingerprint}", include_in_schema=False)
@takes()
async def acknowledge_result(
    request: Request, site: Site, writer: Writer, validation: Validation, fingerprint: str
) -> Response:
    """Acknowledge a result, or withdraw its acknowledgement."""
    refuse_where_nobody_writes(request, writer)
    form = await read_form(request, "validate")
    if isinstance(form, Response):
        return form
    fields = dict(form.fields)
    if fields.get("withdraw"):
        await asyncio.to_thread(validation.history.withdraw, fingerprint)
        return see_other(request, "/validation/results")
    with use_locale(choose_languages(request)):
        fault = _find_fault(fields)
    if fault is not None:
        return await _show_result(request, site, validation, fingerprint, fields, 422, fault)
    who, expires = fields.get("who") or form.session.who, fields.get("expires")
    last = datetime.combine(datetime.fromisoformat(expires).date(), time.max, UTC) if expires else None
    await asyncio.to_thread(validation.history.acknowledge, fingerprint, fields["reason"], who, last)
    return see_other(request, "/validation/results?state=acknowledged")


@router.post("/steward/jobs/{job}", include_in_schema=False)
@takes()
async def run_job(request: Request, writer: Writer, validation: Validation, job: str) -> Response:
    """Start a run of a validation job, and lead to its page.

    Raises:
        ProblemError: ``no-such-job`` (404), ``job-running`` (409).
    """
    refuse_where_nobody_writes(request, writer)
    form = await read_form(request, "validate")
    if isinstance(form, Response):
        return form
    return see_other(request, f"/validation/runs/{await validation.trigger(job)}")


def _find_result(history: ValidationHistory, fingerprint: str) -> TrackedResult | None:
    with history.connect() as db:
        found = [one for job in list_seen_jobs(db) for one in get_results(db, job, [fingerprint])]
        return next((one for one in found if one.fixed is None), found[0] if found else None)


def _find_fault(fields: dict[str, str]) -> str | None:
    """Return why an acknowledgement is refused."""
    if not fields.get("reason") or len(fields["reason"]) > _LONGEST_REASON:
        return gettext("State briefly why the result may remain.")
    if len(fields.get("who", "")) > _LONGEST_NAME:
        return gettext("The name is too long.")
    if expires := fields.get("expires"):
        try:
            day = datetime.fromisoformat(check_day(expires)).date()
        except ValueError:
            return gettext("The last day is not a date such as 2026-11-29.")
        if day < get_today():
            return gettext("The last day has passed.")
    return None
