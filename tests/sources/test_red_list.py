"""Tests of Red List categories from checklists: matched by name, with the year of the checklist."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, Store

from jwpgraph.sources.cited_tables import RegisterInput
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.red_list import GRAPH, HEADER, SEGMENTS, import_red_list
from jwpgraph.sources.statements import KnownDataset
from jwpgraph.vocabulary import ID, PREFIXES

TAXA = (
    "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    + f"""@prefix cites: <{ID}taxon/cites/> .
@prefix cms: <{ID}taxon/cms/> .
cites:ovis-ammon a jwp:TaxonConcept ; gbif:canonicalName "Ovis ammon" .
cms:ovis-ammon a jwp:TaxonConcept ; gbif:canonicalName "Ovis ammon" .
cites:bison-bison a jwp:TaxonConcept ; gbif:canonicalName "Bison bison" .
cites:falco-cherrug a jwp:TaxonConcept ; gbif:canonicalName "Falco cherrug" .
"""
)
MDD = "sciName,id,iucnStatus\n"


@pytest.fixture(scope="module")
def known() -> KnownDataset:
    store = Store()
    store.load(TAXA, format=RdfFormat.TURTLE, to_graph=NamedNode("urn:taxa"))
    return KnownDataset(store, [GRAPH])


@pytest.fixture
def imported(tmp_path: Path, known: KnownDataset) -> Callable[..., tuple[dict[str, dict[str, str]], ImportReport, str]]:
    def go(content: str, year: int | None = None):
        path = tmp_path / "list.csv"
        path.write_text(content, encoding="utf-8")
        report = ImportReport()
        statements = import_red_list(RegisterInput([path], known, report), year=year)
        said: dict[str, dict[str, str]] = {}
        for one in statements.triples:
            if "/red-list-assessment/" in one.subject.value:
                slug = one.subject.value.rpartition("/")[2].partition(".")[0]
                said.setdefault(slug, {})[one.predicate.value.rpartition("#")[2].rpartition("/")[2]] = one.object.value
        return said, report, statements.turtle(HEADER, SEGMENTS)

    return go


def test_a_category_goes_to_the_concepts_of_both_taxonomies(imported) -> None:
    said, report, _ = imported(MDD + "Ovis_ammon,1,NT\nFelis_catus,2,NE\nLynx_lynx,3,LC\n", year=2024)
    assert set(said) == {"cites-ovis-ammon", "cms-ovis-ammon"}
    assert said["cms-ovis-ammon"]["redListCategory"] == f"{ID}red-list-category/nt"
    assert said["cms-ovis-ammon"]["ofTaxon"] == f"{ID}taxon/cms/ovis-ammon"
    assert said["cms-ovis-ammon"]["reportedIn"] == "2024"
    assert "assessedIn" not in said["cms-ovis-ammon"]
    assert report.skipped == {"no category given": 1, "no taxon concept bears the name": 1}


def test_without_a_year_there_is_none(imported) -> None:
    said, _, _ = imported(MDD + "Ovis_ammon,1,NT\n")
    assert "reportedIn" not in said["cms-ovis-ammon"]


def test_an_assessment_under_another_name_says_so(imported) -> None:
    said, _, _ = imported(MDD + "Bos_bison,1,NT (as Bison bison)\n")
    assert said["cites-bison-bison"]["redListCategory"] == f"{ID}red-list-category/nt"
    assert "comment" in said["cites-bison-bison"]


def test_possibly_extinct_is_critically_endangered_with_a_comment(imported) -> None:
    said, _, turtle = imported(
        "scientific_name,birdlife_common_name,birdlife_iucn_status\nFalco cherrug,Saker,CR (PE)\n"
    )
    assert said["cites-falco-cherrug"]["redListCategory"] == f"{ID}red-list-category/cr"
    assert "Possibly extinct." in turtle


def test_avilist_is_read_at_every_rank(imported) -> None:
    said, report, _ = imported(
        "scientific_name,avilist_common_name,avilist_taxon_rank,avilist_iucn_status\n"
        "Falconiformes,,order,\nFalco cherrug,Saker Falcon,species,EN\n"
    )
    assert said["cites-falco-cherrug"]["redListCategory"] == f"{ID}red-list-category/en"
    assert report.skipped == {"no category given": 1}


def test_the_marine_compilation_has_the_year_of_its_column(imported) -> None:
    said, _, _ = imported("taxon,redlist_2016_marine\nOvis ammon,VU\n", year=2030)
    assert said["cites-ovis-ammon"]["reportedIn"] == "2016"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("Ovis_ammon,9,XX\n", "iucnStatus"),
        ("Ovis_ammon,9,near threatened\n", "iucnStatus"),
        (",9,NT\n", "sciName"),
        ("Bison_bison,9,LC\n", "sciName"),
        ("Ovis_ammon,9\n", ""),
    ],
)
def test_a_bad_row_is_rejected_and_the_others_are_imported(imported, row: str, column: str) -> None:
    said, report, _ = imported(MDD + "Bison_bison,1,NT\n" + row)
    assert [(one.line, one.column) for one in report.rejections] == [(3, column)]
    assert set(said) == {"cites-bison-bison"}


def test_importing_again_gives_the_same_bytes(imported) -> None:
    assert imported(MDD + "Ovis_ammon,1,NT\n", 2024)[2] == imported(MDD + "Ovis_ammon,1,NT\n", 2024)[2]
