"""Sign-in, sign-out, and the first page of a steward."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import Request
from starlette.responses import Response

from jwpgraph.http.declared_parameters import takes
from jwpgraph.linked_data.routing import Site, Writer
from jwpgraph.programme.record_models import KINDS
from jwpgraph.validation.route_dependency import Validation
from jwpgraph.web.labels.record_fields import get_form_title
from jwpgraph.web.languages import choose_languages, use_locale
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.steward.access import (
    answer_page,
    note_steward,
    read_fields,
    read_form,
    redirect_to_sign_in,
    refuse_where_nobody_writes,
    see_other,
)
from jwpgraph.web.steward.sessions import find_session, find_sessions, make_cookie

_LONGEST_NAME: Final = 100
_HOME: Final = "/steward"


router = PageRouter()


@router.read_undocumented("/steward")
@takes()
async def show_steward_page(request: Request, site: Site, writer: Writer, validation: Validation) -> Response:
    """Return the first page of a steward."""
    refuse_where_nobody_writes(request, writer)
    if find_session(request) is None:
        return redirect_to_sign_in(request)
    with use_locale(choose_languages(request)):
        kinds = [(kind, get_form_title(kind, new=True)) for kind in KINDS]
    return answer_page(request, site, "steward.html", kinds=kinds, jobs=list(validation.jobs.jobs))


@router.read_undocumented("/steward/sign-in")
@takes("next")
async def show_sign_in(request: Request, site: Site, writer: Writer) -> Response:
    """Return the form of sign-in."""
    refuse_where_nobody_writes(request, writer)
    following = _make_local_path(request.query_params.get("next", ""))
    if find_session(request) is not None:
        return see_other(request, following)
    return answer_page(request, site, "steward_sign_in.html", following=following, name="", fault=None)


@router.post("/steward/sign-in", include_in_schema=False)
@takes()
async def sign_in(request: Request, site: Site, writer: Writer) -> Response:
    """Start a session if the token is right."""
    refuse_where_nobody_writes(request, writer)
    fields = await read_fields(request)
    name, following = " ".join(fields.get("name", "").split()), _make_local_path(fields.get("next", ""))
    fault = None
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        fault = "name"
    sessions = find_sessions(request)
    session = None
    if sessions is not None and fault is None:
        session = await asyncio.to_thread(sessions.sign_in, fields.get("token", ""), name)
        note_steward(request, session.who if session else None, "right" if session else "wrong")
    if session is None:
        return answer_page(
            *(request, site, "steward_sign_in.html", 422 if fault else 401),
            following=following,
            name=name,
            fault=fault or "token",
        )
    return see_other(request, following, {"Set-Cookie": make_cookie(request, session.value)})


@router.post("/steward/sign-out", include_in_schema=False)
@takes()
async def sign_out(request: Request, writer: Writer) -> Response:
    """End the session."""
    refuse_where_nobody_writes(request, writer)
    form = await read_form(request)
    if isinstance(form, Response):
        return form
    sessions = find_sessions(request)
    if sessions is not None:
        await asyncio.to_thread(sessions.sign_out, form.session)
    return see_other(request, "/", {"Set-Cookie": make_cookie(request, "")})


def _make_local_path(given: str) -> str:
    """Return *given* if it is a path of this service, and the steward's first page otherwise."""
    is_local = given.startswith("/") and not given.startswith("//") and "\\" not in given and given.isprintable()
    return given if is_local and len(given) <= 2000 else _HOME
