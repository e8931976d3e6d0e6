"""Answers of the facade and the pages that were given before: sent again before FastAPI's routing sees the request.

An answer is given again as long as everything that it can depend on is the same: the release, the day, what validation
has found, and the request with every header that is not known to be without influence. Nothing is kept that is not
open to all caches (``Cache-Control: public``) or that sets a cookie.
"""

from __future__ import annotations

import sqlite3
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.conditional_requests import is_not_modified
from jwpgraph.http.headers import RawHeaders

_DAY: Final = 24 * 60 * 60
#: Request headers that change no answer of ours; every other one does, as far as is known here.
_WITHOUT_INFLUENCE: Final = frozenset(
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
        b"x-request-id",
    }
)
#: No answer may take more than this part of the memory.
_SHARE: Final = 16
#: What an answer costs beside its bytes and those of what was asked: objects and tables.
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
    """Sends what *app* answered before, and asks it otherwise.

    Args:
        app: the facade and the pages.
        site: tells which release is served.
        history: the database of what validation found, which pages show.
        capacity: bytes that are kept; 0 keeps none.
    """

    def __init__(self, app: ASGIApp, site: AppContext, history: Path, capacity: int) -> None:
        self._app = app
        self._site = site
        self._history = history
        self._capacity = capacity
        self._connection: sqlite3.Connection | None = None
        self._kept: OrderedDict[PageKey, _CachedPage] = OrderedDict()
        self._size = 0
        self._state: PageKey = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        state = self._current_state()
        if state != self._state:
            self._kept.clear()
            self._size, self._state = 0, state
        key = _cache_key(scope)
        kept = self._kept.get(key)
        if kept is None:
            await self._app(scope, receive, _ResponseRecorder(self, key, state, send))
        else:
            self._kept.move_to_end(key)
            await _send_cached(kept, scope, send)

    def _current_state(self) -> PageKey:
        return (self._site.release_tag(), int(time.time()) // _DAY, self._found())

    def _found(self) -> int:
        """A number that changes when something is written to the history of validation."""
        if self._connection is None:
            if not self._history.exists():
                return 0
            self._connection = sqlite3.connect(f"file:{self._history}?mode=ro", uri=True, isolation_level=None)
        try:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            self._connection.close()
            self._connection = None
            return int(time.monotonic() * 1000)  # it cannot be told: nothing is given again

    def keep(self, key: PageKey, state: PageKey, headers: RawHeaders, body: bytes) -> None:
        """Keep an answer that was made while *state* lasted, where it may be given again."""
        found = dict(headers)
        etag = found.get(b"etag")
        size = len(body) + _size_of(key) + 2 * _size_of(tuple(headers)) + _OVERHEAD
        is_open = b"public" in found.get(b"cache-control", b"") and b"set-cookie" not in found
        if etag is None or not is_open or size * _SHARE > self._capacity or state != self._current_state():
            return
        unchanged = [pair for pair in headers if pair[0] not in {b"content-type", b"content-length"}]
        previous = self._kept.pop(key, None)
        self._size += size - (previous.size if previous else 0)
        self._kept[key] = _CachedPage(headers, unchanged, etag.decode("latin-1"), body, size)
        while self._size > self._capacity:
            _, oldest = self._kept.popitem(last=False)
            self._size -= oldest.size

    def close(self) -> None:
        """Let go of the database."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _cache_key(scope: Scope) -> PageKey:
    asked = [pair for pair in scope["headers"] if pair[0] not in _WITHOUT_INFLUENCE]
    path = scope.get("raw_path") or scope["path"]
    client = scope.get("client") if any(pair[0].startswith(b"x-forwarded") for pair in asked) else None
    return (path, scope["query_string"], scope["scheme"], scope.get("root_path", ""), client and client[0], *asked)


def _size_of(parts: PageKey) -> int:
    """Bytes that a request or an answer's headers take."""
    return sum(_size_of(part) if isinstance(part, tuple) else len(part) if part else 0 for part in parts)


async def _send_cached(kept: _CachedPage, scope: Scope, send: Send) -> None:
    if is_not_modified(scope, kept.etag):
        await send({"type": "http.response.start", "status": 304, "headers": kept.unchanged})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": kept.headers})
    await send({"type": "http.response.body", "body": kept.body})


class _ResponseRecorder:
    """Passes an answer on, and keeps it where it is whole in one piece."""

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
