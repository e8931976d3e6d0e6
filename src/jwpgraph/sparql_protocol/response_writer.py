"""Sending of query results: complete and compressed from the cache, or as a stream."""

from __future__ import annotations

import itertools
import os
import zlib
from collections.abc import Iterable
from typing import Final, Protocol

import zstandard
from starlette.types import Scope, Send

from jwpgraph.http.conditional_requests import is_not_modified
from jwpgraph.http.headers import FOR_PROGRAMS, RawHeaders, get_header
from jwpgraph.http.negotiation import negotiate_coding
from jwpgraph.query_execution.compression import CODINGS
from jwpgraph.query_execution.query_results import QueryResult
from jwpgraph.sparql_protocol.result_formats import content_type_header

#: Caches may store the response but must revalidate it, because a new release can be published at any time.
REVALIDATE: Final = (b"cache-control", b"public, no-cache")
_NO_STORE: Final = (b"cache-control", b"no-store")
_VARY: Final = (b"vary", b"Accept, Accept-Encoding")
_STREAMED_CODINGS: Final = ("zstd", "gzip")

_process: Final = os.urandom(6).hex()
_counter = itertools.count(1)


def new_query_id() -> bytes:
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
        identified = (b"x-query-id", query_id or new_query_id())
        if is_not_modified(scope, self.etag):
            await send({"type": "http.response.start", "status": 304, "headers": [*self.unchanged, identified]})
            await send({"type": "http.response.body"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": [*self.headers, identified]})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else self.body})


def make_cached_response(body: bytes, coding: str, media_type: str, etag: str, release_number: int) -> CachedResponse:
    """Return the response for a complete result."""
    validators = [
        REVALIDATE,
        _VARY,
        (b"etag", etag.encode()),
        (b"x-release", b"%d" % release_number),
        *FOR_PROGRAMS,
    ]
    headers = [
        (b"content-type", content_type_header(media_type).encode()),
        (b"content-length", b"%d" % len(body)),
        *validators,
    ]
    if coding != "identity":
        headers.append((b"content-encoding", coding.encode()))
    return CachedResponse(body, etag, headers, validators)


async def send_unchanged(send: Send, etag: str, release_number: int) -> None:
    """Send 304 Not Modified."""
    headers = [REVALIDATE, _VARY, (b"etag", etag.encode()), (b"x-release", b"%d" % release_number), *FOR_PROGRAMS]
    headers.append((b"x-query-id", new_query_id()))
    await send({"type": "http.response.start", "status": 304, "headers": headers})
    await send({"type": "http.response.body"})


async def stream_result(answer: QueryResult, scope: Scope, send: Send, *, cacheable: bool) -> None:
    """Send a result as it arrives.

    Raises:
        ResultTruncatedError: the result is incomplete; the connection must be aborted.
    """
    whole = answer.query_task.body if answer.query_task is not None else None
    coding = negotiate_coding(get_header(scope, b"accept-encoding"), _STREAMED_CODINGS if whole is None else ())
    headers = [
        (b"content-type", content_type_header(answer.media_type).encode()),
        REVALIDATE if cacheable else _NO_STORE,
        _VARY,
        (b"x-release", b"%d" % answer.release_number),
        (b"x-query-id", (answer.query_id or "").encode() or new_query_id()),
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


def list_available_codings() -> Iterable[str]:
    """Return the content codings for complete results, preferred first."""
    return tuple(CODINGS)


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
