"""The day as at which a page tells what is in force: today, or the one that the reader chose."""

from __future__ import annotations

from datetime import date

from starlette.requests import Request

from jwpgraph.http.parameters import parse_day_text
from jwpgraph.taxon_facets.clock import today


def parse_requested_day(request: Request) -> date:
    """The day that ``?on=`` names; today where it is left out or empty.

    Raises:
        ProblemError: ``bad-parameter`` (400) for what is no day.
    """
    return parse_day_text("on", request.query_params.get("on", "")) or today()
