"""Reader for delimited text tables: recognises formats by header, reads row by row, and rejects invalid rows.

An invalid row does not invalidate the file: it is rejected with its line, its column and a reason, and reading
continues. Only a file without a known header is rejected as a whole. Quoting follows RFC 4180. The delimiter is
detected from the header, because the same exports exist with commas, semicolons and tabs.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import stat
import string
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from jwpgraph.problems import ProblemError
from jwpgraph.sources.import_report import ImportReport, RejectedRow, RowRejectedError, shorten_text
from jwpgraph.sources.text_files import detect_wide_encoding

T = TypeVar("T")

#: Progress callback: receives the bytes read and the size of the file.
ReadProgress = Callable[[int, int], None]

_DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
#: A quoted field with more lines than this lacks its closing quotation mark.
_LONGEST_RECORD: Final = 200
_LONGEST_LINE: Final = 2_000_000
#: Maximum number of unread columns named in a note.
_NAMED: Final = 12
#: The first line of a file that names its delimiter, as Excel reads and writes it.
_SEPARATOR: Final = re.compile(r'\s*"?sep=.?"?\s*$', re.IGNORECASE)
#: A byte that is not UTF-8, as the error handler ``surrogateescape`` represents it (PEP 383).
_ESCAPED_BYTE: Final = re.compile("[\udc80-\udcff]")
#: Control characters that text does not contain; line ends and tabs are allowed.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_GZIP: Final = b"\x1f\x8b"
_NOT_TABLES: Final = (
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet; unpack it, or save it as CSV (UTF-8)"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet; save it as CSV (UTF-8)"),
    (b"%PDF", "a PDF"),
)


@dataclass(frozen=True)
class TableFormat:
    """A table format that an importer supports.

    Attributes:
        name: a short name, such as ``cites-parties``.
        columns: the required columns; they identify the format.
        optional: further columns to read if present; all others are ignored.
        spellings: other names of columns in headers, each with the column.
    """

    name: str
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()
    spellings: tuple[tuple[str, str], ...] = ()

    def list_missing(self, header: Sequence[str]) -> list[str]:
        """Return the columns of this format that *header* lacks."""
        there = self.make_keys(header)
        return [name for name in self.columns if _make_column_key(name) not in there]

    def make_keys(self, header: Sequence[str]) -> list[str]:
        """Return the keys of the columns of *header*, by which their values are found whatever their spelling."""
        known = {_make_column_key(spelling): _make_column_key(column) for spelling, column in self.spellings}
        return [known.get(key, key) for key in map(_make_column_key, header)]


@dataclass(frozen=True, slots=True)
class TableRecord:
    """One record: the line on which it begins (the header is usually line 1) and its trimmed values by column."""

    line: int
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        """Return the value in *column*; empty if the file lacks an optional column."""
        return self.values.get(_make_column_key(column), "")


class SourceTable:
    """An open table of a known format; can be iterated over once, for its valid rows."""

    def __init__(
        self,
        name: str,
        found: TableFormat,
        header: list[str],
        delimiter: str,
        lines: _TextLineReader,
        report: ImportReport,
    ) -> None:
        self.name = name
        self.format = found
        self.header = header
        self.keys = found.make_keys(header)
        self._delimiter = delimiter
        self._lines = lines
        self._report = report

    def __iter__(self) -> Iterator[TableRecord]:
        """Yield the well-formed rows; the others are rejected in the report."""
        for line, text in self._lines:
            if not text.strip(f"{self._delimiter}{string.whitespace}"):
                continue
            self._report.read += 1
            try:
                yield TableRecord(line, self._values(line, text))
            except RowRejectedError as rejected:
                self.reject(line, rejected)
        if self._lines.truncated:
            reason = "the compressed file ends in the middle; what follows is lost"
            self.reject(self._lines.number, RowRejectedError("", reason))

    def convert_rows(self, convert: Callable[[TableRecord], T]) -> Iterator[T]:
        """Yield the result of *convert* for each row; rows that raise :class:`RowRejectedError` are reported."""
        for row in self:
            try:
                made = convert(row)
            except RowRejectedError as rejected:
                self.reject(row.line, rejected)
            else:
                self._report.imported += 1
                yield made

    def reject(self, line: int, rejected: RowRejectedError) -> None:
        """Record the rejection of the row that begins on *line*."""
        faults = (rejected, *rejected.further)
        self._report.reject(*(RejectedRow(self.name, line, one.column, one.reason, one.value) for one in faults))

    def _values(self, line: int, text: str) -> dict[str, str]:
        """Return the fields of the record that begins with *text*, reading on if a quoted field continues."""
        if len(text) >= _LONGEST_LINE:
            raise RowRejectedError("", f"the line is longer than {_LONGEST_LINE:,} characters")
        record = text
        taken: list[tuple[int, str]] = []
        while record.count('"') % 2 and len(taken) < _LONGEST_RECORD:
            following = next(self._lines, None)
            if following is None:
                break
            taken.append(following)
            record += following[1]
        try:
            return self._fields(line, record)
        except RowRejectedError as rejected:
            # An error in one column means that the record is complete, regardless of its number of lines.
            if not taken or rejected.column:
                raise
        # An unmatched quotation mark has consumed the following lines: return them and parse this line alone.
        self._lines.give_back(taken)
        return self._fields(line, text)

    def _fields(self, line: int, record: str) -> dict[str, str]:
        fields = _split_record(record, self._delimiter)
        while len(fields) > len(self.header) and not fields[-1].strip():
            fields.pop()
        if len(fields) != len(self.header):
            raise RowRejectedError("", f"has {len(fields)} fields where the header has {len(self.header)}")
        values = dict(zip(self.keys, map(str.strip, fields), strict=True))
        for column, value in zip(self.header, fields, strict=True):
            if bad := _explain_bad_utf8(value):
                raise RowRejectedError(column, bad, value.encode("utf-8", "surrogateescape").decode("latin-1").strip())
            if _CONTROLS.search(value):
                raise RowRejectedError(column, "holds a control character, such as NUL: the file is damaged")
            if "\ufffd" in value:
                raise RowRejectedError(
                    column, "holds a replacement character: an earlier conversion lost what stood there"
                )
            # In text with tabs, quotation marks are ordinary characters (IANA, text/tab-separated-values).
            if '"' in value and self._delimiter != "\t" and '"{}"'.format(value.replace('"', '""')) not in record:
                self._report.note(
                    f"{self.name}, line {line}, column {column}: a quotation mark in a field without quotation marks "
                    "around it is kept as a character."
                )
        return values


@contextmanager
def open_table(
    path: Path, formats: Sequence[TableFormat], report: ImportReport, progress: ReadProgress | None = None
) -> Iterator[SourceTable]:
    """Open a delimited text file, plain or gzip-compressed, in the first of *formats* that matches its header.

    Args:
        path: the file.
        formats: the accepted formats.
        report: receives rejected rows and notes.
        progress: progress callback.

    Raises:
        ProblemError: ``no-such-file``, ``not-a-file``, ``unreadable-file``, ``empty-file``, ``not-text`` or
            ``unknown-header``, which lists the known headers.
    """
    size = measure_file(path)
    try:
        with path.open("rb") as file:
            lines = _TextLineReader(_open_unpacked(path, file), file.tell, size, progress)
            header_line = next((text for _, text in lines if text.strip() and not _SEPARATOR.match(text)), None)
            if header_line is None:
                raise ProblemError("empty-file", "The file is empty", f"{path} contains no text.")
            delimiter, found, header = _recognise_header(path, header_line, formats)
            if delimiter != ",":
                report.note(f"{path.name}: the columns are separated by {_DELIMITERS[delimiter]}.")
            _note_unread(path, found, header, report)
            yield SourceTable(path.name, found, header, delimiter, lines, report)
    except OSError as error:
        raise ProblemError(
            "unreadable-file", "The file cannot be read", f"{path}: {error.strerror or error}."
        ) from None


def detect_format(path: Path, formats: Sequence[TableFormat]) -> TableFormat | None:
    """Return which of *formats* a file has, or ``None``; a file that cannot be read has none."""
    try:
        with open_table(path, formats, ImportReport()) as table:
            return table.format
    except ProblemError:
        return None


class _TextLineReader:
    """Numbered lines with their line ends, which can be pushed back; ends where a damaged archive ends."""

    def __init__(
        self, stream: io.TextIOBase, position: Callable[[], int], size: int, progress: ReadProgress | None
    ) -> None:
        self._stream = stream
        self._position = position
        self._size = size
        self._progress = progress
        self._returned: deque[tuple[int, str]] = deque()
        self.number = 0
        self.truncated = False

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return self

    def __next__(self) -> tuple[int, str]:
        if self._returned:
            return self._returned.popleft()
        try:
            text = self._stream.readline(_LONGEST_LINE)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self.truncated, text = True, ""
        if not text:
            if self._progress:
                self._progress(self._size, self._size)
            raise StopIteration
        self.number += 1
        if len(text) >= _LONGEST_LINE and text[-1] not in "\r\n":
            self._skip_line()
        if self._progress and self.number % 256 == 0:
            self._progress(min(self._position(), self._size), self._size)
        return self.number, text

    def _skip_line(self) -> None:
        """Read on to the end of a line; the record is rejected, because a field or the record is too long."""
        while (text := self._stream.readline(_LONGEST_LINE)) and text[-1] not in "\r\n":
            pass

    def give_back(self, lines: list[tuple[int, str]]) -> None:
        self._returned.extendleft(reversed(lines))


def measure_file(path: Path) -> int:
    """Return the size of a file in bytes.

    Raises:
        ProblemError: ``no-such-file``, ``not-a-file`` or ``unreadable-file``.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise ProblemError("no-such-file", "There is no such file", str(path)) from None
    except OSError as error:
        raise ProblemError(
            "unreadable-file", "The file cannot be read", f"{path}: {error.strerror or error}."
        ) from None
    if not stat.S_ISREG(status.st_mode):
        raise ProblemError("not-a-file", "Not a file", f"{path} is not a regular file.")
    return status.st_size


def _open_unpacked(path: Path, file: BinaryIO) -> io.TextIOWrapper:
    start = file.read(4096)
    file.seek(0)
    source: BinaryIO | gzip.GzipFile = file
    if start.startswith(_GZIP):
        source = gzip.GzipFile(fileobj=file)
        start = _read_beginning(path, source)
    what = next((what for magic, what in _NOT_TABLES if start.startswith(magic)), None)
    if what is None and (wide := detect_wide_encoding(start)):
        what = f"{wide} text; save it as UTF-8"
    if what is None and start.count(0) > len(start) // 50:
        what = "binary data"
    if what:
        raise ProblemError("not-text", "The file is not a table in plain text", f"{path} is {what}.")
    # Bytes that are not UTF-8 are decoded as surrogates, so that only the rows that contain them are rejected.
    return io.TextIOWrapper(source, encoding="utf-8-sig", errors="surrogateescape", newline="")


def _read_beginning(path: Path, source: gzip.GzipFile) -> bytes:
    try:
        start = source.read(4096)
        source.seek(0)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise ProblemError(
            "not-text", "The file is not a table in plain text", f"{path} is a damaged gzip archive."
        ) from None
    return start


def _recognise_header(path: Path, line: str, formats: Sequence[TableFormat]) -> tuple[str, TableFormat, list[str]]:
    best: tuple[int, str] | None = None
    if _CONTROLS.search(line):
        raise ProblemError(
            "not-text", "The file is not a table in plain text", f"{path} has a control character in its header."
        )
    for delimiter in _DELIMITERS:
        try:
            fields = _split_record(line, delimiter)
        except RowRejectedError:
            continue
        header = [column.strip() for column in fields]
        while header and not header[-1]:
            header.pop()
        for known in formats:
            list_missing = known.list_missing(header)
            if not list_missing:
                _refuse_repeated(path, known, header)
                return delimiter, known, header + [""] * (len(fields) - len(header))
            there = len(known.columns) - len(list_missing)
            if there and (best is None or there > best[0]):
                lacks = f"is nearest to {known.name} but lacks {', '.join(list_missing)}"
                best = there, lacks
    nearest = f"it {best[1]}" if best else f"it begins with “{shorten_text(line)}”"
    known_headers = "; ".join(f"{known.name}: {','.join(known.columns)}" for known in formats)
    raise ProblemError(
        "unknown-header",
        "Unknown header",
        f"{path.name}: {nearest}. Known headers: {known_headers}.",
        known={known.name: list(known.columns) for known in formats},
    )


def _refuse_repeated(path: Path, known: TableFormat, header: list[str]) -> None:
    keys = known.make_keys(header)
    repeated = sorted({column for column, key in zip(header, keys, strict=True) if column and keys.count(key) > 1})
    if repeated:
        raise ProblemError(
            "unknown-header",
            "The header names a column twice",
            f"{path.name}: {', '.join(repeated)}; rename or remove one.",
        )


def _note_unread(path: Path, found: TableFormat, header: list[str], report: ImportReport) -> None:
    known = {_make_column_key(column) for column in (*found.columns, *found.optional)}
    named = zip(header, found.make_keys(header), strict=True)
    unread = [column for column, key in named if column and key not in known]
    if unread:
        more = f" and {len(unread) - _NAMED} more" if len(unread) > _NAMED else ""
        report.note(f"{path.name}: columns that are not read: {', '.join(unread[:_NAMED])}{more}.")


def _split_record(record: str, delimiter: str) -> list[str]:
    """Return the fields of one record.

    Raises:
        RowRejectedError: its quoting is invalid or a field is too long.
    """
    reason = "a quotation mark is not closed, or something follows the closing one"
    try:
        rows = list(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "limit" in str(error):
            reason = f"a field is longer than {csv.field_size_limit():,} characters"
        raise RowRejectedError("", reason) from None
    if len(rows) != 1:
        raise RowRejectedError("", reason)
    return rows[0]


def _make_column_key(column: str) -> str:
    return " ".join(column.split()).casefold()


def _explain_bad_utf8(value: str) -> str:
    """Return why *value* is not UTF-8 text; empty if it is."""
    lost = _ESCAPED_BYTE.search(value)
    if lost is None:
        return ""
    return f"is not UTF-8 (byte 0x{ord(lost[0]) - 0xDC00:02X}; it looks like Latin-1 or Windows-1252): convert the file"
