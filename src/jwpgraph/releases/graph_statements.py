"""Reading of the statements of a graph as text, which takes less time than reading them as terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Final, NewType, cast

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Store

#: A triple in canonical N-Triples, without the final full stop; the same as ``str`` of the triple, in UTF-8.
Statement = NewType("Statement", bytes)

_END: Final = b" ."


class LineReader:
    """A file that passes on the lines written to it."""

    def __init__(self, receive: Callable[[list[Statement]], None]) -> None:
        self._receive = receive
        self._rest = b""

    def write(self, data: bytes) -> int:
        """Pass on the lines that *data* completes."""
        # A line break within a literal is escaped (RDF 1.1 N-Triples, section 7).
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._receive([Statement(line.removesuffix(_END)) for line in lines])
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is written is passed on at once."""


def read_statements(store: Store, graph: NamedNode | BlankNode, receive: Callable[[list[Statement]], None]) -> None:
    """Pass the statements of a graph to *receive*, some at a time, in no particular order."""
    # Of a file, the engine only uses these two methods.
    reader = cast("IO[bytes]", LineReader(receive))
    store.dump(reader, format=RdfFormat.N_TRIPLES, from_graph=graph)
