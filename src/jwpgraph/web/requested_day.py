"""The day for which a page shows listings: today, or the day that the reader chose."""

from __future__ import annotations

from datetime import date

from starlette.requests import Request

from jwpgraph.http.parameters import parse_day_text
from jwpgraph.taxon_facets.clock import get_today


def parse_requested_day(request: Request) -> date:
    """Return the day in ``?on=``; today if it is absent or empty.

    Raises:
        ProblemError: ``invalid-parameter`` (422) for what is no day.
    """
    return parse_day_text("on", request.query_params.get("on", "")) or get_today()
