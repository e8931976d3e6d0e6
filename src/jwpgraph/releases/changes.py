"""The changes that a writer can request, and the interface of the component that turns them into releases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from jwpgraph.releases.release import Release
from jwpgraph.releases.requests import WriteRequest


@dataclass(frozen=True, slots=True)
class Payload:
    """An RDF file with its media type and base IRI.

    Bodies of HTTP requests are spooled to files, so that another process can read them.

    Attributes:
        path: the file.
        media_type: its media type without parameters.
        base_iri: the base IRI for relative IRIs.
        name: the name for error messages; by default the name of the file.
        charset: the encoding of RDF/XML that its media type names; by default XML's own rules decide.
    """

    path: Path
    media_type: str
    base_iri: str | None = None
    name: str = ""
    charset: str | None = None


@dataclass(frozen=True, slots=True)
class PutGraph:
    """Replace a named graph (Graph Store Protocol, section 5.3). Payloads with named graphs are refused."""

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
    """A SPARQL 1.1 Update request that the guard has accepted.

    Attributes:
        text: the update, with USING clauses for the protocol's ``using-graph-uri``.
        base_iri: the base IRI for relative IRIs.
    """

    text: str
    base_iri: str | None = None


@dataclass(frozen=True, slots=True)
class LoadGraphs:
    """Replace several named graphs in one release, as loading files does.

    Attributes:
        graphs: pairs of graph IRI and payload. A dataset payload (TriG, N-Quads) replaces every graph it contains;
            its default graph replaces the graph of the pair.
        remove: graphs to drop.
    """

    graphs: tuple[tuple[str, Payload], ...] = ()
    remove: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class RestoreRelease:
    """Publish the state of an earlier release again (rollback)."""

    number: int


GraphChange = PutGraph | PostGraph | DeleteGraph | SparqlUpdate | LoadGraphs | RestoreRelease


class ChangeAbandonedError(Exception):
    """The client gave up before the change was started; nothing was done."""


class ReleaseWriter(Protocol):
    """The interface through which the protocol endpoints and the API request changes."""

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
        """Build and publish the release that results from *change*.

        Args:
            change: the requested change.
            author: the author for the manifest.
            message: the reason for the manifest.
            expected: number of the release that the writer expects to be current (``If-Match``).
            request: the HTTP request, stored with the release.
            wanted: called before the change is started; returns whether the client is still waiting.

        Raises:
            ChangeAbandonedError: *wanted* returned false; nothing was done.
            ProblemError: ``release-moved`` (412), ``not-valid`` (422, with the report's path in ``report``),
                ``writer-busy`` (503), ``bad-rdf`` (400), ``bad-update`` (400), ``no-space`` (507) and others.
        """
