"""Outcome of an import: rows that were read, imported, skipped and rejected, with reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from jwpgraph.problems import ProblemError


class RowRejectedError(Exception):
    """A row cannot be imported.

    Args:
        column: the invalid column; empty if the whole row is invalid.
        reason: the reason, without a line number.
        value: the invalid value.
        further: what else is wrong in the row.
    """

    def __init__(self, column: str, reason: str, value: str = "", further: Sequence[RowRejectedError] = ()) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason
        self.value = value
        self.further = further


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not imported, and the reason."""

    file: str
    line: int
    column: str
    reason: str
    value: str = ""

    def sentence(self) -> str:
        """Return the rejection in one line, for a terminal."""
        where = f"{self.file}, line {self.line}" + (f", column {self.column}" if self.column else "")
        value = f" ({shorten_text(self.value)})" if self.value else ""
        return f"{where}: {self.reason}{value}"


@dataclass
class ImportReport:
    """Outcome of the rows of one or more files.

    Attributes:
        strict: whether the first rejection ends the import.
        read: number of rows, without the header.
        imported: number of rows that were imported at least in part.
        skipped: number of valid rows outside the requested selection, by reason.
        rejections: the rejected rows.
        notes: other remarks, without duplicates.
    """

    strict: bool = False
    read: int = 0
    imported: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    rejections: list[RejectedRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """Return the number of rows that were rejected in whole or in part; a row can have several faults."""
        places = {(one.file, one.line) for one in self.rejections if one.line}
        return len(places) + sum(1 for one in self.rejections if not one.line)

    def reject(self, *rejections: RejectedRow) -> None:
        """Record a rejected row, with all that is wrong in it.

        Raises:
            ProblemError: ``rows-rejected`` (exit code 1) if the import is strict.
        """
        self.rejections += rejections
        if self.strict:
            raise ProblemError(
                "rows-rejected",
                "A row cannot be imported",
                f"{'; '.join(one.sentence() for one in rejections)}; nothing was written because of --strict.",
                exit_code=1,
            )

    def skip(self, reason: str) -> None:
        """Count a row that is skipped on purpose."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def note(self, sentence: str) -> None:
        """Record a remark, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)


def shorten_text(text: str) -> str:
    """Return *text* in one line of at most 80 characters, all of which can be seen."""
    text = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in " ".join(text.split()))
    return text if len(text) <= 80 else text[:79] + "…"
