"""Tests of the table reader: recognised formats, rejections with reasons, and no effect of a bad row on others."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jwpgraph.problems import ProblemError
from jwpgraph.sources.import_report import ImportReport, RowRejectedError
from jwpgraph.sources.tables import TableFormat, TableRecord, detect_format, open_table

PEOPLE = TableFormat("people", ("Name", "Born"), ("Town",))
SHIPS = TableFormat("ships", ("Ship", "Tons"))

Read = Callable[..., tuple[list[dict[str, str]], ImportReport]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def go(content: bytes | str, *formats: TableFormat, name: str = "t.csv", strict: bool = False):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        report = ImportReport(strict=strict)
        with open_table(path, formats or (PEOPLE, SHIPS), report) as table:
            return [{"line": row.line, **row.values} for row in table], report

    return go


def reasons(report: ImportReport) -> list[tuple[int, str]]:
    return [(one.line, one.reason) for one in report.rejections]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_and_line_ends_are_told_from_the_file(read: Read, delimiter: str, ends: str) -> None:
    rows, report = read(ends.join([delimiter.join(["Name", "Born"]), delimiter.join(["Ada", " 1815 "]), ""]))
    assert rows == [{"line": 2, "name": "Ada", "born": "1815"}]
    assert not report.rejections
    assert bool(report.notes) == (delimiter != ",")


def test_a_header_is_recognised_whatever_its_case_order_blanks_and_further_columns(read: Read) -> None:
    rows, report = read("\ufeffborn, NAME ,Height\n1815,Ada,165\n")
    assert rows == [{"line": 2, "born": "1815", "name": "Ada", "height": "165"}]
    assert report.notes == ["t.csv: columns that are not read: Height."]


def test_what_spreadsheets_add_is_no_row(read: Read) -> None:
    rows, report = read("sep=;\r\nName;Born\r\nAda;1815\r\n;\r\n ; \r\n")
    assert rows == [{"line": 3, "name": "Ada", "born": "1815"}]
    assert (report.read, report.rejections) == (1, [])


def test_an_unknown_header_names_the_headers_that_are_known(read: Read) -> None:
    with pytest.raises(ProblemError) as refused:
        read("Name,Age\nAda,36\n")
    problem = refused.value
    assert (problem.slug, problem.exit_code) == ("unknown-header", 2)
    for words in ("nearest to people but lacks Born", "people: Name,Born", "ships: Ship,Tons"):
        assert words in problem.detail


def test_a_column_named_twice_is_refused(read: Read) -> None:
    with pytest.raises(ProblemError, match="Born"):
        read("Name,Born,born\nAda,1815,1816\n")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_text_in_wide_characters_is_refused_with_its_encoding(read: Read, encoding: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read("Name,Born\nAda,1815\n".encode(encoding))
    assert refused.value.slug == "not-text"
    assert f"is {encoding[:6].upper()}" in refused.value.detail


def test_a_header_with_a_control_character_is_not_shown(read: Read) -> None:
    with pytest.raises(ProblemError, match="control character in its header"):
        read(b"Name,Born,\x1b]0;x\x07\nAda,1815,\n")


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (b"", "empty-file"),
        (b"\n \n", "empty-file"),
        ("Name,Born\n".encode("utf-16"), "not-text"),
        (b"PK\x03\x04rest", "not-text"),
        (b"Name\0,Born\n", "not-text"),
        (b"\x1f\x8bbroken", "not-text"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(read: Read, content: bytes, slug: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read(content)
    assert refused.value.slug == slug


def test_folders_and_missing_files_are_refused(tmp_path: Path) -> None:
    for path, slug in ((tmp_path, "not-a-file"), (tmp_path / "none.csv", "no-such-file")):
        with pytest.raises(ProblemError) as refused, open_table(path, (PEOPLE,), ImportReport()):
            pass
        assert refused.value.slug == slug


def test_rows_of_another_length_or_delimiter_are_rejected_and_the_rest_is_read(read: Read) -> None:
    rows, report = read("Name,Born\nAda,1815\nGrace,1906,New York\nJoan\nEmmy;1882\nMary,1780,\n")
    assert [row["name"] for row in rows] == ["Ada", "Mary"]
    assert reasons(report) == [
        (3, "has 3 fields where the header has 2"),
        (4, "has 1 fields where the header has 2"),
        (5, "has 1 fields where the header has 2"),
    ]
    assert report.read == 5


def test_latin_1_costs_the_rows_that_hold_it_and_says_which_byte(read: Read) -> None:
    rows, report = read("Name,Born\nAda,1815\nÉmilie,1706\nZoë,1978\nJoan,1941\n".encode("latin-1"))
    assert [row["name"] for row in rows] == ["Ada", "Joan"]
    assert [(one.line, one.column, one.value) for one in report.rejections] == [
        (3, "Name", "Émilie"),
        (4, "Name", "Zoë"),
    ]
    assert "0xC9" in report.rejections[0].reason
    assert "Latin-1" in report.rejections[0].reason


def test_a_lost_character_is_rejected(read: Read) -> None:
    _, report = read("Name,Born\nAd\ufffd,1815\n")
    assert [one.column for one in report.rejections] == ["Name"]


def test_a_quotation_mark_that_is_never_closed_costs_its_own_row(read: Read) -> None:
    rows, report = read('Name,Born\n"Ada,1815\nGrace,1906\n"Joan, of Arc",1412\n')
    assert [row["name"] for row in rows] == ["Grace", "Joan, of Arc"]
    assert [one.line for one in report.rejections] == [2]


def test_a_lone_quotation_mark_within_a_field_is_a_character(read: Read) -> None:
    rows, report = read('Name,Born\nAda 5" tall,1815\n"Grace ""H""",1906\n')
    assert [row["name"] for row in rows] == ['Ada 5" tall', 'Grace "H"']
    assert report.notes == [
        "t.csv, line 2, column Name: a quotation mark in a field without quotation marks around it is kept as a "
        "character."
    ]


def test_quotation_marks_in_text_with_tabs_are_ordinary_characters(read: Read) -> None:
    rows, report = read('Name\tBorn\nAda 5" tall\t1815\n')
    assert rows[0]["name"] == 'Ada 5" tall'
    assert report.notes == ["t.csv: the columns are separated by tabs."]


def test_quoted_fields_run_over_lines_and_keep_their_first_line_number(read: Read) -> None:
    rows, report = read('Name,Born\n"Ada\nLovelace",1815\nGrace,1906\n')
    assert [(row["line"], row["name"]) for row in rows] == [(2, "Ada\nLovelace"), (4, "Grace")]
    assert not report.rejections


def test_a_truncated_file_loses_its_last_row_only(read: Read) -> None:
    rows, report = read("Name,Born\nAda,1815\nGrac")
    assert [row["name"] for row in rows] == ["Ada"]
    assert [one.line for one in report.rejections] == [3]


def test_a_truncated_archive_gives_what_can_be_unpacked(read: Read) -> None:
    packed = gzip.compress(("Name,Born\n" + "".join(f"P{n * 7919 % 100003},{n}\n" for n in range(20000))).encode())
    rows, report = read(packed[: len(packed) // 2], name="t.csv.gz")
    assert 1000 < len(rows) < 20000
    assert "ends in the middle" in report.rejections[-1].reason


def test_a_strict_import_stops_at_the_first_rejection(read: Read) -> None:
    with pytest.raises(ProblemError) as refused:
        read("Name,Born\nAda\nGrace,1906\n", strict=True)
    assert refused.value.exit_code == 1
    assert "t.csv, line 2" in refused.value.detail


def test_a_conversion_that_refuses_a_row_is_counted_with_column_and_value(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Name,Born\nAda,1815\nGrace,x\n")
    report = ImportReport()

    def year(row: TableRecord) -> int:
        if not row["Born"].isdigit():
            raise RowRejectedError("Born", "is no year", row["Born"])
        return int(row["Born"])

    with open_table(path, (PEOPLE,), report) as table:
        assert list(table.convert_rows(year)) == [1815]
    assert (report.read, report.imported) == (2, 1)
    assert report.rejections[0].sentence() == "t.csv, line 3, column Born: is no year (x)"


def test_progress_ends_at_the_size_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Name,Born\n" + "Ada,1815\n" * 3000)
    seen: list[tuple[int, int]] = []
    with open_table(path, (PEOPLE,), ImportReport(), lambda done, size: seen.append((done, size))) as table:
        assert sum(1 for _ in table) == 3000
    assert seen[-1] == (path.stat().st_size,) * 2
    assert seen == sorted(seen)


def test_the_format_of_a_file_can_be_asked_without_reading_it(tmp_path: Path) -> None:
    (tmp_path / "ships.csv").write_text("Tons,Ship\n1,Argo\n")
    (tmp_path / "other.csv").write_text("a,b\n")
    assert detect_format(tmp_path / "ships.csv", (PEOPLE, SHIPS)) is SHIPS
    assert detect_format(tmp_path / "other.csv", (PEOPLE, SHIPS)) is None
    assert detect_format(tmp_path, (PEOPLE,)) is None


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12).filter(lambda text: "\ufffd" not in text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.lists(st.tuples(WORDS, WORDS), max_size=8), st.sampled_from([",", ";", "\t"]))
def test_whatever_is_written_as_csv_is_read_back(read: Read, records, delimiter: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["Name", "Born"])
    writer.writerows(records)
    rows, report = read(text.getvalue())
    assert not report.rejections
    assert [(row["name"], row["born"]) for row in rows] == [(name.strip(), born.strip()) for name, born in records]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_rejected_and_nothing_is_lost_silently(read: Read, noise: bytes) -> None:
    noise = noise.replace(b"\0", b"")
    rows, report = read(b"Name,Born\n" + noise + b"\nAda,1815\n")
    assert len(rows) + len(report.rejections) == report.read


def test_a_control_character_costs_the_row_that_holds_it(read: Read) -> None:
    for filled in (20, 600):
        filler = "".join(f"Ada{number},1815\n" for number in range(filled))
        rows, report = read(f"Name,Born\n{filler}A\0a,1816\nBob,1817\n")
        assert rows[-1] == {"line": filled + 3, "name": "Bob", "born": "1817"}
        ((line, reason),) = reasons(report)
        assert line == filled + 2
        assert "control character" in reason


def test_a_field_of_a_megabyte_costs_its_row_and_is_named_as_long(read: Read) -> None:
    rows, report = read(f'Name,Born\n"{"x" * 1_100_000}",1816\nBob,1817\n')
    assert [row["name"] for row in rows] == ["Bob"]
    ((line, reason),) = reasons(report)
    assert line == 2
    assert reason == "a field is longer than 131,072 characters"


def test_a_line_of_megabytes_is_one_row(read: Read) -> None:
    rows, report = read(f"Name,Born\n{'x,' * 2_500_000}\nBob,1817\n")
    assert rows == [{"line": 3, "name": "Bob", "born": "1817"}]
    assert reasons(report) == [(2, "the line is longer than 2,000,000 characters")]
