"""The :class:`.queries.GraphReader` over the local worker pool and result cache."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from jwpgraph.http.client_context import CLIENT
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.earlier_releases import PINNED
from jwpgraph.query_execution.pool import WorkerPool
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.query_execution.query_results import QueryResults, ResultCache
from jwpgraph.query_execution.query_task import QueryRequest, ResultTruncatedError
from jwpgraph.query_execution.serialization import RESULTS_JSON

#: Client name of queries without a client request, such as health checks.
_CLIENT: Final = "service"
#: Functions with varying results; such queries are not cached. A false positive only costs an evaluation.
_NONDETERMINISTIC: Final = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE)\s*\(|\bSERVICE\b", re.IGNORECASE)
#: Problems of queries whose worker was killed.
_LOST_WORKER: Final = frozenset({"query-crashed", "query-memory"})
#: Size in bytes from which results are parsed in a thread instead of the event loop.
_LONG: Final = 256 * 1024


class LocalGraphReader:
    """Reads the current release, or the one that :data:`PINNED` has.

    Args:
        source: a worker pool, which evaluates every query, or :class:`.QueryResults`, which also caches results.
        client: client name for queries outside of requests; the limit per client does not apply to it.
    """

    def __init__(self, source: WorkerPool | QueryResults, client: str = _CLIENT) -> None:
        self._served = source if isinstance(source, QueryResults) else QueryResults(source, ResultCache(0))
        self._client = client

    @property
    def _answers(self) -> QueryResults:
        return PINNED.get() or self._served

    @property
    def release_number(self) -> int:
        """Return the number of the current release."""
        return self._answers.pool.release_number

    async def select(self, query: str) -> list[SolutionRow]:
        """Return the solutions of a SELECT query, in order; rows have no entries for unbound variables.

        Raises:
            ProblemError: as :meth:`WorkerPool.evaluate`.
        """
        return await self.select_bound(query, {})

    async def select_bound(
        self, query: str, bindings: Mapping[str, QueryTerm], seconds: float | None = None
    ) -> list[SolutionRow]:
        """Return the solutions of a SELECT query with terms bound to some of its variables.

        Raises:
            ProblemError: as :meth:`WorkerPool.evaluate`.
        """
        bound = tuple(sorted(bindings.items()))
        request = QueryRequest(query, solution_types=(RESULTS_JSON,), graph_types=(), timeout=seconds, bindings=bound)
        answer = await self._read(request)
        if len(answer) > _LONG:
            return await asyncio.to_thread(_read_rows, answer)
        return _read_rows(answer)

    async def ask(self, query: str) -> bool:
        """Return the result of an ASK query. It is never cached, because health checks test that a worker answers.

        Raises:
            ProblemError: as :meth:`WorkerPool.evaluate`.
        """
        request = QueryRequest(query, solution_types=(RESULTS_JSON,), graph_types=())
        document = orjson.loads(await self._read(request, cacheable=False))
        return bool(document["boolean"])

    async def construct(self, query: str, media_type: str = "application/n-triples") -> bytes:
        """Return the graph of a CONSTRUCT or DESCRIBE query, serialised as *media_type*.

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
        # The worker was most likely lost because of another query; retry once.
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
    """Return the solutions of a document in the SPARQL 1.1 Query Results JSON Format (section 3.2)."""
    # Most terms of a long result are the same few IRIs; one object for each saves about half of the time and memory.
    iris: dict[str, QueryTerm] = {}
    rows: list[SolutionRow] = []
    for solution in document["results"]["bindings"]:
        row = {}
        for name, value in solution.items():
            kind, text = value["type"], value["value"]
            if kind == "uri":
                term = iris.get(text)
                if term is None:
                    term = iris[text] = QueryTerm("uri", text)
            elif kind == "bnode":
                term = QueryTerm("bnode", text)
            else:
                term = QueryTerm("literal", text, value.get("xml:lang"), value.get("datatype"))
            row[name] = term
        rows.append(row)
    return rows
