"""Chunks of a graph as N-Triples files, which need no memory and can be sent again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from pyoxigraph import NamedNode, RdfFormat, Store

from jwpgraph.publishing.connection import FileRange


def write_chunks(store: Store, graph: str, size: int | None) -> Iterator[FileRange]:
    """Write a graph to temporary files and yield its chunks, at least one (which may be empty).

    Blank node labels are valid within one request only. Therefore the first chunk has all triples with blank nodes,
    regardless of size. The other chunks may be added in any order and repeatedly. A chunk can be read until the next
    one is wanted.

    Args:
        store: the store of the release.
        graph: the IRI of the graph.
        size: triples per chunk; ``None`` for a single chunk.

    Raises:
        OSError: a file cannot be written.
    """
    with ExitStack() as files:
        whole = files.enter_context(_open_unnamed())
        store.dump(str(whole), format=RdfFormat.N_TRIPLES, from_graph=NamedNode(graph))
        if size is None:
            yield FileRange(whole, 0, whole.stat().st_size)
            return
        blank, ground = files.enter_context(_open_unnamed()), files.enter_context(_open_unnamed())
        with whole.open("rb") as lines, blank.open("wb") as first, ground.open("wb") as others:
            for line in lines:
                # A literal that contains "_:" also goes to the first chunk, which is harmless.
                (first if b"_:" in line else others).write(line)
        if blank.stat().st_size:
            yield FileRange(blank, 0, blank.stat().st_size)
        whole.open("wb").close()  # its space is needed no longer
        with ground.open("rb") as lines:
            for start, length in _get_chunk_ranges(lines, size):
                if length or not blank.stat().st_size:
                    yield FileRange(ground, start, length)


@contextmanager
def _open_unnamed() -> Iterator[Path]:
    """Yield the path of a temporary file without a name, of which nothing is left when this process is killed."""
    with tempfile.TemporaryFile() as file:
        yield Path(f"/proc/self/fd/{file.fileno()}")


def _get_chunk_ranges(lines: BinaryIO, size: int) -> Iterator[tuple[int, int]]:
    """Yield offset and length in bytes of every *size* lines; one range of length 0 for an empty file."""
    start, end, count = 0, 0, 0
    for line in lines:
        end += len(line)
        count += 1
        if count == size:
            yield start, end - start
            start, count = end, 0
    if end > start or end == 0:
        yield start, end - start
