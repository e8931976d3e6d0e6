"""Tests of conditions in requests that read (RFC 9110, section 13)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jwpgraph.http.required_state import check_conditions

CHANGED = b"Mon, 30 Nov 2026 10:00:00 GMT"
BEFORE = "Mon, 30 Nov 2026 09:59:59 GMT"
AFTER = "Mon, 30 Nov 2026 10:00:01 GMT"


def read(
    condition: str | None, tag: bytes | None = b'"a"', method: str = "GET", status: int = 200, **further: str
) -> tuple[int, bytes]:
    """Return status and body of a resource with an entity tag and a time of change, read with If-Match."""
    headers = [(b"if-match", condition.encode())] if condition is not None else []
    headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in further.items()]
    scope: dict[str, Any] = {"type": "http", "method": method, "path": "/", "headers": headers}
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    async def answer() -> None:
        passed_on = check_conditions(scope, receive, send)
        tags = [(b"etag", tag)] if tag else []
        tags += [(b"last-modified", CHANGED), (b"content-type", b"text/plain"), (b"content-length", b"7")]
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


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        # The time is that of the entity alone, and a document has names of others (docs/changes.md).
        ({"if_modified_since": AFTER}, 200),
        ({"if_modified_since": BEFORE, "if_none_match": '"a"'}, 304),
        ({"if_none_match": '"b"'}, 200),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": 'W/"a"'}, 304),
        # Section 13.1.4.
        ({"if_unmodified_since": BEFORE}, 412),
        ({"if_unmodified_since": CHANGED.decode()}, 200),
        ({"if_unmodified_since": AFTER}, 200),
        ({"if_unmodified_since": "Monday, 30-Nov-26 09:00:00 GMT"}, 412),
        ({"if_unmodified_since": "Mon Nov 30 09:00:00 2026"}, 412),
        # An invalid date is ignored.
        ({"if_unmodified_since": "yesterday"}, 200),
        ({"if_unmodified_since": ""}, 200),
        ({"if_unmodified_since": "Mon, 30 Nov 2026 09:00:" + "9" * 30 + " GMT"}, 200),
        # Section 13.2.2: the order of conditions.
        ({"if_unmodified_since": BEFORE, "if_none_match": '"a"'}, 412),
        ({"if_unmodified_since": AFTER, "if_none_match": '"a"'}, 304),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_dates_and_tags_are_compared(conditions: dict[str, str], expected: int, method: str) -> None:
    status, body = read(None, method=method, **conditions)
    assert status == expected
    assert (body == b"") == (status == 304 or (status == 412 and method == "HEAD"))


def test_if_match_comes_before_dates() -> None:
    assert read('"a"', if_unmodified_since=BEFORE)[0] == 200
    assert read('"b"', if_unmodified_since=AFTER)[0] == 412


def test_dates_concern_no_other_responses() -> None:
    assert read(None, status=404, if_modified_since=AFTER, if_unmodified_since=BEFORE)[0] == 404
    assert read(None, status=206, if_modified_since=AFTER)[0] == 206
    assert read(None, method="POST", if_modified_since=AFTER, if_unmodified_since=BEFORE)[0] == 200
