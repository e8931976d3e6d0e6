"""Tests of the enumerated parts of activities."""

from __future__ import annotations

from typing import Final

import pytest

ACTIVITY: Final = "activity/jwp-2015-2020/"
COUNTS: Final = {"A1": 6, "B2": 9, "B5": 5, "B10": 7, "C2": 6, "D2": 6, "D4": 5}
FURNITURE: Final = {
    "rdf:type",
    "skos:prefLabel",
    "schema:position",
    "jwp:locator",
    "jwp:bullet",
    "dcterms:isPartOf",
    "dcterms:source",
}

#: Entities named by the parts, in text order.
IN_ORDER: Final = {
    ("A1", "jwp:dataKind"): [
        "data-kind/taxonomy",
        "data-kind/nomenclature",
        "data-kind/common-names",
        "data-kind/range-states",
        "data-kind/conservation-status",
        "data-kind/legal-status",
    ],
    ("C2", "jwp:informationKind"): [
        "information-kind/meeting-calendars",
        "information-kind/meeting-invitations",
        "information-kind/contact-lists",
        "information-kind/draft-documents",
        "information-kind/procedural-developments",
        "information-kind/guidelines",
    ],
    ("D2", "jwp:involvesBody"): [
        "body/blg",
        "body/ipbes",
        "body/emg",
        "body/img-biodiversity",
        "body/cpw",
        "body/aichi-task-force",
    ],
    ("D4", "jwp:involvesTool"): [
        "tool/cms-family-manual",
        "tool/cms-e-community",
        "tool/nbsap-guidelines",
        "tool/cites-virtual-college",
        "tool/informea",
    ],
}


def parts(written, code: str) -> list[str]:
    found = [part for part in written.of_class("jwp:ActivityPart") if part.startswith(f"{ACTIVITY}{code}/part/")]
    return sorted(found, key=lambda part: int(part.rsplit("/", 1)[1]))


def test_only_the_seven_enumerating_activities_have_parts(written) -> None:
    assert len(written.of_class("jwp:ActivityPart")) == sum(COUNTS.values())
    announced = {
        subject.removeprefix(ACTIVITY): int(*written.values(subject, "jwp:numberOfItems"))
        for subject in written.of_class("jwp:Activity")
        if written.values(subject, "jwp:numberOfItems")
    }
    assert announced == COUNTS


@pytest.mark.parametrize("code", COUNTS)
def test_parts_are_numbered_from_one_and_linked_both_ways(written, code: str) -> None:
    found = parts(written, code)
    assert [written.values(part, "schema:position") for part in found] == [{str(n)} for n in range(1, COUNTS[code] + 1)]
    assert written.values(ACTIVITY + code, "dcterms:hasPart") == set(found)
    assert all(written.values(part, "dcterms:isPartOf") == {ACTIVITY + code} for part in found)


@pytest.mark.parametrize("code", COUNTS)
def test_an_activity_carries_every_link_of_its_parts(written, code: str) -> None:
    for part in parts(written, code):
        for predicate in written.predicates(part) - FURNITURE:
            assert written.values(part, predicate) <= written.values(ACTIVITY + code, predicate), (part, predicate)


@pytest.mark.parametrize(("code", "predicate"), IN_ORDER)
def test_parts_follow_the_order_of_the_text(written, code: str, predicate: str) -> None:
    named = [value for part in parts(written, code) for value in written.values(part, predicate)]
    assert named == IN_ORDER[code, predicate]


def test_d2_has_five_bullets_for_six_bodies(written) -> None:
    assert [written.values(part, "jwp:bullet") for part in parts(written, "D2")] == [{n} for n in "123345"]


@pytest.mark.parametrize(("code", "last"), [("B2", ["8", "9"]), ("B10", ["6", "7"])])
def test_two_parts_are_ones_that_both_secretariats_shall_facilitate(written, code: str, last: list[str]) -> None:
    facilitated = [
        part for part in parts(written, code) if "qualifier/shall-facilitate" in written.values(part, "jwp:qualifier")
    ]
    assert [part.rsplit("/", 1)[1] for part in facilitated] == last
