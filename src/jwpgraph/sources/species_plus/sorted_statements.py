"""External sort of statements: sorted output without duplicates, of any size, in bounded memory.

Exports are repetitive (every row names its family), and the same input must give the same bytes. Statements are
collected in any order, sorted in runs that fit in memory, kept in temporary files and merged on output.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from pyoxigraph import RdfFormat, Triple, parse

from jwpgraph.temporary_folders import make_temporary_folder
from jwpgraph.vocabulary import ID, PREFIXES, expand_name

_RUN: Final = 150_000
#: Sorts below every character of an IRI, so that lines sort by subject.
_GAP: Final = "\x01"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", _GAP: ""})
_PREFIXES: Final = {name: iri for name, iri in PREFIXES.items() if name not in ("jwp", "jwpid")}

_XSD: Final = PREFIXES["xsd"]


def expand_term(name: str) -> str:
    """Return the IRI of a prefixed name, ours (``jwp:rank``, ``id:country/KE``) or of another vocabulary in use."""
    prefix, _, local = name.partition(":")
    return ID + local if prefix == "id" else expand_name(name)


class SortedStatements:
    """Collects statements; a context manager, because it keeps temporary files.

    The method that adds a statement determines the type of its object; subjects and predicates are IRIs.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._stack = ExitStack()
        self._folder = self._stack.enter_context(make_temporary_folder())
        self._runs: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def link(self, subject: str, predicate: str, target: str) -> None:
        """State a link from *subject* to the entity *target*."""
        self._add(subject, predicate, f"<{target}>")

    def text(self, subject: str, predicate: str, text: str, language: str = "") -> None:
        """State a text, with an optional language tag (BCP 47)."""
        tag = f"@{language}" if language else ""
        self._add(subject, predicate, f'"{text.translate(_ESCAPES)}"{tag}')

    def value(self, subject: str, predicate: str, value: str, datatype: str) -> None:
        """State a value of an XML Schema type (``date``, ``gYear``, ``boolean`` …)."""
        self._add(subject, predicate, f'"{value.translate(_ESCAPES)}"^^<{_XSD}{datatype}>')

    def _add(self, subject: str, predicate: str, target: str) -> None:
        self._lines.append(f"{subject}{_GAP}{predicate}{_GAP}{target}\n")
        if len(self._lines) >= _RUN:
            self._keep_run()

    def _keep_run(self) -> None:
        path = self._folder / f"{len(self._runs)}"
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(sorted(set(self._lines)))
        self._runs.append(path)
        self._lines.clear()

    def _sorted(self) -> Iterator[str]:
        files: list[IO[str]] = [path.open(encoding="utf-8", newline="\n") for path in self._runs]
        try:
            for line, _ in groupby(heapq.merge(*files, sorted(set(self._lines)))):
                yield line
        finally:
            for file in files:
                file.close()

    def ntriples(self) -> Iterator[str]:
        """Yield the statements as lines of N-Triples, sorted by subject."""
        for line in self._sorted():
            subject, predicate, target = line.rstrip("\n").split(_GAP)
            yield f"<{subject}> <{predicate}> {target} .\n"

    def by_subject(self) -> Iterator[list[Triple]]:
        """Yield the statements about each entity, sorted by IRI."""
        return group_by_subject(self.ntriples())


def group_by_subject(lines: Iterable[str]) -> Iterator[list[Triple]]:
    """Yield the statements about each entity, from lines of N-Triples grouped by subject."""
    for _, group in groupby(lines, key=lambda line: line.partition(" ")[0]):
        yield [quad.triple for quad in parse("".join(group), format=RdfFormat.N_TRIPLES)]


def choose_prefixes(kinds: Iterable[str]) -> dict[str, str]:
    """Return prefixes for short Turtle of the given kinds of entities (``taxon/cites``, ``country``)."""
    return {kind.replace("/", "-"): f"{ID}{kind}/" for kind in kinds}
