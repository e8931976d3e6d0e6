"""CSV that a spreadsheet can open without evaluating a cell of it."""

from __future__ import annotations

import csv
import io

from jwpgraph.http.csv_tables import to_csv


def test_cells_that_look_like_formulas_are_marked_as_text() -> None:
    cells = ["=1+1", "+1", "-A1", "@A1", "\t=1", "\r=1", "-", "a=b", 'a "b", c\nd', "", None, 7]
    shown = list(csv.reader(io.StringIO(to_csv(["h"], [[cell] for cell in cells]), newline="")))
    marked = [["'" + str(cell)] for cell in cells[:6]]
    plain = [["-"], ["a=b"], ['a "b", c\nd'], [""], [""], ["7"]]
    assert shown == [["h"], *marked, *plain]


def test_lines_end_with_crlf_by_default() -> None:
    assert to_csv(["a"], [["b"]]) == "a\r\nb\r\n"
    assert to_csv(["a"], [["b"]], line_end="\n") == "a\nb\n"


def test_negative_numbers_remain_numbers() -> None:
    numbers = ["-1.63669", "-2", "-1e-05", "-1.5E+3"]
    assert to_csv(numbers, [numbers]).splitlines()[1] == ",".join(numbers)
    formulas = ["-1+1", "-A1", "--1", "-", "+1", "-1-", "-1.5|cmd", "-1 "]
    (row,) = list(csv.reader(io.StringIO(to_csv(["a"], [formulas]))))[1:]
    assert row == [f"'{one}" if len(one) > 1 else one for one in formulas]
