"""Tables as CSV (RFC 4180) in which no cell is evaluated as a formula by a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

#: A negative number begins like a formula, and is none: a latitude would become a text.
_NUMBER: Final = re.compile(r"-\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]], line_end: str = "\r\n") -> str:
    """Return a table as CSV; ``None`` is an empty cell, and cells that look like formulas are marked as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=line_end)  # by default as in RFC 4180, section 2
    writer.writerow(header)
    writer.writerows([_escape_formula("" if cell is None else str(cell)) for cell in row] for row in rows)
    return out.getvalue()


def _escape_formula(cell: str) -> str:
    if len(cell) < 2 or cell[0] not in "=+-@\t\r" or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"


def remove_formula_mark(cell: str) -> str:
    """Return a cell of a table that :func:`to_csv` wrote without what marks it as text."""
    return cell[1:] if cell[:1] == "'" and cell == _escape_formula(cell[1:]) else cell
