"""Requests for a certain release (``?release=12``), on data, the API, the progress report and the SPARQL endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from starlette.types import ASGIApp, Receive, Scope, Send

from jwpgraph.entities.app_context import PINNED_RELEASE
from jwpgraph.http.parameters import get_values, parse_parameters, parse_release_number
from jwpgraph.http.request_lifecycle import run_with_problems
from jwpgraph.http.unknown_names import make_wrong_parameter_problem
from jwpgraph.problems import ProblemError, explain
from jwpgraph.query_execution.earlier_releases import PINNED, EarlierReleases
from jwpgraph.query_execution.query_results import QueryResults
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.release import Release

_PARAMETER: Final = "release"
_PINNED_PATHS: Final = ("/data/", "/api/v1/", "/programme/report", "/programme/proposals")
#: Paths that do not read from a release, or that have a parameter of that name themselves.
_OTHER_PATHS: Final = ("/api/v1/changes", "/api/v1/releases", "/api/v1/validation")


class PinnedReleases:
    """Finds the requested release.

    Args:
        releases: the releases that are kept.
        earlier: opens them; ``None`` if a remote endpoint is read, which has one release only.
    """

    def __init__(self, releases: ReleaseDirectory, earlier: EarlierReleases | None) -> None:
        self._releases = releases
        self._earlier = earlier

    async def open(self, number: int) -> tuple[QueryResults, Release]:
        """Return the evaluator of queries on the release with a number, and the release.

        Raises:
            ProblemError: ``no-such-release`` (404) if it is not kept.
        """
        release = self._releases.get(number)
        if self._earlier is None:
            detail = f"release {number}: the endpoint that is read from has the current one only"
            raise ProblemError("no-such-release", "There is no such release", detail, status=404)
        return await self._earlier.open(release), release


def names_release(scope: Scope) -> bool:
    """Return whether a request may name the release to read."""
    path: str = scope["path"]
    return (
        _PARAMETER.encode() in scope["query_string"]
        and scope["method"] in {"GET", "HEAD"}
        and path.startswith(_PINNED_PATHS)
        and not path.startswith(_OTHER_PATHS)
    )


class PinnedRequests:
    """Answers a request from the requested release; other requests are passed on unchanged.

    Args:
        app: answers from the release being served, repeated requests at once.
        uncached: answers from the release that :data:`PINNED` has.
        pinned: finds the releases.
        served: gives the number of the release being served.
    """

    def __init__(self, app: ASGIApp, uncached: ASGIApp, pinned: PinnedReleases, served: Callable[[], int]) -> None:
        self._served = served
        self._app = app
        self._uncached = uncached
        self._pinned = pinned

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if names_release(scope):
            await run_with_problems(self._answer, scope, receive, send, [])
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        parameters = parse_parameters(scope["query_string"])
        given = get_values(parameters, _PARAMETER)
        if not given:
            await self._app(scope, receive, send)
            return
        if len(given) > 1:
            raise make_wrong_parameter_problem(_PARAMETER, explain("send one, not %(number)s.", number=len(given)))
        number = parse_release_number(given[0])
        rest = urlencode([pair for pair in parameters if pair[0] != _PARAMETER])
        inner = {**scope, "query_string": rest.encode(), PINNED_RELEASE: number}
        if number == self._served():
            await self._app(inner, receive, send)
            return
        answers, _ = await self._pinned.open(number)
        token = PINNED.set(answers)
        try:
            await self._uncached(inner, receive, send)
        finally:
            PINNED.reset(token)
