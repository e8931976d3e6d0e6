"""Tests of ``jwpgraph align``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sssom_tables import read_sssom

ID = "https://w3id.org/jwpgraph/id/"
TURTLE = f"""
@prefix jwp: <https://w3id.org/jwpgraph/ontology#> . @prefix dwc: <http://rs.tdwg.org/dwc/terms/> .
@prefix gbif: <http://rs.gbif.org/terms/1.0/> .
@prefix tcs: <http://rs.tdwg.org/tcs/terms/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix i: <{ID}> .
<{ID}taxonomy/cms> a jwp:Taxonomy ; skos:prefLabel "CMS"@en .
<{ID}taxonomy/cites> a jwp:Taxonomy ; skos:prefLabel "CITES"@en .
<{ID}taxon/cms/uncia-uncia> a jwp:TaxonConcept ; skos:prefLabel "Uncia uncia"@la ; gbif:canonicalName "Uncia uncia" ;
    dwc:scientificNameAuthorship "(Schreber, 1775)" ; tcs:accordingTo <{ID}taxonomy/cms> .
<{ID}taxon/cites/panthera-uncia> a jwp:TaxonConcept ; skos:prefLabel "Panthera uncia"@la ;
    gbif:canonicalName "Panthera uncia" ; dwc:scientificNameAuthorship "(Schreber, 1775)" ;
    skos:altLabel "Uncia uncia"@la ; tcs:accordingTo <{ID}taxonomy/cites> .
"""


@pytest.fixture
def loaded(run, tmp_path: Path):
    """Return a command runner for a release that contains only two snow leopard concepts."""
    (tmp_path / "cats.ttl").write_text(TURTLE, "utf-8")
    done = run("load", "cats.ttl")
    assert done.returncode == 0, done.stdout + done.stderr
    return run


def test_mappings_reports_and_tasks(loaded, tmp_path: Path) -> None:
    document = json.loads(loaded("align", "--format", "json", "--on", "2020-01-01").stdout)
    (mapping,) = document["mappings"]
    assert (mapping["subject"]["label"], mapping["object"]["label"]) == ("Uncia uncia", "Panthera uncia")
    assert mapping["basis"] == "candidate"
    assert document["counts"]["discrepancies"] == {"name-only": 1}
    assert loaded("align", "--format", "sssom", "--out", "a.sssom.tsv").returncode == 0
    _, rows = read_sssom((tmp_path / "a.sssom.tsv").read_text("utf-8"))
    assert [row["predicate_id"] for row in rows] == ["skos:closeMatch"]
    assert "<h2>Name only (1)</h2>" in loaded("align", "--format", "html").stdout
    assert "1 mappings, 0 of them by a curator" in loaded("align").stdout
    tasks = json.loads(loaded("align", "--worklist", "--format", "json").stdout)
    assert tasks["total"] == 1


def test_what_cannot_be_done_is_one_line(run) -> None:
    for arguments, said in (
        (("align",), "no release"),
        (("align", "--on", "2017"), "not a single day"),
        (("align", "--on", "9999-12-31"), "1900 to 2999"),
        (("align", "--format", "docx"), "docx"),
    ):
        done = run(*arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        assert said in done.stderr.lower()
        assert len(done.stderr.strip().splitlines()) == 1
