"""Tests of the LEO importer: IRIs, labels and hierarchy are imported, definitions are not, and links are proposals."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest

from jwpgraph.problems import ProblemError
from jwpgraph.sources.cited_tables import RegisterInput
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.statements import KnownDataset, ShippedDataset
from jwpgraph.sources.thesaurus import GRAPH, HEADER, SEGMENTS, import_thesaurus
from jwpgraph.vocabulary import ID, PREFIXES, make_entity_iri

SKOS = PREFIXES["skos"]
BASE = "http://www.informea.org/terms/"


def concept(slug: str, label: str | None, broader: str = "") -> list[dict]:
    node = {
        "@about": BASE + slug,
        "type": {"@resource": SKOS + "Concept"},
        "topConceptOf": {"@resource": BASE[:-1]},
        "definition": {"@resource": BASE + "def"},
        "Description": {"@about": BASE + "def", "value": {"@lang": "en", "#text": "A secret wording."}},
        "prefLabel": {"@resource": f"{BASE}xl_{slug}"},
    }
    if broader:
        node["broader"] = {"@resource": BASE + broader}
    xl = {
        "@about": f"{BASE}xl_{slug}",
        "type": {"@resource": PREFIXES["skosxl"] + "Label"},
        "literalForm": {"@lang": "en", "#text": label},
    }
    return [node, xl] if label else [node]


def scheme() -> list[dict]:
    return [{"@about": BASE[:-1], "type": {"@resource": SKOS + "ConceptScheme"}, "prefLabel": {"@resource": "x"}}]


@pytest.fixture(scope="module")
def known() -> KnownDataset:
    return ShippedDataset([GRAPH])


@pytest.fixture
def imported(tmp_path: Path, known: KnownDataset) -> Callable[..., tuple[set[tuple[str, str, str]], ImportReport, str]]:
    def go(*nodes: list[dict], text: str | None = None):
        path = tmp_path / "leo.json"
        path.write_text(
            json.dumps({"Description": list(chain.from_iterable(nodes))}) if text is None else text, encoding="utf-8"
        )
        report = ImportReport()
        statements = import_thesaurus(RegisterInput([path], known, report))
        said = {
            (
                one.subject.value.removeprefix(BASE),
                one.predicate.value.rpartition("#")[2].rpartition("/")[2],
                one.object.value,
            )
            for one in statements.triples
        }
        return said, report, statements.turtle(HEADER, SEGMENTS)

    return go


def test_addresses_labels_and_hierarchy_and_no_definition(imported) -> None:
    said, report, turtle = imported(
        scheme(), concept("trade", "trade"), concept("illegal-trade", "illegal trade", "trade")
    )
    assert ("illegal-trade", "prefLabel", "illegal trade") in said
    assert ("illegal-trade", "broader", BASE + "trade") in said
    assert ("trade", "topConceptOf", BASE[:-1]) in said
    assert ("illegal-trade", "topConceptOf", BASE[:-1]) not in said
    assert "secret wording" not in turtle
    assert (report.read, report.imported) == (2, 2)


def test_activities_get_proposals_that_say_they_await_review(imported) -> None:
    said, report, turtle = imported(concept("synergy", "synergy"), concept("fund", "fund"))
    c1, c5 = make_entity_iri("activity", "jwp-2015-2020", "C1"), make_entity_iri("activity", "jwp-2015-2020", "C5")
    assert (c1, "subject", BASE + "synergy") in said
    assert (c5, "subject", BASE + "fund") in said
    statement = ID + "statement/leo-activity-c5-fund"
    assert (statement, "evidence", ID + "evidence-level/inferred") in said
    assert "awaits review" in turtle
    assert any("C1" in note and "“secretariat”" in note for note in report.notes)


def test_concepts_of_ours_that_are_called_alike_are_close_matches(imported) -> None:
    said, _, _ = imported(concept("range-state", "range state"), concept("climate-change", "climate change"))
    matches = {(one[0].removeprefix(ID), one[2]) for one in said if one[1] == "closeMatch"}
    assert ("audience/range-states", BASE + "range-state") in matches
    assert any(subject.startswith("topic/") and target.endswith("climate-change") for subject, target in matches)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (concept("b", None), "no English label"),
        (concept("a", "again"), "repeats an address"),
        (concept("b", "b", "b"), "broader than itself"),
        (concept("b", "b", "c") + concept("c", "c", "b"), "stands below itself"),
        ([{"type": {"@resource": SKOS + "Concept"}, "prefLabel": {"@resource": BASE + "xl_a"}}], "no address"),
    ],
)
def test_a_concept_that_is_not_sound_is_rejected_and_the_others_are_imported(imported, bad, reason: str) -> None:
    said, report, _ = imported(concept("a", "a"), bad)
    assert report.rejections
    assert all(reason in one.reason for one in report.rejections)
    assert {one[0] for one in said if one[1] == "prefLabel" and not one[0].startswith("http")} == {"a"}


def test_a_broader_concept_that_is_missing_is_reported(imported) -> None:
    said, report, _ = imported(concept("a", "a", "gone"))
    assert not [one for one in said if one[1] == "broader"]
    assert any("gone" in note for note in report.notes)


@pytest.mark.parametrize("text", ["{", '{"Description": {}}', "[]", '{"Description": []}', "[" * 100_000])
def test_other_json_is_refused(imported, text: str) -> None:
    with pytest.raises(ProblemError) as refused:
        imported(text=text)
    assert refused.value.exit_code == 2


def test_importing_again_gives_the_same_bytes(imported) -> None:
    nodes = (scheme(), concept("synergy", "synergy"))
    assert imported(*nodes)[2] == imported(*nodes)[2]
