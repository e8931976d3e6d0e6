"""What a target answered, read no further than is of use, and what a refusal means in plain words."""

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
    406: "it has no SPARQL results in JSON",
    409: "it does not let this graph be written",
    411: "it wants to know the length of a body",
    413: "it takes no bodies of this size; send pieces (--chunk)",
    415: "it reads neither N-Triples nor Turtle; check the address of the graph store",
    422: "its own validation keeps this graph out",
    501: "it is not a graph store, or not for writing",
    507: "its disk is full",
}


_UNKNOWN: Final = {
    "none": "it wants to know who writes: JWPGRAPH_PUBLISH_USER and _PASSWORD, or JWPGRAPH_PUBLISH_TOKEN",
    "bearer": "it does not accept this token",
    "basic": "it does not accept this user and password; Virtuoso wants JWPGRAPH_PUBLISH_AUTH=digest",
    "digest": "it does not accept this user and password",
}


@dataclass(frozen=True, slots=True)
class TargetResponse:
    """A response.

    Attributes:
        status: its status code.
        media_type: without parameters, in lower case.
        body: as much as was read.
        cut: whether there is more.
        retry_after, location, challenge: headers; empty where they are absent.
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
        """Read a response as far as *limit* bytes."""
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
        """Whether the request was carried out."""
        return 200 <= self.status < 300

    @property
    def is_html(self) -> bool:
        """Whether it is a page for people."""
        return self.media_type in {"text/html", "application/xhtml+xml"}

    def explain(self) -> str:
        """What the target itself says of a failure, in one short line; nothing where it sent a page or no text."""
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


def refusal_problem(answer: TargetResponse, what: str, scheme: str) -> ProblemError:
    """The problem behind an answer that is no success.

    Args:
        answer: what came.
        what: the request, as in "PUT http://…".
        scheme: how we said who we are.
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
        return "it asks for JWPGRAPH_PUBLISH_AUTH=digest" if asks_digest else _UNKNOWN[scheme]
    if answer.status == 403:
        return "nobody may do this without credentials" if scheme == "none" else "these credentials may not do this"
    if 300 <= answer.status < 400:
        return f"it leads on to {_printable(answer.location) or 'nowhere'} and is not followed"
    return _HINTS.get(answer.status, "")


def _printable(text: str) -> str:
    return "".join(char for char in text[:_LONGEST_MESSAGE] if char.isprintable())
