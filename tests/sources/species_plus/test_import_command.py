"""Tests of the import command: files, releases, summaries and exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Store
from typer.testing import CliRunner

from jwpgraph.cli.import_group import app
from jwpgraph.problems import ProblemError


@pytest.fixture
def export(tmp_path: Path, index) -> Path:
    """Return an Index of CITES Species with one valid and one invalid row."""
    path = tmp_path / "Index_of_CITES_Species_2017-04-21.csv"
    path.write_text(index({"TaxonId": "x"}), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a data directory for the test."""
    monkeypatch.setenv("JWPGRAPH_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def invoke(*arguments: object):
    return CliRunner().invoke(app, ["species-plus", *map(str, arguments)])


def test_turtle_is_written_and_the_same_each_time(export: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.ttl", tmp_path / "other.ttl"
    assert invoke(export, "--out", one).exit_code == 0
    assert invoke(export, "--out", other).exit_code == 0
    assert one.read_bytes() == other.read_bytes()
    store = Store()
    store.load(path=str(one), format=RdfFormat.TURTLE)
    assert len(store) > 50


def test_rejected_rows_are_listed_and_cost_no_exit_code(export: Path) -> None:
    result = invoke(export, "--dry-run")
    assert result.exit_code == 0
    assert "2 rows read, 1 imported, 1 rejected" in result.output
    assert "line 4, column TaxonId" in result.output


def test_the_summary_for_machines(export: Path) -> None:
    told = json.loads(invoke(export, "--dry-run", "--json").stdout)
    assert told["formats"] == {export.name: "index-of-cites-species"}
    assert told["rows"] == {"read": 2, "imported": 1, "rejected": 1, "passed_over": 0}
    assert told["rejections"][0]["line"] == 4
    assert told["graph"].endswith("graph/species-plus/index-of-cites-species")


def test_strict_refuses_with_exit_code_1_and_writes_nothing(export: Path, tmp_path: Path) -> None:
    result = invoke(export, "--strict", "--out", tmp_path / "out.ttl")
    assert isinstance(result.exception, ProblemError)
    assert result.exception.exit_code == 1
    assert not (tmp_path / "out.ttl").exists()


def test_the_export_itself_is_never_overwritten(export: Path) -> None:
    before = export.read_bytes()
    assert isinstance(invoke(export, "--out", export).exception, ProblemError)
    assert export.read_bytes() == before


def test_without_out_it_becomes_a_gated_release(export: Path, published: Path, data_dir: Path) -> None:
    shutil.copytree(published, data_dir)
    result = invoke(export, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["release"] == 2
