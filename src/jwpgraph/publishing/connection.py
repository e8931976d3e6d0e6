"""Requests to a target: who we are, how long to wait, what to try again, and plain words for what it answers.

Redirects are not followed, so that neither data nor credentials go where nobody sent them. Of an answer no more is read
than is of use.
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
from jwpgraph.publishing.target_responses import TargetResponse, refusal_problem
from jwpgraph.query_execution.local_reader import parse_json_results
from jwpgraph.query_execution.queries import SolutionRow
from jwpgraph.query_execution.serialization import RESULTS_JSON
from jwpgraph.settings import Settings

_CONNECT_SECONDS: Final = 10.0
_LONGEST_PAUSE: Final = 60.0
#: Answers that may be another one a moment later.
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
#: What a write answers is of interest only where it explains a refusal.
_WRITE_LIMIT: Final = 64 * 1024
_QUERY_LIMIT: Final = 64 * 1024**2
_FETCH_LIMIT: Final = 128 * 1024**2
_BLOCK: Final = 256 * 1024
#: N-Triples are Turtle, too, which every graph store reads.
_TYPES: Final = ("application/n-triples", "text/turtle")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to a target: a bearer token, or a user's name and password by a scheme; or nobody."""

    scheme: Literal["none", "bearer", "basic", "digest"] = "none"
    user: str = ""
    secret: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Credentials:
        """What the settings say.

        Raises:
            ProblemError: ``bad-setting`` where they contradict each other.
        """
        token, user, password = settings.publish_token, settings.publish_user, settings.publish_password
        if token is not None and user is not None:
            raise _bad_setting_problem("JWPGRAPH_PUBLISH_TOKEN and JWPGRAPH_PUBLISH_USER: give one of them")
        if (user is None) != (password is None):
            raise _bad_setting_problem("JWPGRAPH_PUBLISH_USER and JWPGRAPH_PUBLISH_PASSWORD go together")
        if token is not None:
            return cls("bearer", secret=token.get_secret_value())
        if user is not None and password is not None:
            return cls(settings.publish_auth, user, password.get_secret_value())
        return cls()

    def auth(self) -> httpx.Auth | None:
        """What signs requests."""
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
    """How long to wait.

    Attributes:
        answer: seconds for the answer to one request.
        retries: how often a request is sent again.
        delay: seconds before it is first sent again; doubled each time.
    """

    answer: float = 600.0
    retries: int = 5
    delay: float = 1.0


@dataclass(frozen=True, slots=True)
class FileRange:
    """A request body: a part of a file, read as it is sent, and as often as it takes.

    Its length is known beforehand, because Virtuoso takes a body of unknown length for an empty one.
    """

    path: Path
    start: int
    length: int

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(self.start)
            left = self.length
            while left > 0 and (block := file.read(min(_BLOCK, left))):
                left -= len(block)
                yield block


class TargetConnection:
    """Speaks with one target; an asynchronous context manager.

    Args:
        endpoints: its URLs.
        access: who we are; told to the origin of the graph store alone.
        patience: how long to wait.

    Attributes:
        trouble: why a request is being sent again; empty while all goes well.
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
        """Replace a graph, or add to it; both may be done twice without harm.

        Args:
            graph: its IRI.
            body: N-Triples; where blank nodes are in them, they are not to be added.
            add: whether what the graph holds already stays.
            retry: whether a passing failure is worth another try.

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
                raise refusal_problem(answer, f"{'POST' if add else 'PUT'} {url}", self._credentials.scheme)
            return

    async def remove(self, graph: str) -> None:
        """Remove a graph; one that is not there is as good as removed. Raises as :meth:`write`."""
        url = self.endpoints.graph(graph)
        answer = await self._send("DELETE", url)
        if not answer.is_success and answer.status not in {404, 410}:
            raise refusal_problem(answer, f"DELETE {url}", self._credentials.scheme)

    async def fetch(self, graph: str) -> tuple[bytes, str]:
        """A graph as it comes, N-Triples where there are any, and its media type; raises as :meth:`write`."""
        url = self.endpoints.graph(graph)
        answer = await self._send("GET", url, {"Accept": f"{_TYPES[0]}, {_TYPES[1]};q=0.5"}, limit=_FETCH_LIMIT)
        if not answer.is_success or answer.cut:
            raise refusal_problem(answer, f"GET {url}", self._credentials.scheme)
        return answer.body, answer.media_type

    async def update(self, text: str) -> None:
        """Carry out a SPARQL update, which is sent once; raises as :meth:`write`, and ``bad-target``."""
        url = self.endpoints.require_update()
        answer = await self._send("POST", url, body={"update": text}, retry=False)
        if not answer.is_success:
            raise refusal_problem(answer, f"update to {url}", self._credentials.scheme)

    async def select(self, query: str, *variables: str) -> list[SolutionRow]:
        """The solutions of a SELECT query, which bind all *variables*; raises as :meth:`write`."""
        url = self.endpoints.query
        answer = await self._send("POST", url, {"Accept": RESULTS_JSON}, {"query": query}, limit=_QUERY_LIMIT)
        if not answer.is_success:
            raise refusal_problem(answer, f"query to {url}", self._credentials.scheme)
        if answer.cut:
            raise _failure_problem(f"{url}: its answer has no end")
        try:
            rows = parse_json_results(orjson.loads(answer.body))
        except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError):
            page = " but with a web page" if answer.is_html else ""
            raise _failure_problem(
                f"{url} did not answer with SPARQL results in JSON{page}; is it a SPARQL endpoint?"
            ) from None
        if not all(name in row for row in rows for name in variables):
            raise _failure_problem(f"{url}: its solutions lack a variable that was asked for")
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
        """Send a request, again where that may help."""
        pauses = self._pauses() if retry else iter(())
        while True:
            try:
                answer = await self._once(method, url, headers or {}, body, limit)
            except httpx.HTTPError as error:
                problem = _unreachable_problem(url, error)
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
            # What httpx makes of a challenge with an unknown algorithm, of one that is cut short, and of `auth-int`.
            raise _failure_problem(f"{url}: the way it asks for a password is not understood") from None
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
    """The seconds that a Retry-After header asks for (RFC 9110, section 10.2.3)."""
    text = answer.retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _is_final(error: httpx.HTTPError) -> bool:
    """Whether the same request would fail the same way: a certificate stays what it is."""
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return True
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _unreachable_problem(url: str, error: httpx.HTTPError) -> ProblemError:
    why = "it does not answer" if isinstance(error, httpx.TimeoutException) else str(error) or type(error).__name__
    return ProblemError("target-unreachable", "The target cannot be reached", f"{url}: {why}", status=502)


def _failure_problem(detail: str) -> ProblemError:
    return ProblemError("target-failed", "The target failed", detail, status=502)


def _bad_setting_problem(detail: str) -> ProblemError:
    return ProblemError("bad-setting", "A setting is invalid", detail)
