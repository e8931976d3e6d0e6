"""Tests of MIKE sites: locations, names and damaged text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Triple

from jwpgraph.sources.cited_tables import RegisterInput
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.mike_sites import GRAPH, HEADER, SEGMENTS, import_sites
from jwpgraph.sources.statements import KnownDataset, ShippedDataset
from jwpgraph.vocabulary import PREFIXES

COLUMNS = "subregion,ccode,siteid,name,designate,area_sqkm,lon,lat,designate_fr,designate_es\n"
MERU = "Eastern Africa,ke,MRU,Meru,National Park,899.0,38.4599,0.0329704,Parc National de,Parque Nacional de\n"


@pytest.fixture(scope="module")
def known() -> KnownDataset:
    return ShippedDataset([GRAPH])


@pytest.fixture
def imported(tmp_path: Path, known: KnownDataset) -> Callable[..., tuple[dict[str, set[str]], ImportReport, str]]:
    def go(content: str | bytes):
        path = tmp_path / "sites.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        report = ImportReport()
        statements = import_sites(RegisterInput([path], known, report))
        said: dict[str, set[str]] = {}
        for triple in statements.triples:
            said.setdefault(key(triple), set()).add(value(triple))
        return said, report, statements.turtle(HEADER, SEGMENTS)

    return go


def key(triple: Triple) -> str:
    subject = triple.subject.value.rpartition("/id/")[2]
    for prefix, namespace in PREFIXES.items():
        if triple.predicate.value.startswith(namespace):
            return f"{subject} {prefix}:{triple.predicate.value.removeprefix(namespace)}"
    return subject


def value(triple: Triple) -> str:
    language = getattr(triple.object, "language", None)
    text = triple.object.value.rpartition("/id/")[2] or triple.object.value
    return f"{text}@{language}" if language else text


def test_a_site_has_a_point_a_country_a_programme_and_names(imported) -> None:
    said, report, turtle = imported(COLUMNS + MERU)
    assert not report.rejections
    assert said["site/mike-mru skos:notation"] == {"MRU"}
    assert said["site/mike-mru skos:prefLabel"] == {"Meru@en"}
    assert said["site/mike-mru skos:altLabel"] == {
        "Meru National Park@en",
        "Parc National de Meru@fr",
        "Parque Nacional de Meru@es",
    }
    assert said["site/mike-mru jwp:containedIn"] == {"country/KE", "region/eastern-africa"}
    assert said["site/mike-mru jwp:monitoredBy"] == {"programme/mike"}
    assert said["site/mike-mru jwp:areaKm2"] == {"899"}
    assert said["site/mike-mru geo:hasGeometry"] == {"geometry/mike-mru"}
    assert 'geo:asWKT "POINT(38.4599 0.0329704)"^^geo:wktLiteral' in turtle


def test_a_west_african_site_lies_in_the_region_that_activities_name(imported) -> None:
    said, _, _ = imported(COLUMNS + "West Africa,ne,BBR,Baban Rafi,Forest,,6.92346,13.12893,,\n")
    assert said["site/mike-bbr jwp:containedIn"] == {"country/NE", "region/west-africa"}
    assert "site/mike-bbr jwp:areaKm2" not in said


def test_sites_of_one_name_are_told_apart_by_country(imported) -> None:
    elgon = "Eastern Africa,{},{},Mount Elgon,National Park,1,34.6,0.9,,\n"
    said, _, _ = imported(COLUMNS + elgon.format("ke", "EGK") + elgon.format("ug", "EGU"))
    assert said["site/mike-egk skos:prefLabel"] == {"Mount Elgon (Kenya)@en"}
    assert said["site/mike-egu skos:prefLabel"] == {"Mount Elgon (Uganda)@en"}


def test_damaged_text_is_put_right_or_left_out_and_reported(imported) -> None:
    said, report, _ = imported(COLUMNS + "x,cf,SGB,Sangba,Pilot Zone,1,20,7,ForÃªt ClassÃ©e,ÃÅrea de ConservaciÃ_n\n")
    assert said["site/mike-sgb skos:altLabel"] == {"Sangba Pilot Zone@en", "Forêt Classée Sangba@fr"}
    assert any("put right as “Forêt Classée”" in note for note in report.notes)
    assert any("column designate_es" in note and "left out" in note for note in report.notes)
    assert all(note.startswith("sites.csv, line ") or "not read" in note for note in report.notes)
    assert not report.rejections


def test_sound_accents_stay_as_they_are(imported) -> None:
    said, report, _ = imported(COLUMNS + "x,ci,TAI,Taï,Parc National de,1,-7,5,Parc National de,\n")
    assert said["site/mike-tai skos:prefLabel"] == {"Taï@en"}
    assert said["site/mike-tai skos:altLabel"] == {"Parc National de Taï@fr"}
    assert not any("put right" in note for note in report.notes)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("x,xx,AAA,A,Park,1,10,10,,\n", "ccode"),
        ("x,,AAA,A,Park,1,10,10,,\n", "ccode"),
        ("x,ke,AAA,A,Park,1,181,10,,\n", "lon"),
        ("x,ke,AAA,A,Park,1,10,-90.5,,\n", "lat"),
        ("x,ke,AAA,A,Park,1,,10,,\n", "lon"),
        ("x,ke,AAA,A,Park,1,10,north,,\n", "lat"),
        ("x,ke,AAA,A,Park,1,10,NaN,,\n", "lat"),
        ("x,ke,AAA,A,Park,-1,10,10,,\n", "area_sqkm"),
        ("x,ke,,A,Park,1,10,10,,\n", "siteid"),
        ("x,ke,A/B,A,Park,1,10,10,,\n", "siteid"),
        ("x,ke,AAA,,Park,1,10,10,,\n", "name"),
        ("x,ke,mru,Again,Park,1,10,10,,\n", "siteid"),
        ("x,ke,AAA,A,Park,1,10\n", ""),
        ("x,ke,AAA,A,Park,1,10,10,,,more\n", ""),
    ],
)
def test_a_bad_row_is_rejected_with_its_column_and_the_others_are_imported(imported, row: str, column: str) -> None:
    said, report, _ = imported(COLUMNS + MERU + row + MERU.replace("MRU", "MRV"))
    assert [(one.line, one.column) for one in report.rejections] == [(3, column)]
    assert {"site/mike-mru rdf:type", "site/mike-mrv rdf:type"} <= set(said)
    assert "site/mike-aaa rdf:type" not in said


def test_importing_again_gives_the_same_bytes(imported) -> None:
    assert imported(COLUMNS + MERU)[2] == imported(COLUMNS + MERU)[2]


def test_a_subregion_of_mike_that_m49_draws_otherwise_is_left_out(imported) -> None:
    said, report, _ = imported(COLUMNS + MERU.replace("Eastern Africa", "Southern Africa"))
    assert not report.rejections
    assert said["site/mike-mru jwp:containedIn"] == {"country/KE"}
