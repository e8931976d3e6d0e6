"""The limits on queries, and the problems for exceeding them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from jwpgraph.problems import ProblemError
from jwpgraph.settings import Settings

MIB: Final = 2**20
#: Value of Retry-After, in seconds, for refused queries.
RETRY_AFTER: Final = 2


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """The resource limits of queries and the size of the worker pool.

    Args:
        timeout: seconds from a query's arrival to its last byte.
        memory: bytes of address space that a query may allocate in its worker.
        result: maximum size of a result in bytes.
        workers: worker processes for fast queries; the same number may run slow queries.
        queue_length: maximum number of queries that wait for a worker.
        per_client: maximum number of running and waiting queries of one client.
        time_slice: seconds after which a query counts as slow and may lose its fast worker.
        brief: maximum number of seconds of a very short query; another one may be queued behind it at its worker.
        stall: seconds for which a client may stop reading its result while other queries wait.
        slow_query: seconds from which a query is logged as slow; 0 logs none.
        reserve: additional workers, kept free for clients with fast queries.
    """

    timeout: float = 30.0
    memory: int = 2048 * MIB
    result: int = 1024 * MIB
    workers: int = 2
    queue_length: int = 64
    per_client: int = 16
    time_slice: float = 0.15
    brief: float = 0.005
    stall: float = 1.0
    slow_query: float = 5.0
    reserve: int = 1

    @classmethod
    def of(cls, settings: Settings) -> QueryLimits:
        """Return the limits in *settings*."""
        return cls(
            timeout=settings.query_timeout,
            memory=settings.query_memory_mb * MIB,
            result=settings.result_max_mb * MIB,
            workers=settings.workers,
            queue_length=settings.queue_length,
            per_client=settings.queries_per_client,
            slow_query=settings.slow_query,
        )

    def seconds(self, requested: float | None) -> float:
        """Return the time limit of a query in seconds: *requested*, at most the configured limit.

        Raises:
            ProblemError: ``bad-timeout`` (422) if it is not a positive number.
        """
        if requested is None:
            return self.timeout
        if not requested > 0:
            detail = "timeout must be a positive number of seconds"
            raise ProblemError("bad-timeout", "The timeout is invalid", detail, status=422)
        return min(requested, self.timeout)

    def timeout_problem(self, seconds: float) -> ProblemError:
        """Return the problem for a query that did not finish within *seconds*."""
        source = "the limit of this service" if seconds >= self.timeout else "the timeout parameter"
        detail = f"the query did not finish within {seconds:g} s ({source}) and was stopped"
        return ProblemError("query-timeout", "The query took too long", detail, status=503, limit_seconds=seconds)

    def memory_problem(self) -> ProblemError:
        """Return the problem for a query that exceeded its memory limit."""
        size = self.memory // MIB
        detail = f"the query needed more than {size} MiB of memory and was stopped"
        return ProblemError("query-memory", "The query needs too much memory", detail, status=503, limit_mib=size)

    def result_too_large_problem(self) -> ProblemError:
        """Return the problem for a result that exceeded its size limit."""
        size = self.result // MIB
        detail = f"the result is larger than {size} MiB; request less, for example with LIMIT"
        return ProblemError("result-too-large", "The result is too large", detail, status=413, limit_mib=size)

    def too_many_queries_problem(self) -> ProblemError:
        """Return the problem for a client with too many running and waiting queries."""
        detail = f"queries of this client that are running or waiting: {self.per_client}"
        return ProblemError(
            "too-many-queries", "Too many queries at once", detail, status=429, headers=_retry_headers()
        )

    def queue_full_problem(self) -> ProblemError:
        """Return the problem for a full queue."""
        detail = f"queries that are waiting for a worker: {self.queue_length}"
        return ProblemError("overloaded", "The service is busy", detail, status=503, headers=_retry_headers())

    def no_free_worker_problem(self, seconds: float) -> ProblemError:
        """Return the problem for a query that found no free worker in time."""
        detail = f"no query worker became free within {seconds:.3g} s"
        return ProblemError("overloaded", "The service is busy", detail, status=503, headers=_retry_headers())

    def slow_client_problem(self) -> ProblemError:
        """Return the problem for a client that stopped reading its result while other queries waited."""
        detail = f"the result was not read for {self.stall:g} s while other queries were waiting"
        return ProblemError("client-too-slow", "The client reads too slowly", detail, status=503)

    def worker_died_problem(self, status: int | None) -> ProblemError:
        """Return the problem for a worker that died during a query; *status* as in :meth:`.SpawnerClient.ended`."""
        if status == -_SIGSEGV:
            detail = "the query is nested too deeply, or chains too many operators, to be evaluated"
            return ProblemError("query-too-deep", "The query is too deeply nested", detail, status=400)
        if status in (-_SIGABRT, _TEMPORARY_FAILURE):
            # The engine aborts if an allocation fails.
            return self.memory_problem()
        if status == -_SIGKILL:
            detail = (
                "the worker process was killed, by the system for lack of memory or by an operator; repeat the query"
            )
            headers = _retry_headers()
            return ProblemError(
                "query-crashed", "The query could not be evaluated", detail, status=503, headers=headers
            )
        detail = "the worker process that evaluated the query ended unexpectedly; other queries are not affected"
        return ProblemError("query-crashed", "The query could not be evaluated", detail, status=500)

    def worker_problem(self, slug: str, detail: str, members: Mapping[str, Any]) -> ProblemError:
        """Return the problem that a worker reports in an ``ERROR`` frame."""
        if slug == "result-too-large":
            return self.result_too_large_problem()
        if slug == "query-memory":
            return self.memory_problem()
        title, status = _REPORTED[slug]
        present = {name: value for name, value in members.items() if value is not None}
        if slug == "not-acceptable":
            beginning = f"{detail}; it is" if detail else "results of this query form are"
            detail = f"{beginning} available as {', '.join(present['available'])}"
        return ProblemError(slug, title, detail, status=status, **present)


def make_cancelled_problem() -> ProblemError:
    """Return the problem for a query that an operator cancelled."""
    return ProblemError("query-cancelled", "The query was cancelled", "an operator cancelled the query", status=503)


def make_stopping_problem() -> ProblemError:
    """Return the problem for a query during start or shutdown of the service."""
    detail = "the service is starting or shutting down"
    return ProblemError("workers-unavailable", "No query workers", detail, status=503, headers=_retry_headers())


def _retry_headers() -> dict[str, str]:
    return {"Retry-After": str(RETRY_AFTER)}


_SIGABRT: Final = 6
_SIGKILL: Final = 9
_SIGSEGV: Final = 11
_TEMPORARY_FAILURE: Final = 75
_REPORTED: Final = {
    "query-syntax": ("The query is not valid SPARQL", 400),
    "query-unsupported": ("The engine cannot evaluate this part of SPARQL", 400),
    "query-failed": ("The query could not be evaluated", 400),
    "not-in-xml": ("XML cannot represent the result", 406),
    "not-acceptable": ("No acceptable format", 406),
    "release-unreadable": ("The release cannot be read", 503),
}
