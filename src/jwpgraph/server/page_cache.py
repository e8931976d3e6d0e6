"""The cache of API and page responses, which answers before FastAPI's routing.

A cached response is valid while everything it can depend on is unchanged: the release, the day, the validation history,
and the request with all headers except those listed here as irrelevant. Only responses with ``Cache-Control: public``
and without a cookie are cached.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.bounded_cache import BoundedCache
from jwpgraph.http.conditional_requests import is_not_modified
from jwpgraph.http.headers import RawHeaders
from jwpgraph.state_files import require_regular

_DAY: Final = 24 * 60 * 60
#: Request headers that do not affect responses; all others are part of the cache key.
_IRRELEVANT_HEADERS: Final = frozenset(
    {
        b"user-agent",
        b"connection",
        b"referer",
        b"if-none-match",
        b"if-modified-since",
        b"cache-control",
        b"pragma",
        b"priority",
        b"dnt",
        b"te",
        b"sec-fetch-dest",
        b"sec-fetch-mode",
        b"sec-fetch-site",
        b"sec-fetch-user",
        b"sec-ch-ua",
        b"sec-ch-ua-mobile",
        b"sec-ch-ua-platform",
        b"upgrade-insecure-requests",
        b"x-forwarded-for",
        b"x-real-ip",
        b"traceparent",
        b"tracestate",
        b"baggage",
        b"x-request-id",
    }
)
#: A response may take at most this fraction of the cache (one sixteenth).
_SHARE: Final = 16
#: Estimated overhead of an entry in bytes: objects and tables.
_OVERHEAD: Final = 1024

PageKey = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _CachedPage:
    headers: RawHeaders
    unchanged: RawHeaders
    etag: str
    body: bytes
    size: int


class PageCache:
    """An ASGI application that answers from its cache or from *app*.

    Args:
        app: the application for API and pages.
        site: the context, which gives the current release.
        history: the database of the validation history.
        capacity: size in bytes; 0 disables the cache.
    """

    def __init__(self, app: ASGIApp, site: AppContext, history: Path, capacity: int) -> None:
        self._app = app
        self._site = site
        self._history = history
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._pages = BoundedCache[PageKey, _CachedPage](capacity, _SHARE, lambda page: page.size)
        self._state: PageKey = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        state = self._current_state()
        if state != self._state:
            self._pages.clear()
            self._state = state
        key = _make_cache_key(scope)
        page = self._pages.get(key)
        if page is None:
            await self._app(scope, receive, _ResponseRecorder(self, key, state, send))
        else:
            await _send_cached(page, scope, send)

    def _current_state(self) -> PageKey:
        return (self._site.release_tag(), int(time.time()) // _DAY, self._history_version())

    def _history_version(self) -> tuple[int, int]:
        """Return a value that changes when the validation history is written, or replaced by another file."""
        try:
            status = self._history.stat()
            require_regular(self._history, status)
            inode = status.st_ino
            if inode != self._inode:
                self.close()
            if self._connection is None:
                self._connection = sqlite3.connect(f"file:{self._history}?mode=ro", uri=True, isolation_level=None)
                self._inode = inode
            return inode, int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except FileNotFoundError:
            return 0, 0
        except (sqlite3.Error, OSError):
            self.close()
        return 0, int(time.monotonic() * 1000)  # unknown: do not use cached responses

    def keep(self, key: PageKey, state: PageKey, headers: RawHeaders, body: bytes) -> None:
        """Cache a response that was made in *state*, if it is cacheable and the state has not changed."""
        by_name = dict(headers)
        etag = by_name.get(b"etag")
        size = len(body) + _measure_size(key) + 2 * _measure_size(tuple(headers)) + _OVERHEAD
        is_public = b"public" in by_name.get(b"cache-control", b"") and b"set-cookie" not in by_name
        if etag is None or not is_public or size > self._pages.largest or state != self._current_state():
            return
        unchanged = [pair for pair in headers if pair[0] not in {b"content-type", b"content-length"}]
        self._pages.put(key, _CachedPage(headers, unchanged, etag.decode("latin-1"), body, size))

    def close(self) -> None:
        """Close the database."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _make_cache_key(scope: Scope) -> PageKey:
    asked = [pair for pair in scope["headers"] if pair[0] not in _IRRELEVANT_HEADERS]
    path = scope.get("raw_path") or scope["path"]
    client = scope.get("client") if any(pair[0].startswith(b"x-forwarded") for pair in asked) else None
    return (path, scope["query_string"], scope["scheme"], scope.get("root_path", ""), client and client[0], *asked)


def _measure_size(parts: PageKey) -> int:
    """Return the size of a cache key or of headers in bytes."""
    return sum(_measure_size(part) if isinstance(part, tuple) else len(part) if part else 0 for part in parts)


async def _send_cached(kept: _CachedPage, scope: Scope, send: Send) -> None:
    if is_not_modified(scope, kept.etag):
        await send({"type": "http.response.start", "status": 304, "headers": kept.unchanged})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": kept.headers})
    await send({"type": "http.response.body", "body": kept.body})


class _ResponseRecorder:
    """Passes a response on and caches it if its body comes in one message."""

    def __init__(self, pages: PageCache, key: PageKey, state: PageKey, send: Send) -> None:
        self._pages = pages
        self._key = key
        self._state = state
        self._send = send
        self._headers: RawHeaders | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            self._headers = list(message["headers"])
        elif message["type"] == "http.response.body" and self._headers is not None:
            if not message.get("more_body"):
                self._pages.keep(self._key, self._state, self._headers, message.get("body", b""))
            self._headers = None
        await self._send(message)
