"""Pages given again: the same bytes as long as nothing that they depend on changes, and never a private answer."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.server.page_cache import PageCache

HEADERS = {"ETag": '"one"', "Cache-Control": "public, no-cache"}


class Queries:
    """Only its number is asked for."""

    release_number = 1


class App:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer = Response("a page", headers=HEADERS)

    async def __call__(self, scope, receive, send) -> None:
        self.asked += 1
        answer = self.answer
        if "echo" in scope["path"]:
            answer = Response(Request(scope).headers.get("accept-language", ""), headers=HEADERS)
        await answer(scope, receive, send)


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def queries() -> Queries:
    return Queries()


@pytest.fixture
def pages(app: App, queries: Queries, tmp_path: Path):
    found = PageCache(app, AppContext(queries), tmp_path / "history.sqlite", 1 << 20)
    yield found
    found.close()


def get(pages: PageCache, path: str = "/", method: str = "GET", **headers: str) -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(pages), base_url="http://x") as client:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, path, headers=names)

    return asyncio.run(send())


def test_a_repeated_request_is_answered_from_the_cache(pages, app: App) -> None:
    assert get(pages).content == get(pages).content == b"a page"
    assert app.asked == 1
    get(pages, user_agent="another browser")
    assert app.asked == 1


def test_a_current_copy_is_304(pages, app: App) -> None:
    get(pages)
    again = get(pages, if_none_match='"one"')
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", '"one"')
    assert "content-type" not in again.headers
    assert app.asked == 1


def test_requests_that_may_differ_have_different_entries(pages, app: App) -> None:
    assert get(pages, "/echo", accept_language="fr").text == "fr"
    assert get(pages, "/echo", accept_language="es").text == "es"
    for path in ("/echo?a=1", "/other"):
        get(pages, path)
    get(pages, "/other", x_forwarded_host="elsewhere")
    get(pages, "/other", "HEAD")
    assert app.asked == 6


def test_a_new_release_clears_the_cache(pages, app: App, queries: Queries) -> None:
    get(pages)
    queries.release_number = 2
    get(pages)
    assert app.asked == 2


def test_a_new_validation_result_clears_the_cache(pages, app: App, tmp_path: Path) -> None:
    def write(statement: str) -> None:
        db = sqlite3.connect(tmp_path / "history.sqlite", isolation_level=None)
        db.execute(statement)
        db.close()

    write("CREATE TABLE result (id)")
    get(pages)
    get(pages)
    assert app.asked == 1
    write("INSERT INTO result VALUES (1)")
    get(pages)
    assert app.asked == 2
    # An operator moves the file away, and another one begins.
    (tmp_path / "history.sqlite").rename(tmp_path / "aside")
    write("CREATE TABLE result (id)")
    get(pages)
    get(pages)
    assert app.asked == 3


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, {"ETag": '"one"', "Cache-Control": "no-store"}),
        (200, HEADERS | {"Set-Cookie": "jwpgraph-ui=fr"}),
        (200, {"Cache-Control": "public"}),
        (404, HEADERS),
        (303, HEADERS | {"Location": "/"}),
    ],
)
def test_private_responses_are_not_cached(pages, app: App, status: int, headers: dict[str, str]) -> None:
    app.answer = Response("mine", status, headers)
    get(pages)
    get(pages)
    assert app.asked == 2


def test_memory_is_bounded(app: App, queries: Queries, tmp_path: Path) -> None:
    pages = PageCache(app, AppContext(queries), tmp_path / "none", 30_000)
    app.answer = Response("x" * 50, headers=HEADERS)
    for number in range(25):
        get(pages, f"/{number}")
    get(pages, "/24")
    assert app.asked == 25
    get(pages, "/0")
    assert app.asked == 26
