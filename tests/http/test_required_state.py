"""Tests of If-Match in requests that read (RFC 9110, section 13.1.1)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jwpgraph.http.required_state import require_matching_tag


def read(
    condition: str | None, tag: bytes | None = b'"a"', method: str = "GET", status: int = 200
) -> tuple[int, bytes]:
    """Return status and body of a resource with an entity tag, read with If-Match."""
    headers = [(b"if-match", condition.encode())] if condition is not None else []
    scope: dict[str, Any] = {"type": "http", "method": method, "path": "/", "headers": headers}
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    async def answer() -> None:
        passed_on = require_matching_tag(scope, receive, send)
        tags = [(b"etag", tag)] if tag else []
        await passed_on({"type": "http.response.start", "status": status, "headers": tags})
        await passed_on({"type": "http.response.body", "body": b"con", "more_body": True})
        await passed_on({"type": "http.response.body", "body": b"tent"})

    asyncio.run(answer())
    assert [message["type"] for message in sent].count("http.response.start") == 1
    return sent[0]["status"], b"".join(message["body"] for message in sent[1:])


@pytest.mark.parametrize("condition", [None, "*", '"a"', '"b", "a"'])
def test_a_matching_state_is_sent(condition: str | None) -> None:
    assert read(condition) == (200, b"content")


@pytest.mark.parametrize("status", [200, 206, 304])
def test_another_state_is_refused_before_other_conditions_and_ranges(status: int) -> None:
    refused, body = read('"b"', status=status)
    assert refused == 412
    assert b"/problem/precondition-failed" in body
    assert b"content" not in body.replace(b"the content", b"").replace(b"The content", b"")


def test_weak_tags_never_match() -> None:
    assert read('W/"a"')[0] == 412
    assert read('W/"a"', tag=b'W/"a"')[0] == 412


def test_head_has_no_body() -> None:
    assert read('"b"', method="HEAD") == (412, b"")


def test_writes_resources_without_tags_and_errors_are_passed_on() -> None:
    assert read('"b"', method="PUT") == (200, b"content")
    assert read('"b"', tag=None) == (200, b"content")
    assert read('"b"', status=404) == (404, b"content")
