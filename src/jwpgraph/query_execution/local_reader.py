"""What the rest of the service reads the graph through: pool and cache behind the :class:`Queries` interface."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from jwpgraph.http.client_context import CLIENT
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.pool import WorkerPool
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.query_execution.query_results import QueryResults
from jwpgraph.query_execution.query_task import QueryRequest, ResultTruncatedError
from jwpgraph.query_execution.result_cache import ResultCache
from jwpgraph.query_execution.serialization import RESULTS_JSON

#: Reads that no client asked for, such as probes.
_CLIENT: Final = "service"
#: Functions that may answer differently the next time; a false alarm only costs an evaluation.
_NONDETERMINISTIC: Final = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE)\s*\(|\bSERVICE\b", re.IGNORECASE)
#: How a query ends whose worker was killed, by whomever.
_LOST_WORKER: Final = frozenset({"query-crashed", "query-memory"})
#: Bytes of an answer that take so long to take apart that it is done beside the event loop.
_LONG: Final = 256 * 1024


class LocalGraphReader:
    """Reads the release being served.

    Args:
        source: where queries are answered: a pool alone evaluates each, :class:`QueryResults` remembers.
        client: the name under which queries queue that no request of a client is behind; how many there may be is
            limited for clients alone.
    """

    def __init__(self, source: WorkerPool | QueryResults, client: str = _CLIENT) -> None:
        self._answers = source if isinstance(source, QueryResults) else QueryResults(source, ResultCache(0))
        self._client = client

    @property
    def release_number(self) -> int:
        """The number of the release that answers."""
        return self._answers.pool.release_number

    async def select(self, query: str) -> list[SolutionRow]:
        """The solutions of a SELECT query, in order; unbound variables are absent from a row.

        Raises:
            ProblemError: as :meth:`WorkerPool.evaluate`.
        """
        request = QueryRequest(query, solution_types=(RESULTS_JSON,), graph_types=())
        answer = await self._read(request)
        if len(answer) > _LONG:
            return await asyncio.to_thread(_read_rows, answer)
        return _read_rows(answer)

    async def ask(self, query: str) -> bool:
        """The answer of an ASK query; always evaluated, since probes ask to see that a worker answers.

        Raises:
            ProblemError: as :meth:`WorkerPool.evaluate`.
        """
        request = QueryRequest(query, solution_types=(RESULTS_JSON,), graph_types=())
        document = orjson.loads(await self._read(request, cacheable=False))
        return bool(document["boolean"])

    async def construct(self, query: str, media_type: str = "application/n-triples") -> bytes:
        """The graph of a CONSTRUCT or DESCRIBE query, serialised as *media_type*.

        Raises:
            ProblemError: as :meth:`WorkerPool.evaluate`.
        """
        return await self._read(QueryRequest(query, solution_types=(), graph_types=(media_type,)))

    async def _read(self, request: QueryRequest, *, cacheable: bool = True) -> bytes:
        try:
            return await self._read_once(request, cacheable=cacheable)
        except ProblemError as problem:
            if problem.slug not in _LOST_WORKER:
                raise
        # Its worker ended, hardly because of what the service itself asks: a page is no worse off for that.
        return await self._read_once(request, cacheable=cacheable)

    async def _read_once(self, request: QueryRequest, *, cacheable: bool) -> bytes:
        visitor = CLIENT.get()
        answer = await self._answers.answer(
            request,
            client=visitor or self._client,
            cacheable=cacheable and not _NONDETERMINISTIC.search(request.text),
            limited=visitor is not None,
        )
        if answer.entry is not None:
            return answer.entry.body
        try:
            return b"".join([chunk async for chunk in answer])
        except ResultTruncatedError as error:
            raise error.problem from None
        finally:
            await answer.aclose()


def _read_rows(answer: bytes) -> list[SolutionRow]:
    return parse_json_results(orjson.loads(answer))


def parse_json_results(document: Mapping[str, Any]) -> list[SolutionRow]:
    """The solutions of a document in the SPARQL 1.1 Query Results JSON Format."""
    return [{name: _parse_term(value) for name, value in row.items()} for row in document["results"]["bindings"]]


def _parse_term(value: dict[str, str]) -> QueryTerm:
    kind = value["type"]
    if kind == "uri":
        return QueryTerm("uri", value["value"])
    if kind == "bnode":
        return QueryTerm("bnode", value["value"])
    return QueryTerm("literal", value["value"], value.get("xml:lang"), value.get("datatype"))
