"""Tests of ``jwpgraph import work-programme``: output, files and exit codes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, Store, parse

from jwpgraph.cli import main
from jwpgraph.sources.work_programme_curated import CuratedProgramme, read_curated_programme, read_shipped_data
from jwpgraph.vocabulary import JWP, make_entity_iri, make_graph_iri

TEXT_GRAPH = make_graph_iri("official-text/jwp-2015-2020")
B14 = make_entity_iri("activity", "jwp-2015-2020", "B14")


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch, capfd, tmp_path) -> Callable[..., Ran]:
    monkeypatch.setenv("JWPGRAPH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")

    def go(*arguments: object) -> Ran:
        monkeypatch.setattr("sys.argv", ["jwpgraph", "import", "work-programme", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        return Ran(int(ended.value.code or 0), captured.out, captured.err)

    return go


def document_of(curated: CuratedProgramme) -> str:
    """Return a document that agrees with the curated data, in other words."""
    lines = [f"JOINT PROGRAMME {curated.years[0]}-{curated.years[1]}", ""]
    for theme in curated.themes:
        lines += [f"({theme.letter}) {theme.label}", "", "Description of envisaged joint activities", ""]
        heading = None
        for activity in (activity for activity in curated.activities if activity.theme == theme.letter):
            if activity.heading and activity.heading != heading:
                lines += [activity.heading.label, ""]
            heading = activity.heading
            years = "".join(f" in {year}" for year in activity.years)
            lines += [f"{activity.code}. Do what is numbered so{years}" + (":" if activity.bullets else ".")]
            lines += [f" - point {number};" for number in range(1, (activity.bullets or 0) + 1)] + [""]
    return "\n".join(lines)


@pytest.fixture
def document(tmp_path) -> Path:
    path = tmp_path / "programme.txt"
    path.write_text(document_of(read_curated_programme(read_shipped_data(), "jwp-2015-2020")), encoding="utf-8")
    return path


def triples(path: Path):
    return [quad.triple for quad in parse(path=str(path), format=RdfFormat.TURTLE)]


def test_counts_and_findings_are_printed(run, document):
    ran = run(document, "--dry-run")
    assert ran.code == 0
    first, *findings = ran.out.splitlines()
    assert (
        first
        == "programme.txt: 4 themes, 15 headings, 33 activities, 11 bullets; 1 disagreement with the curated data."
    )
    assert len(findings) == 1
    assert "This is not the document whose spans are on record" in findings[0]


def test_the_summary_for_machines(run, document, tmp_path):
    out = tmp_path / "text.ttl"
    summary = json.loads(run(document, "--json", "--out", out).out)
    assert summary["counts"] == {"themes": 4, "headings": 15, "activities": 33, "disagreements": 1}
    assert summary["document"]["period"] == [2015, 2020]
    assert summary["written"] == str(out)
    assert summary["graph"] == TEXT_GRAPH
    assert summary["triples"] == len(triples(out))
    (finding,) = summary["disagreements"]
    assert set(finding) == {"kind", "code", "expected", "found", "line", "sentence"}
    text = document.read_text(encoding="utf-8")
    assert {text[activity["start"]] for activity in summary["activities"]} == {"D"}


def test_a_file_is_written_and_is_the_same_every_time(run, document, tmp_path):
    ran = run(document, "--out", tmp_path / "one.ttl")
    assert (ran.code, run(document, "--out", tmp_path / "two.ttl").code) == (0, 0)
    assert f"triples written to {tmp_path / 'one.ttl'}." in ran.out
    assert (tmp_path / "one.ttl").read_bytes() == (tmp_path / "two.ttl").read_bytes()
    written = {
        triple.subject.value: triple.object.value
        for triple in triples(tmp_path / "one.ttl")
        if triple.predicate.value == JWP + "officialText"
    }
    assert written[B14] == "Do what is numbered so."
    assert run(document, "--out", "-").out == (tmp_path / "one.ttl").read_text(encoding="utf-8")
    assert not (tmp_path / "data").exists()


def test_no_text_gives_spans_alone(run, document, tmp_path):
    run(document, "--no-text", "--out", tmp_path / "spans.ttl")
    assert {triple.predicate.value for triple in triples(tmp_path / "spans.ttl")} >= {JWP + "excerptOf", JWP + "sha256"}
    assert "Do what" not in (tmp_path / "spans.ttl").read_text(encoding="utf-8")


def test_strict_writes_nothing_and_says_so(run, document, tmp_path):
    ran = run(document, "--strict", "--out", tmp_path / "text.ttl")
    assert ran.code == 1
    assert ran.err == (
        "jwpgraph: The document and the curated data disagree: 1 disagreement; "
        "nothing was written because of --strict.\n"
    )
    assert not (tmp_path / "text.ttl").exists()
    assert run(document, "--strict").code == 1
    assert not (tmp_path / "data").exists()


def test_it_goes_into_a_release_with_what_it_links_to(run, document, published, tmp_path):
    shutil.copytree(published, tmp_path / "data")
    ran = run(document, "--json", "-m", "Text of the programme", "--author", "Steward")
    assert ran.code == 0, ran.err
    release = json.loads(ran.out)["release"]
    manifest = json.loads((tmp_path / "data" / "releases" / f"{release:06}" / "manifest.json").read_bytes())
    assert (manifest["message"], manifest["author"]) == ("Text of the programme", "Steward")
    store = Store.read_only(str(tmp_path / "data" / "releases" / f"{release:06}" / "store"))
    text = NamedNode(JWP + "officialText")
    (found,) = store.quads_for_pattern(NamedNode(B14), text, None, NamedNode(TEXT_GRAPH))
    assert found.object.value == "Do what is numbered so."
    del store
    document.write_text(document.read_text(encoding="utf-8").replace("B14. Do", "B14. Now do"), encoding="utf-8")
    out = run(document).out
    assert f"Release {release + 1} published" in out
    assert re.search(r"^Graph official-text/jwp-2015-2020: \d+ statements added, \d+ removed\.$", out, re.MULTILINE)
    assert "no release was made" in run(document).out
    (found,) = Store.read_only(str(tmp_path / "data" / "releases" / f"{release + 1:06}" / "store")).quads_for_pattern(
        NamedNode(B14), text, None, NamedNode(TEXT_GRAPH)
    )
    assert found.object.value == "Now do what is numbered so."


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "No such file"),
        (b"", "The file is empty"),
        (b"%PDF-1.4", "Not a text file"),
        ("(A) Título\n\nA1 Más.".encode("latin-1"), "The file's encoding is not supported"),
        (b"A recipe for soup.\n", "Not a work programme"),
    ],
)
def test_what_is_no_work_programme_is_one_line_and_exit_code_two(run, tmp_path, content, line):
    path = tmp_path / "input.txt"
    if content is not None:
        path.write_bytes(content)
    for options in [(), ("--json",), ("--out", tmp_path / "out.ttl")]:
        ran = run(path, *options)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"jwpgraph: {line}")
        assert ran.err.count("\n") == 1
    assert not (tmp_path / "out.ttl").exists()
    assert not (tmp_path / "data").exists()


def test_an_unknown_programme(run, document):
    ran = run(document, "--programme", "jwp-1999")
    assert ran.code == 2
    assert "known: jwp-2015-2020" in ran.err


def test_output_that_cannot_be_written(run, document, tmp_path):
    before = document.read_bytes()
    for out in (tmp_path, tmp_path / "none" / "text.ttl", document):
        ran = run(document, "--out", out)
        assert ran.code == 2
        assert "jwpgraph: The file cannot be written" in ran.err
    assert document.read_bytes() == before
    assert run(document, "--out", "-", "--json").code == 2


def test_help_has_examples(run):
    ran = run("--help")
    assert ran.code == 0
    assert "jwpgraph import work-programme programme.txt" in ran.out


def test_the_real_document(run, real_document, tmp_path):
    ran = run(real_document, "--strict", "--out", tmp_path / "text.ttl")
    assert ran.code == 0
    assert "33 activities" in ran.out
    assert "no disagreement" in ran.out
    again = run(real_document, "--no-text", "--out", tmp_path / "spans.ttl")
    assert again.code == 0
    shipped = Path(__file__).parents[2] / "data" / "ttl" / "source-spans.ttl"
    assert (tmp_path / "spans.ttl").read_bytes() == shipped.read_bytes()
