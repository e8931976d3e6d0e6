"""Queries that the endpoint in ``JWPGRAPH_SPARQL_BACKEND`` evaluates (``JWPGRAPH_SPARQL_PASS_THROUGH``).

The guard has checked them. Their number and time and the size of the results are limited as for local queries; results
are passed on as they arrive.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, cast

import httpx
import orjson
from pyoxigraph import RdfFormat, parse
from starlette.types import Scope, Send

from jwpgraph.http.headers import FOR_PROGRAMS, RawHeaders, get_client_address
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.limits import QueryLimits
from jwpgraph.query_execution.query_task import QueryRequest, ResultTruncatedError
from jwpgraph.query_execution.remote_reader import quote_message
from jwpgraph.query_execution.serialization import RESULTS_JSON, ResultKind, list_media_types
from jwpgraph.sparql_protocol.query_responses import make_content_type_header

_CONNECT_SECONDS: Final = 5.0
#: Bytes of an answer to ASK, or of an error, that are read.
_SHORT: Final = 64 * 1024
#: The header of Virtuoso for a result that it has cut.
_CUT: Final = "x-sparql-maxrows"
#: A query with as many rows as there are triples.
_MANY: Final = "SELECT ?s { ?s ?p ?o }"
#: Seconds after which the limit of the endpoint is determined again; its settings may have changed.
_KNOWN_SECONDS: Final = 600.0
_YES_NO: Final = (
    '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head/><boolean>{}</boolean></sparql>'
)


class RemoteQueries:
    """Passes queries on to a SPARQL endpoint.

    Args:
        endpoint: its URL.
        limits: the limits on queries.
    """

    def __init__(self, endpoint: str, limits: QueryLimits) -> None:
        self._endpoint = endpoint
        self._limits = limits
        self._running: Counter[str] = Counter()
        self._limit: int | None = None
        self._limit_known_until = 0.0
        self._client = httpx.AsyncClient(
            follow_redirects=False,
            timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=None),
        )

    async def answer(
        self, request: QueryRequest, kind: ResultKind, scope: Scope, send: Send, headers: RawHeaders
    ) -> None:
        """Send the result of a query, or raise a problem.

        Args:
            request: the query.
            kind: the kind of result.
            scope: the request of the client.
            send: sends the response.
            headers: further headers of the response.

        Raises:
            ProblemError: ``too-many-queries``, ``overloaded``, ``bad-timeout``, ``query-timeout``, ``bad-parameter``,
                ``backend-unreachable``, ``backend-failed``, ``backend-incomplete``, ``result-too-large``.
            ResultTruncatedError: the result is incomplete; the connection must be aborted.
        """
        seconds = self._limits.seconds(request.timeout)
        media_type = next(iter(request.graph_types if kind == "graph" else request.solution_types))
        started = False
        try:
            with self._admit(get_client_address(scope)):
                async with asyncio.timeout(seconds), self._ask(request, kind, media_type) as response:
                    chunks = self._read(response)
                    if kind == "boolean":
                        chunks = _convert(response, media_type, self._fail)
                    elif kind == "graph" and (longest := await self._find_limit()) is not None:
                        chunks = self._require_whole(chunks, media_type, longest)
                    first = await anext(chunks, b"")
                    started = True
                    start = [(b"content-type", make_content_type_header(media_type).encode()), *headers, *FOR_PROGRAMS]
                    await send({"type": "http.response.start", "status": 200, "headers": start})
                    if scope["method"] != "HEAD":
                        await send({"type": "http.response.body", "body": first, "more_body": True})
                        async for chunk in chunks:
                            await send({"type": "http.response.body", "body": chunk, "more_body": True})
                    await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            problem = self._limits.timeout_problem(seconds)
        except httpx.HTTPError as error:
            problem = self._make_problem("backend-unreachable", "cannot be reached", type(error).__name__)
        except ProblemError as error:
            problem = error
        else:
            return
        if started:
            raise ResultTruncatedError(problem) from None
        raise problem from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    @contextmanager
    def _admit(self, client: str) -> Iterator[None]:
        """Count a query of *client* within the context."""
        if self._running[client] >= self._limits.per_client:
            raise self._limits.too_many_queries_problem()
        if self._running.total() >= self._limits.workers + self._limits.queue_length:
            raise self._limits.queue_full_problem()
        self._running[client] += 1
        try:
            yield
        finally:
            self._running[client] -= 1
            if not self._running[client]:
                del self._running[client]

    @asynccontextmanager
    async def _ask(self, request: QueryRequest, kind: ResultKind, media_type: str) -> AsyncIterator[httpx.Response]:
        """Send a query; yield the response once it is known to have the whole result in a format that is expected."""
        if not request.entailment:
            detail = "entailment=false is not available here, as another engine evaluates queries"
            raise ProblemError("bad-parameter", "A parameter cannot be used", detail, status=400)
        base = f"BASE <{request.base_iri}>\n" if request.base_iri else ""
        fields: dict[str, str | list[str]] = {"query": base + request.text}
        if request.default_graphs:
            fields["default-graph-uri"] = list(request.default_graphs)
        if request.named_graphs:
            fields["named-graph-uri"] = list(request.named_graphs)
        asked = RESULTS_JSON if kind == "boolean" else _find_standard_type(kind, media_type)
        headers = {"Accept": asked, "Accept-Encoding": "identity"}
        async with self._client.stream("POST", self._endpoint, data=fields, headers=headers) as response:
            given = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if response.status_code != 200:
                raise self._fail(
                    f"the response has status {response.status_code} ({quote_message(await _read_beginning(response))})"
                )
            if "x-sql-state" in response.headers:
                raise self._fail(f"the result is partial ({response.headers.get('x-sql-message', 'no reason')})")
            if _CUT in response.headers:
                raise self._make_cut_problem(response.headers[_CUT])
            if given != asked:
                raise self._fail(f"the response is {given or 'of no type'} instead of {asked}")
            yield response

    async def _read(self, response: httpx.Response) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in response.aiter_raw():
            size += len(chunk)
            if size > self._limits.result:
                raise self._limits.result_too_large_problem()
            yield chunk

    async def _find_limit(self) -> int | None:
        """Return the number of rows at which the endpoint cuts results, if it says so.

        Virtuoso 7.2.5 says so for SELECT; it cuts graphs at as many triples and says nothing.
        """
        if time.monotonic() >= self._limit_known_until:
            headers = {"Accept": RESULTS_JSON, "Accept-Encoding": "identity"}
            async with self._client.stream("POST", self._endpoint, data={"query": _MANY}, headers=headers) as response:
                found = response.headers.get(_CUT, "")
            self._limit = int(found) if found.isdecimal() else None
            self._limit_known_until = time.monotonic() + _KNOWN_SECONDS
        return self._limit

    async def _require_whole(self, chunks: AsyncIterator[bytes], media_type: str, longest: int) -> AsyncIterator[bytes]:
        """Yield a graph once it is known to have fewer triples than the endpoint cuts graphs at."""
        body = b"".join([chunk async for chunk in chunks])
        format_ = cast(RdfFormat, list_media_types("graph")[media_type])
        try:
            count = await asyncio.to_thread(lambda: sum(1 for _ in parse(body, format=format_)))
        except (SyntaxError, ValueError) as error:
            raise self._fail(f"the response cannot be read: {error}") from None
        if count >= longest:
            raise self._make_cut_problem(str(longest))
        yield body

    def _make_cut_problem(self, longest: str) -> ProblemError:
        detail = f"it cuts results at {longest} rows or triples; request less, with LIMIT"
        return self._make_problem("backend-incomplete", "returned an incomplete result", detail)

    def _fail(self, reason: str) -> ProblemError:
        return self._make_problem("backend-failed", "failed", reason)

    def _make_problem(self, slug: str, what: str, detail: str) -> ProblemError:
        return ProblemError(slug, f"The SPARQL backend {what}", f"{self._endpoint}: {detail}", status=502)


def _find_standard_type(kind: ResultKind, media_type: str) -> str:
    """Return the media type that stands for the same format, first of all, and that any engine knows."""
    available = list_media_types(kind)
    return next(name for name, format_ in available.items() if format_ == available[media_type])


async def _convert(
    response: httpx.Response, media_type: str, fail: Callable[[str], ProblemError]
) -> AsyncIterator[bytes]:
    """Yield the answer to ASK; Virtuoso 7.2 returns a table, with one row for true and none for false."""
    body = await _read_beginning(response)
    try:
        match orjson.loads(body):
            case {"boolean": bool(answer)}:
                pass
            case {"head": {"vars": ["__ASK_RETVAL"]}, "results": {"bindings": list(rows)}}:
                answer = bool(rows)
            case _:
                raise fail("the response has no boolean")
    except orjson.JSONDecodeError:
        raise fail("the response is not SPARQL results in JSON") from None
    if list_media_types("boolean")[media_type] == list_media_types("boolean")[RESULTS_JSON]:
        yield orjson.dumps({"head": {}, "boolean": answer})
    else:
        yield _YES_NO.format(str(answer).lower()).encode()


async def _read_beginning(response: httpx.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > _SHORT:
            break
    return body[:_SHORT]
