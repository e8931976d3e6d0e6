"""The record of published graphs, stored as a small graph at the target.

At the target the record is always consistent with the graphs: clearing the target, or restoring a backup of it, also
affects the record, and an installation that has lost its data directory can read it. An entry without digest is a graph
whose writing was started; its contents are unknown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from jwpgraph.publishing.connection import TargetConnection
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.vocabulary import PREFIXES, PUBLISHED_GRAPH, make_graph_iri

_TYPE: Final = NamedNode(PREFIXES["rdf"] + "type")
_TITLE: Final = NamedNode(PREFIXES["dcterms"] + "title")
_TRIPLES: Final = NamedNode(PREFIXES["void"] + "triples")
_VERSION: Final = NamedNode(PREFIXES["dcterms"] + "hasVersion")
_DIGEST: Final = NamedNode(PREFIXES["dcterms"] + "identifier")
_NAME: Final = NamedNode(PREFIXES["sd"] + "name")
_HAS_GRAPH: Final = NamedNode(PREFIXES["sd"] + "namedGraph")
_NAMED_GRAPH: Final = NamedNode(PREFIXES["sd"] + "NamedGraph")
_COLLECTION: Final = NamedNode(PREFIXES["sd"] + "GraphCollection")


def record_graph_iri(publisher: str | None) -> str:
    """Return the IRI of the graph with the record of *publisher*."""
    return PUBLISHED_GRAPH if publisher is None else make_graph_iri(f"published/{publisher}")


def is_record(graph: str) -> bool:
    """Return whether *graph* is a record of a publication."""
    return graph == PUBLISHED_GRAPH or graph.startswith(PUBLISHED_GRAPH + "/")


@dataclass(frozen=True, slots=True)
class GraphEntry:
    """A published graph: its digest (``None`` while it is being written) and its last known number of triples."""

    digest: str | None
    triples: int


@dataclass(slots=True)
class PublicationRecord:
    """The graphs published to a target.

    Attributes:
        release: the number of the completely published release; ``None`` during a publication.
        graphs: the published graphs by IRI.
    """

    release: int | None = None
    graphs: dict[str, GraphEntry] = field(default_factory=dict)

    @classmethod
    async def read(cls, connection: TargetConnection, graph: str) -> PublicationRecord:
        """Read the record of a target; it is empty if there is none."""
        query = f"SELECT ?s ?p ?o WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
        return cls.of(await connection.select(query, "s", "p", "o"))

    @classmethod
    def of(cls, rows: Iterable[SolutionRow]) -> PublicationRecord:
        """Return the record in the triples of its graph, given as solutions for ``?s ?p ?o``."""
        names: dict[str, str] = {}
        digests: dict[str, str] = {}
        triples: dict[str, int] = {}
        release = None
        for row in rows:
            subject, predicate, value = row["s"].value, row["p"].value, row["o"].value
            if predicate == _NAME.value and _is_iri(row["o"]):
                names[subject] = value
            elif predicate == _DIGEST.value:
                digests[subject] = value
            elif predicate == _TRIPLES.value and value.isdecimal():
                triples[subject] = int(value)
            elif predicate == _VERSION.value and value.isdecimal():
                release = int(value)
        return cls(release, {name: GraphEntry(digests.get(key), triples.get(key, 0)) for key, name in names.items()})

    def begin(self, graphs: Iterable[str]) -> None:
        """Mark *graphs* as being written or removed."""
        self.release = None
        for graph in graphs:
            self.graphs[graph] = GraphEntry(None, self.graphs[graph].triples if graph in self.graphs else 0)

    def n_triples(self, graph: str) -> bytes:
        """Return the record as N-Triples for *graph*."""
        return serialize(self._triples(graph), format=RdfFormat.N_TRIPLES) or b""

    def _triples(self, graph: str) -> Iterator[Triple]:
        record = NamedNode(graph)
        yield Triple(record, _TYPE, _COLLECTION)
        yield Triple(record, _TITLE, Literal("What jwpgraph publish has put into this store", language="en"))
        if self.release is not None:
            yield Triple(record, _VERSION, Literal(str(self.release)))
        for name, entry in sorted(self.graphs.items()):
            key = NamedNode(f"{graph}#{hashlib.sha256(name.encode()).hexdigest()[:24]}")
            yield Triple(record, _HAS_GRAPH, key)
            yield Triple(key, _TYPE, _NAMED_GRAPH)
            yield Triple(key, _NAME, NamedNode(name))
            yield Triple(key, _TRIPLES, Literal(entry.triples))
            if entry.digest is not None:
                yield Triple(key, _DIGEST, Literal(entry.digest))


def _is_iri(term: QueryTerm) -> bool:
    """Return whether a term is a valid IRI; some engines store invalid ones, and others can write to the record."""
    try:
        NamedNode(term.value)
    except ValueError:
        return False
    return term.kind == "uri"
