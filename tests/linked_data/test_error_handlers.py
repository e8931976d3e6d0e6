"""Tests that errors are problem documents or pages, and reveal no internals."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import ClientDisconnect

from jwpgraph.http.request_bodies import ClientGoneError
from jwpgraph.linked_data.error_handlers import install_error_handlers

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/activities/Z99", 404),
        ("POST", "/api/v1/activities", 405),
        ("DELETE", "/id/body/iccwc", 405),
        ("GET", "/api/v1/activities?nonsense=1", 422),
        ("GET", "/api/v1/activities?limit=0", 422),
        ("GET", "/api/v1/releases/x", 422),
        ("GET", "/api/v1/releases/99", 404),
        ("GET", "/browse/nothing", 404),
        ("GET", "/browse/activities?limit=x", 422),
        ("GET", "/doc/body/iccwc?incoming=bodies&offset=x", 422),
        ("GET", "/static/nothing.css", 404),
        ("GET", "/static/%2e%2e%2frendering.py", 404),
    ],
)
def test_errors_are_problems(client, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"].startswith("https://w3id.org/jwpgraph/problem/")
    assert problem["title"]
    if status == 405:
        assert "GET" in answer.headers["allow"]


def test_browsers_get_a_page(client) -> None:
    answer = client.get("/doc/body/icwc", accept=BROWSER)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert 'href="/doc/body/iccwc"' in answer.text
    assert client.get("/api/v1/nothing", accept=BROWSER).headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/doc/body/iccwc", "/api/v1/bodies/iccwc", "/data/body/iccwc.ttl"])
def test_internal_errors_do_not_reveal_details(own_client, queries, path: str) -> None:
    async def fail(query: str) -> None:
        raise RuntimeError("secret detail")

    queries.select = fail
    answer = own_client.get(path)
    assert answer.status_code == 500
    assert answer.json()["type"].endswith("/internal-error")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/", "GET, HEAD, OPTIONS"),
        ("/data/body/iccwc", "GET, HEAD, OPTIONS"),
        ("/api/v1/activities", "GET, HEAD, OPTIONS"),
        ("/api/v1/taxa", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_page_of_another_origin_may_ask_what_it_may_send(client, path: str, methods: str) -> None:
    answer = client.request("OPTIONS", path, origin="https://other.example", access_control_request_method="GET")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == answer.headers["access-control-allow-methods"] == methods
    assert "If-None-Match" in answer.headers["access-control-allow-headers"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert client.request("DELETE", path).headers["allow"] == methods


@pytest.mark.parametrize("departure", [ClientGoneError, ClientDisconnect])
def test_a_client_that_left_is_no_fault_of_the_service(departure, caplog) -> None:
    app = FastAPI()
    install_error_handlers(app)

    @app.post("/")
    async def receive() -> None:
        raise departure

    async def send() -> httpx.Response:
        # The transport raises what the application does not handle.
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return await client.post("/")

    assert asyncio.run(send()).status_code == 400
    assert not [record for record in caplog.records if record.name.startswith("jwpgraph")]
