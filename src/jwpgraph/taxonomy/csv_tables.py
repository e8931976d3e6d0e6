"""Tables as CSV (RFC 4180) that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence


def to_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A header and rows; cells that a spreadsheet would run as a formula are quoted as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180, section 2
    writer.writerow(header)
    writer.writerows([f"'{cell}" if len(cell) > 1 and cell[0] in "=+-@\t\r" else cell for cell in row] for row in rows)
    return out.getvalue()
