"""Rendering of templates: escaped, cached with the release, and restricted by a Content-Security-Policy."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from jwpgraph import __version__
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.entities.nodes import get_preferred_language
from jwpgraph.linked_data.responses import (
    choose_media_type,
    format_link,
    get_raw_path,
    redirect_see_other,
    send_conditionally,
    send_json,
)
from jwpgraph.vocabulary import ID
from jwpgraph.web import translation
from jwpgraph.web.assets import get_assets
from jwpgraph.web.citations import cite_page
from jwpgraph.web.content_names import count_names
from jwpgraph.web.labels import entity_types, properties, record_fields, release_messages, species, validation
from jwpgraph.web.languages import (
    PageLanguages,
    choose_languages,
    get_current_locale,
    list_language_links,
    make_language_headers,
    use_locale,
)
from jwpgraph.web.machine_forms import MachineForm, find_machine_form
from jwpgraph.web.steward.sessions import find_session, find_sessions

_PACKAGE = Path(__file__).resolve().parent
STATIC = _PACKAGE / "static"

#: Only this server's files are loaded, and no inline script is executed.
SECURITY_HEADERS: dict[str, str] = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "connect-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
HTML = "text/html"


@cache
def get_environment() -> Environment:
    """Return the template environment, made once."""
    found = Environment(
        loader=FileSystemLoader(_PACKAGE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    found.policies["ext.i18n.trimmed"] = True
    found.newstyle_gettext = True  # type: ignore[attr-defined]  # the extension looks for it there
    found.globals |= {
        "_": _translate,
        "gettext": _translate,
        "ngettext": _translate_count,
        "pgettext": _translate_in_context,
        "spoken": get_current_locale,
    }
    found.globals["kinds_in_words"] = entity_types.type_labels_as_json
    found.globals["content_language"] = get_preferred_language
    found.globals["colon"] = translation.get_colon
    found.globals["style"] = f"/static/site.css?{digest_static_file('site.css')}"
    found.globals["suggest_script"] = f"/static/suggest.js?{digest_static_file('suggest.js')}"
    found.globals["form_title"] = record_fields.get_form_title
    found.globals["version"] = __version__
    found.globals["asset"] = get_assets().entry
    found.filters["thousands"] = translation.format_number
    found.filters["day"] = translation.format_day
    found.filters["moment"] = translation.format_moment
    found.filters["timestamp"] = translation.format_timestamp
    found.filters["release_message"] = release_messages.translate_release_message
    found.filters["state"] = validation.state_label
    found.filters["severity"] = validation.get_severity_label
    found.filters["outcome"] = validation.get_outcome_label
    found.filters["shorten_iris"] = validation.shorten_iris
    found.filters["dated"] = properties.format_date
    found.filters["since"] = species.format_since
    found.filters["on_day"] = species.format_on_day
    found.filters["until"] = species.format_until
    found.filters["alternatives"] = lambda texts: translation.format_enumeration(texts, "or")
    found.filters["relation_from_here"] = species.describe_relation_from_here
    found.filters["doc"] = lambda iri: iri_to_path(iri, "doc") or iri
    found.filters["capfirst"] = lambda text: text[:1].upper() + text[1:]
    found.filters["short"] = lambda iri: iri.removeprefix(ID)
    return found


def _translate(message: str, /, **values: Any) -> Markup:
    """Return a message of a template; the message may contain markup, *values* are escaped."""
    return Markup(translation.gettext(message)) % values  # noqa: S704 - messages are our own


def _translate_in_context(context: str, message: str, /, **values: Any) -> Markup:
    return Markup(translation.pgettext(context, message)) % values  # noqa: S704 - as above


def _translate_count(singular: str, plural: str, num: int, /, **values: Any) -> Markup:
    text = translation.get_catalogue(get_current_locale()).ngettext(singular, plural, num)
    return Markup(text) % {"num": translation.format_number(num), **values}  # noqa: S704 - as above


def _make_printed_address(site: AppContext, request: Request) -> str:
    """Return the URL of the page, for its foot when it is printed."""
    query = request.scope.get("query_string", b"").decode("latin-1")
    return site.url(request, get_raw_path(request)) + (f"?{query}" if query else "")


@cache
def digest_static_file(name: str) -> str:
    """Return a short digest of a static file, for its URL."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def render_template(site: AppContext, request: Request, template: str, **values: Any) -> str:
    """Return the page that *template* makes from *values*, in the current language."""
    root = request.scope.get("root_path", "")
    sessions = find_sessions(request)
    shown = {
        "root": root,
        "steward": find_session(request),
        "name_counts": {},
        "can_sign_in": sessions is not None and sessions.enabled,
        "release": site.release_number,
        "published": released.manifest.created.date() if (released := site.served_release()) else None,
        "cite_page": partial(cite_page, site, request),
        "described_release": None,
        "printed_address": _make_printed_address(site, request),
        "ui": list_language_links(request, "ui", get_current_locale()),
        "content_languages": list_language_links(request, "content", get_preferred_language()),
    }
    return get_environment().get_template(template).render(**{**shown, **values})


def make_page_headers(request: Request, languages: PageLanguages) -> dict[str, str]:
    """Return the headers of a page in *languages*; pages for stewards are not stored by shared caches."""
    headers = SECURITY_HEADERS | make_language_headers(request, languages)
    return headers | {"Cache-Control": "private, no-cache"} if find_session(request) else headers


def redirect_to_machine_form(request: Request, site: AppContext) -> Response | None:
    """Return the redirect of a client that accepts no HTML to the form of a page for programs, if it accepts that.

    Raises:
        ProblemError: ``not-acceptable`` (406) if the client accepts neither.
    """
    return _redirect_to_form(request, site, find_machine_form(request))


def _redirect_to_form(request: Request, site: AppContext, form: MachineForm | None) -> Response | None:
    if choose_media_type(request, (HTML, *(form.media_types if form else ()))) == HTML or form is None:
        return None
    answer = redirect_see_other(site, request, form.path)
    answer.headers["Vary"] = "Accept"
    return answer


async def make_page(
    request: Request,
    site: AppContext,
    template: str,
    make: Callable[[], Awaitable[Mapping[str, Any]]],
    headers: Mapping[str, str] | None = None,
    variant: str = "",
    to_document: Callable[[Mapping[str, Any]], object] | None = None,
) -> Response:
    """Return a page of the served release in the reader's language, or 304 if the client has it.

    A client that accepts no HTML is redirected to the form of the page for programs
    (:func:`~jwpgraph.web.machine_forms.find_machine_form`).

    Args:
        request: what was asked.
        site: where it is read from.
        template: the template's file name.
        make: gives the values that it shows; texts that it makes are in the reader's language.
        headers: more response headers.
        variant: what else the page depends on besides the release, the request and the language.
        to_document: makes the JSON document of the same address from the values; ``None`` if there is none.

    Raises:
        ProblemError: ``not-acceptable`` (406) if the client accepts neither the page nor a form for programs.
    """
    if to_document and choose_media_type(request, (HTML, "application/json")) != HTML:

        async def read() -> tuple[object, Mapping[str, str]]:
            return to_document(await make()), {}

        return await send_json(request, site, read, variant)
    form = find_machine_form(request)
    if not to_document and (elsewhere := _redirect_to_form(request, site, form)):
        return elsewhere
    languages = choose_languages(request)

    async def body() -> tuple[bytes, Mapping[str, str]]:
        with use_locale(languages):
            counts = {"name_counts": await count_names(site)}
            return render_template(site, request, template, **{**counts, **await make()}).encode(), {}

    linked = {"Link": format_link(site.url(request, form.path), "alternate", type=form.media_types[0])} if form else {}
    common = {**make_page_headers(request, languages), **linked, **(headers or {})}
    session = find_session(request)
    seen_by = f" steward {session.form_key}" if session else ""
    return await send_conditionally(
        request, site, HTML, body, common, f"{languages} {variant} {get_assets().fingerprint}{seen_by}"
    )
