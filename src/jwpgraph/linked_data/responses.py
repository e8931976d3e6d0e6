"""Responses from a release: content negotiation, entity tags by release, and conditional requests.

A release never changes, so the tag of a response is known in advance: a client with the current response gets 304
without any query being evaluated.
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
from jwpgraph.http.negotiation import name_as_asked, negotiate, negotiate_coding
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.compression import CODINGS, WORTHWHILE, compress

#: Responses may be stored by caches but must be revalidated before reuse.
CACHE_CONTROL = "public, no-cache"

#: ASCII characters allowed in a request line; only other bytes are encoded.
_AS_SENT = "".join(chr(code) for code in range(0x21, 0x7F))
#: Smaller bodies are compressed faster than they could be handed to a thread.
_LONG = 64 * 1024
JSON_TYPES = ("application/json", "application/ld+json")


def get_raw_path(request: Request) -> str:
    """Return the percent-encoded path of *request* as sent, relative to the mount point of the service."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    root = request.scope.get("root_path", "")
    return quote(raw.partition(b"?")[0], safe=_AS_SENT).removeprefix(root)


def choose_media_type(request: Request, offers: Sequence[str]) -> str:
    """Return the one of *offers* that the Accept header prefers (RFC 9110, section 12.5.1).

    Raises:
        ProblemError: ``not-acceptable`` (406) listing the offers.
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
    """Return the strong entity tag of a response: release, address, format, *variant* (RFC 9110, section 8.8.3)."""
    address = f"{variant} {__version__} {site.url(request, get_raw_path(request))}?{request.url.query} {media_type}"
    return f'"{site.release_tag()}-{hashlib.sha256(address.encode()).hexdigest()[:16]}"'


def make_content_tag(content: bytes, *, weak: bool = False) -> str:
    """Return the entity tag of a response with this content, independent of the release.

    Args:
        content: the content that the tag identifies.
        weak: whether the response contains more, such as the number of its release.
    """
    return f'{"W/" if weak else ""}"{hashlib.sha256(content).hexdigest()[:32]}"'


def make_last_modified(changed: datetime | None) -> dict[str, str]:
    """Return the header with the time of the last change, if known (RFC 9110, section 8.8.2).

    A document also contains names of other entities, so If-Modified-Since is not evaluated: only the entity tag
    identifies the whole content.
    """
    return {"Last-Modified": format_datetime(changed.astimezone(UTC), usegmt=True)} if changed else {}


async def send_document(
    request: Request,
    site: AppContext,
    document: object,
    headers: Mapping[str, str] | None = None,
    variant: str = "",
) -> Response:
    """Return a computed *document* as JSON; the arguments are those of :func:`send_conditionally`.

    Raises:
        ProblemError: ``not-acceptable`` (406).
    """

    async def read() -> tuple[object, Mapping[str, str]]:
        return document, headers or {}

    return await send_json(request, site, read, variant)


async def send_json(
    request: Request,
    site: AppContext,
    read: Callable[[], Awaitable[tuple[object, Mapping[str, str]]]],
    variant: str = "",
) -> Response:
    """Return the document and headers of *read* as JSON; the arguments are those of :func:`send_conditionally`.

    Raises:
        ProblemError: ``not-acceptable`` (406).
    """

    async def make() -> tuple[bytes, Mapping[str, str]]:
        document, headers = await read()
        return to_json_bytes(document), headers

    return await send_conditionally(request, site, choose_media_type(request, JSON_TYPES[:1]), make, variant=variant)


async def send_conditionally(
    request: Request,
    site: AppContext,
    media_type: str,
    make: Callable[[], Awaitable[tuple[bytes, Mapping[str, str]]]],
    headers: Mapping[str, str] | None = None,
    variant: str = "",
) -> Response:
    """Return the response of *make*, or 304 if the client has it already.

    Args:
        request: the request.
        site: the context.
        media_type: the Content-Type of the response.
        make: returns the body and the headers that depend on it. An ``ETag`` among them (:func:`make_content_tag`)
            replaces the one that changes with the release.
        headers: further headers, also sent with 304.
        variant: other inputs of the response besides the release and the request.
    """
    media_type = name_as_asked(get_header(request.scope, b"accept"), media_type)
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
    # "*" asks whether the resource exists, which is only known after making the response.
    if get_header(request.scope, b"if-none-match") not in {None, "*"} and is_not_modified(request.scope, tag):
        return Response(status_code=304, headers=common)
    answer = site.response_cache.get(tag)
    if answer is None:
        number = site.release_number
        answer = await _encode_response(*await make(), coding)
        # A response made while the release changed must not be cached under this tag.
        if site.release_number == number:
            site.response_cache.put(tag, answer)
    body, more = answer
    if "ETag" in more:
        # The formats and codings of one content have different tags (RFC 9110, section 8.8.3.3).
        form = hashlib.sha256(f"{media_type} {coding}".encode()).hexdigest()[:6]
        more = {**more, "ETag": f'{more["ETag"][:-1]}-{form}"'}
        if is_not_modified(request.scope, more["ETag"]):
            unchanged = {name: value for name, value in more.items() if not name.startswith("Content-")}
            return Response(status_code=304, headers={**common, **unchanged})
    textual = media_type.startswith("text/") and "charset" not in media_type
    content_type = f"{media_type}; charset=utf-8" if textual else media_type
    return Response(body, headers={**common, **more, "Content-Type": content_type})


async def _encode_response(body: bytes, headers: Mapping[str, str], coding: str) -> tuple[bytes, Mapping[str, str]]:
    """Return the response in a content coding if worthwhile; large bodies are compressed outside the event loop."""
    if coding == "identity" or len(body) < WORTHWHILE:
        return body, headers
    encoded = await asyncio.to_thread(compress, body, coding) if len(body) > _LONG else compress(body, coding)
    return encoded, {**headers, "Content-Encoding": coding}


def to_json_bytes(document: Any) -> bytes:
    """Return *document* as indented JSON, for readability; it compresses to the same size."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def format_link(target: str, relation: str, **attributes: str) -> str:
    """Return one element of a Link header (RFC 8288, section 3)."""
    return "; ".join([f"<{target}>", f'rel="{relation}"', *(f'{key}="{value}"' for key, value in attributes.items())])


def redirect_see_other(site: AppContext, request: Request, path: str) -> Response:
    """Return a 303 redirect to *path* of this service."""
    return Response(status_code=303, headers={"Location": site.url(request, path)})
