"""Rows of tables that name other rows of the same table."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Quad, RdfFormat, Store

from jwpgraph.problems import ProblemError
from jwpgraph.programme.record_models import KINDS
from jwpgraph.programme.record_tables import list_columns, make_table_format, plan_change, read_rows, write_table
from jwpgraph.query_execution.store_reader import StoreReader
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.statements import read_shipped_dataset
from jwpgraph.web.labels.record_fields import make_field_label

_HEADER = "key,title,kind,start,series,country,evidence\n"
_KNOWN = """
@prefix id: <https://w3id.org/jwpgraph/id/> .
@prefix jwp: <https://w3id.org/jwpgraph/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<https://w3id.org/jwpgraph/id/country/KE> a jwp:Country ; skos:notation "KE" ; skos:prefLabel "Kenya"@en .
<https://w3id.org/jwpgraph/id/meeting-kind/workshop> a jwp:MeetingKind ; skos:prefLabel "Workshop"@en .
"""


def plan(folder: Path, *rows: str):
    """Return what a table of meetings changes in a small graph, and its report."""
    path = folder / "meetings.csv"
    path.write_text(_HEADER + "\n".join(rows), "utf-8")
    store, report = Store(), ImportReport()
    store.load(_KNOWN.encode(), RdfFormat.TURTLE)
    read = [(path.name, row) for row in read_rows("meetings", path, report)]
    change = asyncio.run(plan_change("meetings", read, store, StoreReader(store, 0).select, report))
    return change, report


def test_a_row_may_name_a_later_row(tmp_path: Path) -> None:
    change, report = plan(
        tmp_path, "second,Second,workshop,2026-02,first,KE,inferred", "first,First,workshop,2025-02,,KE,inferred"
    )
    assert report.rejections == []
    assert sorted(change.created) == ["first", "second"]


def test_rows_that_name_a_rejected_row_are_rejected_and_the_rest_is_not(tmp_path: Path) -> None:
    change, report = plan(
        tmp_path,
        "third,Third,workshop,2027-02,second,KE,inferred",
        "alone,Alone,workshop,2026-05,,KE,inferred",
        "second,Second,workshop,2026-02,first,KE,inferred",
        "first,First,workshop,2025-02,,Atlantis,inferred",
    )
    assert change.created == ["alone"]
    assert "third" not in change.update
    said = [one.sentence() for one in report.rejections]
    assert said[0].startswith("meetings.csv, line 5, column country: there is no country Atlantis")
    assert said[1:] == [
        "meetings.csv, line 4, column series: names the row at line 5 of meetings.csv, which was rejected (first)",
        "meetings.csv, line 2, column series: names the row at line 4 of meetings.csv, which was rejected (second)",
    ]
    assert report.imported == 1


def test_a_rejected_row_names_invalid_fields_and_unknown_names_at_once(tmp_path: Path) -> None:
    change, report = plan(
        tmp_path,
        "first,First,workshop,2025-02-30,later,Atlantis,inferred",
        "later,Later,workshop,2026,,KE,inferred",
        "last,Last,workshop,2027,first,KE,inferred",
    )
    assert change.created == ["later"]
    places = [(one.line, one.column) for one in report.rejections]
    assert places == [(2, "start"), (2, "country"), (4, "series")]
    assert "line 2 of meetings.csv, which was rejected" in report.rejections[2].reason
    assert (report.imported, report.rejected) == (1, 2)


def test_a_key_is_used_once_in_a_file(tmp_path: Path) -> None:
    row = "first,First,workshop,2025,,KE,inferred"
    change, report = plan(tmp_path, row, row.replace("2025", "2026"))
    assert change.created == ["first"]
    assert [one.sentence() for one in report.rejections] == [
        "meetings.csv, line 3, column key: line 2 has the same key (first)"
    ]


@pytest.mark.parametrize("kind", list(KINDS))
def test_headers_may_have_the_names_of_the_forms_and_of_the_api(kind: str) -> None:
    columns = list_columns(kind)
    known = make_table_format(kind)
    for header in (columns, [make_field_label(name) for name in columns], [name.upper() for name in columns]):
        assert known.list_missing(header) == []
        assert known.make_keys(header) == columns
    assert set(known.make_keys(["source", "Level of evidence"])) == {"sources", "evidence"}


def test_rows_below_the_names_of_the_forms_are_rejected_by_these_names(tmp_path: Path) -> None:
    path, report = tmp_path / "meetings.csv", ImportReport()
    path.write_text("Key,Title,Kind,Start,Countries,Level of evidence\naa,A,workshop,2025-02-30,KE,inferred\n", "utf-8")
    (row,) = read_rows("meetings", path, report)
    row.reject(path.name, (), report)
    assert row.record.country == ["KE"]
    assert [one.sentence() for one in report.rejections] == [
        "meetings.csv, line 2, column Start: there is no such day (2025-02-30)"
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("A Key,A,KE", "column key: lower-case letters, digits and hyphens are wanted (A Key)"),
        (f"aa,{'x' * 501},KE", "column title: at most 500 characters are allowed (xxx"),
        ("aa,a\u202eb,KE", "column title: it holds a character that is not seen (U+202E); delete it (a\\u202eb)"),
        ("aa,A,KE;UG", "column country: there is no country KE;UG; several values are separated by a semicolon and a"),
    ],
)
def test_reasons_are_plain_and_all_of_a_value_is_seen(tmp_path: Path, row: str, said: str) -> None:
    path, report, store = tmp_path / "meetings.csv", ImportReport(), Store()
    store.load(_KNOWN.encode(), RdfFormat.TURTLE)
    path.write_text(f"key,title,country,evidence\n{row},inferred\n", "utf-8")
    rows = [(path.name, one) for one in read_rows("meetings", path, report)]
    asyncio.run(plan_change("meetings", rows, store, StoreReader(store, 0).select, report))
    assert report.rejections[0].sentence().startswith(f"meetings.csv, line 2, {said}")


@pytest.mark.parametrize("header", ["country,Countries", "sources,Source", "evidence,level of evidence"])
def test_a_field_has_one_column(tmp_path: Path, header: str) -> None:
    path = tmp_path / "meetings.csv"
    path.write_text(f"key,title,{header}\na,A,KE,KE\n", "utf-8")
    with pytest.raises(ProblemError, match=header.partition(",")[2]):
        read_rows("meetings", path, ImportReport())


@pytest.fixture(scope="module")
def shipped() -> Store:
    store = read_shipped_dataset()
    store.extend([Quad(one.subject, one.predicate, one.object, DefaultGraph()) for one in store])
    return store


@pytest.mark.parametrize("kind", ["actions", "meetings", "proposals"])
def test_the_shipped_records_can_be_written_as_a_table_and_imported_again(
    shipped: Store, tmp_path: Path, kind: str
) -> None:
    path, report = tmp_path / f"{kind}.csv", ImportReport()
    path.write_text(write_table(kind, shipped), "utf-8")
    rows = [(path.name, row) for row in read_rows(kind, path, report)]
    change = asyncio.run(plan_change(kind, rows, shipped, StoreReader(shipped, 0).select, report))
    assert report.rejections == []
    assert (change.created, change.changed, change.update) == ([], [], "")
    assert len(change.unchanged) == len(rows) > 0


def test_what_a_table_cannot_hold_in_one_way_is_imported_again_unchanged(tmp_path: Path) -> None:
    store, path, report = Store(), tmp_path / "actions.csv", ImportReport()
    store.load(_ACTION.encode(), RdfFormat.TRIG)
    store.extend([Quad(one.subject, one.predicate, one.object, DefaultGraph()) for one in store])
    path.write_text(write_table("actions", store), "utf-8")
    text = path.read_text("utf-8")
    assert ",'=1+1," in text  # a spreadsheet does not evaluate it
    assert "tool/manual" in text  # a source has the same slug
    rows = [(path.name, row) for row in read_rows("actions", path, report)]
    change = asyncio.run(plan_change("actions", rows, store, StoreReader(store, 0).select, report))
    assert (report.rejections, change.update, change.unchanged) == ([], "", ["aa"])


_ACTION = """
@prefix id: <https://w3id.org/jwpgraph/id/> .
@prefix jwp: <https://w3id.org/jwpgraph/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
<https://w3id.org/jwpgraph/graph/x> {
<https://w3id.org/jwpgraph/id/activity/p/A1> a jwp:Activity ; skos:notation "A1" ; skos:prefLabel "One"@en .
<https://w3id.org/jwpgraph/id/source/manual> a jwp:Source ; skos:prefLabel "Manual"@en .
<https://w3id.org/jwpgraph/id/tool/manual> a jwp:Tool ; skos:prefLabel "Manual"@en .
<https://w3id.org/jwpgraph/id/evidence-level/inferred> a jwp:EvidenceLevel ; skos:prefLabel "Inferred"@en .
<https://w3id.org/jwpgraph/id/action/aa> a jwp:Action ; skos:prefLabel "=1+1"@en ;
    prov:hadPlan <https://w3id.org/jwpgraph/id/activity/p/A1> ;
    prov:generated <https://w3id.org/jwpgraph/id/tool/manual> ;
    jwp:evidence <https://w3id.org/jwpgraph/id/evidence-level/inferred> ;
    skos:editorialNote "One note."@en , "Another; with a semicolon."@en , "Une note."@fr .
}
"""
