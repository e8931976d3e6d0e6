"""The condition If-Match of requests that read (RFC 9110, section 13.1.1)."""

from __future__ import annotations

from typing import Final

from starlette.types import Message, Receive, Scope, Send

from jwpgraph.http.conditional_requests import is_precondition_failed
from jwpgraph.http.headers import get_header
from jwpgraph.http.problem_response import make_problem_response
from jwpgraph.problems import ProblemError

_READING: Final = frozenset({"GET", "HEAD"})
_SUCCESSES: Final = frozenset({200, 206, 304})


def require_matching_tag(scope: Scope, receive: Receive, send: Send) -> Send:
    """Return *send*, replacing a response whose entity tag is not in If-Match by a problem (412).

    Requests that write evaluate the condition themselves, before they change anything. A response without an entity
    tag is passed on: it has no state to compare.
    """
    if scope["method"] not in _READING or get_header(scope, b"if-match") is None:
        return send
    refused = False

    async def send_matching(message: Message) -> None:
        nonlocal refused
        if message["type"] == "http.response.start" and message["status"] in _SUCCESSES:
            tag = dict(message["headers"]).get(b"etag")
            refused = tag is not None and is_precondition_failed(scope, tag.decode("latin-1"))
            if refused and tag is not None:
                await make_problem_response(_make_problem(tag.decode("latin-1")), scope)(scope, receive, send)
        if not refused:
            await send(message)

    return send_matching


def _make_problem(tag: str) -> ProblemError:
    return ProblemError(
        "precondition-failed",
        "The content is another one",
        "None of the entity tags in If-Match is that of the content; ETag has the current one.",
        status=412,
        headers={"ETag": tag},
    )
