"""Problems for names and values of a request that do not exist."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from jwpgraph.problems import ProblemError, explain

_LONGEST = 80


def require_choice(name: str, value: str, choices: Collection[str]) -> None:
    """Refuse a value of a parameter that is neither empty nor one of *choices*.

    Raises:
        ProblemError: ``bad-parameter`` (400).
    """
    if value and value not in choices:
        listed = ", ".join(choices)
        detail = explain(
            "%(name)s: “%(value)s”; choose one of %(choices)s.", name=name, value=value[:40], choices=listed
        )
        raise ProblemError("bad-parameter", "A parameter is wrong", detail, parameter=name)


def make_unknown_name_problem(name: str, hint: str = "", **members: Any) -> ProblemError:
    """Return the problem ``not-found`` (404) for a name that nothing here has."""
    detail = explain("Nothing here is called “%(name)s”.", hint, name=name[:_LONGEST])
    return ProblemError("not-found", "Not found", detail, status=404, **members)


def make_unknown_address_problem(choices: Iterable[str]) -> ProblemError:
    """Return the problem ``not-found`` (404) for an address whose last part is none of *choices*."""
    return ProblemError(
        "not-found", "Not found", explain("There are %(choices)s.", choices=", ".join(choices)), status=404
    )
