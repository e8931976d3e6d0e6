"""Tests of ``jwpgraph coverage``."""

from __future__ import annotations

import csv
import json
from pathlib import Path

ID = "https://w3id.org/jwpgraph/id/"
TURTLE = f"""
@prefix jwp: <https://w3id.org/jwpgraph/ontology#> . @prefix dwc: <http://rs.tdwg.org/dwc/terms/> .
@prefix gbif: <http://rs.gbif.org/terms/1.0/> .
@prefix tcs: <http://rs.tdwg.org/tcs/terms/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<{ID}taxonomy/cites> a jwp:Taxonomy ; skos:prefLabel "CITES"@en .
<{ID}taxon/cites/panthera-uncia> a jwp:TaxonConcept ; skos:prefLabel "Panthera uncia"@la ;
    jwp:rank <{ID}taxon-rank/species> ; gbif:canonicalName "Panthera uncia" ;
    dwc:scientificNameAuthorship "(Schreber, 1775)" ; tcs:accordingTo <{ID}taxonomy/cites> .
<{ID}taxon-rank/species> a jwp:TaxonRank ; skos:prefLabel "species"@en ; skos:inScheme <{ID}scheme/ranks> .
<{ID}scheme/ranks> a skos:ConceptScheme ; skos:prefLabel "ranks"@en ; skos:hasTopConcept <{ID}taxon-rank/species> .
"""


def test_the_table_in_every_format(run, tmp_path: Path) -> None:
    (tmp_path / "cats.ttl").write_text(TURTLE, "utf-8")
    assert run("load", "cats.ttl").returncode == 0
    document = json.loads(run("coverage", "--format", "json").stdout)
    (item,) = document["items"]
    assert item["fields"]["author"] == {"state": "present", "count": 1}
    assert item["fields"]["red-list"]["state"] == "not-offered"
    assert run("coverage", "--format", "csv", "--out", "c.csv").returncode == 0
    (row,) = csv.DictReader((tmp_path / "c.csv").open(encoding="utf-8", newline=""))
    assert (row["name"], row["author"]) == ("Panthera uncia", "1")
    assert "| author and year | 1/1 |" in run("coverage", "--format", "md").stdout
    assert "1 taxon." in run("coverage").stdout
    assert run("coverage", "--check").returncode in (0, 1)


def test_what_cannot_be_told_is_refused_in_one_line(run, tmp_path: Path) -> None:
    (tmp_path / "cats.ttl").write_text(TURTLE, "utf-8")
    assert run("load", "cats.ttl").returncode == 0
    for wrong in (("--format", "pdf"), ("--group", "bears"), ("--release", "7")):
        done = run("coverage", *wrong)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
