"""Requests to a target: credentials, timeouts, retries, and problems for its responses.

Redirects are not followed, so that data and credentials are not sent to other servers. Responses are read up to a
limit.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, Literal

import httpx
import orjson

import jwpgraph
from jwpgraph.problems import ProblemError
from jwpgraph.publishing.endpoints import TargetEndpoints, is_same_origin
from jwpgraph.publishing.target_responses import TargetResponse, make_refusal_problem
from jwpgraph.query_execution.local_reader import parse_json_results
from jwpgraph.query_execution.queries import SolutionRow
from jwpgraph.query_execution.serialization import RESULTS_JSON
from jwpgraph.settings import Settings

_CONNECT_SECONDS: Final = 10.0
_LONGEST_PAUSE: Final = 60.0
#: Statuses for which a request is retried.
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
#: Maximum number of bytes read from the response to a write, which only matters as an explanation of a refusal.
_WRITE_LIMIT: Final = 64 * 1024
_QUERY_LIMIT: Final = 64 * 1024**2
_FETCH_LIMIT: Final = 128 * 1024**2
_BLOCK: Final = 256 * 1024
#: N-Triples is a subset of Turtle, which every graph store supports.
_TYPES: Final = ("application/n-triples", "text/turtle")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Credentials for a target: none, a bearer token (RFC 6750), or user and password (RFC 7617, RFC 7616)."""

    scheme: Literal["none", "bearer", "basic", "digest"] = "none"
    user: str = ""
    secret: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Credentials:
        """Return the credentials in *settings*.

        Raises:
            ProblemError: ``bad-setting`` if the settings are contradictory.
        """
        token, user, password = settings.publish_token, settings.publish_user, settings.publish_password
        if token is not None and user is not None:
            raise _make_bad_setting_problem("JWPGRAPH_PUBLISH_TOKEN and JWPGRAPH_PUBLISH_USER: set only one of them")
        if (user is None) != (password is None):
            raise _make_bad_setting_problem("JWPGRAPH_PUBLISH_USER and JWPGRAPH_PUBLISH_PASSWORD: set both of them")
        if token is not None:
            return cls("bearer", secret=token.get_secret_value())
        if user is not None and password is not None:
            return cls(settings.publish_auth, user, password.get_secret_value())
        return cls()

    def auth(self) -> httpx.Auth | None:
        """Return the httpx authentication, or ``None``."""
        match self.scheme:
            case "bearer":
                return _BearerAuth(self.secret)
            case "basic":
                return httpx.BasicAuth(self.user, self.secret)
            case "digest":
                return httpx.DigestAuth(self.user, self.secret)
            case _:
                return None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Timeout and retries of requests.

    Attributes:
        answer: seconds to wait for a response.
        retries: maximum number of retries of a request.
        delay: seconds before the first retry; doubled for each further one.
    """

    answer: float = 600.0
    retries: int = 5
    delay: float = 1.0


@dataclass(frozen=True, slots=True)
class FileRange:
    """A request body from a part of a file, which can be read repeatedly.

    Its length is sent as Content-Length, because Virtuoso treats a body of unknown length as empty.
    """

    path: Path
    start: int
    length: int

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(self.start)
            remaining = self.length
            while remaining > 0 and (block := file.read(min(_BLOCK, remaining))):
                remaining -= len(block)
                yield block


class TargetConnection:
    """A connection to one target, as an asynchronous context manager.

    Args:
        endpoints: the URLs of the target.
        access: the credentials; sent only to the origin of the graph store.
        patience: timeout and retries.

    Attributes:
        trouble: the reason for the current retry; empty otherwise.
    """

    def __init__(self, endpoints: TargetEndpoints, access: Credentials, patience: RetryPolicy) -> None:
        self.endpoints = endpoints
        self._credentials = access
        self._auth = access.auth()
        self._retry_policy = patience
        self._types = list(_TYPES)
        self.trouble = ""
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(patience.answer, connect=min(_CONNECT_SECONDS, patience.answer)),
            follow_redirects=False,
            headers={"User-Agent": f"jwpgraph/{jwpgraph.__version__}", "Accept-Encoding": "identity"},
        )

    async def __aenter__(self) -> TargetConnection:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def write(self, graph: str, body: FileRange | bytes, *, add: bool = False, retry: bool = True) -> None:
        """Replace a graph (PUT) or add to it (POST); both are idempotent.

        Args:
            graph: the IRI of the graph.
            body: N-Triples; without blank nodes if *add* is set.
            add: whether to add to the graph instead of replacing it.
            retry: whether to retry after a temporary failure.

        Raises:
            ProblemError: ``target-refused``, ``target-failed``, ``target-unreachable``.
        """
        url = self.endpoints.graph(graph)
        length = len(body) if isinstance(body, bytes) else body.length
        while True:
            headers = {"Content-Type": self._types[0], "Content-Length": str(length)}
            answer = await self._send("POST" if add else "PUT", url, headers, body, retry=retry)
            if answer.status == 415 and len(self._types) > 1:
                self._types.pop(0)
                continue
            if not answer.is_success:
                raise make_refusal_problem(answer, f"{'POST' if add else 'PUT'} {url}", self._credentials.scheme)
            return

    async def remove(self, graph: str) -> None:
        """Remove a graph; a missing graph is not an error. Raises the problems of :meth:`write`."""
        url = self.endpoints.graph(graph)
        answer = await self._send("DELETE", url)
        if not answer.is_success and answer.status not in {404, 410}:
            raise make_refusal_problem(answer, f"DELETE {url}", self._credentials.scheme)

    async def fetch(self, graph: str) -> tuple[bytes, str]:
        """Return a graph, preferably as N-Triples, and its media type; raises the problems of :meth:`write`."""
        url = self.endpoints.graph(graph)
        answer = await self._send("GET", url, {"Accept": f"{_TYPES[0]}, {_TYPES[1]};q=0.5"}, limit=_FETCH_LIMIT)
        if not answer.is_success or answer.cut:
            raise make_refusal_problem(answer, f"GET {url}", self._credentials.scheme)
        return answer.body, answer.media_type

    async def update(self, text: str) -> None:
        """Send a SPARQL update without retries; raises the problems of :meth:`write`, and ``bad-target``."""
        url = self.endpoints.require_update()
        answer = await self._send("POST", url, body={"update": text}, retry=False)
        if not answer.is_success:
            raise make_refusal_problem(answer, f"update to {url}", self._credentials.scheme)

    async def select(self, query: str, *variables: str) -> list[SolutionRow]:
        """Return the solutions of a SELECT query, which must bind *variables*; raises the problems of :meth:`write`."""
        url = self.endpoints.query
        answer = await self._send("POST", url, {"Accept": RESULTS_JSON}, {"query": query}, limit=_QUERY_LIMIT)
        if not answer.is_success:
            raise make_refusal_problem(answer, f"query to {url}", self._credentials.scheme)
        if answer.cut:
            raise _make_failure_problem(f"{url}: the response is too long")
        try:
            rows = parse_json_results(orjson.loads(answer.body))
        except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError):
            page = ", but a web page" if answer.is_html else ""
            raise _make_failure_problem(
                f"{url}: the response is not SPARQL results in JSON{page}; is it a SPARQL endpoint?"
            ) from None
        if not all(name in row for row in rows for name in variables):
            raise _make_failure_problem(f"{url}: the solutions lack a requested variable")
        return rows

    async def _send(
        self,
        method: str,
        url: str,
        headers: dict[str, str] | None = None,
        body: FileRange | bytes | dict[str, str] | None = None,
        *,
        limit: int = _WRITE_LIMIT,
        retry: bool = True,
    ) -> TargetResponse:
        """Send a request, with retries after temporary failures."""
        pauses = self._pauses() if retry else iter(())
        while True:
            try:
                answer = await self._once(method, url, headers or {}, body, limit)
            except httpx.HTTPError as error:
                problem = _make_unreachable_problem(url, error)
                pause = next(pauses, None)
                if pause is None or _is_final(error):
                    raise problem from None
                self.trouble = problem.detail
            else:
                pause = next(pauses, None) if answer.status in _PASSING else None
                if pause is None:
                    self.trouble = ""
                    return answer
                self.trouble = f"{url}: status {answer.status}"
                pause = _parse_retry_after(answer) or pause
            await asyncio.sleep(pause)

    def _pauses(self) -> Iterator[float]:
        return (min(self._retry_policy.delay * 2**count, _LONGEST_PAUSE) for count in range(self._retry_policy.retries))

    async def _once(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: FileRange | bytes | dict[str, str] | None,
        limit: int,
    ) -> TargetResponse:
        auth = self._auth if is_same_origin(url, self.endpoints.store) else None
        content = None if isinstance(body, dict) else body
        form = body if isinstance(body, dict) else None
        request = self._client.build_request(method, url, headers=headers, content=content, data=form)
        try:
            response = await self._client.send(request, auth=auth, stream=True)
        except (KeyError, ValueError, NotImplementedError):
            # httpx raises these for a challenge with an unknown algorithm, a truncated one, and `auth-int`.
            raise _make_failure_problem(f"{url}: its authentication challenge is not supported") from None
        try:
            return await TargetResponse.read(response, limit)
        finally:
            await response.aclose()


class _BearerAuth(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def _parse_retry_after(answer: TargetResponse) -> float | None:
    """Return the seconds in a Retry-After header, or ``None`` (RFC 9110, section 10.2.3)."""
    text = answer.retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _is_final(error: httpx.HTTPError) -> bool:
    """Return whether a retry would fail in the same way, as for an invalid certificate."""
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return True
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _make_unreachable_problem(url: str, error: httpx.HTTPError) -> ProblemError:
    why = "no response" if isinstance(error, httpx.TimeoutException) else str(error) or type(error).__name__
    return ProblemError("target-unreachable", "The target cannot be reached", f"{url}: {why}", status=502)


def _make_failure_problem(detail: str) -> ProblemError:
    return ProblemError("target-failed", "The target failed", detail, status=502)


def _make_bad_setting_problem(detail: str) -> ProblemError:
    return ProblemError("bad-setting", "A setting is invalid", detail)
