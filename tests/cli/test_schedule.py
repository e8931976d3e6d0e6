"""Tests of ``jwpgraph schedule``: scheduled and manual jobs, and the history as a graph."""

from __future__ import annotations

import json

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:Shape> a sh:NodeShape ; sh:targetClass <urn:Thing> ; sh:property <urn:Shape-p> .
<urn:Shape-p> a sh:PropertyShape ; sh:path <urn:p> ; sh:minCount 1 ; sh:message "Say p."@en .
"""
BROKEN, MENDED = "<urn:a> a <urn:Thing> .", "<urn:a> a <urn:Thing> ; <urn:p> 1 ."
JOBS = """
[jobs.things]
shapes = "shapes.ttl"
schedule = "0 0 1 1 *"
[jobs.nowhere]
files = ["absent.ttl"]
"""
SINCE = """
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT ?focus ?came ?went WHERE {
  GRAPH <https://w3id.org/jwpgraph/graph/validation> {
    ?result a sh:ValidationResult ; sh:sourceShape <urn:Shape-p> ; sh:focusNode ?focus ; prov:generatedAtTime ?came .
    OPTIONAL { ?result prov:invalidatedAtTime ?went }
  }
}
"""


def test_jobs_run_and_are_remembered(run, tmp_path):
    (tmp_path / "shapes.ttl").write_text(SHAPES)
    (tmp_path / "jobs.toml").write_text(JOBS)
    (tmp_path / "data.ttl").write_text(BROKEN)
    jobs = {"JWPGRAPH_JOBS_FILE": str(tmp_path / "jobs.toml")}
    assert run("schedule", "--run", "things", **jobs).returncode == 2, "there is no release yet"
    assert run("load", "data.ttl").returncode == 0

    listed = json.loads(run("schedule", "--list", "--json", **jobs).stdout)
    assert [one["name"] for one in listed] == ["release", "quality", "links", "things", "nowhere"]
    assert run("schedule", "--run", "unknown", **jobs).returncode == 2
    assert run("schedule", "--run", "nowhere", **jobs).returncode == 2

    first = run("schedule", "--once", "--json", **jobs)
    assert first.returncode == 1
    (told,) = json.loads(first.stdout)
    assert (told["job"], told["counts"]["new"]) == ("things", 1)
    assert "Nothing is due" in run("schedule", "--once", **jobs).stdout

    (tmp_path / "data.ttl").write_text(MENDED)
    assert run("load", "data.ttl").returncode == 0
    assert run("schedule", "--run", "things", **jobs).returncode == 0

    assert run("schedule", "--publish-history", **jobs).returncode == 0
    (row,) = json.loads(run("query", SINCE, "--format", "json").stdout)["results"]["bindings"]
    assert row["focus"]["value"] == "urn:a"
    assert row["came"]["value"] < row["went"]["value"]
    assert "No result has come or gone" in run("schedule", "--publish-history", **jobs).stdout

    assert "Deleted 0 runs" in run("schedule", "--prune-history", "30", **jobs).stdout
    short = jobs | {"JWPGRAPH_VALIDATION_KEEP_RUNS": "0"}
    assert "1 result" in run("schedule", "--prune-history", "0", **short).stdout, "it has been fixed"


def test_a_file_of_jobs_with_a_slip_is_one_line(run, tmp_path):
    (tmp_path / "jobs.toml").write_text("[jobs.a]\nschedule = 'never'")
    for command in (["schedule", "--list"], ["serve", "--port", "0"]):
        done = run(*command, JWPGRAPH_JOBS_FILE=str(tmp_path / "jobs.toml"))
        assert done.returncode == 2
        assert done.stderr.strip().splitlines()[-1].startswith("jwpgraph: The jobs file cannot be used")
        assert not (tmp_path / "data" / "CURRENT").exists(), "the first release has been made before"


def test_without_a_schedule_there_is_nothing_to_keep(run):
    done = run("schedule")
    assert (done.returncode, "No job has a schedule" in done.stderr) == (2, True)


def test_help_has_examples(run):
    assert "Example" in run("schedule", "--help").stdout
