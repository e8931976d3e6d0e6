"""Every error of the service as a problem document, or as a page for who asks with a browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from jwpgraph.http.headers import header, options, raw
from jwpgraph.http.negotiation import negotiate
from jwpgraph.http.problem_response import PROBLEM_JSON, problem_response, unexpected
from jwpgraph.http.responses import Response as PlainResponse
from jwpgraph.linked_data.responses import raw_path
from jwpgraph.problems import Problem

ErrorPage = Callable[[Request, Problem], Awaitable[Response]]

#: Below these paths every error is a problem document, whoever asks.
MACHINE_PATHS = ("/api/v1", "/data", "/sparql", "/graph-store", "/informea.svc", "/informea/v2")

_ORDER: Final = ("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE")


def install(app: FastAPI, page: ErrorPage | None = None) -> None:
    """Make *app* answer every error with a problem.

    Args:
        app: the whole service.
        page: renders a problem for a browser; without it browsers get the document too.
    """

    async def answer(request: Request, problem: Problem) -> Any:
        if page and _wants_page(request):
            return await page(request, problem)
        return problem_response(problem, request.scope)

    async def on_problem(request: Request, error: Exception) -> Any:
        assert isinstance(error, Problem)  # noqa: S101 - Starlette dispatches by class
        return await answer(request, error)

    async def on_validation(request: Request, error: Exception) -> Any:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - Starlette dispatches by class
        return await answer(request, invalid_parameters(request, error))

    async def on_http(request: Request, error: Exception) -> Any:
        assert isinstance(error, HTTPException)  # noqa: S101 - Starlette dispatches by class
        if error.status_code == 405:
            error.headers = {"Allow": _methods(request)}
            if request.method == "OPTIONS":
                return PlainResponse(204, raw(options(_methods(request))))
        return await answer(request, http_problem(request, error))

    async def on_anything(request: Request, error: Exception) -> Any:
        return await answer(request, unexpected(error, request.scope))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_anything)


def _wants_page(request: Request) -> bool:
    path = raw_path(request)
    if any(path == root or path.startswith(root + "/") for root in MACHINE_PATHS):
        return False
    accept = header(request.scope, b"accept")
    return bool(accept) and negotiate(accept, (PROBLEM_JSON, "application/json", "text/html")) == "text/html"


def invalid_parameters(request: Request, error: RequestValidationError) -> Problem:
    """What is wrong with the parameters, in words, and parameter by parameter for programs."""
    errors = []
    for one in error.errors():
        where = [str(part) for part in one["loc"]]
        unknown = one["type"] == "extra_forbidden"
        message = "there is no such parameter" if unknown else one["msg"]
        errors.append({"in": where[0], "parameter": where[1] if len(where) > 1 else where[0], "message": message})
    said = "; ".join(f"{one['parameter']}: {one['message']}" for one in errors)
    if any(one["type"] == "extra_forbidden" for one in error.errors()):
        said += f". {_documentation(request)}"
    return Problem("invalid-parameter", "A parameter is wrong", said, status=422, errors=errors)


def http_problem(request: Request, error: HTTPException) -> Problem:
    """The problem that an error of the routing stands for."""
    headers = dict(error.headers or {})
    if error.status_code == 404:
        detail = f"Nothing is served at {request.url.path}. {_documentation(request)}"
        return Problem("not-found", "There is no such thing", detail, status=404)
    if error.status_code == 405:
        detail = f"{request.method} is not possible here; {headers.get('Allow', 'nothing')} is."
        return Problem("method-not-allowed", "The method is not allowed here", detail, status=405, headers=headers)
    return Problem("http-error", "The request failed", str(error.detail), status=error.status_code, headers=headers)


def _methods(request: Request) -> str:
    """What the resource takes, whichever of its routes takes it."""

    def takes(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)

    return ", ".join([*filter(takes, _ORDER), "OPTIONS"])


def _documentation(request: Request) -> str:
    return f"What there is stands at {request.scope.get('root_path', '')}/api/docs."
