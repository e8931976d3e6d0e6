"""Tests of loading, refusing, querying, exporting, validating and managing releases on the command line."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, parse

BROKEN = """
@prefix jwp: <https://w3id.org/jwpgraph/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/Z9> a jwp:Activity ; skos:notation "Z9" .
"""


SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:shape> a sh:NodeShape ;
  sh:targetNode <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/Z9> ;
  sh:property <urn:shape-title> .
<urn:shape-title> sh:path <urn:title> ; sh:minCount 1 .
"""


def plain_line(text: str) -> bool:
    return text.startswith("jwpgraph: ") and text.count("\n") == 1 and "Traceback" not in text


def test_the_shipped_data_loads_conforms_and_answers(run, data_dir, published):
    shutil.copytree(published, data_dir)
    manifest = json.loads(run("release", "show", "--json").stdout)
    assert manifest["number"] == 1
    assert manifest["conformance"]["conforms"] is True

    counted = run("query", "SELECT (COUNT(*) AS ?n) { ?a a jwp:Activity }", "--format", "csv")
    assert counted.stdout.splitlines() == ["n", "33"]

    assert run("validate").returncode == 0
    assert run("release", "verify", "--all").returncode == 0


def test_a_load_that_breaks_a_shape_exits_with_1_and_changes_nothing(run, data_dir, published, tmp_path):
    shutil.copytree(published, data_dir)
    (tmp_path / "broken.ttl").write_text(BROKEN)
    refused = run("load", "broken.ttl")
    assert refused.returncode == 1
    assert "Z9" in refused.stdout
    assert plain_line(refused.stderr)
    assert [release["number"] for release in json.loads(run("release", "list", "--json").stdout)] == [1]

    as_json = run("load", "broken.ttl", "--json")
    document = json.loads(as_json.stdout)
    assert document["violations"] > 0
    report = {quad.object.value for quad in parse(path=document["report"]) if isinstance(quad.object, NamedNode)}
    assert "http://www.w3.org/ns/shacl#ValidationReport" in report


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bad.ttl", b"<urn:a> <urn:p> \n"),
        ("latin.ttl", b'<urn:a> <urn:p> "caf\xe9" .'),
        ("bad.nq", b"<urn:a> <urn:p>"),
        ("bad.rdf", b"<rdf:RDF"),
        ("bad.jsonld", b"{"),
        ("data.xyz", b"?"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_exit_code_2(run, tmp_path, data_dir, name, content):
    (tmp_path / name).write_bytes(content)
    done = run("load", name)
    assert done.returncode == 2, done.stdout
    assert plain_line(done.stderr), done.stderr
    assert name in done.stderr
    assert not (data_dir / "CURRENT").exists()


def test_a_file_that_is_not_there(run):
    done = run("load", "nowhere.ttl")
    assert (done.returncode, plain_line(done.stderr)) == (2, True)


def test_files_become_graphs_named_after_them(run, tmp_path):
    (tmp_path / "one.ttl").write_text("<urn:a> <urn:p> 1 .")
    (tmp_path / "two.nq").write_text("<urn:a> <urn:p> <urn:b> <urn:g> .\n")
    assert run("load", "one.ttl", "two.nq", "-m", "two files").returncode == 0
    manifest = json.loads(run("release", "show", "--json").stdout)
    assert manifest["message"] == "two files"
    assert {"https://w3id.org/jwpgraph/graph/one", "urn:g"} < set(manifest["graphs"])

    assert run("load", "one.ttl", "--graph", "urn:g", "--add").returncode == 0
    exported = run("export", "--graph", "urn:g", "--format", "nt").stdout.splitlines()
    assert len(exported) == 2

    (tmp_path / "three.ttl").write_text("<urn:a> <urn:p> 3 .")
    refused = run("load", "one.ttl", "three.ttl", "--graph", "urn:g")
    assert (refused.returncode, plain_line(refused.stderr)) == (2, True)
    assert run("load", "one.ttl", "three.ttl", "--graph", "urn:g", "--add").returncode == 0
    exported = run("export", "--graph", "urn:g", "--format", "nt").stdout.splitlines()
    assert len(exported) == 3

    for relative in ("", "relative", "urn:a b"):
        refused = run("load", "one.ttl", "--graph", relative)
        assert (refused.returncode, plain_line(refused.stderr)) == (2, True)


def test_releases_diff_rollback_and_prune(run, tmp_path):
    for value in ("1", "2"):
        (tmp_path / "one.ttl").write_text(f"<urn:a> <urn:p> {value} .")
        assert run("load", "one.ttl").returncode == 0
    lines = run("release", "diff", "1", "2").stdout.splitlines()
    assert [line[0] for line in lines] == ["-", "+"]
    assert run("release", "diff", "1", "2", "--entities").returncode == 0
    brief = run("release", "show", "--brief").stdout
    assert re.search(r"\d+ graphs?, \d+ triples?", brief)
    assert "Digest" not in brief
    assert run("release", "rollback", "1").returncode == 0
    assert run("query", "ASK { <urn:a> <urn:p> 1 }").stdout.strip() == "true"
    assert json.loads(run("release", "prune", "--keep", "1", "--json").stdout) == {"removed": [1, 2]}
    assert run("release", "rollback", "1").returncode == 2
    assert "release 1" in run("release", "show", "1").stderr


def test_export_and_reload_is_the_same_dataset(run, tmp_path):
    (tmp_path / "one.trig").write_text('<urn:g1> { <urn:a> <urn:p> "é"@fr } <urn:g2> { <urn:b> <urn:p> 1.0 }')
    run("load", "one.trig")
    assert run("export", "--out", "all.nq").returncode == 0
    loaded = run("load", "all.nq", "--json")
    assert (loaded.returncode, json.loads(loaded.stdout)["number"]) == (0, 2), loaded.stderr
    assert run("release", "diff", "1", "2").stdout == ""


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * {",
        "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "DELETE WHERE {?s ?p ?o}",
        "SELECT (<urn:f>(1) AS ?x) {}",
    ],
)
def test_a_bad_query_is_one_line(run, tmp_path, query):
    (tmp_path / "one.ttl").write_text("<urn:a> <urn:p> 1 .")
    run("load", "one.ttl")
    done = run("query", query)
    assert (done.returncode, plain_line(done.stderr)) == (2, True), done.stderr


def test_nothing_published_yet(run):
    for command in (["query", "ASK {}"], ["validate"], ["export"], ["release", "show"]):
        done = run(*command)
        assert (done.returncode, plain_line(done.stderr)) == (2, True), done.stderr
        assert "jwpgraph load" in done.stderr
    assert json.loads(run("release", "list", "--json").stdout) == []
    assert "contains no release" in run("release", "list").stdout


def test_validate_says_0_1_or_2(run, data_dir, published, tmp_path):
    shutil.copytree(published, data_dir)
    (tmp_path / "broken.ttl").write_text(BROKEN)
    (tmp_path / "fine.ttl").write_text("<urn:a> <urn:p> 1 .")
    (tmp_path / "bad.ttl").write_text("<urn:a>")
    assert run("validate", "fine.ttl").returncode == 0
    broken = run("validate", "broken.ttl", "--format", "json")
    assert broken.returncode == 1
    results = json.loads(broken.stdout)["results"]
    assert all(result["fingerprint"] and result["message"] for result in results)
    (tmp_path / "shapes.ttl").write_text(SHAPES)
    small = {"JWPGRAPH_DATA_DIR": str(tmp_path / "small")}
    assert run("load", "fine.ttl", **small).returncode == 0
    assert run("validate", "broken.ttl", "--engine", "both", "--shapes", "shapes.ttl", **small).returncode == 1
    (tmp_path / "small" / "releases" / "000001" / "store" / "CURRENT").unlink()
    damaged = run("validate", **small)
    assert (damaged.returncode, plain_line(damaged.stderr)) == (2, True), damaged.stderr
    assert run("validate", "fine.ttl", "--deadline", "nan").returncode == 2
    assert run("validate", "bad.ttl").returncode == 2
    assert run("validate", "fine.ttl", "--shapes", "nowhere").returncode == 2
    assert run("validate", "fine.ttl", "--shapes", "bad.ttl").returncode == 2
    assert run("validate", "fine.ttl", "--format", "nonsense").returncode == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WORKERS", "many"),
        ("SPARQL_BACKEND", "notaurl"),
        ("SPARQL_BACKEND", "ftp://a.example/sparql"),
        ("SERVICE_ALLOWLIST", "https://a.example/ b.example"),
    ],
)
def test_a_bad_setting_names_its_variable(run, name, value):
    done = run("load", **{f"JWPGRAPH_{name}": value})
    assert (done.returncode, plain_line(done.stderr)) == (2, True)
    assert f"JWPGRAPH_{name}" in done.stderr


@pytest.mark.parametrize("place", ["nowhere", "empty"])
def test_a_folder_without_shapes_does_not_switch_the_gate_off(run, tmp_path, place):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.ttl").write_text("<urn:a> <urn:b> 1 .")
    done = run("load", "a.ttl", JWPGRAPH_SHAPES_DIR=str(tmp_path / place))
    assert (done.returncode, plain_line(done.stderr)) == (2, True), done.stderr
    assert place in done.stderr


def test_an_empty_variable_counts_as_absent(run):
    done = run("release", "list", "--json", JWPGRAPH_PORT="", JWPGRAPH_WORKERS="", JWPGRAPH_SHAPES_DIR="")
    assert (done.returncode, json.loads(done.stdout)) == (0, []), done.stderr


def test_what_cannot_be_printed_is_one_line_and_what_a_terminal_lacks_is_replaced(run, published, data_dir):
    shutil.copytree(published, data_dir)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "jwpgraph", "release", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=os.environ | {"JWPGRAPH_DATA_DIR": str(data_dir)},
        )
    assert (done.returncode, plain_line(done.stderr)) == (2, True), done.stderr
    ascii_only = run("release", "show", "1", PYTHONIOENCODING="ascii")
    assert (ascii_only.returncode, ascii_only.stderr) == (0, "")


def test_an_unwritable_data_directory_is_one_line(run, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    done = run("load", JWPGRAPH_DATA_DIR=str(tmp_path / "file" / "data"))
    assert (done.returncode, plain_line(done.stderr)) == (2, True), done.stderr


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["serve"],
        ["load"],
        ["import", "work-programme"],
        ["validate"],
        ["query"],
        ["export"],
        ["publish"],
        *(["release", name] for name in ("list", "show", "diff", "rollback", "prune", "verify")),
    ],
)
def test_every_command_has_help_with_an_example(run, command):
    done = run(*command, "--help")
    assert done.returncode == 0
    if command:
        assert "Example" in done.stdout
