"""Answers that are read from a release: negotiated, tagged with the release, and not made again for who has them.

A release never changes, so the tag of an answer is known before the answer is: a client that already has it is told so
(304) without any query being evaluated.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from jwpgraph import __version__
from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.conditional_requests import is_not_modified
from jwpgraph.http.headers import CORS, get_header
from jwpgraph.http.negotiation import negotiate, negotiate_coding
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.compression import CODINGS, WORTHWHILE, compress

#: Answers may be kept by anyone, but must be checked against the release before they are used again.
CACHE_CONTROL = "public, no-cache"

#: All of ASCII that may be in a request line: only bytes beyond it are encoded.
_AS_SENT = "".join(chr(code) for code in range(0x21, 0x7F))
#: Encoding fewer bytes takes less time than handing them to a thread.
_LONG = 64 * 1024
JSON_TYPES = ("application/json", "application/ld+json")


def get_raw_path(request: Request) -> str:
    """The path of *request* as it was sent, percent-encoded, below where the service is mounted."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    root = request.scope.get("root_path", "")
    return quote(raw.partition(b"?")[0], safe=_AS_SENT).removeprefix(root)


def choose_media_type(request: Request, offers: Sequence[str]) -> str:
    """The one of *offers* that the request's Accept header likes best.

    Raises:
        ProblemError: ``not-acceptable`` (406) naming what there is.
    """
    accept = get_header(request.scope, b"accept")
    chosen = negotiate(accept, offers)
    if chosen is None:
        raise ProblemError(
            "not-acceptable",
            "None of the formats that you accept is available",
            f"Accept: {accept}. This resource is available as {', '.join(offers)}.",
            status=406,
            headers={"Vary": "Accept"},
            available=list(offers),
        )
    return chosen


def make_entity_tag(site: AppContext, request: Request, media_type: str, variant: str = "") -> str:
    """The strong entity tag of the answer to *request* as *media_type*: release, address, format and *variant*."""
    address = f"{variant} {__version__} {site.url(request, get_raw_path(request))}?{request.url.query} {media_type}"
    return f'"{site.release_tag()}-{hashlib.sha256(address.encode()).hexdigest()[:16]}"'


def make_content_tag(content: bytes, *, weak: bool = False) -> str:
    """The entity tag of an answer with this content, whichever release it was read from.

    Args:
        content: what the tag is to stand for.
        weak: whether there is more in the answer, such as the number of its release.
    """
    return f'{"W/" if weak else ""}"{hashlib.sha256(content).hexdigest()[:32]}"'


def make_last_modified(changed: datetime | None) -> dict[str, str]:
    """The header that says when a thing changed last, where that is known (RFC 9110, section 8.8.2).

    A document about it also holds the names of others, hence If-Modified-Since is left unanswered: only the entity tag
    tells whether all of it is the same.
    """
    return {"Last-Modified": format_datetime(changed.astimezone(UTC), usegmt=True)} if changed else {}


async def conditional_response(
    request: Request,
    site: AppContext,
    media_type: str,
    make: Callable[[], Awaitable[tuple[bytes, Mapping[str, str]]]],
    headers: Mapping[str, str] | None = None,
    variant: str = "",
) -> Response:
    """The answer that *make* makes, or 304 when the client has it already.

    Args:
        request: what was asked.
        site: where it is read from.
        media_type: the Content-Type of the answer.
        make: gives the body and the headers that depend on it. An ``ETag`` among them (:func:`make_content_tag`) takes
            the place of the one that changes with the release.
        headers: headers that do not, sent with 304 too.
        variant: what else the answer depends on besides the release and the request.
    """
    coding = negotiate_coding(get_header(request.scope, b"accept-encoding"), tuple(CODINGS))
    tag = make_entity_tag(site, request, media_type, variant if coding == "identity" else f"{variant} {coding}")
    common = {
        "ETag": tag,
        "Cache-Control": CACHE_CONTROL,
        "Vary": "Accept",
        "X-Release": str(site.release_number),
        **{name.decode(): value.decode() for name, value in CORS},
        **(headers or {}),
    }
    common["Vary"] += ", Accept-Encoding"
    # "*" asks whether there is anything at all, which only making the answer tells.
    if get_header(request.scope, b"if-none-match") not in {None, "*"} and is_not_modified(request.scope, tag):
        return Response(status_code=304, headers=common)
    answer = site.response_cache.get(tag)
    if answer is None:
        number = site.release_number
        answer = await _encode_response(*await make(), coding)
        # What was read while the release changed is an answer, but not the one that the tag stands for.
        if site.release_number == number:
            site.response_cache.keep(tag, answer)
    body, more = answer
    if "ETag" in more:
        # The formats and codings of one content are told apart (RFC 9110, section 8.8.3.3).
        form = hashlib.sha256(f"{media_type} {coding}".encode()).hexdigest()[:6]
        more = {**more, "ETag": f'{more["ETag"][:-1]}-{form}"'}
        if is_not_modified(request.scope, more["ETag"]):
            unchanged = {name: value for name, value in more.items() if not name.startswith("Content-")}
            return Response(status_code=304, headers={**common, **unchanged})
    textual = media_type.startswith("text/") and "charset" not in media_type
    content_type = f"{media_type}; charset=utf-8" if textual else media_type
    return Response(body, headers={**common, **more, "Content-Type": content_type})


async def _encode_response(body: bytes, headers: Mapping[str, str], coding: str) -> tuple[bytes, Mapping[str, str]]:
    """The answer in a content coding, where that is worth it; a long one is encoded beside the event loop."""
    if coding == "identity" or len(body) < WORTHWHILE:
        return body, headers
    encoded = await asyncio.to_thread(compress, body, coding) if len(body) > _LONG else compress(body, coding)
    return encoded, {**headers, "Content-Encoding": coding}


def to_json_bytes(document: Any) -> bytes:
    """*document* as JSON, indented: it is read by people too, and compresses to the same size."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def format_link(target: str, relation: str, **attributes: str) -> str:
    """One element of a Link header (RFC 8288, section 3)."""
    return "; ".join([f"<{target}>", f'rel="{relation}"', *(f'{key}="{value}"' for key, value in attributes.items())])
