"""The :class:`.queries.GraphReader` over a remote endpoint (SPARQL 1.1 Protocol, ``JWPGRAPH_SPARQL_BACKEND``).

The endpoint holds a release published by ``jwpgraph publish``; the API and the pages read from it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any, Final

import httpx
import orjson

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.local_reader import parse_json_results
from jwpgraph.query_execution.queries import SolutionRow
from jwpgraph.query_execution.serialization import RESULTS_JSON
from jwpgraph.query_execution.virtuoso_terms import normalise_term

#: Longer queries are posted; some endpoints refuse long request lines.
_LONGEST_GET: Final = 2000
#: Results with this number of rows or more may be truncated; no engine has a lower default.
_SUSPICIOUS: Final = 100
#: Seconds after which the limit of the endpoint is determined again; its settings may have changed.
_TRUSTED: Final = 600.0
#: Factor by which there are more parts than needed for parts of equal size.
_SPARE: Final = 1.5
_ATTEMPTS: Final = 3
#: Bytes of an error message that are read, and characters that are quoted.
_LONGEST_MESSAGE: Final = 4096
_QUOTED: Final = 200
_DIGITS: Final = "0123456789abcdef"
_PROLOGUE: Final = re.compile(r"(?:\s*(?:PREFIX\s+[^\s:]*:\s*<[^>]*>|#[^\n]*\n))*", re.IGNORECASE)


class RemoteGraphReader:
    """Reads the graph from a SPARQL endpoint over HTTP.

    Args:
        endpoint: the URL of the SPARQL endpoint.
        release_number: returns the number of the release at the endpoint.
        timeout: time limit of a response in seconds.
    """

    def __init__(self, endpoint: str, release_number: Callable[[], int], timeout: float) -> None:
        self._endpoint = endpoint
        self._release_number = release_number
        #: Number of rows of the longest result known to be complete.
        self._whole = 0
        #: Time until which the known limit of the endpoint is used.
        self._trusted_until = 0.0
        self._long_read = asyncio.Lock()
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False)

    @property
    def release_number(self) -> int:
        """The number of the release at the endpoint."""
        return self._release_number()

    async def select(self, query: str) -> list[SolutionRow]:
        """Return all solutions of a SELECT query; a result that the endpoint truncates is read in parts.

        Raises:
            ProblemError: ``backend-unreachable`` (502), ``backend-timeout`` (504), ``backend-failed`` (502),
                ``backend-unsuitable`` (502), or ``backend-incomplete`` (502) if not all solutions can be had.
        """
        await self._check_default_graph()
        document = await self._json(query)
        rows = self._solutions(document)
        if len(rows) < _SUSPICIOUS or len(rows) <= self._whole:
            return rows
        expected = await self._count(query)
        if len(rows) < expected:
            return await self._select_parts(query, document["head"]["vars"], len(rows), expected)
        self._whole = len(rows)
        return rows

    async def _check_default_graph(self) -> None:
        """Raise if the endpoint's default graph is not the union of its graphs: every result would be empty."""
        if time.monotonic() < self._trusted_until:
            return
        if not await self._ask("ASK { ?s ?p ?o }") and await self._ask("ASK { GRAPH ?g { ?s ?p ?o } }"):
            raise ProblemError(
                "backend-unsuitable",
                "The SPARQL backend is not set up for this service",
                f"{self._endpoint}: its default graph is empty, its named graphs are not; the default graph must be"
                " the union of the named graphs (Oxigraph: --union-default-graph)",
                status=502,
            )
        self._whole = 0
        self._trusted_until = time.monotonic() + _TRUSTED

    async def _select_parts(self, query: str, names: list[str], size: int, expected: int) -> list[SolutionRow]:
        """Read a result of *expected* solutions in parts of fewer than *size*.

        Parts are divided by a digest of the solution, so that no order is needed. A query with ORDER BY is read page by
        page. Virtuoso 7.2.5 loses rows of long results while it evaluates others: therefore one such result is read at
        a time, and read again if rows are missing.
        """
        prologue, body = _split_prologue(query)
        if re.search(r"\bORDER\s+BY\b[^{}]*\Z", body, re.IGNORECASE):
            return await self._select_pages(query, size, expected)
        digest = "MD5(CONCAT(" + ", '|', ".join(f"COALESCE(STR(?{name}), '')" for name in [*names, *names[:1]]) + "))"
        rows: list[SolutionRow] = []
        async with self._long_read:
            for _ in range(_ATTEMPTS):
                rows = []
                for digits in _divide_digits(_SPARE * expected / size):
                    chosen = f'FILTER(REGEX({digest}, "^({digits})"))'
                    rows += self._solutions(await self._json(f"{prologue} SELECT * WHERE {{ {{ {body}\n}} {chosen} }}"))
                expected = max(expected, await self._count(query))
                if len(rows) == expected:
                    return rows
        raise self._incomplete(len(rows), expected)

    async def _select_pages(self, query: str, size: int, expected: int) -> list[SolutionRow]:
        """Read an ordered result of *expected* solutions, *size* at a time.

        A subquery does the ordering, because engines refuse to sort many more rows than they return at a time.
        """
        prologue, body = _split_prologue(query)
        rows: list[SolutionRow] = []
        while len(rows) < expected:
            page = f"{prologue} SELECT * WHERE {{ {{ {body}\n}} }} LIMIT {size} OFFSET {len(rows)}"
            found = self._solutions(await self._json(page))
            if not found:
                break
            rows += found
        distinct = len({tuple(sorted(row.items(), key=lambda item: item[0])) for row in rows})
        if len(rows) != expected or distinct != await self._count(query, distinct=True):
            raise self._incomplete(distinct, expected)
        return rows

    async def _count(self, query: str, *, distinct: bool = False) -> int:
        prologue, body = _split_prologue(query)
        inner = f"SELECT DISTINCT * WHERE {{ {{ {body}\n}} }}" if distinct else body
        rows = self._solutions(
            await self._json(f"{prologue} SELECT (COUNT(*) AS ?solutions) WHERE {{ {{ {inner}\n}} }}")
        )
        try:
            return int(rows[0]["solutions"].value)
        except (LookupError, ValueError):
            raise self._failure_problem("it did not count its solutions") from None

    def _solutions(self, document: dict[str, Any]) -> list[SolutionRow]:
        try:
            return [{name: normalise_term(term) for name, term in row.items()} for row in parse_json_results(document)]
        except (LookupError, TypeError, AttributeError):
            raise self._failure_problem("the response has no solutions") from None

    async def ask(self, query: str) -> bool:
        """Return the result of an ASK query; raises the problems of :meth:`select`."""
        await self._check_default_graph()
        return await self._ask(query)

    async def _ask(self, query: str) -> bool:
        match await self._json(query):
            case {"boolean": bool(answer)}:
                return answer
            case {"head": {"vars": ["__ASK_RETVAL"]}, "results": {"bindings": list(rows)}}:
                # Virtuoso 7.2 returns a table, with one row for true and none for false.
                return bool(rows)
            case _:
                raise self._failure_problem("the response has no boolean")

    async def construct(self, query: str, media_type: str = "application/n-triples") -> bytes:
        """Return the graph of a CONSTRUCT or DESCRIBE query; raises the problems of :meth:`select`."""
        return await self._read(query, media_type)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _json(self, query: str) -> dict[str, Any]:
        try:
            document: dict[str, Any] = orjson.loads(await self._read(query, RESULTS_JSON))
        except orjson.JSONDecodeError:
            raise self._failure_problem("the response is not SPARQL results in JSON") from None
        return document

    async def _read(self, query: str, media_type: str) -> bytes:
        headers = {"Accept": media_type}
        try:
            if len(query) <= _LONGEST_GET:
                answer = await self._client.get(self._endpoint, params={"query": query}, headers=headers)
            else:
                answer = await self._client.post(self._endpoint, data={"query": query}, headers=headers)
        except httpx.TimeoutException:
            raise ProblemError(
                "backend-timeout", "The SPARQL backend took too long", f"{self._endpoint} did not answer", status=504
            ) from None
        except httpx.HTTPError as error:
            raise ProblemError(
                "backend-unreachable",
                "The SPARQL backend cannot be reached",
                f"{self._endpoint}: {type(error).__name__}",
                status=502,
            ) from None
        if answer.status_code != 200:
            raise self._failure_problem(
                f"the response has status {answer.status_code} ({quote_message(answer.content)})"
            )
        if "x-sql-state" in answer.headers:
            # Virtuoso reports a result truncated by a time limit in a header; the status is 200 all the same.
            raise self._failure_problem(f"the result is partial ({answer.headers.get('x-sql-message', 'no reason')})")
        return answer.content

    def _incomplete(self, found: int, expected: int) -> ProblemError:
        return ProblemError(
            "backend-incomplete",
            "The SPARQL backend returned an incomplete result",
            f"{self._endpoint}: {found} of {expected} solutions could be read; it cuts long answers short"
            " (Virtuoso: ResultSetMaxRows)",
            status=502,
        )

    def _failure_problem(self, why: str) -> ProblemError:
        return ProblemError("backend-failed", "The SPARQL backend failed", f"{self._endpoint}: {why}", status=502)


def quote_message(content: bytes) -> str:
    """Return the first line of an error message of an endpoint, shortened."""
    lines = content[:_LONGEST_MESSAGE].decode("utf-8", "replace").split("\n")
    return next((line.strip()[:_QUOTED] for line in lines if line.strip()), "no message")


def _divide_digits(parts: float) -> list[str]:
    """Return regular expressions for the first hexadecimal digits of a digest, which divide it into *parts* or more."""
    if parts <= len(_DIGITS):
        step = max(1, int(len(_DIGITS) // parts))
        return [f"[{_DIGITS[start : start + step]}]" for start in range(0, len(_DIGITS), step)]
    return [digit + following for digit in _DIGITS for following in _divide_digits(parts / len(_DIGITS))]


def _split_prologue(query: str) -> tuple[str, str]:
    """Return the declarations of a query, which a subquery must not have, and the rest."""
    prologue = _PROLOGUE.match(query)
    end = prologue.end() if prologue else 0
    return query[:end], query[end:]
