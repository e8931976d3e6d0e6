"""Query parameters of routes: each route declares its own, and any other is refused before work is done.

Endpoints with a parameter model of FastAPI have declared them by it. Others use :func:`takes`; those that read the
query string by rules of their own use :func:`reads_parameters`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, Final, TypeVar, get_args, get_origin

from pydantic import BaseModel
from starlette.requests import Request
from starlette.types import ASGIApp, Scope

from jwpgraph.http.parameters import Parameters, parse_day_text, parse_offset_text, parse_parameters
from jwpgraph.http.problem_response import make_problem_response
from jwpgraph.http.unknown_names import make_wrong_choice_problem, make_wrong_parameter_problem
from jwpgraph.problems import ProblemError, explain

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

_ONCE: Final = "query_parameters_once"
_MANY: Final = "query_parameters_many"
_OWN: Final = "reads_query_parameters"
#: Longest address, in bytes, except for operations of SPARQL (RFC 9110, section 4.1, requires at least 8000).
LONGEST_ADDRESS: Final = 16_384


#: Parameters that mean the same on every route that declares them with :func:`takes`.
_CHECKS: Final[Mapping[str, Callable[[str], object]]] = {
    "offset": parse_offset_text,
    "on": partial(parse_day_text, "on"),
    "then": partial(parse_day_text, "then"),
}


def takes(*once: str, many: Collection[str] = ()) -> Callable[[Endpoint], Endpoint]:
    """Return a decorator that declares the query parameters of an endpoint without a parameter model.

    Args:
        once: parameters that may occur once.
        many: parameters that may be repeated.
    """

    def declare(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _ONCE, frozenset(once))
        setattr(endpoint, _MANY, frozenset(many))
        return endpoint

    return declare


def reads_parameters(endpoint: Endpoint) -> Endpoint:
    """Declare that *endpoint* refuses unknown query parameters itself."""
    setattr(endpoint, _OWN, True)
    return endpoint


def refuse_undeclared(allowed: Mapping[str, Collection[str]] | None = None) -> Callable[[Request], Awaitable[None]]:
    """Return a dependency of routes that refuses query parameters that neither the route nor *allowed* has.

    Args:
        allowed: parameters that each of the routes takes, with their values.
    """
    everywhere = dict(allowed or {})

    async def check(request: Request) -> None:
        if not request.scope["query_string"]:
            return
        endpoint = request.scope["endpoint"]
        given = parse_parameters(request.scope["query_string"])
        if not getattr(endpoint, _OWN, False):
            typed = _list_typed_parameters(request.scope["route"])
            once: frozenset[str] = getattr(endpoint, _ONCE, frozenset())
            many: frozenset[str] = getattr(endpoint, _MANY, frozenset())
            refuse_unknown(given, {*typed, *once, *many, *everywhere})
            refuse_repeated(given, once.union(everywhere))
            for name, is_list in typed.items():
                count = sum(name == one for one, _ in given)
                if count > 1 and not is_list:
                    # FastAPI would read the last one.
                    raise make_wrong_parameter_problem(name, explain("send one, not %(number)s.", number=count))
            for name, value in given:
                if name in once and name in _CHECKS:
                    _CHECKS[name](value)
        for name, value in given:
            if name in everywhere and value and value not in everywhere[name]:
                raise make_wrong_choice_problem(name, value, everywhere[name])

    return check


def refuse_unknown(given: Parameters, known: Collection[str]) -> None:
    """Refuse parameters that are not in *known*.

    Raises:
        ProblemError: ``invalid-parameter`` (422), which names each.
    """
    unknown = sorted({name for name, _ in given} - set(known))
    if unknown:
        named = ", ".join(name[:60] or "(no name)" for name in unknown[:10])
        detail = (
            explain(
                "%(names)s: there is no such parameter; there are %(choices)s.",
                names=named,
                choices=", ".join(sorted(known)),
            )
            if known
            else explain("%(names)s: there is no such parameter; this resource has none.", names=named)
        )
        raise ProblemError(
            "invalid-parameter",
            "A parameter is wrong",
            detail,
            status=422,
            parameter=unknown[0],
            errors=[{"in": "query", "parameter": name, "message": "there is no such parameter"} for name in unknown],
        )


def refuse_repeated(given: Parameters, once: Iterable[str]) -> None:
    """Refuse a parameter of *once* that occurs more than once.

    Raises:
        ProblemError: ``invalid-parameter`` (422).
    """
    names = [name for name, _ in given]
    for name in sorted(set(once).intersection(names)):
        if (count := names.count(name)) > 1:
            raise make_wrong_parameter_problem(name, explain("send one, not %(number)s.", number=count))


def refuse_long_address(scope: Scope) -> ASGIApp | None:
    """Return a response ``target-too-long`` (414) if an address is too long for what is not the SPARQL endpoint."""
    length = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
    if length <= LONGEST_ADDRESS:
        return None
    detail = f"{length} bytes; at most {LONGEST_ADDRESS} are allowed here"
    return make_problem_response(
        ProblemError("target-too-long", "The request's address is too long", detail, status=414), scope
    )


def _list_typed_parameters(route: Any) -> dict[str, bool]:
    """Return the query parameters that FastAPI reads for *route*, and whether they can occur several times."""
    found: dict[str, bool] = {}
    for field in route.dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            found |= {one.alias or name: _is_list(one.annotation) for name, one in model.model_fields.items()}
        else:
            found[field.alias] = _is_list(model)
    return found


def _is_list(annotation: Any) -> bool:
    """Return whether a value of a type is a list, or may be one."""
    if get_origin(annotation) in {list, tuple, set, frozenset}:
        return True
    return annotation in {list, tuple, set, frozenset} or any(map(_is_list, get_args(annotation)))
