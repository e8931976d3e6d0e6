"""The :class:`.queries.GraphReader` over a remote endpoint (SPARQL 1.1 Protocol, ``JWPGRAPH_SPARQL_BACKEND``).

The endpoint holds a release published by ``jwpgraph publish``; the API and the pages read from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.local_reader import parse_json_results
from jwpgraph.query_execution.queries import SolutionRow
from jwpgraph.query_execution.serialization import RESULTS_JSON

#: Maximum length of a query sent by GET; some endpoints refuse long request lines.
_LONGEST_GET = 2000


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
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False)

    @property
    def release_number(self) -> int:
        """The number of the release at the endpoint."""
        return self._release_number()

    async def select(self, query: str) -> list[SolutionRow]:
        """Return the solutions of a SELECT query.

        Raises:
            ProblemError: ``backend-unreachable`` (502), ``backend-timeout`` (504) or ``backend-failed`` (502).
        """
        try:
            return parse_json_results(await self._json(query))
        except (LookupError, TypeError, AttributeError):
            raise self._failed("the response has no solutions") from None

    async def ask(self, query: str) -> bool:
        """Return the result of an ASK query; raises the problems of :meth:`select`."""
        match await self._json(query):
            case {"boolean": bool(answer)}:
                return answer
            case {"head": {"vars": ["__ASK_RETVAL"]}, "results": {"bindings": list(rows)}}:
                # Virtuoso 7.2 returns a table, with one row for true and none for false.
                return bool(rows)
            case _:
                raise self._failed("the response has no boolean")

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
            raise self._failed("the response is not SPARQL results in JSON") from None
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
            raise self._failed(f"the response has status {answer.status_code}")
        return answer.content

    def _failed(self, why: str) -> ProblemError:
        return ProblemError("backend-failed", "The SPARQL backend failed", f"{self._endpoint}: {why}", status=502)
