"""What has been published to a target, kept in a small graph at the target itself.

There it is as old as what it tells of: who empties the target, or restores it from a backup, does the same to the
record, and an installation that lost its data directory finds it again. A graph without a digest is one that we began
to write: it is ours, and nobody knows what is in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from jwpgraph.publishing.connection import TargetConnection
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.vocabulary import PREFIXES, PUBLISHED_GRAPH, graph_iri

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
    """The graph of the record: one for each publisher that shares the target, by the name that it gave itself."""
    return PUBLISHED_GRAPH if publisher is None else graph_iri(f"published/{publisher}")


def is_record(graph: str) -> bool:
    """Whether *graph* is a record, which a release has of whoever published to us."""
    return graph == PUBLISHED_GRAPH or graph.startswith(PUBLISHED_GRAPH + "/")


@dataclass(frozen=True, slots=True)
class GraphEntry:
    """A graph that we put there: its digest, or ``None`` since we began to write it, and how many triples it had."""

    digest: str | None
    triples: int


@dataclass(slots=True)
class PublicationRecord:
    """What a target holds of us.

    Attributes:
        release: the number of the release that is there whole; ``None`` while there is none.
        graphs: each graph that we put there.
    """

    release: int | None = None
    graphs: dict[str, GraphEntry] = field(default_factory=dict)

    @classmethod
    async def read(cls, connection: TargetConnection, graph: str) -> PublicationRecord:
        """The record that a target has; an empty one where it has none."""
        query = f"SELECT ?s ?p ?o WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
        return cls.of(await connection.select(query, "s", "p", "o"))

    @classmethod
    def of(cls, rows: Iterable[SolutionRow]) -> PublicationRecord:
        """The record that the triples of its graph make, as solutions for ``?s ?p ?o``."""
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
        """Note that *graphs* are being written or removed."""
        self.release = None
        for graph in graphs:
            self.graphs[graph] = GraphEntry(None, self.graphs[graph].triples if graph in self.graphs else 0)

    def n_triples(self, graph: str) -> bytes:
        """The record as RDF, to be put into *graph*."""
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
    """Whether a name may be put into requests: some engines hold what is no IRI, and others may write to the record."""
    try:
        NamedNode(term.value)
    except ValueError:
        return False
    return term.kind == "uri"
