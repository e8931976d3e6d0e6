"""Input files of one import, each opened as a table and cited as a source."""

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
    """Yield each file as a source and an open table; the table is open only during its iteration.

    Args:
        files: the files, in reading order.
        formats: the accepted formats.
        known: the dataset in which sources are registered.
        statements: receives the descriptions of unregistered sources.
        report: receives rejected rows.
        citation: citation for unregistered sources.
        progress: returns a progress callback for a file.

    Raises:
        ProblemError: if a file cannot be read or has an unknown header.
    """
    for path in files:
        source = state_source(path, known, statements, citation)
        with open_table(path, formats, report, progress(path) if progress else None) as table:
            yield source, table
