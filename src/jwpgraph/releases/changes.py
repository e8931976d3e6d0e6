"""What a writer may ask for. :mod:`jwpgraph.releases.change_application` applies a change to a candidate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from jwpgraph.releases.release import Release
from jwpgraph.releases.requests import WriteRequest


@dataclass(frozen=True, slots=True)
class Payload:
    """RDF to be written: a file on disk with the media type and base IRI to read it by.

    A body that arrives over HTTP is spooled to a file first, so that a change can be handed to another process.
    """

    path: Path
    media_type: str
    base_iri: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class PutGraph:
    """Replace a named graph (Graph Store Protocol, section 5.3). Quads in the payload are refused."""

    graph: str
    payloads: tuple[Payload, ...]


@dataclass(frozen=True, slots=True)
class PostGraph:
    """Merge into a named graph (Graph Store Protocol, section 5.5)."""

    graph: str
    payloads: tuple[Payload, ...]


@dataclass(frozen=True, slots=True)
class DeleteGraph:
    """Remove a named graph (Graph Store Protocol, section 5.4)."""

    graph: str


@dataclass(frozen=True, slots=True)
class SparqlUpdate:
    """A SPARQL 1.1 Update request, already past the guard.

    ``text`` holds USING clauses already where the protocol's ``using-graph-uri`` asked for them.
    """

    text: str
    base_iri: str | None = None


@dataclass(frozen=True, slots=True)
class LoadGraphs:
    """Replace several named graphs at once: a whole load of files.

    ``graphs`` pairs each graph's IRI with its payload; ``remove`` names graphs to drop; a quads payload
    (TriG, N-Quads) replaces every graph that it names and its pair's IRI takes its default graph.
    """

    graphs: tuple[tuple[str, Payload], ...] = ()
    remove: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class RestoreRelease:
    """Return to the state of an earlier release (rollback)."""

    number: int


GraphChange = PutGraph | PostGraph | DeleteGraph | SparqlUpdate | LoadGraphs | RestoreRelease


class ChangeAbandonedError(Exception):
    """Nobody waits for a change any more, and it had not begun."""


class ReleaseWriter(Protocol):
    """Whoever turns changes into releases: the protocol endpoints and the API depend on this alone."""

    async def write(
        self,
        change: GraphChange,
        *,
        author: str | None = None,
        message: str = "",
        expected: int | None = None,
        request: WriteRequest | None = None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Release:
        """Build and publish the release that *change* asks for.

        Args:
            change: what is wanted.
            author: who asks, for the manifest.
            message: why, for the manifest.
            expected: the release the writer believes to be current (``If-Match``).
            request: the request behind it, which is written down with the release.
            wanted: asked when the change's turn has come: whether anybody still waits for it.

        Raises:
            ChangeAbandonedError: nobody does, and nothing was done.
            ProblemError: ``release-moved`` (412), ``not-valid`` (422, with the report's path in ``report``),
                ``writer-busy`` (503), ``bad-rdf`` (400), ``bad-update`` (400), ``no-space`` (507) and their like.
        """
