"""Responses to queries: the media type of a result, and sending it complete, from the cache, or as a stream."""

from __future__ import annotations

import itertools
import os
import zlib
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

import zstandard
from starlette.types import Scope, Send

from jwpgraph.http.conditional_requests import is_not_modified
from jwpgraph.http.headers import FOR_PROGRAMS, RawHeaders, get_header
from jwpgraph.http.negotiation import accepts_html, negotiate, negotiate_coding, rank_offers
from jwpgraph.http.parameters import Parameters, get_values
from jwpgraph.http.remembering import remember
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.compression import CODINGS
from jwpgraph.query_execution.format_limits import LIMITED_FORMATS
from jwpgraph.query_execution.query_results import QueryResult
from jwpgraph.query_execution.serialization import (
    GRAPH_FORMATS,
    RESULTS_JSON,
    RESULTS_XML,
    ResultKind,
    list_media_types,
)

#: Short names for ``?format=``, which also accepts media types.
_SOLUTION_NAMES: Final = {
    "json": RESULTS_JSON,
    "srj": RESULTS_JSON,
    "xml": RESULTS_XML,
    "srx": RESULTS_XML,
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
_GRAPH_NAMES: Final = {
    "turtle": "text/turtle",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "ntriples": "application/n-triples",
    "n-triples": "application/n-triples",
    "nq": "application/n-quads",
    "nquads": "application/n-quads",
    "n-quads": "application/n-quads",
    "trig": "application/trig",
    "n3": "text/n3",
    "rdf": "application/rdf+xml",
    "rdfxml": "application/rdf+xml",
    "rdf+xml": "application/rdf+xml",
    "xml": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "json-ld": "application/ld+json",
    "json": "application/ld+json",
}
#: Aliases not offered to browsers, so that they get the standard media types.
_GENERIC: Final = frozenset({"application/xml", "text/xml", "application/json", "text/plain"})

GRAPH_TYPES: Final = tuple(media_type for media_type in list_media_types("graph") if media_type not in _GENERIC)

#: Caches may store the response but must revalidate it, because a new release can be published at any time.
REVALIDATE: Final = (b"cache-control", b"public, no-cache")
_NO_STORE: Final = (b"cache-control", b"no-store")
_VARY: Final = (b"vary", b"Accept, Accept-Encoding")
#: The content codings of complete results, preferred first.
COMPLETE_CODINGS: Final = tuple(CODINGS)
_STREAMED_CODINGS: Final = ("zstd", "gzip")

_process: Final = os.urandom(6).hex()
_counter = itertools.count(1)


def parse_format_names(parameters: Parameters) -> tuple[str, ...]:
    """Return the values of ``?format=``, preferred first; the parameter may be repeated or a list with commas."""
    return tuple(
        name.strip().lower() for value in get_values(parameters, "format") for name in value.split(",") if name
    )


@remember(entries=512, longest=512)
def choose_media_type(kind: ResultKind, accept: str | None, names: tuple[str, ...] = ()) -> str | None:
    """Return the media type for a result of *kind*, or ``None`` if no available type is acceptable.

    Args:
        kind: the kind of result.
        accept: value of the Accept header, or ``None``.
        names: values of ``?format=``, which override the header: short names or media types.
    """
    available = list_media_types(kind)
    if names:
        short_names = _GRAPH_NAMES if kind == "graph" else _SOLUTION_NAMES
        media_types = (short_names.get(name, name) for name in names)
        return next((media_type for media_type in media_types if media_type in available), None)
    if accepts_html(accept):
        return negotiate(accept, [media_type for media_type in available if media_type not in _GENERIC])
    return negotiate(accept, list(available))


@remember(entries=512, longest=512)
def rank_graph_types(accept: str | None, names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the acceptable media types for a graph, best first, up to the first that can represent every graph."""
    ranked: Sequence[str]
    if names:
        ranked = [media_type for name in names if (media_type := choose_media_type("graph", None, (name,)))]
    else:
        ranked = rank_offers(
            accept, [name for name in GRAPH_FORMATS if not (accepts_html(accept) and name in _GENERIC)]
        )
    last = next((i for i, name in enumerate(ranked) if GRAPH_FORMATS[name] not in LIMITED_FORMATS), len(ranked))
    return tuple(ranked[: last + 1])


def make_not_acceptable_problem(accept: str | None, names: Sequence[str], available: Sequence[str]) -> ProblemError:
    """Return the problem ``not-acceptable`` (406) for the requested formats."""
    asked = f"format={','.join(names)}" if names else f"Accept: {accept}"
    return ProblemError(
        "not-acceptable",
        "No acceptable format",
        f"{asked}: this is available as {', '.join(available)}",
        status=406,
        headers={"Vary": "Accept"},
        available=list(available),
    )


def make_content_type_header(media_type: str) -> str:
    """Return the Content-Type for *media_type*, with a charset for text types."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def make_query_id() -> bytes:
    """Return an id for a response without an evaluation; unlike the ids of evaluations it contains a dash."""
    return b"%s-%x" % (_process.encode(), next(_counter))


class CachedResponse:
    """A prepared response that is sent for repeated requests."""

    __slots__ = ("body", "etag", "headers", "unchanged")

    def __init__(self, body: bytes, etag: str, headers: RawHeaders, validators: RawHeaders) -> None:
        self.body = body
        self.etag = etag
        self.headers = headers
        self.unchanged = validators

    @property
    def size(self) -> int:
        """Approximate size in bytes, without the body."""
        return sum(len(name) + len(value) for name, value in self.headers) + 512

    async def send(self, scope: Scope, send: Send, query_id: bytes | None = None) -> None:
        """Send the response, or 304 if the client has it already."""
        identified = (b"x-query-id", query_id or make_query_id())
        if is_not_modified(scope, self.etag):
            await send({"type": "http.response.start", "status": 304, "headers": [*self.unchanged, identified]})
            await send({"type": "http.response.body"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": [*self.headers, identified]})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else self.body})


def make_cached_response(
    body: bytes, coding: str, media_type: str, etag: str, release_number: int, notes: Sequence[tuple[bytes, bytes]] = ()
) -> CachedResponse:
    """Return the response for a complete result; *notes* are further headers."""
    validators = [
        REVALIDATE,
        _VARY,
        (b"etag", etag.encode()),
        (b"x-release", b"%d" % release_number),
        *FOR_PROGRAMS,
    ]
    headers = [
        (b"content-type", make_content_type_header(media_type).encode()),
        (b"content-length", b"%d" % len(body)),
        *notes,
        *validators,
    ]
    if coding != "identity":
        headers.append((b"content-encoding", coding.encode()))
    return CachedResponse(body, etag, headers, validators)


async def send_unchanged(send: Send, etag: str, release_number: int) -> None:
    """Send 304 Not Modified."""
    headers = [REVALIDATE, _VARY, (b"etag", etag.encode()), (b"x-release", b"%d" % release_number), *FOR_PROGRAMS]
    headers.append((b"x-query-id", make_query_id()))
    await send({"type": "http.response.start", "status": 304, "headers": headers})
    await send({"type": "http.response.body"})


async def stream_result(
    answer: QueryResult, scope: Scope, send: Send, notes: Sequence[tuple[bytes, bytes]] = (), *, cacheable: bool
) -> None:
    """Send a result as it arrives; *notes* are further headers.

    Raises:
        ResultTruncatedError: the result is incomplete; the connection must be aborted.
    """
    whole = answer.query_task.body if answer.query_task is not None else None
    coding = negotiate_coding(get_header(scope, b"accept-encoding"), _STREAMED_CODINGS if whole is None else ())
    headers = [
        (b"content-type", make_content_type_header(answer.media_type).encode()),
        REVALIDATE if cacheable else _NO_STORE,
        _VARY,
        (b"x-release", b"%d" % answer.release_number),
        (b"x-query-id", (answer.query_id or "").encode() or make_query_id()),
        *notes,
        *FOR_PROGRAMS,
    ]
    if coding != "identity":
        headers.append((b"content-encoding", coding.encode()))
    if whole is not None:
        headers.append((b"content-length", b"%d" % len(whole)))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if scope["method"] == "HEAD":
        await send({"type": "http.response.body"})
    elif whole is not None:
        await send({"type": "http.response.body", "body": whole})
    else:
        encoder = _make_encoder(coding)
        async for chunk in answer:
            for piece in encoder.encode(chunk):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": encoder.finish()})


class _Encoder(Protocol):
    def encode(self, chunk: bytes) -> Iterable[bytes]: ...

    def finish(self) -> bytes: ...


class _IdentityEncoder:
    def encode(self, chunk: bytes) -> Iterable[bytes]:
        return (chunk,)

    def finish(self) -> bytes:
        return b""


class _GzipEncoder:
    def __init__(self) -> None:
        self._deflate = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)

    def encode(self, chunk: bytes) -> Iterable[bytes]:
        piece = self._deflate.compress(chunk)
        return (piece,) if piece else ()

    def finish(self) -> bytes:
        return self._deflate.flush()


class _ZstandardEncoder:
    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=1).compressobj()

    def encode(self, chunk: bytes) -> Iterable[bytes]:
        piece = self._compressor.compress(chunk)
        return (piece,) if piece else ()

    def finish(self) -> bytes:
        return bytes(self._compressor.flush())


def _make_encoder(coding: str) -> _Encoder:
    if coding == "gzip":
        return _GzipEncoder()
    return _ZstandardEncoder() if coding == "zstd" else _IdentityEncoder()
