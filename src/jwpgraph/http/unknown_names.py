"""Problems for names and values of a request that do not exist."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from jwpgraph.problems import ProblemError, explain

_LONGEST = 80


def require_choice(name: str, value: str, choices: Collection[str]) -> None:
    """Refuse a value of a parameter that is neither empty nor one of *choices*.

    Raises:
        ProblemError: ``invalid-parameter`` (422).
    """
    if value and value not in choices:
        raise make_wrong_choice_problem(name, value, choices)


def make_wrong_choice_problem(name: str, value: str, choices: Iterable[str]) -> ProblemError:
    """Return the problem ``invalid-parameter`` (422) for a value that is none of *choices*."""
    why = explain("“%(value)s”; choose one of %(choices)s.", value=value[:40], choices=", ".join(choices))
    return make_wrong_parameter_problem(name, why)


def make_wrong_parameter_problem(name: str, why: str) -> ProblemError:
    """Return the problem ``invalid-parameter`` (422) for the value of one parameter."""
    return ProblemError(
        "invalid-parameter",
        "A parameter is wrong",
        explain("%(name)s: %(why)s", name=name, why=why),
        status=422,
        parameter=name,
        errors=[{"in": "query", "parameter": name, "message": why}],
    )


def make_unknown_name_problem(name: str, hint: str = "", **members: Any) -> ProblemError:
    """Return the problem ``not-found`` (404) for a name that nothing here has."""
    detail = explain("Nothing here is called “%(name)s”.", hint, name=name[:_LONGEST])
    return ProblemError("not-found", "Not found", detail, status=404, **members)


def make_unknown_address_problem(choices: Iterable[str]) -> ProblemError:
    """Return the problem ``not-found`` (404) for an address whose last part is none of *choices*."""
    return ProblemError(
        "not-found", "Not found", explain("There are %(choices)s.", choices=", ".join(choices)), status=404
    )
