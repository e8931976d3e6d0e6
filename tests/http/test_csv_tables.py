"""CSV that a spreadsheet can open without evaluating a cell of it."""

from __future__ import annotations

import csv
import io

from jwpgraph.http.csv_tables import to_csv


def test_cells_that_look_like_formulas_are_marked_as_text() -> None:
    cells = ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "-", "a=b", 'a "b", c\nd', "", None, 7]
    shown = list(csv.reader(io.StringIO(to_csv(["h"], [[cell] for cell in cells]), newline="")))
    marked = [["'" + str(cell)] for cell in cells[:6]]
    plain = [["-"], ["a=b"], ['a "b", c\nd'], [""], [""], ["7"]]
    assert shown == [["h"], *marked, *plain]


def test_lines_end_with_crlf_by_default() -> None:
    assert to_csv(["a"], [["b"]]) == "a\r\nb\r\n"
    assert to_csv(["a"], [["b"]], line_end="\n") == "a\nb\n"
