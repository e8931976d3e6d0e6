"""Which language a page speaks: ``?ui=``, else the cookie that it left, else ``Accept-Language``, else English.

While a page is made, the language is in the context (:func:`speaking`), where
:mod:`jwpgraph.pages.translation` finds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request

from jwpgraph.http.headers import header

#: The languages of the interface, each under its own name.
INTERFACE: Final = {"en": "English", "fr": "Français", "es": "Español"}
#: The parameter that chooses one of them; it is no part of what a page is asked.
PARAMETER: Final = "ui"
COOKIE: Final = "jwpgraph-ui"
#: What the choice depends on, for caches.
VARY: Final = "Accept, Accept-Language, Cookie"
_DEFAULT: Final = "en"
_YEAR: Final = 365 * 24 * 60 * 60
_RANGE: Final = re.compile(
    r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*[qQ]=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?\Z"
)

_SPOKEN: ContextVar[str] = ContextVar("interface language", default=_DEFAULT)


def spoken() -> str:
    """The language in which the page that is being made speaks."""
    return _SPOKEN.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Make what is made meanwhile speak *language*, one of :data:`INTERFACE`."""
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def interface_language(request: Request) -> str:
    """The language that the reader of *request* has chosen, or is likely to read best."""
    asked = request.query_params.get(PARAMETER, "") if request.scope.get("query_string") else ""
    if asked in INTERFACE:
        return asked
    return _remembered(header(request.scope, b"cookie") or "") or _accepted(
        header(request.scope, b"accept-language") or ""
    )


def language_headers(request: Request, language: str) -> dict[str, str]:
    """Response headers that say which language it is, what that depended on, and remember a choice."""
    headers = {"Content-Language": language, "Vary": VARY}
    if request.scope.get("query_string") and request.query_params.get(PARAMETER) == language:
        path = request.scope.get("root_path", "") or "/"
        headers["Set-Cookie"] = f"{COOKIE}={language}; Path={path}; Max-Age={_YEAR}; SameSite=Lax"
    return headers


def question(request: Request) -> list[tuple[str, str]]:
    """The parameters of *request* in order, without the one that chooses the language."""
    return [(name, value) for name, value in request.query_params.multi_items() if name != PARAMETER]


def switches(request: Request, language: str) -> list[tuple[str, str, str | None]]:
    """Each language with its name and the link that leads to this page in it; none for the one that is spoken."""
    rest = question(request)
    return [
        (code, name, None if code == language else "?" + urlencode([*rest, (PARAMETER, code)]))
        for code, name in INTERFACE.items()
    ]


@lru_cache(maxsize=256)
def _remembered(cookies: str) -> str | None:
    for cookie in cookies.split(";"):
        name, _, value = cookie.strip().partition("=")
        if name == COOKIE and value in INTERFACE:
            return value
    return None


@lru_cache(maxsize=1024)
def _accepted(accept_language: str) -> str:
    """The language that RFC 4647's lookup finds for an Accept-Language header (RFC 9110, section 12.5.4)."""
    best, best_quality = _DEFAULT, 0.0
    for element in accept_language.split(","):
        found = _RANGE.match(element)
        language = found[1].lower() if found else ""
        quality = float(found[2]) if found and found[2] else 1.0
        if language in INTERFACE and quality > best_quality:
            best, best_quality = language, quality
    return best
