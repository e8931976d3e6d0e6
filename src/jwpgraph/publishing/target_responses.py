"""Responses of a target, read up to a limit, and explanations of refusals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import httpx
import orjson

from jwpgraph.problems import ProblemError

_LONGEST_MESSAGE: Final = 240
_HINTS: Final = {
    404: "check the address of the graph store",
    405: "check the address of the graph store; it may be read-only",
    406: "it does not support SPARQL results in JSON",
    409: "it does not allow writing this graph",
    411: "it requires Content-Length",
    413: "it does not accept bodies of this size; send smaller ones (--chunk)",
    415: "it supports neither N-Triples nor Turtle; check the address of the graph store",
    422: "its own validation rejects this graph",
    501: "it is not a graph store, or is read-only",
    507: "its disk is full",
}


_UNKNOWN: Final = {
    "none": "it requires authentication: JWPGRAPH_PUBLISH_USER and _PASSWORD, or JWPGRAPH_PUBLISH_TOKEN",
    "bearer": "it does not accept this token",
    "basic": "it does not accept this user and password; Virtuoso needs JWPGRAPH_PUBLISH_AUTH=digest",
    "digest": "it does not accept this user and password",
}


@dataclass(frozen=True, slots=True)
class TargetResponse:
    """A response of a target.

    Attributes:
        status: the status code.
        media_type: the media type without parameters, in lower case.
        body: the body, up to the limit.
        cut: whether the body was longer.
        retry_after, location, challenge: header values; empty if absent.
    """

    status: int
    media_type: str
    body: bytes
    cut: bool
    retry_after: str
    location: str
    challenge: str

    @classmethod
    async def read(cls, response: httpx.Response, limit: int) -> TargetResponse:
        """Read a response, its body up to *limit* bytes."""
        body = bytearray()
        async for chunk in response.aiter_bytes(chunk_size=16 * 1024):
            body += chunk
            if len(body) > limit:
                break
        headers = response.headers
        return cls(
            response.status_code,
            headers.get("content-type", "").partition(";")[0].strip().lower(),
            bytes(body[:limit]),
            len(body) > limit,
            headers.get("retry-after", ""),
            headers.get("location", ""),
            headers.get("www-authenticate", ""),
        )

    @property
    def is_success(self) -> bool:
        """Return whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def is_html(self) -> bool:
        """Return whether the body is a web page."""
        return self.media_type in {"text/html", "application/xhtml+xml"}

    def explain(self) -> str:
        """Return the target's own error message as one short line; empty if there is none."""
        text = ""
        if self.media_type.endswith("json"):
            text = self._detail()
        elif self.media_type == "text/plain":
            text = self.body.decode("utf-8", "replace")
        line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
        return line if len(line) <= _LONGEST_MESSAGE else line[:_LONGEST_MESSAGE] + "…"

    def _detail(self) -> str:
        try:
            document = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return ""
        detail = (document.get("detail") or document.get("title")) if isinstance(document, dict) else None
        return detail if isinstance(detail, str) else ""


def make_refusal_problem(answer: TargetResponse, what: str, scheme: str) -> ProblemError:
    """Return the problem for an unsuccessful response.

    Args:
        answer: the response.
        what: the request, such as "PUT http://…".
        scheme: the authentication scheme used.
    """
    slug, title = ("target-refused", "The target refuses")
    if answer.status >= 500 and answer.status not in _HINTS:
        slug, title = ("target-failed", "The target failed")
    reasons = (_explain_refusal(answer, scheme), answer.explain())
    detail = "; ".join(filter(None, (f"{what}: status {answer.status}", *reasons)))
    return ProblemError(slug, title, detail, status=502)


def _explain_refusal(answer: TargetResponse, scheme: str) -> str:
    if answer.status == 401:
        asks_digest = scheme == "basic" and answer.challenge.lower().startswith("digest")
        return "it requires JWPGRAPH_PUBLISH_AUTH=digest" if asks_digest else _UNKNOWN[scheme]
    if answer.status == 403:
        return "this requires credentials" if scheme == "none" else "these credentials do not permit this"
    if 300 <= answer.status < 400:
        return f"the redirect to {_make_printable(answer.location) or 'nowhere'} is not followed"
    return _HINTS.get(answer.status, "")


def _make_printable(text: str) -> str:
    return "".join(char for char in text[:_LONGEST_MESSAGE] if char.isprintable())
