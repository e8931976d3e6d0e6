"""The day as at which a page tells what is in force: today, or the one that the reader chose."""

from __future__ import annotations

from datetime import date

from starlette.requests import Request

from jwpgraph.finding.days import today
from jwpgraph.problems import Problem


def asked_day(request: Request) -> date:
    """The day that ``?on=`` names; today where it is left out or empty.

    Raises:
        Problem: ``bad-parameter`` (400) for what is no day.
    """
    text = request.query_params.get("on", "")
    if not text:
        return today()
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Problem("bad-parameter", "This is no day", f"on: {text!r}; a day is written 2020-02-22.", status=400)
