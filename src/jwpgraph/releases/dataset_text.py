"""The statements of a dataset in one file of N-Triples, from which both the gate and the digests read them.

The engine takes longer to read a statement from a store on disk than either of the two needs for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO, Final

from pyoxigraph import NamedNode, RdfFormat, Store, Triple

from jwpgraph.releases.delta import get_graph_name
from jwpgraph.releases.graph_statements import LineReader, Statement
from jwpgraph.releases.union import AnyGraph, list_asserted_graphs
from jwpgraph.releases.worker_threads import WorkerThreads
from jwpgraph.releases.written_literals import WrittenLiterals
from jwpgraph.vocabulary import ENTAILED_GRAPH

#: Bytes that are read at a time.
_BLOCK: Final = 2**20


@dataclass(frozen=True, slots=True)
class DatasetText:
    """The statements of the asserted graphs and the entailment graph of a store.

    Attributes:
        path: a file with their union in N-Triples, with literals in their original lexical form, for validation. A
            triple of several graphs is repeated.
        ends: for each graph, the end of its part of the file; the parts follow each other.
        normalised: the statements that the file has with another literal, as stored, by graph.
    """

    path: Path
    ends: Mapping[AnyGraph, int]
    normalised: Mapping[str, frozenset[Statement]]

    def read(self) -> Iterator[tuple[AnyGraph, Iterator[list[Statement]]]]:
        """Yield each graph with its statements as stored, some at a time, to be read before the next graph."""
        start = 0
        with self.path.open("rb") as file:
            for graph, end in self.ends.items():
                yield graph, chain(_read_part(file, start, end), [list(self.normalised.get(graph.value, ()))])
                start = end


def _read_part(file: BinaryIO, start: int, end: int) -> Iterator[list[Statement]]:
    received: list[list[Statement]] = []
    reader = LineReader(received.append)
    file.seek(start)
    while block := file.read(min(_BLOCK, end - file.tell())):
        reader.write(block)
        yield from received
        received.clear()


def write_dataset_text(store: Store, folder: Path, written: WrittenLiterals) -> DatasetText:
    """Write the statements of *store* to files in *folder*.

    Args:
        store: a store whose default graph is the union of its asserted graphs and its entailment graph.
        folder: an existing folder with room for the file and for the largest graphs once more.
        written: literals in their original lexical forms.
    """
    graphs = [*list_asserted_graphs(store), NamedNode(ENTAILED_GRAPH)]
    normalised = _list_normalised(written)
    path = folder / "union.nt"
    ends: dict[AnyGraph, int] = {}
    parts = [folder / f"{number}.nt" for number in range(len(graphs))]
    with path.open("wb") as whole, WorkerThreads(2) as executor:
        for graph, part in zip(graphs, executor.map(partial(_dump, store), graphs, parts), strict=True):
            _append(whole, part, normalised.get(graph.value, frozenset()))
            part.unlink()
            ends[graph] = whole.tell()
        for triple, literals in written.objects(store).items():
            lines = (
                f"{Triple(triple.subject, triple.predicate, literal)} .\n" for literal in sorted(literals, key=str)
            )
            whole.write("".join(lines).encode())
    return DatasetText(path, ends, normalised)


def _dump(store: Store, graph: AnyGraph, path: Path) -> Path:
    store.dump(str(path), format=RdfFormat.N_TRIPLES, from_graph=graph)
    return path


def _append(whole: BinaryIO, path: Path, left_out: frozenset[Statement]) -> None:
    with path.open("rb") as part:
        if left_out:
            whole.writelines(line for line in part if Statement(line.removesuffix(b" .\n")) not in left_out)
        else:
            copyfileobj(part, whole, _BLOCK)


def _list_normalised(written: WrittenLiterals) -> dict[str, frozenset[Statement]]:
    found: dict[str, set[Statement]] = defaultdict(set)
    for quad in written.forms:
        found[get_graph_name(quad)].add(Statement(str(quad.triple).encode()))
    return {graph: frozenset(statements) for graph, statements in found.items()}
