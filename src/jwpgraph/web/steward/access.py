"""Requests of stewards: authorization of forms, their fields, and the pages sent in response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.access_tokens import TokenScope
from jwpgraph.http.authorization import make_scope_problem
from jwpgraph.http.headers import get_header
from jwpgraph.http.request_bodies import read_body
from jwpgraph.operations.audit import STEWARD
from jwpgraph.problems import ProblemError, explain
from jwpgraph.releases.changes import ReleaseWriter
from jwpgraph.web.languages import choose_languages, use_locale
from jwpgraph.web.rendering import HTML, make_page_headers, render_template
from jwpgraph.web.steward.sessions import Session, find_session, find_sessions

FORM_KEY: Final = "form_key"
_LONGEST_FORM: Final = 262_144
_MOST_FIELDS: Final = 200
_SECONDS: Final = 30.0
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class StewardForm:
    """A form that a signed-in steward has sent.

    Attributes:
        session: the session.
        fields: the values by name; of a repeated field, one per line.
    """

    session: Session
    fields: Mapping[str, str]


def refuse_where_nobody_writes(request: Request, writer: ReleaseWriter | None) -> ReleaseWriter:
    """Return the writer.

    Raises:
        ProblemError: ``read-only`` (403) if there is none, or no token is configured.
    """
    sessions = find_sessions(request)
    if writer is None or sessions is None or not sessions.enabled:
        raise ProblemError("read-only", "This service is read-only", explain("Sign-in is disabled."), status=403)
    return writer


def refuse_cross_site(request: Request) -> None:
    """Refuse a form that a page of another site has sent.

    Raises:
        ProblemError: ``cross-site`` (403).
    """
    site = get_header(request.scope, b"sec-fetch-site")
    origin = get_header(request.scope, b"origin")
    if site is not None:
        refused = site not in {"same-origin", "none"}
    else:
        refused = origin is not None and urlsplit(origin).netloc != get_header(request.scope, b"host")
    if refused:
        raise ProblemError(
            "cross-site",
            "The form was sent by another site",
            explain("Open the page of this service and send the form from there."),
            status=403,
        )


async def read_fields(request: Request) -> dict[str, str]:
    """Return the fields of a form.

    Raises:
        ProblemError: ``cross-site`` (403), ``unsupported-media-type`` (415), ``not-utf-8`` (400),
            ``too-many-parameters`` (400), and as :func:`.read_body`.
    """
    refuse_cross_site(request)
    if (get_header(request.scope, b"content-type") or "").partition(";")[0].strip().lower() != _FORM:
        detail = explain("Send %(type)s.", type=_FORM)
        raise ProblemError("unsupported-media-type", "The media type of the body is not supported", detail, status=415)
    body = await read_body(request.scope, request.receive, limit=_LONGEST_FORM, seconds=_SECONDS)
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_MOST_FIELDS
        )
    except UnicodeDecodeError:
        raise ProblemError("not-utf-8", "The body is not UTF-8", explain("Send UTF-8."), status=400) from None
    except ValueError:
        detail = explain("At most %(most)s.", most=_MOST_FIELDS)
        raise ProblemError("too-many-parameters", "There are too many parameters", detail, status=400) from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        text = value.replace("\r\n", "\n").strip()
        fields[name] = f"{fields[name]}\n{text}" if fields.get(name) else text
    return fields


async def read_form(request: Request, wanted: TokenScope | None = None) -> StewardForm | Response:
    """Return the form of a signed-in steward, or a redirect to the sign-in page where nobody is signed in.

    Args:
        request: the request.
        wanted: the scope that the same request needs in the API; ``None`` if any session may send it.

    Raises:
        ProblemError: as :func:`read_fields`; ``form-outdated`` (403) if the form belongs to another session,
            ``token-scope`` (403) if the token of the session does not allow it.
    """
    fields = await read_fields(request)
    session = find_session(request)
    if session is None:
        return redirect_to_sign_in(request)
    note_steward(request, session.who)
    if not session.is_form_key(fields.pop(FORM_KEY, "")):
        raise ProblemError(
            "form-outdated",
            "The form belongs to another session",
            explain("Open the page again and send the form from there; nothing was written."),
            status=403,
        )
    if wanted is not None and not session.token.allows(wanted):
        raise make_scope_problem(session.token, wanted)
    return StewardForm(session, fields)


def redirect_to_sign_in(request: Request) -> Response:
    """Return a redirect to the sign-in page, which leads back."""
    root = request.scope.get("root_path", "")
    path = request.url.path.removeprefix(root)
    here = path + (f"?{request.url.query}" if request.url.query else "")
    return see_other(request, f"/steward/sign-in?{urlencode({'next': here})}")


def see_other(request: Request, path: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a redirect to *path* of this service after a form (RFC 9110, section 15.4.4)."""
    root = request.scope.get("root_path", "")
    return RedirectResponse(root + path, 303, {"Cache-Control": "no-store", **(headers or {})})


def note_steward(request: Request, who: str | None, sent: str = "session") -> None:
    """Record the sender of the request in the audit trail.

    Args:
        request: the request.
        who: the name of the steward; ``None`` if unknown.
        sent: ``session``, or ``right`` or ``wrong`` if a token was sent.
    """
    told = request.scope.get(STEWARD)
    if isinstance(told, dict):
        told.update(who=who, token=sent)


def answer_page(request: Request, site: AppContext, template: str, status: int = 200, **values: Any) -> Response:
    """Return a page for stewards, which no cache keeps."""
    languages = choose_languages(request)
    with use_locale(languages):
        text = render_template(site, request, template, **values)
    headers = {**make_page_headers(request, languages), "Cache-Control": "no-store"}
    return Response(text, status_code=status, media_type=HTML, headers=headers)
