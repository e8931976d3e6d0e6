"""Conditions of requests that read, where the response itself has not evaluated them (RFC 9110, section 13)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from starlette.types import Message, Receive, Scope, Send

from jwpgraph.http.conditional_requests import is_not_modified, is_precondition_failed
from jwpgraph.http.headers import RawHeaders, get_header
from jwpgraph.http.problem_response import make_problem_response
from jwpgraph.problems import ProblemError

_READING: Final = frozenset({"GET", "HEAD"})
_SUCCESSES: Final = frozenset({200, 206, 304})
_CONDITIONS: Final = frozenset({b"if-match", b"if-none-match", b"if-unmodified-since"})
#: Header fields of the content, which a 304 does not have (RFC 9110, section 15.4.5).
_OF_CONTENT: Final = frozenset({b"content-type", b"content-length", b"content-encoding", b"content-disposition"})


def check_conditions(scope: Scope, receive: Receive, send: Send) -> Send:
    """Return *send*, replacing a response that does not meet a condition by a problem (412) or by 304.

    Requests that write evaluate conditions themselves, before they change anything. A response without an entity tag
    or a time of change is passed on: it has no state to compare.
    """
    if scope["method"] not in _READING or not any(name in _CONDITIONS for name, _ in scope["headers"]):
        return send
    replaced = False

    async def send_if_met(message: Message) -> None:
        nonlocal replaced
        if message["type"] == "http.response.start" and message["status"] in _SUCCESSES:
            headers: RawHeaders = list(message["headers"])
            state = dict(headers)
            if _has_failed(scope, state):
                replaced = True
                await make_problem_response(_make_problem(state), scope)(scope, receive, send)
            elif message["status"] == 200 and _is_unchanged(scope, state):
                replaced = True
                kept = [pair for pair in headers if pair[0].lower() not in _OF_CONTENT]
                await send({**message, "status": 304, "headers": kept})
                await send({"type": "http.response.body", "body": b""})
        if not replaced:
            await send(message)

    return send_if_met


def _has_failed(scope: Scope, state: dict[bytes, bytes]) -> bool:
    """Return whether If-Match or, without it, If-Unmodified-Since is not met (sections 13.1.1 and 13.1.4)."""
    if get_header(scope, b"if-match") is not None:
        tag = state.get(b"etag")
        return tag is not None and is_precondition_failed(scope, tag.decode("latin-1"))
    since, changed = _parse_date(get_header(scope, b"if-unmodified-since")), _get_time_of_change(state)
    return since is not None and changed is not None and changed > since


def _is_unchanged(scope: Scope, state: dict[bytes, bytes]) -> bool:
    """Return whether If-None-Match finds no other state (section 13.1.2).

    If-Modified-Since is not evaluated: Last-Modified is the time of an entity's last change, and its documents also
    contain the names of other entities.
    """
    tag = state.get(b"etag")
    return tag is not None and is_not_modified(scope, tag.decode("latin-1"))


def _get_time_of_change(state: dict[bytes, bytes]) -> datetime | None:
    return _parse_date(state.get(b"last-modified", b"").decode("latin-1"))


def _parse_date(text: str | None) -> datetime | None:
    """Return the time in a header field; ``None`` if it has none, as conditions without a valid date are ignored."""
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _make_problem(state: dict[bytes, bytes]) -> ProblemError:
    return ProblemError(
        "precondition-failed",
        "The content is another one",
        "None of the entity tags in If-Match is that of the content, or it has changed since the time in "
        "If-Unmodified-Since; ETag and Last-Modified have the current ones.",
        status=412,
        headers={
            name: state[name.lower().encode()].decode("latin-1")
            for name in ("ETag", "Last-Modified")
            if name.lower().encode() in state
        },
    )
