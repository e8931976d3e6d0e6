"""Templates to responses: escaped, cached with the release, and locked down by a Content-Security-Policy."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from jwpgraph import __version__
from jwpgraph.linked_data.addresses import path_of
from jwpgraph.linked_data.responses import conditional
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.words import written_day
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
    "Content-Language": "en",
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
    )
    found.globals["style"] = f"/static/site.css?{static_digest('site.css')}"
    found.globals["suggest_script"] = f"/static/suggest.js?{static_digest('suggest.js')}"
    found.globals["version"] = __version__
    found.filters["thousands"] = lambda number: f"{number:,}".replace(",", "\u202f")
    found.filters["day"] = written_day
    found.filters["doc"] = lambda iri: path_of(iri, "doc") or iri
    found.filters["capfirst"] = lambda text: text[:1].upper() + text[1:]
    found.filters["short"] = lambda iri: iri.removeprefix(ID)
    return found


@cache
def static_digest(name: str) -> str:
    """A few characters that change when the static file does."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def render(site: Site, request: Request, template: str, **values: Any) -> str:
    """The page that *template* makes of *values*."""
    root = request.scope.get("root_path", "")
    return environment().get_template(template).render(root=root, release=site.release_number, **values)


async def page(
    request: Request,
    site: Site,
    template: str,
    make: Callable[[], Awaitable[Mapping[str, Any]]],
    headers: Mapping[str, str] | None = None,
    variant: str = "",
) -> Response:
    """A page of the release being served, or 304 when the client has it.

    Args:
        request: what was asked.
        site: where it is read from.
        template: the template's file name.
        make: gives the values that it shows.
        headers: more response headers.
        variant: what else the page depends on besides the release and the request.
    """

    async def body() -> tuple[bytes, Mapping[str, str]]:
        return render(site, request, template, **await make()).encode(), {}

    return await conditional(request, site, HTML, body, {**SECURITY_HEADERS, **(headers or {})}, variant)
