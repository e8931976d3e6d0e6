"""Where the page of a long list begins that a reader asks for."""

from __future__ import annotations

from starlette.requests import Request

from jwpgraph.http.parameters import parse_offset_text


def parse_offset(request: Request) -> int:
    """How many rows ``?offset=`` skips; none where it is left out or empty.

    Raises:
        ProblemError: ``bad-parameter`` (400) for what is no number of rows.
    """
    return parse_offset_text(request.query_params.get("offset", ""))
