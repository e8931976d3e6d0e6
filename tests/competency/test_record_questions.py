"""The questions about actions, meetings, proposals, comments and progress; without records they are empty."""

from __future__ import annotations

import pytest

from jwpgraph.vocabulary import ID

JWP = "https://w3id.org/jwpgraph/ontology#"
#: One record of each kind that the shipped data have none of.
RECORDS = f"""
@prefix jwp: <{JWP}> . @prefix prov: <http://www.w3.org/ns/prov#> . @prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix id: <{ID}> .
<{ID}activity/jwp-2015-2020/B14> a jwp:Activity ; skos:notation "B14" .
<{ID}activity/jwp-2015-2020/C1> a jwp:Activity ; skos:notation "C1" .
<{ID}meeting/call> a jwp:Meeting ; jwp:concernsActivity <{ID}activity/jwp-2015-2020/C1> ;
    schema:startDate "2027-03"^^xsd:gYearMonth ; jwp:meetingStatus <{ID}meeting-status/tentative> .
<{ID}comment/given> jwp:commentOn <{ID}proposal/lion> ; jwp:commentBy <{ID}body/cms-secretariat> ;
    jwp:dueOn "2026-01-01"^^xsd:date ; jwp:givenOn "2025-12-31"^^xsd:date .
<{ID}comment/wanted> jwp:commentOn <{ID}proposal/lion> ; jwp:commentBy <{ID}body/cites-secretariat> ;
    jwp:dueOn "2026-01-01"^^xsd:date .
<{ID}progress/b14> jwp:judgedActivity <{ID}activity/jwp-2015-2020/B14> ;
    jwp:progressValue <{ID}progress-value/under-way> ;
    jwp:judgedOn "2020-05-01"^^xsd:date ; prov:used <{ID}action/survey> .
<{ID}action/survey> prov:hadPlan <{ID}activity/jwp-2015-2020/B14> ; jwp:amount 5000.5 ; jwp:currency "EUR" ;
    jwp:fundingKind <{ID}funding-kind/pledge> .
<{ID}action/visit> prov:hadPlan <{ID}activity/jwp-2015-2020/C1> ; jwp:representative <{ID}body/cms-secretariat> ;
    jwp:representedBody <{ID}body/cites-secretariat> .
"""


def test_shipped_records_answer(answer) -> None:
    """Five actions have sources; the amendments of COP14 took effect on 16 May 2024."""
    assert [row[0] for row in answer(41)] == ["B13", "B3", "B5", "B5", "B5"]
    assert {("meeting/cms-cop14", "Samarkand", "UZ"), ("meeting/cms-cop15", "Campo Grande", "BR")} <= {
        (meeting, place, country) for meeting, _, place, country in answer(43)
    }
    outcomes = {row[0].removeprefix("proposal/cites-cop20-"): row[2] for row in answer(45)}
    assert outcomes["rhincodon-typus"] == "proposal-outcome/adopted"
    shared = {(row[0].removeprefix("proposal/cites-cop20-"), row[1], row[2]) for row in answer(46)}
    assert ("rhincodon-typus", "taxon/cms/rhincodon-typus", "appendix/cms-i") in shared
    assert "okapia-johnstoni" not in {row[0] for row in shared}, "CMS does not list the okapi"
    assert {row[2] for row in answer(47)} == {"2024-05-16"}


def test_what_is_not_recorded_is_not_answered(answer) -> None:
    without = {row[0] for row in answer(42)}
    assert len(without) == 33 - 3
    assert without.isdisjoint({"B3", "B5", "B13"})
    for number in (44, 48, 49, 50):
        assert answer(number) == []


@pytest.mark.parametrize(
    ("number", "rows"),
    [
        (42, []),
        (44, [("meeting/call", "2027-03", "meeting-status/tentative")]),
        (48, [("comment/wanted", "proposal/lion", "body/cites-secretariat", "2026-01-01")]),
        (49, [("progress/b14", "progress-value/under-way", "2020-05-01", None, "action/survey", None)]),
        (
            50,
            [
                ("action/survey", "B14", "funding-kind/pledge", "5000.5", "EUR", None, None),
                ("action/visit", "C1", None, None, None, "body/cms-secretariat", "body/cites-secretariat"),
            ],
        ),
    ],
)
def test_records_answer(answer, number: int, rows: list[tuple[str | None, ...]]) -> None:
    assert answer(number, RECORDS) == rows
