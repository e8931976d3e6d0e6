"""Error handlers: every error is a problem document (RFC 9457), or a page for browsers."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match

from jwpgraph.http.headers import encode_headers, get_header, make_options_headers
from jwpgraph.http.negotiation import negotiate
from jwpgraph.http.private_folders import without_private_folders
from jwpgraph.http.problem_response import PROBLEM_JSON, make_problem_response, make_unexpected_problem
from jwpgraph.http.request_bodies import ClientGoneError
from jwpgraph.http.responses import CompleteResponse as PlainResponse
from jwpgraph.linked_data.responses import get_raw_path
from jwpgraph.problems import Explanation, ProblemError, explain, get_fault_reason

_log = logging.getLogger(__name__)

ErrorPage = Callable[[Request, ProblemError], Awaitable[Response]]

#: Below these paths every error is a problem document, even for browsers.
MACHINE_PATHS = ("/api/v1", "/data", "/sparql", "/graph-store", "/informea.svc", "/informea", "/reconcile")

#: Errors of the readers of damaged files: of the system, of SQLite, of RDF syntax and of encoding.
_FILE_ERRORS: Final = (OSError, sqlite3.DatabaseError, SyntaxError, UnicodeDecodeError)

_ORDER: Final = ("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE")


def install_error_handlers(app: FastAPI, page: ErrorPage | None = None) -> None:
    """Install handlers that answer every error of *app* with a problem.

    Args:
        app: the whole service.
        page: renders a problem for a browser; default: browsers get the problem document.
    """

    async def answer(request: Request, problem: ProblemError) -> Any:
        if page and _accepts_page(request):
            if not isinstance(problem.detail, Explanation):  # whose values are those of the request
                problem.detail = without_private_folders(problem.detail)
            return await page(request, problem)
        return make_problem_response(problem, request.scope)

    async def on_problem(request: Request, error: Exception) -> Any:
        assert isinstance(error, ProblemError)  # noqa: S101 - Starlette dispatches by class
        return await answer(request, error)

    async def on_validation(request: Request, error: Exception) -> Any:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - Starlette dispatches by class
        return await answer(request, make_invalid_parameters_problem(request, error))

    async def on_http(request: Request, error: Exception) -> Any:
        assert isinstance(error, HTTPException)  # noqa: S101 - Starlette dispatches by class
        if error.status_code == 405:
            error.headers = {"Allow": _get_allowed_methods(request)}
            if request.method == "OPTIONS":
                return PlainResponse(204, encode_headers(make_options_headers(_get_allowed_methods(request))))
        return await answer(request, make_http_problem(request, error))

    async def on_anything(request: Request, error: Exception) -> Any:
        return await answer(request, make_unexpected_problem(error, request.scope))

    async def on_failed_read(request: Request, error: Exception) -> Any:
        problem = await asyncio.to_thread(_find_damage, request)
        if problem is None:
            problem = make_unexpected_problem(error, request.scope)
        else:
            _log.error("%s %s failed: %s", request.method, request.url.path, problem.line())
        return await answer(request, problem)

    async def on_departure(request: Request, error: Exception) -> Any:
        # Nobody reads the response, and nothing is wrong with the service.
        del request, error
        return PlainResponse(400, [], b"")

    app.add_exception_handler(ClientGoneError, on_departure)
    app.add_exception_handler(ClientDisconnect, on_departure)
    app.add_exception_handler(ProblemError, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    for kind in _FILE_ERRORS:
        app.add_exception_handler(kind, on_failed_read)
    app.add_exception_handler(Exception, on_anything)


def _find_damage(request: Request) -> ProblemError | None:
    """Return the problem of the release from which *request* is answered, if a file of it is damaged."""
    site = getattr(request.app.state, "site", None)
    try:
        release = site.served_release() if site is not None else None
        if release is not None:
            release.check()
    except ProblemError as problem:
        return problem
    return None


def _accepts_page(request: Request) -> bool:
    path = get_raw_path(request)
    if any(path == root or path.startswith(root + "/") for root in MACHINE_PATHS):
        return False
    accept = get_header(request.scope, b"accept")
    return bool(accept) and negotiate(accept, (PROBLEM_JSON, "application/json", "text/html")) == "text/html"


def make_invalid_parameters_problem(request: Request, error: RequestValidationError) -> ProblemError:
    """Return the problem for invalid parameters, with a member that lists them for programs."""
    errors = []
    for one in error.errors():
        where = [str(part) for part in one["loc"]]
        unknown = one["type"] == "extra_forbidden"
        message = "there is no such parameter" if unknown else get_fault_reason(one)
        errors.append({"in": where[0], "parameter": where[1] if len(where) > 1 else where[0], "message": message})
    said = "; ".join(f"{one['parameter']}: {one['message']}" for one in errors)
    if any(one["type"] == "extra_forbidden" for one in error.errors()):
        said += f". {_get_documentation_links(request)}"
    parameter = errors[0]["parameter"] if errors else None
    return ProblemError(
        "invalid-parameter", "A parameter is wrong", said, status=422, parameter=parameter, errors=errors
    )


def make_http_problem(request: Request, error: HTTPException) -> ProblemError:
    """Return the problem for a routing error."""
    headers = dict(error.headers or {})
    if error.status_code == 404:
        links = _get_documentation_links(request)
        nothing = explain("Nothing is served at %(path)s.", links, path=request.url.path)
        return ProblemError("not-found", "Not found", nothing, status=404)
    if error.status_code == 405:
        detail = f"{request.method} is not possible here; {headers.get('Allow', 'nothing')} is."
        return ProblemError("method-not-allowed", "The method is not allowed here", detail, status=405, headers=headers)
    return ProblemError(
        "http-error", "The request failed", str(error.detail), status=error.status_code, headers=headers
    )


def _get_allowed_methods(request: Request) -> str:
    """Return the methods of the resource, across all of its routes."""

    def takes(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)

    return ", ".join([*filter(takes, _ORDER), "OPTIONS"])


def _get_documentation_links(request: Request) -> str:
    return f"What there is stands at {request.scope.get('root_path', '')}/api/docs."
