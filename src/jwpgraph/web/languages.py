"""Languages of a page: the language of the interface, and that of the content (names and texts).

Interface: ``?ui=``, else the cookie set by it, else ``Accept-Language``, else English. Content: ``?content=``, else the
cookie, else the language of the interface; a text that is not in it is shown in that of the interface. During
rendering both are in the context (:func:`use_locale`), from which :mod:`jwpgraph.web.translation` and
:mod:`jwpgraph.entities.nodes` read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request

from jwpgraph.entities.nodes import prefer_language
from jwpgraph.http.headers import get_header
from jwpgraph.http.negotiation import MOST_ELEMENTS
from jwpgraph.http.remembering import remember

#: The languages of the interface, each under its own name.
INTERFACE: Final = {"en": "English", "fr": "Français", "es": "Español"}
#: The languages in which names and texts can be preferred: those of the United Nations.
CONTENT: Final = {**INTERFACE, "ar": "العربية", "zh": "中文", "ru": "Русский"}
#: The parameters that choose languages; they do not select content.
PARAMETERS: Final = {"ui": INTERFACE, "content": CONTENT}
COOKIE: Final = "jwpgraph-ui"
#: Request headers on which the choice depends, for caches.
VARY: Final = "Accept, Accept-Language, Cookie"
_DEFAULT: Final = "en"
_YEAR: Final = 365 * 24 * 60 * 60
_RANGE: Final = re.compile(
    r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*[qQ]=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?\Z"
)

_SPOKEN: ContextVar[str] = ContextVar("interface language", default=_DEFAULT)


@dataclass(frozen=True, slots=True)
class PageLanguages:
    """The languages of a page.

    Attributes:
        interface: one of :data:`INTERFACE`.
        content: one of :data:`CONTENT`.
    """

    interface: str
    content: str

    def __str__(self) -> str:
        """Return both languages, for the entity tag of the page."""
        return f"{self.interface} {self.content}"


def get_current_locale() -> str:
    """Return the interface language of the page that is being rendered."""
    return _SPOKEN.get()


@contextmanager
def use_locale(languages: PageLanguages) -> Iterator[None]:
    """Use *languages* within the context."""
    token = _SPOKEN.set(languages.interface)
    try:
        with prefer_language(languages.content, languages.interface):
            yield
    finally:
        _SPOKEN.reset(token)


def choose_languages(request: Request) -> PageLanguages:
    """Return the languages that the reader of *request* has chosen or probably prefers."""
    ui, content = _get_requested_language(request)
    kept_ui, kept_content = _get_cookie_languages(get_header(request.scope, b"cookie") or "")
    interface = ui or kept_ui or _look_up_language(get_header(request.scope, b"accept-language") or "")
    return PageLanguages(interface, content or kept_content or interface)


def make_language_headers(request: Request, languages: PageLanguages) -> dict[str, str]:
    """Return the response headers for the language, its negotiation and the chosen cookie."""
    headers = {"Content-Language": languages.interface, "Vary": VARY}
    asked = _get_requested_language(request)
    if any(asked):
        kept = _get_cookie_languages(get_header(request.scope, b"cookie") or "")
        ui, content = (new or old or "" for new, old in zip(asked, kept, strict=True))
        value = f"{ui}/{content}" if content else ui
        path = request.scope.get("root_path", "") or "/"
        headers["Set-Cookie"] = f"{COOKIE}={value}; Path={path}; Max-Age={_YEAR}; SameSite=Lax"
    return headers


def list_parameters(request: Request) -> list[tuple[str, str]]:
    """Return the parameters of *request* in order, without those that choose languages."""
    return [(name, value) for name, value in request.query_params.multi_items() if name not in PARAMETERS]


def list_language_links(request: Request, parameter: str, chosen: str) -> list[tuple[str, str, str | None]]:
    """Return each language with its name and a link to this page in it; no link for the *chosen* one.

    Args:
        request: what was asked.
        parameter: ``ui`` or ``content``.
        chosen: the language of this page.
    """
    rest = list_parameters(request)
    return [
        (code, name, None if code == chosen else "?" + urlencode([*rest, (parameter, code)]))
        for code, name in PARAMETERS[parameter].items()
    ]


def _get_requested_language(request: Request) -> tuple[str | None, str | None]:
    if not request.scope.get("query_string"):
        return None, None
    ui, content = (request.query_params.get(name, "") for name in PARAMETERS)
    return ui if ui in INTERFACE else None, content if content in CONTENT else None


@remember(entries=256, longest=512)
def _get_cookie_languages(cookies: str) -> tuple[str | None, str | None]:
    for cookie in cookies.split(";"):
        name, _, value = cookie.strip().partition("=")
        if name == COOKIE:
            ui, _, content = value.partition("/")
            return ui if ui in INTERFACE else None, content if content in CONTENT else None
    return None, None


@remember(entries=512, longest=512)
def _look_up_language(accept_language: str) -> str:
    """Return the result of the look-up of RFC 4647 for an Accept-Language header (RFC 9110, section 12.5.4)."""
    best, best_quality = _DEFAULT, 0.0
    for element in accept_language.split(",")[:MOST_ELEMENTS]:
        found = _RANGE.match(element)
        language = found[1].lower() if found else ""
        quality = float(found[2]) if found and found[2] else 1.0
        if language in INTERFACE and quality > best_quality:
            best, best_quality = language, quality
    return best
