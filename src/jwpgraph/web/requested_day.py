"""The day as at which a page tells what is in force: today, or the one that the reader chose."""

from __future__ import annotations

from datetime import date

from starlette.requests import Request

from jwpgraph.problems import ProblemError
from jwpgraph.taxon_facets.clock import today


def parse_requested_day(request: Request) -> date:
    """The day that ``?on=`` names; today where it is left out or empty.

    Raises:
        ProblemError: ``bad-parameter`` (400) for what is no day.
    """
    text = request.query_params.get("on", "")
    if not text:
        return today()
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ProblemError(
        "bad-parameter", "This is no day", f"on: {text[:40]!r}; a day is written 2020-02-22.", parameter="on"
    )
