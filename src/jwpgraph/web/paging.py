"""The offset of a page of a long list."""

from __future__ import annotations

from starlette.requests import Request

from jwpgraph.http.parameters import parse_offset_text


def parse_offset(request: Request) -> int:
    """Return the number of rows to skip in ``?offset=``; 0 if it is absent or empty.

    Raises:
        ProblemError: ``invalid-parameter`` (422) for what is no number of rows.
    """
    return parse_offset_text(request.query_params.get("offset", ""))
