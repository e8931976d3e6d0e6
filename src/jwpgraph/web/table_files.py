"""Tables as files: CSV (RFC 4180), XLSX (Office Open XML), without active content, and JSON."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from jwpgraph.http.csv_tables import to_csv
from jwpgraph.linked_data.responses import to_json_bytes

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: The formats by the extension of their addresses.
FILE_TYPES: Final = {"csv": CSV, "xlsx": XLSX}
#: Formats of a single table by extension.
TABLE_TYPES: Final = {**FILE_TYPES, "json": "application/json"}
_LONGEST_NAME: Final = 31
_WIDEST: Final = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a name.

    Attributes:
        name: what it is called; at most 31 characters are kept.
        header: the names of its columns.
        rows: its rows.
    """

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def write_csv(sheet: Sheet) -> bytes:
    """Return a table as CSV."""
    return to_csv(sheet.header, sheet.rows).encode()


def write_table(sheet: Sheet, extension: str, created: datetime) -> bytes:
    """Return a table in a format of :data:`TABLE_TYPES`.

    Args:
        sheet: the table.
        extension: the format. As JSON, each row is an object without the columns that are empty.
        created: as in :func:`write_xlsx`.
    """
    if extension == "json":
        items = [{name: text for name, text in zip(sheet.header, row, strict=True) if text} for row in sheet.rows]
        return to_json_bytes({"total": len(items), "items": items})
    return write_csv(sheet) if extension == "csv" else write_xlsx([sheet], created)


def write_xlsx(sheets: Iterable[Sheet], created: datetime) -> bytes:
    """Return tables as a workbook, one sheet each; the same tables always give the same bytes.

    Args:
        sheets: the tables.
        created: when the data were, for the properties of the workbook.
    """
    from xlsxwriter import Workbook  # noqa: PLC0415 - loaded when needed

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(out, options) as book:
        book.set_properties({"created": created.replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name[:_LONGEST_NAME])
            page.freeze_panes(1, 0)
            for column, name in enumerate(sheet.header):
                page.write_string(0, column, name, bold)
                longest = max([len(name), *(len(row[column]) for row in sheet.rows)])
                page.set_column(column, column, min(longest + 2, _WIDEST))
            for place, row in enumerate(sheet.rows, start=1):
                for column, text in enumerate(row):
                    page.write_string(place, column, text)
            if sheet.rows:
                page.autofilter(0, 0, len(sheet.rows), len(sheet.header) - 1)
    return out.getvalue()


def as_download(name: str) -> dict[str, str]:
    """Return the header that makes a browser save the response as a file called *name* (ASCII)."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}
