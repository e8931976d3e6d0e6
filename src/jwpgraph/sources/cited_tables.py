"""The input of a register importer: files, each opened as a table and cited as a source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.statements import KnownDataset, SourceFile, Statements, state_source
from jwpgraph.sources.tables import ReadProgress, SourceTable, TableFormat, open_table


@dataclass(frozen=True)
class RegisterInput:
    """The input of a register importer.

    Attributes:
        files: the files, in reading order.
        known: the dataset that contains the entities to refer to, and the registered sources.
        report: receives rejected rows and notes.
        citation: citation for unregistered files.
        progress: returns a progress callback for a file.
    """

    files: Sequence[Path]
    known: KnownDataset
    report: ImportReport
    citation: str = ""
    progress: Callable[[Path], ReadProgress] | None = None

    def select(self, files: Sequence[Path]) -> RegisterInput:
        """Return the input with some of the files only."""
        return replace(self, files=files)

    def get_progress(self, path: Path) -> ReadProgress | None:
        """Return the progress callback for a file, if progress is shown."""
        return self.progress(path) if self.progress else None

    def open_tables(
        self, formats: Sequence[TableFormat], statements: Statements
    ) -> Iterator[tuple[SourceFile, SourceTable]]:
        """Yield each file as a source and an open table; the table is open only during its iteration.

        Args:
            formats: the accepted formats.
            statements: receives the descriptions of unregistered sources.

        Raises:
            ProblemError: if a file cannot be read or has an unknown header.
        """
        for path in self.files:
            source = state_source(path, self.known, statements, self.citation)
            with open_table(path, formats, self.report, self.get_progress(path)) as table:
                yield source, table
