"""Tests of each kind of difference between a document and the curated data, one change at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, Store

from jwpgraph.problems import ProblemError
from jwpgraph.sources.text_files import hash_text
from jwpgraph.sources.work_programme_comparison import compare_document, is_same_document
from jwpgraph.sources.work_programme_curated import read_curated_programme, read_shipped_data
from jwpgraph.sources.work_programme_graph import make_span_triples
from jwpgraph.sources.work_programme_parser import read_work_programme


def test_the_document_agrees_with_its_curated_data(parse, text, curated):
    assert [len(curated.themes), len(curated.headings), len(curated.activities)] == [3, 4, 6]
    assert compare_document(parse(text), curated) == []


def test_typesetting_is_no_disagreement(parse, text, curated):
    assert (
        compare_document(parse(text.replace("Shared waters", "Shared\u00a0waters").replace("\n", "\r\n")), curated)
        == []
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("B2 Make", "B7 Make", [("code-extra", "B7", None, "B7"), ("code-missing", "B2", "B2", None)]),
        ("B4 Review", "B3 Review", [("code-repeated", "B3", None, "B3"), ("code-missing", "B4", "B4", None)]),
        ("\nEels \n", "\nRays \n", [("heading-differs", "B2", "Eels", "Rays")]),
        ("\nOther waters \n", "\nOther lakes \n", [("heading-differs", "B3", "Other waters", "Other lakes")]),
        ("\nEels \n", "\n", [("heading-differs", "B2", "Eels", "Pike")]),
        ("\nC1: Ask", "\nTowns\n\nC1: Ask", [("heading-differs", "C1", None, "Towns")]),
        ("\nEels \n", "\nSharks\n\nEels \n", [("heading-extra", None, None, "Sharks")]),
        (
            "(A) Names of fishes \n",
            "(A) Names of birds \n",
            [("theme-title-differs", "A", "Names of fishes", "Names of birds")],
        ),
        ("(C) Money. \n", "(C) Coins. \n", [("theme-title-differs", "C", "Money", "Coins")]),
        (
            "PLAN FOR THE LAKE 2031-2034",
            "PLAN FOR THE LAKE 2021-2024",
            [("period-differs", None, "2031–2034", "2021–2024")],
        ),
        (" - Depths, including those \n\nof the northern basin; \n", "", [("bullet-count-differs", "B3", "3", "2")]),
        ("in 2033", "in 2032", [("year-differs", "B4", "2033", "2032")]),
        ("in 2033", "soon", [("year-differs", "B4", "2033", None)]),
    ],
)
def test_one_change_is_one_finding(parse, text, curated, old, new, expected):
    assert text.count(old) == 1
    found = compare_document(parse(text.replace(old, new)), curated)
    assert [(item.kind, item.code, item.expected, item.found) for item in found] == expected
    for item in found:
        assert item.sentence.endswith(".")
        assert item.line is not None or item.found is None


def test_the_line_is_that_of_the_document(parse, text, curated):
    (found,) = compare_document(parse(text.replace("\nEels \n", "\nRays \n")), curated)
    assert text.split("\n")[found.line - 1].strip() == "Eels"
    assert found.sentence == "B2 stands under “Rays” in the document, under “Eels” in the curated data."


def test_a_bulleted_list_is_held_against_the_number_of_items(parse, text, curated):
    listed = text.replace("anglers say.", "anglers say:\n - one;\n - two;\n - three.")
    (found,) = compare_document(parse(listed), curated)
    assert (found.kind, found.code, found.expected, found.found) == ("bullet-count-differs", "A1", "2", "3")


def test_a_missing_theme_with_all_that_stands_in_it(parse, text, curated):
    lost = text[: text.rindex("(C) Money and")].replace("(C) Money. \n", "")
    found = {(item.kind, item.code, item.expected) for item in compare_document(parse(lost), curated)}
    assert found == {("theme-missing", "C", "Money"), ("code-missing", "C1", "C1")}


def test_an_extra_theme(parse, text, curated):
    found = compare_document(parse(text + "\n(D) Birds\n\nD1 Watch.\n"), curated)
    assert [(item.kind, item.code) for item in found] == [("theme-extra", "D"), ("code-extra", "D1")]


def test_a_section_that_lost_its_title(parse, text, curated):
    start = text.rindex("(B) Shared waters")
    found = compare_document(parse(text[:start] + text[start + len("(B) Shared waters") :]), curated)
    sections = [(item.code, item.found) for item in found if item.kind == "theme-differs"]
    assert sections == [(code, "A") for code in ("B1", "B2", "B3", "B4")]


def test_the_fewest_codes_are_called_out_of_order(parse, curated):
    order = ["A1", "B4", "B1", "B2", "B3", "C1"]
    activities = {activity.code: activity for activity in curated.activities}
    shuffled = parse("(A) X\n\n(B) X\n\n(C) X\n\n" + "\n\n".join(f"{code} Text 2033." for code in order))
    found = [item for item in compare_document(shuffled, curated) if item.kind == "code-out-of-order"]
    assert [(item.code, item.found, item.expected) for item in found] == [("B4", "after A1", "after B3")]
    assert len(activities) == 6


def with_spans(data: Store, document, curated) -> None:
    data.extend(Quad(*triple, NamedNode("urn:spans")) for triple in make_span_triples(document, curated))


def test_another_document_than_the_one_on_record_is_told_by_its_text(parse, text, data, curated):
    with_spans(data, parse(text), curated)
    recorded = read_curated_programme(data, curated.slug)
    assert recorded.document_sha256 == {hash_text(text)}
    assert compare_document(parse(text), recorded) == []
    dos = parse(text.replace("\n", "\r\n"))
    assert is_same_document(dos, recorded)
    assert compare_document(dos, recorded) == []
    (changed,) = compare_document(parse(text.replace("Ask the towns.", "Ask the cities.")), recorded)
    assert (changed.kind, changed.expected, changed.line) == ("document-differs", hash_text(text), None)
    assert "the text of C1 differs" in changed.sentence
    (elsewhere,) = compare_document(parse(text + "\n"), recorded)
    assert "no activity's text differs" in elsewhere.sentence


def test_an_unknown_programme_names_the_known_ones(data):
    with pytest.raises(ProblemError, match="lake-2031-2034") as caught:
        read_curated_programme(data, "sea-2031")
    assert caught.value.slug == "unknown-programme"


def test_a_label_in_another_language_is_no_name_for_a_heading(data, curated):
    prefixes = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
    data.load(f'{prefixes} <urn:heading:2> skos:prefLabel "Hecht"@de .'.encode(), format=RdfFormat.TURTLE)
    assert read_curated_programme(data, curated.slug) == curated


def test_the_real_document_agrees_with_the_shipped_data(real_document):
    document = read_work_programme(real_document)
    curated = read_curated_programme(read_shipped_data(), "jwp-2015-2020")
    assert [len(curated.themes), len(curated.headings), len(curated.activities)] == [4, 15, 33]
    assert is_same_document(document, curated)
    assert compare_document(document, curated) == []
    assert compare_document(replace(document, activities=document.activities[1:]), curated) != []
