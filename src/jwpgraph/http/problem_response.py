"""Problem details as HTTP responses (RFC 9457)."""

from __future__ import annotations

import logging
from typing import Final

import orjson
from starlette.types import Scope

from jwpgraph.http.headers import encode_headers
from jwpgraph.http.private_folders import without_private_folders
from jwpgraph.http.responses import CompleteResponse
from jwpgraph.problems import ProblemError

PROBLEM_JSON: Final = "application/problem+json"

_log = logging.getLogger(__name__)


def make_problem_response(problem: ProblemError, scope: Scope) -> CompleteResponse:
    """Return the ``application/problem+json`` response for *problem*.

    Extension members that are not JSON values are converted to strings.
    """
    del scope  # reserved for the client's language; at present all clients get the same response
    body = without_private_folders(orjson.dumps(problem.document(), default=str).decode()).encode()
    headers = {"Content-Type": PROBLEM_JSON, "Cache-Control": "no-store", **problem.headers}
    return CompleteResponse(
        problem.status, encode_headers({name: _join_lines(value) for name, value in headers.items()}), body
    )


def make_unexpected_problem(error: Exception, scope: Scope) -> ProblemError:
    """Log *error* and return the problem ``internal-error`` (500), without details for the client."""
    _log.error("%s %s failed", scope["method"], scope["path"], exc_info=error)
    return ProblemError(
        "internal-error", "The service failed", "The fault is in the service and has been logged.", status=500
    )


def _join_lines(value: str) -> str:
    return " ".join(value.split())
