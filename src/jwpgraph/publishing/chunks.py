"""A graph as N-Triples on disk, in pieces of so many triples: what is sent takes no memory and can be sent again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pyoxigraph import NamedNode, RdfFormat, Store

from jwpgraph.publishing.connection import FileRange


def write_chunks(store: Store, graph: str, folder: Path, size: int | None) -> Iterator[FileRange]:
    """Write a graph to *folder* and give it piece by piece; at least one, if only an empty one.

    A blank node has its label within one request alone. So all triples that have one are in the first piece, however
    many they are; the others may be added in any order, and twice.

    Args:
        store: the release's.
        graph: its IRI.
        folder: where files may be written; they are replaced by the next graph's.
        size: triples of a piece; ``None`` for all in one.
    """
    whole = folder / "graph.nt"
    store.dump(str(whole), format=RdfFormat.N_TRIPLES, from_graph=NamedNode(graph))
    if size is None:
        yield FileRange(whole, 0, whole.stat().st_size)
        return
    blank, ground = folder / "blank.nt", folder / "ground.nt"
    with whole.open("rb") as lines, blank.open("wb") as first, ground.open("wb") as others:
        for line in lines:
            # A literal with these signs in it makes its triple travel with the others, which does no harm.
            (first if b"_:" in line else others).write(line)
    if blank.stat().st_size:
        yield FileRange(blank, 0, blank.stat().st_size)
    whole.unlink()
    with ground.open("rb") as lines:
        for start, length in _chunk_ranges(lines, size):
            if length or not blank.stat().st_size:
                yield FileRange(ground, start, length)


def _chunk_ranges(lines: BinaryIO, size: int) -> Iterator[tuple[int, int]]:
    """Where each *size* lines begin, and their length in bytes; one of no length where there are none."""
    start, end, count = 0, 0, 0
    for line in lines:
        end += len(line)
        count += 1
        if count == size:
            yield start, end - start
            start, count = end, 0
    if end > start or end == 0:
        yield start, end - start
