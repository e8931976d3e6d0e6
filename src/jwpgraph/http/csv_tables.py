"""Tables as CSV (RFC 4180) in which no cell is evaluated as a formula by a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]], line_end: str = "\r\n") -> str:
    """Return a table as CSV; ``None`` is an empty cell, and cells that look like formulas are marked as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=line_end)  # by default as in RFC 4180, section 2
    writer.writerow(header)
    writer.writerows([_escape_formula("" if cell is None else str(cell)) for cell in row] for row in rows)
    return out.getvalue()


def _escape_formula(cell: str) -> str:
    return f"'{cell}" if len(cell) > 1 and cell[0] in "=+-@\t\r" else cell
