"""Templates to responses: escaped, cached with the release, and locked down by a Content-Security-Policy."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from jwpgraph import __version__
from jwpgraph.linked_data.addresses import path_of
from jwpgraph.linked_data.nodes import preferred_language
from jwpgraph.linked_data.responses import conditional
from jwpgraph.linked_data.site import Site
from jwpgraph.pages import kind_words, species_words, translation, validation_words, words
from jwpgraph.pages.assets import assets
from jwpgraph.pages.languages import Languages, language_headers, languages_of, speaking, spoken, switches
from jwpgraph.vocabulary import ID

_PACKAGE = Path(__file__).resolve().parent
STATIC = _PACKAGE / "static"

#: Nothing is loaded from elsewhere, and no script runs but our own files.
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
def environment() -> Environment:
    """The templates, compiled once."""
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
    found.globals |= {"_": _text, "gettext": _text, "ngettext": _counted, "pgettext": _text_in, "spoken": spoken}
    found.globals["kinds_in_words"] = kind_words.kinds_in_words
    found.globals["content_language"] = preferred_language
    found.globals["style"] = f"/static/site.css?{static_digest('site.css')}"
    found.globals["suggest_script"] = f"/static/suggest.js?{static_digest('suggest.js')}"
    found.globals["version"] = __version__
    found.globals["asset"] = assets().entry
    found.filters["thousands"] = translation.written_number
    found.filters["day"] = translation.written_day
    found.filters["moment"] = translation.written_moment
    found.filters["state"] = validation_words.state_word
    found.filters["severity"] = validation_words.severity_word
    found.filters["outcome"] = validation_words.outcome_word
    found.filters["word_language"] = words.word_language
    found.filters["dated"] = words.written_date
    found.filters["since"] = species_words.since
    found.filters["on_day"] = species_words.on_day
    found.filters["until"] = species_words.until
    found.filters["alternatives"] = lambda texts: translation.enumerated(texts, "or")
    found.filters["relation"] = species_words.relation_phrase
    found.filters["doc"] = lambda iri: path_of(iri, "doc") or iri
    found.filters["capfirst"] = lambda text: text[:1].upper() + text[1:]
    found.filters["short"] = lambda iri: iri.removeprefix(ID)
    return found


def _text(message: str, /, **values: Any) -> Markup:
    """A message of a template: it may hold markup, *values* are escaped."""
    return Markup(translation.gettext(message)) % values  # noqa: S704 - messages are our own


def _text_in(context: str, message: str, /, **values: Any) -> Markup:
    return Markup(translation.pgettext(context, message)) % values  # noqa: S704 - as above


def _counted(singular: str, plural: str, num: int, /, **values: Any) -> Markup:
    text = translation.catalogue(spoken()).ngettext(singular, plural, num)
    return Markup(text) % {"num": translation.written_number(num), **values}  # noqa: S704 - as above


@cache
def static_digest(name: str) -> str:
    """A few characters that change when the static file does."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def render(site: Site, request: Request, template: str, **values: Any) -> str:
    """The page that *template* makes of *values*, in the language that is spoken."""
    root = request.scope.get("root_path", "")
    shown = {
        "root": root,
        "release": site.release_number,
        "ui": switches(request, "ui", spoken()),
        "content_languages": switches(request, "content", preferred_language()),
    }
    return environment().get_template(template).render(**shown, **values)


def page_headers(request: Request, languages: Languages) -> dict[str, str]:
    """What every page in *languages* is answered with."""
    return SECURITY_HEADERS | language_headers(request, languages)


async def page(
    request: Request,
    site: Site,
    template: str,
    make: Callable[[], Awaitable[Mapping[str, Any]]],
    headers: Mapping[str, str] | None = None,
    variant: str = "",
) -> Response:
    """A page of the release being served, in the reader's language, or 304 when the client has it.

    Args:
        request: what was asked.
        site: where it is read from.
        template: the template's file name.
        make: gives the values that it shows; texts that it makes are in the reader's language.
        headers: more response headers.
        variant: what else the page depends on besides the release, the request and the language.
    """
    languages = languages_of(request)

    async def body() -> tuple[bytes, Mapping[str, str]]:
        with speaking(languages):
            return render(site, request, template, **await make()).encode(), {}

    common = {**page_headers(request, languages), **(headers or {})}
    return await conditional(request, site, HTML, body, common, f"{languages} {variant} {assets().fingerprint}")
