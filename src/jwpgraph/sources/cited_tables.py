"""Files of one import in turn, each open as a table and cited as a source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from jwpgraph.sources.statements import KnownDataset, SourceFile, Statements, state_source
from jwpgraph.sources.tables import ImportReport, ReadProgress, SourceTable, TableFormat, open_table


def open_cited_tables(
    files: Sequence[Path],
    formats: Sequence[TableFormat],
    known: KnownDataset,
    statements: Statements,
    report: ImportReport,
    *,
    citation: str = "",
    progress: Callable[[Path], ReadProgress] | None = None,
) -> Iterator[tuple[SourceFile, SourceTable]]:
    """Each of several files with the source that it is; a table is open while it is its turn.

    Args:
        files: in the order in which they are read.
        formats: the formats that they may have.
        known: where sources are registered.
        statements: takes the description of sources that are not.
        report: hears of rows that are not sound.
        citation: how to cite a source that is not registered.
        progress: gives a listener to each file.

    Raises:
        ProblemError: when a file cannot be read or has an unknown header.
    """
    for path in files:
        source = state_source(path, known, statements, citation)
        with open_table(path, formats, report, progress(path) if progress else None) as table:
            yield source, table
