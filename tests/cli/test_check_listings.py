"""Tests of ``jwpgraph check listings``: agreed, explained, unknown and contradicted rows and populations.

The rows are facts of the Index of CITES Species of 21 April 2017, in its columns.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from forked_command import run_command

COLUMNS = (
    "TaxonId",
    "Kingdom",
    "FullName",
    "AuthorYear",
    "RankName",
    "CurrentListing",
    "AnnotationEnglish",
    "SynonymsWithAuthors",
)
SPLIT = (
    "Appendix I:Included in Appendix I, except the populations of BW, NA, ZA and ZW, which are included in Appendix II."
    "\nAppendix II:Populations of BW, NA, ZA and ZW"
)
ROWS = {
    "Acinonyx jubatus": ("SPECIES", "I", "Appendix I: "),
    "Falco cherrug": ("SPECIES", "II", "Appendix II: "),
    "Loxodonta africana": ("SPECIES", "I/II", SPLIT),
    "Alopias vulpinus": ("SPECIES", "II", "Appendix II: "),
    "Ursus arctos isabellinus": ("SUBSPECIES", "I/II", "Appendix I:Only BT, CN, MX and MN\nAppendix II:All other"),
    "Abronia aurita": ("SPECIES", "II", "Appendix II: "),
}


@pytest.fixture
def check(published: Path, tmp_path: Path):
    """Return a function that writes an index and checks the shipped data against it."""

    def run(rows: dict[str, tuple[str, str, str]], *arguments: str, name: str = "index_2017-04-21.csv"):
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for number, (taxon, (rank, listing, note)) in enumerate(rows.items(), 1):
                writer.writerow([number, "Animalia", taxon, "", rank, listing, note, ""])
        return run_command("check", "listings", "--against", path, *arguments, JWPGRAPH_DATA_DIR=str(published))

    return run


def test_what_the_release_says_is_held_against_each_row(check):
    done = check(ROWS, "--format", "json")
    assert done.returncode == 0, done.stderr
    verdicts = {one["taxon"]: one["verdict"] for one in json.loads(done.stdout)["items"]}
    assert verdicts == {
        "Acinonyx jubatus": "agree",
        "Falco cherrug": "agree",
        "Loxodonta africana": "agree",
        "Alopias vulpinus": "explained",  # in the Appendices since January, in effect from October
        "Ursus arctos isabellinus": "explained",  # the row repeats that of its species
        "Abronia aurita": "unknown",
    }


def test_a_contradiction_is_named_and_ends_with_one(check):
    done = check({"Acinonyx jubatus": ("SPECIES", "II", "Appendix II: ")})
    assert done.returncode == 1
    assert "line 2, Acinonyx jubatus: The release has I, the file II." in " ".join(done.stderr.split())


def test_populations_are_compared_one_by_one(check):
    wrong = SPLIT.replace("ZA and ", "").replace(", ZA", "")
    done = check({"Loxodonta africana": ("SPECIES", "I/II", wrong)}, "--format", "csv")
    assert done.returncode == 0, done.stderr  # taxa that are not in the file are not compared
    done = check({"Loxodonta africana": ("SPECIES", "I/II", SPLIT.replace("ZW", "KE"))}, "--format", "csv")
    assert done.returncode == 1
    assert "for KE" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((), "index.csv"), (("--on", "soon"), "index.csv"), (("--format", "xml"), "index_2017-04-21.csv")],
)
def test_what_cannot_be_run_ends_with_two_and_one_line(check, arguments, name):
    done = check(ROWS, *arguments, name=name)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
