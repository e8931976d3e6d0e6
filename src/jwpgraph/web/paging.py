"""Where the page of a long list begins that a reader asks for."""

from __future__ import annotations

from starlette.requests import Request

from jwpgraph.problems import ProblemError


def parse_offset(request: Request) -> int:
    """How many rows ``?offset=`` skips; none where it is left out or empty.

    Raises:
        ProblemError: ``bad-parameter`` (400) for what is no number of rows.
    """
    text = request.query_params.get("offset") or "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        raise ProblemError(
            "bad-parameter", "This is no offset", f"offset: {text[:40]!r}; it is a number of rows.", parameter="offset"
        )
    return int(text)
