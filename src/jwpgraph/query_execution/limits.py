"""The limits on queries, and the problem that each becomes when it is broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from jwpgraph.problems import ProblemError
from jwpgraph.settings import Settings

MIB: Final = 2**20
#: Seconds after which a client that was turned away may try again.
RETRY_AFTER: Final = 2


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What queries may use.

    Args:
        timeout: seconds from a query's arrival to its last byte.
        memory: bytes that a query may map in its worker.
        result: bytes of the longest answer.
        workers: worker processes for queries that are quick; as many again may be busy with slow ones.
        queue_length: queries that may wait for a worker.
        per_client: queries of one client that may run or wait.
        time_slice: seconds after which a query counts as slow and no longer holds a quick one's worker.
        brief: seconds within which a query is over at once, so that another may be sent to the worker behind it.
        stall: seconds that a client may leave its answer unread while others wait for a worker.
        reserve: workers beyond those, so that one is free for whoever asks something quick.
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
    reserve: int = 1

    @classmethod
    def of(cls, settings: Settings) -> QueryLimits:
        """The limits that *settings* ask for."""
        return cls(
            timeout=settings.query_timeout,
            memory=settings.query_memory_mb * MIB,
            result=settings.result_max_mb * MIB,
            workers=settings.workers,
            queue_length=settings.queue_length,
            per_client=settings.queries_per_client,
        )

    def seconds(self, requested: float | None) -> float:
        """The deadline of a query that asks for *requested* seconds.

        Raises:
            ProblemError: ``bad-timeout``; not a positive number.
        """
        if requested is None:
            return self.timeout
        if not requested > 0:
            raise ProblemError(
                "bad-timeout", "The timeout is not usable", "timeout must be a positive number of seconds"
            )
        return min(requested, self.timeout)

    def timed_out(self, seconds: float) -> ProblemError:
        """A query did not finish within *seconds*."""
        source = "JWPGRAPH_QUERY_TIMEOUT" if seconds >= self.timeout else "the timeout parameter"
        detail = f"the query did not finish within {seconds:g} s ({source}) and was stopped"
        return ProblemError("query-timeout", "The query took too long", detail, status=503, limit_seconds=seconds)

    def out_of_memory(self) -> ProblemError:
        """A query needed more memory than it may have."""
        size = self.memory // MIB
        detail = f"the query needed more than {size} MiB of memory (JWPGRAPH_QUERY_MEMORY_MB) and was stopped"
        return ProblemError("query-memory", "The query needs too much memory", detail, status=503, limit_mib=size)

    def too_large(self) -> ProblemError:
        """An answer grew longer than an answer may be."""
        size = self.result // MIB
        detail = f"the answer is longer than {size} MiB (JWPGRAPH_RESULT_MAX_MB); ask for less, for example with LIMIT"
        return ProblemError("result-too-large", "The answer is too large", detail, status=413, limit_mib=size)

    def too_many(self) -> ProblemError:
        """A client has as many queries running and waiting as it may."""
        detail = f"{self.per_client} queries of this client are running or waiting (JWPGRAPH_QUERIES_PER_CLIENT)"
        return ProblemError(
            "too-many-queries", "Too many queries at once", detail, status=429, headers=_retry_headers()
        )

    def queue_full(self) -> ProblemError:
        """As many queries wait as may wait."""
        detail = f"{self.queue_length} queries are waiting for a worker (JWPGRAPH_QUEUE_LENGTH)"
        return ProblemError("overloaded", "The service is busy", detail, status=503, headers=_retry_headers())

    def waited_too_long(self, seconds: float) -> ProblemError:
        """A query found no free worker in the time that it may wait."""
        detail = f"no query worker became free within {seconds:.3g} s"
        return ProblemError("overloaded", "The service is busy", detail, status=503, headers=_retry_headers())

    def client_too_slow(self) -> ProblemError:
        """A client left its answer unread while others waited for the worker that writes it."""
        detail = f"the answer was not read for {self.stall:g} s while other queries were waiting"
        return ProblemError("client-too-slow", "The client reads too slowly", detail, status=503)

    def died(self, status: int | None) -> ProblemError:
        """A worker ended in the middle of a query; *status* as :meth:`Nursery.ended` gives it."""
        if status == -_SIGSEGV:
            detail = "the query is nested too deeply, or chains too many operators, to be evaluated"
            return ProblemError("query-too-deep", "The query is too deeply nested", detail, status=400)
        if status in (-_SIGABRT, -_SIGKILL, _TEMPORARY_FAILURE):
            # The engine aborts on a refused allocation; the kernel kills whom it takes memory back from.
            return self.out_of_memory()
        detail = "the worker process that evaluated the query ended unexpectedly; other queries are not affected"
        return ProblemError("query-crashed", "The query could not be evaluated", detail, status=500)

    def failed(self, slug: str, detail: str, members: Mapping[str, Any]) -> ProblemError:
        """What a worker reports as ``ERROR``."""
        if slug == "result-too-large":
            return self.too_large()
        if slug == "query-memory":
            return self.out_of_memory()
        title, status = _REPORTED[slug]
        known = {name: value for name, value in members.items() if value is not None}
        if slug == "not-acceptable":
            detail += (
                ("; it" if detail else "this kind of answer") + " is available as " + ", ".join(known["available"])
            )
        return ProblemError(slug, title, detail, status=status, **known)


def cancelled_problem() -> ProblemError:
    """An operator stopped the query."""
    return ProblemError("query-cancelled", "The query was cancelled", "an operator stopped the query", status=503)


def stopping_problem() -> ProblemError:
    """The service shuts down."""
    detail = "the service is shutting down or not up yet"
    return ProblemError("workers-unavailable", "No query workers", detail, status=503, headers=_retry_headers())


def _retry_headers() -> dict[str, str]:
    return {"Retry-After": str(RETRY_AFTER)}


_SIGABRT: Final = 6
_SIGKILL: Final = 9
_SIGSEGV: Final = 11
_TEMPORARY_FAILURE: Final = 75
_REPORTED: Final = {
    "query-syntax": ("The query is not valid SPARQL", 400),
    "query-failed": ("The query could not be evaluated", 400),
    "not-in-xml": ("XML cannot express the answer", 406),
    "not-acceptable": ("No acceptable format", 406),
    "release-unreadable": ("The release cannot be read", 503),
}
