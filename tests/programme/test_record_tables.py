"""Rows of tables that name other rows of the same table."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pyoxigraph import RdfFormat, Store

from jwpgraph.programme.record_tables import plan_change, read_rows
from jwpgraph.query_execution.store_reader import StoreReader
from jwpgraph.sources.import_report import ImportReport

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
