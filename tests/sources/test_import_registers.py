"""Tests of the register import commands: output, files and exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, Store, parse

from jwpgraph.cli import main
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.vocabulary import ID, JWP, make_graph_iri

PARTIES = (
    "Name,ISO,Region,Party status,Date of joining,Entry into force\nKenya,KE,Africa,Ratification,13-Dec-78,13-Mar-79\n"
)
BAD = PARTIES + "Atlantis,XX,Sea,Accession,01-Jan-80,01-Feb-80\n"
NORTHERN = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix schema: <https://schema.org/> .
<urn:shape> a sh:NodeShape ; sh:targetSubjectsOf schema:latitude ; sh:property [ sh:path schema:latitude ;
    sh:minInclusive 0 ; sh:severity sh:Violation ; sh:message "Only the north."@en ] .
"""
SITES = "ccode,siteid,name,lon,lat\nke,MRU,Meru,38.4599,0.0329704\n"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def document(self) -> dict:
        return json.loads(self.out)


@pytest.fixture
def run(monkeypatch, capfd, tmp_path) -> Callable[..., Ran]:
    monkeypatch.setenv("JWPGRAPH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")

    def go(*arguments: object) -> Ran:
        monkeypatch.setattr("sys.argv", ["jwpgraph", "import", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        return Ran(int(ended.value.code or 0), captured.out, captured.err)

    return go


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(content: str, name: str = "parties.csv") -> Path:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return write


def test_rows_are_imported_and_rejected_ones_are_listed(run, file, tmp_path) -> None:
    out = tmp_path / "out.ttl"
    ran = run("memberships", file(BAD), "--out", out)
    assert ran.code == 0
    assert "2 rows read, 1 imported, 1 rejected" in ran.out
    assert "parties.csv, line 3, column ISO: no country has this code (XX)" in ran.out
    assert "party-status:cites-KE" in out.read_text()


def test_the_same_input_gives_the_same_bytes(run, file, tmp_path) -> None:
    for name in ("one.ttl", "two.ttl"):
        assert run("memberships", file(BAD), "--out", tmp_path / name).code == 0
    assert (tmp_path / "one.ttl").read_bytes() == (tmp_path / "two.ttl").read_bytes()


def test_a_strict_import_writes_nothing_and_exits_with_1(run, file, tmp_path) -> None:
    ran = run("memberships", file(BAD), "--strict", "--out", tmp_path / "out.ttl")
    assert ran.code == 1
    assert "line 3, column ISO" in ran.err
    assert not (tmp_path / "out.ttl").exists()


def test_an_unknown_header_exits_with_2_and_names_those_that_are_known(run, file) -> None:
    ran = run("memberships", file("Country,Joined\nKenya,1979\n"))
    assert ran.code == 2
    for name in ("cites-parties: Name,ISO", "ecolex: StatID,EcolexID", "ieadb: country,mitch_id"):
        assert name in ran.err
    assert len(ran.err.strip().splitlines()) == 1


@pytest.mark.parametrize("content", [PARTIES.splitlines()[0] + "\n", BAD.replace("Kenya,KE", "Kenya,ZZ")])
def test_nothing_to_import_exits_with_1_and_writes_nothing(run, file, tmp_path, content: str) -> None:
    ran = run("memberships", file(content), "--out", tmp_path / "out.ttl")
    assert ran.code == 1
    assert not (tmp_path / "out.ttl").exists()


def test_a_summary_for_machines(run, file, tmp_path) -> None:
    ran = run("memberships", file(BAD), "--json", "--dry-run", "--out", tmp_path / "out.ttl")
    document = ran.document
    assert document["rows"] == {"read": 2, "imported": 1, "rejected": 1, "passed_over": 0}
    assert document["rejections"] == [
        {"file": "parties.csv", "line": 3, "column": "ISO", "reason": "no country has this code", "value": "XX"}
    ]
    assert document["graphs"][make_graph_iri("parties")] == document["triples"]
    assert document["written"] is None
    assert not (tmp_path / "out.ttl").exists()


def test_turtle_goes_to_standard_output_and_the_report_does_not(run, file) -> None:
    ran = run("sites", file(SITES, "sites.csv"), "--out", "-")
    assert list(parse(ran.out.encode(), format=RdfFormat.TURTLE))
    assert "1 imported" in ran.err


def test_the_first_import_publishes_the_shipped_data_and_one_that_a_shape_refuses_changes_nothing(
    run, file, monkeypatch, tmp_path
) -> None:
    ran = run("sites", file(SITES.replace("Meru", "Meru Forest"), "sites.csv"), "--json")
    assert (ran.code, ran.document["release"]) == (0, 1)
    store = Store.read_only(str(next((tmp_path / "data").rglob("store"))))
    graph = NamedNode(make_graph_iri("sites"))
    sites = {quad.subject.value for quad in store.quads_for_pattern(None, None, NamedNode(JWP + "Site"), graph)}
    assert sites == {ID + "site/mike-mru"}, "the import replaces the shipped list"
    assert NamedNode(make_graph_iri("activities")) in list(store.named_graphs())
    again = run("sites", file(SITES.replace("Meru", "Meru Forest"), "sites.csv"))
    assert "The graph says all of it already, and no release was made." in again.out
    assert ReleaseDirectory(tmp_path / "data").current_number() == 1
    fewer = run("sites", file(SITES.replace("MRU,Meru", "SBR,Samburu"), "sites.csv"), "--dry-run", "--json").document
    assert (fewer["release"], fewer["changes"]) == (None, {})
    shapes = tmp_path / "shapes"
    shapes.mkdir()
    (shapes / "northern.ttl").write_text(NORTHERN)
    monkeypatch.setenv("JWPGRAPH_SHAPES_DIR", str(shapes))
    refused = run("sites", file(SITES.replace("0.03", "-10.03"), "sites.csv"))
    assert refused.code == 1
    assert "Graph sites: " not in refused.out
    assert "Only the north" in refused.out
    assert ReleaseDirectory(tmp_path / "data").current_number() == 1


@pytest.mark.parametrize("command", ["memberships", "sites", "crosswalk", "thesaurus", "red-list"])
def test_a_file_that_is_missing_or_a_folder_exits_with_2_in_one_line(run, tmp_path, command: str) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        ran = run(command, path)
        assert ran.code == 2
        assert len(ran.err.strip().splitlines()) == 1


def test_only_one_kind_of_records(run, file, tmp_path) -> None:
    out = tmp_path / "out.ttl"
    assert run("memberships", file(PARTIES), "--only", "signature", "--out", out).code == 0
    assert "PartyStatus" not in out.read_text()
    assert run("memberships", file(PARTIES), "--only", "both").code == 2


def test_options_that_do_not_go_together(run, file) -> None:
    assert run("sites", file(SITES, "sites.csv"), "--json", "--out", "-").code == 2


def test_the_imported_file_is_never_overwritten(run, file) -> None:
    path = file(SITES, "sites.csv")
    assert run("sites", path, "--out", path).code == 2
    assert path.read_text() == SITES


def test_a_folder_of_registers_is_sorted_out_by_header(run, file, tmp_path) -> None:
    folder = tmp_path / "registers"
    folder.mkdir()
    for name, content in (
        ("a.csv", PARTIES),
        ("b.csv", SITES),
        ("c.csv", "x,y\n1,2\n"),
        ("d.csv", "id,name\nQ140,panthera leo\n"),
    ):
        (folder / name).write_text(content)
    ran = run("registers", folder, "--out", tmp_path / "out", "--json")
    assert ran.code == 0
    assert [one["importer"] for one in ran.document["imports"]] == ["memberships", "sites", "crosswalk"]
    assert ran.document["unknown"] == ["c.csv"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "parties.ttl",
        "signatories.ttl",
        "sites.ttl",
        "external-ids.ttl",
    }


def test_a_folder_without_registers_is_refused(run, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    assert run("registers", tmp_path / "empty", "--out", tmp_path / "out").code == 2


@pytest.fixture(scope="module")
def answers() -> Callable[[str], list[tuple[str, ...]]]:
    """Return a function that queries the shipped data."""
    store = Store()
    for path in sorted(get_shipped_path("data/ttl").rglob("*.ttl")):
        store.bulk_load(path=str(path), format=RdfFormat.TURTLE)
    prefixes = {
        "jwp": JWP,
        "id": ID,
        "prov": "http://www.w3.org/ns/prov#",
        "geo": "http://www.opengis.net/ont/geosparql#",
    }

    def ask(query: str) -> list[tuple[str, ...]]:
        return [tuple(term.value.removeprefix(ID) for term in row) for row in store.query(query, prefixes=prefixes)]

    return ask


def test_kenya_is_a_party_to_both_conventions_since(answers) -> None:
    rows = answers(
        """SELECT ?convention ?since WHERE {
             ?status jwp:contractingParty <https://w3id.org/jwpgraph/id/country/KE> ;
                 jwp:partyTo ?convention ; jwp:effectiveFrom ?since . ?convention a jwp:Convention .
             FILTER NOT EXISTS { ?status prov:alternateOf ?preferred }
           } ORDER BY ?convention"""
    )
    assert rows == [("instrument/cites", "1979-03-13"), ("instrument/cms", "1999-05-01")]


def test_kenya_signed_these_instruments_of_cms(answers) -> None:
    rows = answers(
        """SELECT DISTINCT ?instrument WHERE {
             ?signature jwp:signatory <https://w3id.org/jwpgraph/id/country/KE> ; jwp:signedInstrument ?instrument .
             ?instrument jwp:parentConvention <https://w3id.org/jwpgraph/id/instrument/cms>
           } ORDER BY ?instrument"""
    )
    signed = {row[0] for row in rows}
    assert {"instrument/iosea-turtles-mou", "instrument/raptors-mou", "instrument/sharks-mou"} <= signed


def test_so_many_parties_and_sites_are_shipped(answers) -> None:
    rows = answers(
        """SELECT ?convention (COUNT(DISTINCT ?party) AS ?parties) WHERE {
             ?status a jwp:PartyStatus ; jwp:contractingParty ?party ; jwp:partyTo ?convention .
             ?convention a jwp:Convention
           } GROUP BY ?convention ORDER BY ?convention"""
    )
    counted = {convention: int(parties) for convention, parties in rows}
    # Counts by the conventions' secretariats in December 2025 and in 2025.
    assert counted["instrument/cites"] == 185
    assert counted["instrument/cms"] == 133
    assert answers("SELECT ?n WHERE { <https://w3id.org/jwpgraph/id/instrument/cms> jwp:statedMembers ?n }") == [
        ("133",)
    ]


def test_what_is_preferred_counts_without_a_negation(answers) -> None:
    (counted,) = answers(
        """SELECT (COUNT(DISTINCT ?party) AS ?parties) WHERE {
             ?status jwp:preferred true ; jwp:contractingParty ?party ;
               jwp:partyTo <https://w3id.org/jwpgraph/id/instrument/cites> }"""
    )
    assert counted == ("185",)
    records = answers(
        "SELECT ?r WHERE { ?r jwp:partyTo|jwp:signedInstrument ?i FILTER NOT EXISTS { ?r jwp:preferred ?is } }"
    )
    assert records == []


def test_a_withdrawal_and_a_return_are_two_intervals(answers) -> None:
    rows = answers(
        """SELECT ?from (COALESCE(?end, "") AS ?until) WHERE {
             ?status jwp:preferred true ; jwp:contractingParty <https://w3id.org/jwpgraph/id/country/AE> ;
               jwp:effectiveFrom ?from ; jwp:partyTo <https://w3id.org/jwpgraph/id/instrument/cites> .
             OPTIONAL { ?status jwp:effectiveUntil ?end } } ORDER BY ?from"""
    )
    assert [(since[:4], until[:4]) for since, until in rows] == [("1975", "1988"), ("1990", "")]


def test_who_joined_after_the_registers_end_is_there(answers) -> None:
    rows = answers(
        """SELECT ?c ?from WHERE { ?s jwp:preferred true ; jwp:partyTo ?c ; jwp:effectiveFrom ?from ;
             jwp:contractingParty <https://w3id.org/jwpgraph/id/country/TM> } ORDER BY ?c"""
    )
    assert rows == [
        ("instrument/aewa", "2021-01-01"),
        ("instrument/cites", "2025-01-02"),
        ("instrument/cms", "2021-01-01"),
    ]
    (central_africa,) = answers(
        """SELECT ?level WHERE {
             ?s jwp:contractingParty <https://w3id.org/jwpgraph/id/country/CF> ; jwp:evidence ?level ;
             jwp:partyTo <https://w3id.org/jwpgraph/id/instrument/cms> }"""
    )
    assert central_africa == ("evidence-level/general-knowledge",)
    assert answers("SELECT (COUNT(?wkt) AS ?n) WHERE { ?site a jwp:Site ; geo:hasGeometry/geo:asWKT ?wkt }") == [
        ("99",)
    ]


def test_no_party_bears_the_dates_of_the_row_that_slipped_into_its_place(answers) -> None:
    rows = answers(
        """SELECT ?since WHERE {
             ?status jwp:contractingParty <https://w3id.org/jwpgraph/id/country/CH> ;
                 jwp:partyTo <https://w3id.org/jwpgraph/id/instrument/cites> ; jwp:effectiveFrom ?since }"""
    )
    assert rows == [("1975-07-01",)]
