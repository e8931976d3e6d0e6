"""The planned contents of a candidate's asserted graphs: graphs kept from the parent, and graphs read from payloads.

A change of whole graphs is planned before anything is written, so that a new store can be filled in one bulk load
(:mod:`jwpgraph.releases.bulk_load`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import DeleteGraph, GraphChange, LoadGraphs, Payload, PostGraph, PutGraph
from jwpgraph.releases.rdf_files import get_rdf_format, list_graphs
from jwpgraph.releases.reserved import check_writable


@dataclass(frozen=True, slots=True)
class ContentPart:
    """A payload and the graphs that it fills.

    Attributes:
        payload: the file.
        graph: the target graph; for a dataset, the target of its default graph.
        dataset: the named graphs of the payload to load; ``None`` for a payload of triples.
    """

    payload: Payload
    graph: str
    dataset: frozenset[str] | None = None


@dataclass(slots=True)
class DatasetContents:
    """The asserted graphs of a candidate.

    Attributes:
        kept: graphs copied unchanged from the parent.
        parts: payloads to load.
        names: names of all graphs, including empty ones.
    """

    kept: set[str]
    parts: list[ContentPart] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.names |= self.kept

    def drop(self, graph: str) -> None:
        """Remove *graph* from the plan."""
        self.kept.discard(graph)
        self.names.discard(graph)
        remaining = (_subtract_part(part, graph) for part in self.parts)
        self.parts = [part for part in remaining if part is not None]

    def add(self, part: ContentPart) -> None:
        """Add *part* to its graphs, in addition to their other contents."""
        self.parts.append(part)
        self.names |= {part.graph} if part.dataset is None else part.dataset


def _subtract_part(part: ContentPart, graph: str) -> ContentPart | None:
    if part.dataset is None:
        return None if part.graph == graph else part
    remaining = part.dataset - {graph}
    return ContentPart(part.payload, part.graph, remaining) if remaining else None


def plan_contents(change: GraphChange, graphs: Collection[str]) -> DatasetContents:
    """Return the contents of the dataset after *change*.

    Args:
        change: a change of whole graphs.
        graphs: names of the existing asserted graphs.

    Raises:
        ProblemError: ``reserved-graph``, ``bad-graph-name``, ``no-such-graph``, ``unsupported-media-type``,
            ``bad-rdf``.
    """
    contents = DatasetContents(set(graphs))
    match change:
        case PutGraph(graph, payloads) | PostGraph(graph, payloads):
            check_writable(graph)
            if isinstance(change, PutGraph):
                contents.drop(graph)
            contents.names.add(graph)
            for payload in payloads:
                contents.add(ContentPart(payload, graph))
        case DeleteGraph(graph):
            _drop_existing(contents, graph)
        case LoadGraphs(written, removed):
            for graph in removed:
                _drop_existing(contents, graph)
            for graph, payload in written:
                _replace_graph(contents, graph, payload)
        case _:
            raise AssertionError(change)
    return contents


def _replace_graph(contents: DatasetContents, graph: str, payload: Payload) -> None:
    check_writable(graph)
    if not get_rdf_format(payload.media_type).supports_datasets:
        contents.drop(graph)
        contents.add(ContentPart(payload, graph))
        return
    named = frozenset(list_graphs(payload, graph))
    for name in named:
        check_writable(name)
        contents.drop(name)
    contents.add(ContentPart(payload, graph, named))


def _drop_existing(contents: DatasetContents, graph: str) -> None:
    check_writable(graph)
    if graph not in contents.names:
        raise ProblemError("no-such-graph", "There is no such graph", graph, status=404)
    contents.drop(graph)
