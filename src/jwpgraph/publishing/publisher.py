"""Publishing of a release to a target: plan, record the start, send and remove graphs, record the end, verify.

Targets have no transactions over several requests. Therefore the graphs to write are recorded at the target before the
first write, and all writes are idempotent: the next publication completes one that was interrupted.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Store

from jwpgraph.problems import ProblemError
from jwpgraph.publishing.chunks import write_chunks
from jwpgraph.publishing.connection import TargetConnection
from jwpgraph.publishing.plan import PublishingStep, list_publishable_graphs, make_plan
from jwpgraph.publishing.record import GraphEntry, PublicationRecord, record_graph_iri
from jwpgraph.publishing.staging import make_staged_graph_iri, make_switch_update, run_switch_update
from jwpgraph.publishing.verification import count_triples
from jwpgraph.releases.release import GraphSummary, Release

#: Seconds between updates of the record during a publication, so that a killed process need not start over.
_NOTE_SECONDS: Final = 10.0

ReportProgress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PublishingOptions:
    """Options of a publication.

    Attributes:
        entailed: whether to send the entailment graph.
        full: whether to send unchanged graphs again.
        replace: whether to replace graphs at the target that are not in the record.
        dry_run: whether to return the plan without executing it.
        at_once: whether to make all changes visible by one update.
        chunk: triples per request; ``None`` for whole graphs.
        publisher: the name of this publisher, if several publish to the target.
    """

    entailed: bool
    full: bool = False
    replace: bool = False
    dry_run: bool = False
    at_once: bool = False
    chunk: int | None = None
    publisher: str | None = None


class ReleasePublisher:
    """Publishes one release to one target.

    Args:
        release: the release.
        connection: the target.
        options: the options.
        tell: called with a message for each graph.
    """

    def __init__(
        self,
        release: Release,
        connection: TargetConnection,
        options: PublishingOptions,
        tell: ReportProgress = lambda _: None,
    ) -> None:
        self._release = release
        self._target = connection
        self._options = options
        self._tell = tell
        self._graphs = list_publishable_graphs(release.manifest.graphs, entailed=options.entailed)
        self._record_graph = record_graph_iri(options.publisher)
        self._noted = 0.0

    async def publish(self) -> list[PublishingStep]:
        """Publish the graphs of the release.

        Returns:
            The executed steps; for a dry run, the planned steps.

        Raises:
            ProblemError: ``target-occupied``, ``target-refused``, ``target-failed``, ``target-unreachable``,
                ``cannot-write``.
        """
        record = await PublicationRecord.read(self._target, self._record_graph)
        names = self._staged_names() if self._options.at_once else set()
        steps = [step for step in make_plan(self._graphs, record, full=self._options.full) if step.graph not in names]
        if not self._options.replace:
            await self._refuse_occupied([step.graph for step in steps if step.action == "add"])
        todo = [step for step in steps if step.action != "keep"]
        if not self._options.dry_run and (todo or record.release != self._release.number):
            await self._carry_out(todo, record)
        return steps

    async def _refuse_occupied(self, graphs: Sequence[str]) -> None:
        taken = []
        for graph in graphs:
            # Virtuoso returns ASK results in its own format.
            if await self._target.select(f"SELECT ?s WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} LIMIT 1"):
                taken.append(graph)
        if taken:
            more = f" and {len(taken) - 1} more" if len(taken) > 1 else ""
            detail = f"{taken[0]}{more} was not published from here; --replace overwrites it"
            raise ProblemError("target-occupied", "The target holds graphs of the same names", detail, status=409)

    def _staged_names(self) -> set[str]:
        self._target.endpoints.require_update()
        return {make_staged_graph_iri(graph, self._record_graph) for graph in self._graphs}

    async def _carry_out(self, todo: Sequence[PublishingStep], record: PublicationRecord) -> None:
        done = PublicationRecord(
            self._release.number, {name: _make_entry(summary) for name, summary in self._graphs.items()}
        )
        record.begin([*(step.graph for step in todo), *self._unstaged(todo, record)])
        await self._note(record)
        try:
            store = self._release.open_store()
            for step in todo:
                self._tell(f"{step.action} {step.graph}")
                if self._options.at_once:
                    await self._stage(step, store, record)
                else:
                    await self._carry_out_step(step, store, record)
                if time.monotonic() - self._noted > _NOTE_SECONDS:
                    await self._note(record)
        except ProblemError:
            with suppress(ProblemError):
                await self._note(record, retry=False)
            raise
        if self._options.at_once:
            await self._note(record)
            self._tell("all at once")
            await run_switch_update(
                self._target, make_switch_update(todo, done, self._record_graph), done, self._record_graph
            )
        else:
            await self._note(done)
        await self._verify(done)

    def _unstaged(self, todo: Sequence[PublishingStep], record: PublicationRecord) -> Iterator[str]:
        """Yield the names of graphs that still have to be staged."""
        for step in todo if self._options.at_once else ():
            name = make_staged_graph_iri(step.graph, self._record_graph)
            if step.triples and record.graphs.get(name) != _make_entry(self._graphs[step.graph]):
                yield name

    async def _carry_out_step(self, step: PublishingStep, store: Store, record: PublicationRecord) -> None:
        if step.action == "remove":
            await self._target.remove(step.graph)
            del record.graphs[step.graph]
            return
        await self._send(step.graph, step.graph, store)
        record.graphs[step.graph] = _make_entry(self._graphs[step.graph])

    async def _stage(self, step: PublishingStep, store: Store, record: PublicationRecord) -> None:
        """Send a graph under its staging name, unless it is staged already."""
        if not step.triples:
            return
        name, entry = make_staged_graph_iri(step.graph, self._record_graph), _make_entry(self._graphs[step.graph])
        if record.graphs.get(name) == entry and await count_triples(self._target, name) == entry.triples:
            return
        await self._send(step.graph, name, store)
        record.graphs[name] = entry

    async def _send(self, graph: str, name: str, store: Store) -> None:
        try:
            for count, piece in enumerate(write_chunks(store, graph, self._options.chunk)):
                await self._target.write(name, piece, add=count > 0)
        except OSError as error:
            detail = f"{graph} in {tempfile.gettempdir()}: {error.strerror or error}; set TMPDIR to use another folder"
            raise ProblemError("cannot-write", "A temporary file cannot be written", detail) from None

    async def _note(self, record: PublicationRecord, *, retry: bool = True) -> None:
        await self._target.write(self._record_graph, record.n_triples(self._record_graph), retry=retry)
        self._noted = time.monotonic()

    async def _verify(self, record: PublicationRecord) -> None:
        """Raise unless the record can be read back; a web site may answer every request with success."""
        if await PublicationRecord.read(self._target, self._record_graph) != record:
            urls = self._target.endpoints
            detail = f"{urls.store} accepted all writes, but {urls.query} does not show them; are they the same store?"
            raise ProblemError("target-failed", "The target failed", detail, status=502)


def _make_entry(summary: GraphSummary) -> GraphEntry:
    return GraphEntry(summary.digest, summary.triples)


@asynccontextmanager
async def get_limit_time(seconds: float, connection: TargetConnection) -> AsyncIterator[None]:
    """Limit the time of the block.

    Raises:
        ProblemError: ``target-timeout``.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        last = f", last {connection.trouble}" if connection.trouble else ""
        detail = f"not finished after {seconds:g} s (JWPGRAPH_PUBLISH_TIMEOUT){last}; publish again to continue"
        raise ProblemError("target-timeout", "The target took too long", detail, status=504) from None
