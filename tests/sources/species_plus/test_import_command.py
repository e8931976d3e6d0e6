"""Tests of the import command: files, releases, summaries and exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, Store
from typer.testing import CliRunner

from jwpgraph.cli.import_group import app
from jwpgraph.problems import ProblemError
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources.species_plus.evidence import EVIDENCE, add_levels
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.vocabulary import ID, PREFIXES


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


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--date", "2017-13-01", "write it as 2017-04-21"),
        ("--date", "2999-01-01", "no export is of that day"),
        ("--source", "Bad Slug", "bad-slug"),
        ("--graph", "activities", "would replace it"),
    ],
)
def test_options_that_would_do_harm_are_refused(export: Path, option: str, value: str, reason: str) -> None:
    error = invoke(export, option, value, "--dry-run").exception
    assert isinstance(error, ProblemError)
    assert reason in error.detail


def test_without_out_it_becomes_a_gated_release(export: Path, published: Path, data_dir: Path) -> None:
    shutil.copytree(published, data_dir)
    result = invoke(export, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["release"] == 2
    again = json.loads(invoke(export, "--json").stdout)
    assert (again["release"], list(again["changes"].values())) == (None, [{"added": 0, "removed": 0}])
    report = (data_dir / "releases/000002/report.ttl").read_text("utf-8")
    assert "EvidencedRecord" not in report


def test_each_imported_record_has_a_level_of_evidence(export: Path, tmp_path: Path) -> None:
    shapes = Store()
    shapes.load(path=str(get_shipped_path("shapes") / "provenance.ttl"), format=RdfFormat.TURTLE)
    record = NamedNode("https://w3id.org/jwpgraph/shapes#EvidencedRecord")
    target = NamedNode(PREFIXES["sh"] + "targetClass")
    classes = [quad.object for quad in shapes.quads_for_pattern(record, target, None)]
    invoke(export, "--out", tmp_path / "out.ttl")
    store = Store()
    store.load(path=str(tmp_path / "out.ttl"), format=RdfFormat.TURTLE)
    kind = NamedNode(PREFIXES["rdf"] + "type")
    records = [quad.subject for one in classes for quad in store.quads_for_pattern(None, kind, one)]
    assert {record.value.removeprefix(ID).partition("/")[0] for record in records} >= {
        "common-name",
        "distribution",
        "taxon-name",
    }
    for record in records:
        levels = [quad.object for quad in store.quads_for_pattern(record, NamedNode(EVIDENCE), None)]
        assert levels == [NamedNode(f"{ID}evidence-level/sourced")], record


def test_a_record_without_a_source_is_general_knowledge() -> None:
    name = f"<{ID}taxon-name/a>"
    lines = [
        f"{name} <{expand_term('rdf:type')}> <{expand_term('jwp:TaxonName')}> .\n",
        f"<{ID}source/x> <{expand_term('rdf:type')}> <{expand_term('jwp:Source')}> .\n",
    ]
    assert [line for line in add_levels(lines) if line not in lines] == [
        f"{name} <{EVIDENCE}> <{ID}evidence-level/general-knowledge> .\n"
    ]
