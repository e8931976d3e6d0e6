"""Publishing a release to a target: plan, note what is begun, send, remove, note what is done, look at it.

A target offers no transaction over several requests. What was begun is noted at the target before anything is written,
and every write may be done twice; so a publication that broke off is completed by the next one, and nothing forgotten.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Store

from jwpgraph.operations.publishing.connection import Connection
from jwpgraph.operations.publishing.pieces import pieces
from jwpgraph.operations.publishing.plan import Step, graphs_of, plan
from jwpgraph.operations.publishing.record import Entry, Record, record_graph
from jwpgraph.problems import Problem
from jwpgraph.releases.release import Release

#: Seconds after which what has been done is noted, so that a process that is killed does not begin anew.
_NOTE_SECONDS: Final = 10.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """How a release is to be published.

    Attributes:
        entailed: send the entailed graph, too.
        full: send unchanged graphs again.
        replace: replace graphs at the target that nobody noted as ours.
        dry_run: tell what would be done.
        chunk: triples that are sent at a time; ``None`` for whole graphs.
        publisher: the name that tells us from others who publish to the same target.
        deadline: seconds that all of it may take.
    """

    entailed: bool
    full: bool = False
    replace: bool = False
    dry_run: bool = False
    chunk: int | None = None
    publisher: str | None = None
    deadline: float = 3600.0


class Publisher:
    """Publishes one release to one target.

    Args:
        release: what to publish.
        connection: the target.
        wish: how.
        tell: hears of each graph as its turn comes.
    """

    def __init__(self, release: Release, connection: Connection, wish: Wish, tell: Tell = lambda _: None) -> None:
        self._release = release
        self._target = connection
        self._wish = wish
        self._tell = tell
        self._graphs = graphs_of(release.manifest.graphs, entailed=wish.entailed)
        self._record_graph = record_graph(wish.publisher)
        self._noted = 0.0

    async def publish(self) -> list[Step]:
        """Let the target hold what the release holds.

        Returns:
            What became of each graph; for a dry run, what would.

        Raises:
            Problem: ``target-occupied``, ``target-refused``, ``target-failed``, ``target-unreachable``,
                ``target-timeout``.
        """
        async with _deadline(self._wish.deadline):
            record = await Record.read(self._target, self._record_graph)
            steps = plan(self._graphs, record, full=self._wish.full)
            if not self._wish.replace:
                await self._refuse_occupied([step.graph for step in steps if step.action == "add"])
            todo = [step for step in steps if step.action != "keep"]
            if not self._wish.dry_run and (todo or record.release != self._release.number):
                await self._carry_out(todo, record)
        return steps

    async def _refuse_occupied(self, graphs: Sequence[str]) -> None:
        taken = []
        for graph in graphs:
            # Virtuoso gives the answers of ASK in a form of its own.
            if await self._target.select(f"SELECT ?s WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} LIMIT 1"):
                taken.append(graph)
        if taken:
            more = f" and {len(taken) - 1} more" if len(taken) > 1 else ""
            detail = f"{taken[0]}{more} did not come from here; --replace lets go of what is there"
            raise Problem("target-occupied", "The target holds graphs of the same names", detail, status=409)

    async def _carry_out(self, todo: Sequence[Step], record: Record) -> None:
        record.begin(step.graph for step in todo)
        await self._note(record)
        try:
            with tempfile.TemporaryDirectory(prefix="jwpgraph-") as folder:
                store = self._release.open_store()
                for step in todo:
                    await self._do(step, store, Path(folder), record)
                    if time.monotonic() - self._noted > _NOTE_SECONDS:
                        await self._note(record)
        except Problem:
            with suppress(Problem):
                await self._note(record, retry=False)
            raise
        record.release = self._release.number
        await self._note(record)
        await self._look(record)

    async def _do(self, step: Step, store: Store, folder: Path, record: Record) -> None:
        self._tell(f"{step.action} {step.graph}")
        if step.action == "remove":
            await self._target.remove(step.graph)
            del record.graphs[step.graph]
            return
        for count, piece in enumerate(pieces(store, step.graph, folder, self._wish.chunk)):
            await self._target.write(step.graph, piece, add=count > 0)
        summary = self._graphs[step.graph]
        record.graphs[step.graph] = Entry(summary.digest, summary.triples)

    async def _note(self, record: Record, *, retry: bool = True) -> None:
        await self._target.write(self._record_graph, record.n_triples(self._record_graph), retry=retry)
        self._noted = time.monotonic()

    async def _look(self, record: Record) -> None:
        """Make sure that what was written can be read: a web site may say yes to every request."""
        if await Record.read(self._target, self._record_graph) != record:
            urls = self._target.endpoints
            detail = f"{urls.store} took everything, and {urls.query} does not show it; do they belong together?"
            raise Problem("target-failed", "The target failed", detail, status=502)


@asynccontextmanager
async def _deadline(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        detail = f"not done after {seconds:g} s (JWPGRAPH_PUBLISH_TIMEOUT); publish again to go on"
        raise Problem("target-timeout", "The target took too long", detail, status=504) from None
