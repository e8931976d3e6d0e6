"""What a candidate's asserted graphs are to hold: which are taken over from a store, and which come from payloads.

A change of whole graphs is told as contents before anything is written, so that a store can be filled with all of it
in one go (:mod:`jwpgraph.releases.filling`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from jwpgraph.problems import Problem
from jwpgraph.releases.changes import Change, DeleteGraph, LoadGraphs, Payload, PostGraph, PutGraph
from jwpgraph.releases.rdf_files import graphs_in, rdf_format
from jwpgraph.releases.reserved import check_writable


@dataclass(frozen=True, slots=True)
class Part:
    """A payload, and the graph that its triples become part of.

    Attributes:
        payload: the file.
        graph: the graph; of a dataset, the one that takes its default graph.
        dataset: of the graphs that the payload names, those that it fills; ``None`` for a payload of triples.
    """

    payload: Payload
    graph: str
    dataset: frozenset[str] | None = None


@dataclass(slots=True)
class Contents:
    """All that a release is to state.

    Attributes:
        kept: graphs that are taken over as they are.
        parts: payloads.
        names: every graph, empty ones included.
    """

    kept: set[str]
    parts: list[Part] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.names |= self.kept

    def drop(self, graph: str) -> None:
        """Forget what *graph* was to hold."""
        self.kept.discard(graph)
        self.names.discard(graph)
        without = (_without(part, graph) for part in self.parts)
        self.parts = [part for part in without if part is not None]

    def add(self, part: Part) -> None:
        """Let *part* fill its graphs, beside what they hold already."""
        self.parts.append(part)
        self.names |= {part.graph} if part.dataset is None else part.dataset


def _without(part: Part, graph: str) -> Part | None:
    if part.dataset is None:
        return None if part.graph == graph else part
    left = part.dataset - {graph}
    return Part(part.payload, part.graph, left) if left else None


def contents_after(change: Change, graphs: Collection[str]) -> Contents:
    """The contents that *change* makes of a dataset.

    Args:
        change: what is asked for, in whole graphs.
        graphs: the names of the asserted graphs that there are.

    Raises:
        Problem: ``reserved-graph``, ``bad-graph-name``, ``no-such-graph``, ``unsupported-media-type``, ``bad-rdf``.
    """
    contents = Contents(set(graphs))
    match change:
        case PutGraph(graph, payloads) | PostGraph(graph, payloads):
            check_writable(graph)
            if isinstance(change, PutGraph):
                contents.drop(graph)
            contents.names.add(graph)
            for payload in payloads:
                contents.add(Part(payload, graph))
        case DeleteGraph(graph):
            _drop_existing(contents, graph)
        case LoadGraphs(written, removed):
            for graph in removed:
                _drop_existing(contents, graph)
            for graph, payload in written:
                _replace(contents, graph, payload)
        case _:
            raise AssertionError(change)
    return contents


def _replace(contents: Contents, graph: str, payload: Payload) -> None:
    check_writable(graph)
    if not rdf_format(payload.media_type).supports_datasets:
        contents.drop(graph)
        contents.add(Part(payload, graph))
        return
    named = frozenset(graphs_in(payload, graph))
    for name in named:
        check_writable(name)
        contents.drop(name)
    contents.add(Part(payload, graph, named))


def _drop_existing(contents: Contents, graph: str) -> None:
    check_writable(graph)
    if graph not in contents.names:
        raise Problem("no-such-graph", "There is no such graph", graph, status=404)
    contents.drop(graph)
