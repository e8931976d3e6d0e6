"""What the rest of the service reads the graph through: the worker pool behind the :class:`Queries` interface."""

from __future__ import annotations

from typing import Final

import orjson

from jwpgraph.http.client import CLIENT
from jwpgraph.sparql.evaluation import QueryRequest
from jwpgraph.sparql.pool import WorkerPool
from jwpgraph.sparql.queries import Row, Term
from jwpgraph.sparql.serialization import RESULTS_JSON

#: Reads that no client asked for, such as probes.
_CLIENT: Final = "service"


class QueryService:
    """Reads the release being served through *pool*.

    Args:
        pool: where queries are evaluated.
        client: the name under which queries queue and are counted that no request of a client is behind.
    """

    def __init__(self, pool: WorkerPool, client: str = _CLIENT) -> None:
        self._pool = pool
        self._client = client

    @property
    def release_number(self) -> int:
        """The number of the release that answers."""
        return self._pool.release_number

    async def select(self, query: str) -> list[Row]:
        """The solutions of a SELECT query, in order; unbound variables are absent from a row.

        Raises:
            Problem: as :meth:`WorkerPool.evaluate`.
        """
        document = orjson.loads(await self._read(QueryRequest(query, solution_types=(RESULTS_JSON,), graph_types=())))
        return [{name: _term(value) for name, value in row.items()} for row in document["results"]["bindings"]]

    async def ask(self, query: str) -> bool:
        """The answer of an ASK query.

        Raises:
            Problem: as :meth:`WorkerPool.evaluate`.
        """
        document = orjson.loads(await self._read(QueryRequest(query, solution_types=(RESULTS_JSON,), graph_types=())))
        return bool(document["boolean"])

    async def construct(self, query: str, media_type: str = "application/n-triples") -> bytes:
        """The graph of a CONSTRUCT or DESCRIBE query, serialised as *media_type*.

        Raises:
            Problem: as :meth:`WorkerPool.evaluate`.
        """
        return await self._read(QueryRequest(query, solution_types=(), graph_types=(media_type,)))

    async def _read(self, request: QueryRequest) -> bytes:
        evaluation = await self._pool.evaluate(request, client=CLIENT.get() or self._client)
        body = evaluation.body
        return body if body is not None else await evaluation.read()


def _term(value: dict[str, str]) -> Term:
    kind = value["type"]
    if kind == "uri":
        return Term("uri", value["value"])
    if kind == "bnode":
        return Term("bnode", value["value"])
    return Term("literal", value["value"], value.get("xml:lang"), value.get("datatype"))
