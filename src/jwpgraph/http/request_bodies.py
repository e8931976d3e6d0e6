"""Reading of request bodies with limits on size, before and after decompression, and on time."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Final, Protocol

import brotli
import zstandard
from starlette.types import Receive, Scope

from jwpgraph.http.headers import get_header
from jwpgraph.problems import ProblemError

CODINGS: Final = ("gzip", "deflate", "br", "zstd")

_STEP: Final = 1 << 16
#: Lowest rate at which a body may arrive after the first seconds, in bytes per second on average.
_SLOWEST: Final = 1000.0
#: Bytes fed to zstd at a time: four bytes can expand to 128 KiB, and the decompressor has no limit on its output.
_ZSTD_CHUNK: Final = 512
#: The window size that RFC 8878 §3.1.1.1.2 requires decoders to support; larger windows are refused.
_ZSTD_WINDOW: Final = 1 << 23


class ClientGoneError(Exception):
    """The client closed the connection; no response can be sent."""


async def iter_body_chunks(scope: Scope, receive: Receive, *, limit: int, idle: float) -> AsyncIterator[bytes]:
    """Yield the body of a request in chunks, decompressed.

    Args:
        scope: the request, with its Content-Length and Content-Encoding.
        receive: the ASGI receive function.
        limit: maximum size in bytes, before and after decompression.
        idle: maximum number of seconds to wait for the next chunk; after as many seconds, a thousand bytes per second
            must have arrived on average, or a client could hold the request with one byte at a time.

    Raises:
        ProblemError: ``body-too-large`` (413), ``unsupported-coding`` (415), ``bad-coding`` (400), ``body-too-slow``
            (408), ``body-missing`` (400) if less data came than announced, ``length-required`` (411).
        ClientGoneError: the client closed the connection.
    """
    declared = get_header(scope, b"content-length")
    if declared is not None and declared.isdecimal() and int(declared) > limit:
        raise _make_too_large_problem(limit)
    require_length(scope)
    decoder = _make_decoder(get_header(scope, b"content-encoding"))
    received = decoded = 0
    began = asyncio.get_running_loop().time()
    while True:
        message = await _receive_chunk(receive, idle)
        received += len(message["body"])
        if message["more_body"] and asyncio.get_running_loop().time() - began > idle + received / _SLOWEST:
            raise _make_too_slow_problem(idle)
        if received > limit:
            raise _make_too_large_problem(limit)
        for piece in decoder.feed(message["body"]):
            decoded += len(piece)
            if decoded > limit:
                raise _make_too_large_problem(limit)
            yield piece
        if not message["more_body"]:
            _check_length(scope, received)
            decoder.finish()
            return


async def read_body(scope: Scope, receive: Receive, *, limit: int, seconds: float) -> bytes:
    """Return the whole body, read within *seconds* in total; raises the errors of :func:`iter_body_chunks`."""
    try:
        async with (
            asyncio.timeout(seconds),
            aclosing(
                iter_body_chunks(scope, receive, limit=limit, idle=seconds)  # type: ignore[type-var]  # it is a generator
            ) as chunks,
        ):
            return b"".join([chunk async for chunk in chunks])
    except TimeoutError:
        raise _make_too_slow_problem(seconds) from None


async def _receive_chunk(receive: Receive, idle: float) -> dict[str, bytes]:
    try:
        async with asyncio.timeout(idle):
            message = await receive()
    except TimeoutError:
        raise _make_too_slow_problem(idle) from None
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    return {"body": message.get("body", b""), "more_body": message.get("more_body", False)}


def require_length(scope: Scope) -> None:
    """Raise if the end of the body is marked only by the end of the connection (RFC 9112, section 6.3).

    Raises:
        ProblemError: ``length-required``.
    """
    if get_header(scope, b"content-length") is not None or get_header(scope, b"transfer-encoding") is not None:
        return
    options = (get_header(scope, b"connection") or "").lower().split(",")
    if scope.get("http_version") == "1.0" or "close" in {option.strip() for option in options}:
        raise ProblemError(
            "length-required",
            "The length of the body is not known",
            "Send Content-Length; 0 for no body.",
            status=411,
            headers={"Connection": "close"},
        )


def _check_length(scope: Scope, received: int) -> None:
    """Raise if the body is shorter than announced.

    Raises:
        ProblemError: ``body-missing``.
    """
    announced = get_header(scope, b"content-length")
    if announced is not None and announced.isdecimal():
        if received == int(announced):
            return
        detail = f"{announced} bytes were announced and {received} arrived."
    elif received == 0 and get_header(scope, b"transfer-encoding") is not None:
        detail = "Transfer-Encoding announces a body and none arrived; send Content-Length: 0 for no body."
    else:
        return
    raise ProblemError("body-missing", "The body is incomplete", f"{detail} Nothing was changed.", status=400)


class _Decoder(Protocol):
    """A decoder of a content coding; ``finish`` raises ``bad-coding`` if the data were cut, or if there were none."""

    def feed(self, data: bytes) -> Iterator[bytes]: ...

    def finish(self) -> None: ...


class _IdentityDecoder:
    def feed(self, data: bytes) -> Iterator[bytes]:
        if data:
            yield data

    def finish(self) -> None:
        return


class _ZlibDecoder:
    """Decoder of gzip, including files of several members, and of deflate."""

    def __init__(self, window_bits: int) -> None:
        self._window_bits = window_bits
        self._inflate = zlib.decompressobj(window_bits)

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            piece = b""
            # After a full step the decompressor may still hold output although all input is consumed.
            while data or len(piece) == _STEP:
                if self._inflate.eof:
                    self._inflate = zlib.decompressobj(self._window_bits)
                piece = self._inflate.decompress(data, _STEP)
                data = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
                if piece:
                    yield piece
        except zlib.error:
            raise _make_bad_coding_problem() from None

    def finish(self) -> None:
        if not self._inflate.eof:
            raise _make_bad_coding_problem()


class _BrotliDecoder:
    def __init__(self) -> None:
        self._decompressor = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        if not data:
            return
        try:
            piece = self._decompressor.process(data, output_buffer_limit=_STEP)
            while piece or not self._decompressor.can_accept_more_data():
                yield piece
                if self._decompressor.can_accept_more_data():
                    return
                piece = self._decompressor.process(b"", output_buffer_limit=_STEP)
        except brotli.error:
            raise _make_bad_coding_problem() from None

    def finish(self) -> None:
        if not self._decompressor.is_finished():
            raise _make_bad_coding_problem()


class _ZstandardDecoder:
    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._stream = self._context.decompressobj()

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            while data:
                if self._stream.eof:
                    self._stream = self._context.decompressobj()
                piece = self._stream.decompress(data[:_ZSTD_CHUNK])
                data = (self._stream.unused_data if self._stream.eof else b"") + data[_ZSTD_CHUNK:]
                if piece:
                    yield piece
        except zstandard.ZstdError:
            raise _make_bad_coding_problem() from None

    def finish(self) -> None:
        if not self._stream.eof:
            raise _make_bad_coding_problem()


def _make_decoder(content_encoding: str | None) -> _Decoder:
    coding = (content_encoding or "identity").strip().lower()
    match coding:
        case "identity" | "":
            return _IdentityDecoder()
        case "gzip" | "x-gzip":
            return _ZlibDecoder(16 + zlib.MAX_WBITS)
        case "deflate":
            return _ZlibDecoder(zlib.MAX_WBITS)
        case "br":
            return _BrotliDecoder()
        case "zstd":
            return _ZstandardDecoder()
    raise ProblemError(
        "unsupported-coding",
        "The body's content coding is not supported",
        f"{coding}; send one of {', '.join(CODINGS)}, or none",
        status=415,
        headers={"Accept-Encoding": ", ".join(CODINGS)},
    )


def _make_bad_coding_problem() -> ProblemError:
    return ProblemError("bad-coding", "The body does not match its Content-Encoding", "It is damaged or truncated.")


def _make_too_large_problem(limit: int) -> ProblemError:
    # The connection stays open. Closing it with the rest of the body unread would reset it before the client has read
    # the response.
    return ProblemError(
        "body-too-large",
        "The request body is too large",
        f"At most {limit} bytes are allowed, before and after decompression.",
        status=413,
        limit=limit,
    )


def _make_too_slow_problem(seconds: float) -> ProblemError:
    return ProblemError(
        "body-too-slow",
        "The request body did not arrive in time",
        f"Too little data arrived within {seconds:g} s.",
        status=408,
        headers={"Connection": "close"},
    )
