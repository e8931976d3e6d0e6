"""Tests of the activities against a manual reading of the programme's text, code by code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from jwpgraph.vocabulary import PREFIXES

CODES: Final = [
    "A1",
    "A2",
    *(f"B{n}" for n in range(1, 22)),
    *(f"C{n}" for n in range(1, 6)),
    *(f"D{n}" for n in range(1, 6)),
]
ACTIVITY: Final = "activity/jwp-2015-2020/"
TYPED_LINKS: Final = (
    "speciesGroup",
    "involvesInstrument",
    "involvesBody",
    "involvesProgramme",
    "involvesTool",
    "involvesMeeting",
    "region",
)

#: code -> the entities that its sentence (for B6 its heading) names, as "<type>/<slug>".
NAMED: Final[dict[str, str]] = {
    "A1": "instrument/cites instrument/cms",
    "A2": "instrument/cites instrument/cms",
    "B1": "species-group/argali instrument/argali-action-plan",
    "B2": "species-group/saiga-antelope instrument/saiga-mou instrument/saiga-mtiwp",
    "B3": "species-group/saiga-antelope instrument/saiga-mou meeting/saiga-mou-meeting-of-signatories",
    "B4": "species-group/saiga-antelope",
    "B5": "species-group/big-cats meeting/each-others-meetings",
    "B6": "species-group/big-cats instrument/cms programme/mikes region/africa",
    "B7": "species-group/great-apes instrument/cms instrument/gorilla-agreement programme/mikes region/africa",
    "B8": "species-group/great-apes programme/grasp",
    "B9": "species-group/great-apes body/iccwc",
    "B10": "species-group/african-elephant meeting/each-others-meetings",
    "B11": "species-group/african-elephant instrument/west-african-elephant-mou programme/mike region/west-africa",
    "B12": "species-group/african-elephant instrument/cms programme/mikes region/africa",
    "B13": "species-group/african-elephant instrument/african-elephant-action-plan programme/african-elephant-fund",
    "B14": "species-group/saker-falcon instrument/sakergap instrument/ndf-protocol",
    "B15": "species-group/saker-falcon instrument/sakergap",
    "B16": "species-group/marine-turtles instrument/cms instrument/cms-turtle-instruments programme/mikes",
    "B17": "species-group/sharks-and-rays instrument/cites instrument/cms body/fao body/rfmos",
    "B18": "species-group/sharks-and-rays instrument/cites instrument/cms",
    "B19": "instrument/cami region/central-asia",
    "B20": "instrument/cites instrument/cms",
    "B21": "instrument/cites instrument/cms",
    "C1": "meeting/annual-coordination-meeting meeting/teleconferences",
    "C2": "meeting/convention-meetings",
    "C3": "",
    "C4": "",
    "C5": "",
    "D1": "",
    "D2": "body/blg body/ipbes body/emg body/img-biodiversity body/cpw body/aichi-task-force"
    " instrument/aichi-biodiversity-targets instrument/strategic-plan-for-biodiversity-2011-2020"
    " instrument/cites instrument/cms meeting/inter-agency-group-meetings",
    "D3": "meeting/events-of-mutual-interest",
    "D4": "tool/cms-family-manual tool/cms-e-community tool/nbsap-guidelines tool/cites-virtual-college tool/informea"
    " instrument/nbsaps",
    "D5": "meeting/regional-and-subregional-workshops",
}

AUDIENCES: Final[dict[str, set[str]]] = {
    "B2": {"range-states", "consumer-states"},
    "B3": {"signatories", "experts"},
    "B5": {"range-states"},
    "B10": {"range-states", "elephant-range-states"},
    "B17": {"parties", "parties-to-both"},
    "B18": {"parties"},
    "C3": {"parties", "secretariat-staff"},
    "C4": {"parties"},
    "D2": {"inter-agency-groups"},
    "D4": {"cites-authorities", "cms-focal-points"},
    "D5": {"cites-authorities", "cms-focal-points"},
}

#: Limiting words of the text, without "such as" and "including" where they only introduce examples.
LIMITS: Final[dict[str, set[str]]] = {
    "A1": {"respective-requirements"},
    "A2": {"across-all-taxa", "long-term"},
    "B1": {"once-adopted"},
    "B2": {"and-its-revisions", "regular", "where-appropriate", "shall-facilitate"},
    "B5": {"regular", "where-appropriate"},
    "B6": {"as-appropriate"},
    "B10": {"regular", "where-appropriate", "shall-facilitate"},
    "B14": {"closely", "where-known"},
    "B16": {"as-appropriate"},
    "B17": {"and-other-relevant-bodies"},
    "B19": {"closely"},
    "C1": {"regular", "as-required"},
    "C2": {"in-advance"},
    "C3": {"at-key-moments"},
    "C5": {"during-term"},
    "D2": {"as-required"},
    "D3": {"may-include"},
}

HEADINGS: Final = {
    "A1": "harmonization-of-species-specific-information-contained-in-related-databases",
    "A2": "harmonize-nomenclature",
    **dict.fromkeys(["B1"], "argali"),
    **dict.fromkeys(["B2", "B3", "B4"], "saiga-antelope"),
    **dict.fromkeys(["B5", "B6"], "big-cats"),
    **dict.fromkeys(["B7", "B8", "B9"], "great-apes"),
    **dict.fromkeys(["B10", "B11", "B12", "B13"], "african-elephant"),
    **dict.fromkeys(["B14", "B15"], "saker-falcon"),
    **dict.fromkeys(["B16"], "marine-turtles"),
    **dict.fromkeys(["B17", "B18"], "sharks-and-rays"),
    **dict.fromkeys(["B19", "B20", "B21"], "other-species-issues"),
    **dict.fromkeys(["C1"], "secretariat-coordination-meetings"),
    **dict.fromkeys(["C2"], "exchange-information"),
    **dict.fromkeys(["C3", "C4"], "staffing"),
    **dict.fromkeys(["C5"], "fundraising"),
}

Says = Callable[[str, str], set[str]]


def codes_where(activity: Says, predicate: str, value: str | None = None) -> set[str]:
    """Return the codes of the activities with a value, or one particular value, of *predicate*."""
    return {code for code in CODES if (value in activity(code, predicate) if value else activity(code, predicate))}


def test_there_are_exactly_the_33_activities_in_document_order(written) -> None:
    assert written.of_class("jwp:Activity") == {ACTIVITY + code for code in CODES}
    for position, code in enumerate(CODES, 1):
        assert written.values(ACTIVITY + code, "skos:notation") == {code}
        assert written.values(ACTIVITY + code, "jwp:locator") == {code}
        assert written.values(ACTIVITY + code, "schema:position") == {str(position)}
        assert written.values(ACTIVITY + code, "dcterms:isPartOf") == {"work-programme/jwp-2015-2020"}


def test_the_file_keeps_document_order(files) -> None:
    subjects = list(dict.fromkeys(subject.value for subject, _, _ in files["activities"]))
    assert [subject.rsplit("/", 1)[1] for subject in subjects] == CODES


@pytest.mark.parametrize("code", CODES)
def test_theme_and_heading_are_those_of_the_document(activity: Says, code: str) -> None:
    assert activity(code, "jwp:theme") == {f"theme/jwp-2015-2020/{code[0]}"}
    expected = {f"heading/jwp-2015-2020/{HEADINGS[code]}"} if code in HEADINGS else set()
    assert activity(code, "jwp:heading") == expected


@pytest.mark.parametrize("code", CODES)
def test_an_activity_links_to_all_that_its_text_names_and_to_nothing_else(activity: Says, code: str) -> None:
    linked = set().union(*(activity(code, f"jwp:{name}") for name in TYPED_LINKS))
    assert linked == set(NAMED[code].split())


@pytest.mark.parametrize("code", CODES)
def test_audiences_and_limits_are_those_of_the_text(activity: Says, code: str) -> None:
    assert activity(code, "jwp:aimedAt") == {f"audience/{slug}" for slug in AUDIENCES.get(code, set())}
    limits = activity(code, "jwp:qualifier") - {"qualifier/such-as", "qualifier/including"}
    assert limits == {f"qualifier/{slug}" for slug in LIMITS.get(code, set())}


@pytest.mark.parametrize("code", CODES)
def test_title_and_summary_are_there_once_and_what_is_unknown_is_absent(written, code: str) -> None:
    said = written.predicates(ACTIVITY + code)
    for label in ("skos:prefLabel", "dcterms:description"):
        assert sorted(term.language for term in written.terms(ACTIVITY + code, label)) == ["en", "es", "fr"]
    # The project translated them; nobody has reviewed the translations yet.
    notes = [term.value for term in written.terms(ACTIVITY + code, "skos:editorialNote")]
    assert "French and Spanish: translation awaiting review." in notes
    assert written.terms(ACTIVITY + code, "jwp:actionType")
    unknown = (
        "status",
        "lead",
        "budget",
        "priority",
        "startDate",
        "endDate",
        "startYear",
        "endYear",
        "indicator",
        "officialText",
    )
    assert not [name for name in said if name.split(":")[-1] in unknown]


def test_whatever_the_property_only_four_activities_link_to_mikes_and_one_to_mike(written) -> None:
    activities = written.of_class("jwp:Activity") | written.of_class("jwp:ActivityPart")
    assert written.linking_to("programme/mikes") & activities == {
        ACTIVITY + code for code in ("B6", "B7", "B12", "B16")
    }
    assert written.linking_to("programme/mike") & activities == {ACTIVITY + "B11"}


def test_no_activity_links_to_a_secretariat(written) -> None:
    activities = written.of_class("jwp:Activity") | written.of_class("jwp:ActivityPart")
    for secretariat in ("body/cms-secretariat", "body/cites-secretariat"):
        assert not written.linking_to(secretariat) & activities


def test_counts_of_what_is_named(written, activity: Says) -> None:
    bodies = written.of_class("jwp:Body")
    everything = {value for predicate in written.predicates(ACTIVITY + "D2") for value in activity("D2", predicate)}
    assert len(everything & bodies) == 6
    assert len(activity("D4", "jwp:involvesTool")) == 5
    assert activity("C2", "jwp:informationKind") == {
        f"information-kind/{slug}"
        for slug in (
            "meeting-calendars",
            "meeting-invitations",
            "contact-lists",
            "draft-documents",
            "procedural-developments",
            "guidelines",
        )
    }
    assert activity("A1", "jwp:dataKind") == {
        f"data-kind/{slug}"
        for slug in ("taxonomy", "nomenclature", "common-names", "range-states", "conservation-status", "legal-status")
    }


def test_a1_says_that_its_six_kinds_can_be_read_as_five(activity: Says) -> None:
    assert [note for note in activity("A1", "skos:editorialNote") if "five" in note]


def test_only_c1_recurs_and_only_b15_has_a_year(written, activity: Says) -> None:
    assert {subject for subject in written.subjects() if written.terms(subject, "jwp:repeatFrequency")} == {
        ACTIVITY + "C1"
    }
    (interval,) = written.terms(ACTIVITY + "C1", "jwp:repeatFrequency")
    assert (interval.value, interval.datatype.value) == ("P1Y", PREFIXES["xsd"] + "duration")
    assert codes_where(activity, "jwp:scheduledYear") == {"B15"}
    (year,) = written.terms(ACTIVITY + "B15", "jwp:scheduledYear")
    assert (year.value, year.datatype.value) == ("2017", PREFIXES["xsd"] + "gYear")
    assert codes_where(activity, "jwp:trigger") == {"B15"}
    assert activity("B15", "jwp:trigger") == {"trigger/sudden-major-change"}


def test_fundraising_is_in_five_activities(activity: Says) -> None:
    assert codes_where(activity, "jwp:actionType", "action-type/raise-funds") == {"B2", "B3", "B5", "B10", "C5"}


def test_what_is_implemented_together_or_only_cooperated_on(activity: Says) -> None:
    together = codes_where(activity, "jwp:actionType", "action-type/implement-jointly")
    assert together == {"B1", "B2", "B11", "B14", "B19"}
    assert "action-type/enforce" not in activity("B9", "jwp:actionType")
    assert "action-type/cooperate" in activity("B9", "jwp:actionType")
    assert "action-type/organize-meeting" not in activity("B3", "jwp:actionType")
    assert activity("B17", "jwp:actionType") == {
        "action-type/optimize-effectiveness",
        "action-type/strengthen-synergies",
    }
    assert "action-type/build-capacity" in activity("D4", "jwp:actionType")


def test_b21_is_delivered_within_cms(activity: Says) -> None:
    assert codes_where(activity, "jwp:deliveredWithin") == {"B21"}
    assert activity("B21", "jwp:deliveredWithin") == {"instrument/cms"}


def test_template_siblings_are_mutual_and_stay_separate(activity: Says) -> None:
    groups = [{"B5", "B10"}, {"B6", "B7", "B12", "B16"}]
    for group in groups:
        for code in group:
            assert activity(code, "jwp:templateSiblingOf") == {ACTIVITY + other for other in group - {code}}
    assert codes_where(activity, "jwp:templateSiblingOf") == set().union(*groups)


def test_b6_has_its_species_group_from_the_heading_and_says_so(written, activity: Says) -> None:
    assert activity("B6", "jwp:speciesGroup") == {"species-group/big-cats"}
    (statement,) = [
        subject
        for subject in written.of_class("jwp:SourcedStatement")
        if written.values(subject, "rdf:subject") == {ACTIVITY + "B6"}
        and written.values(subject, "rdf:predicate") == {"jwp:speciesGroup"}
    ]
    assert written.values(statement, "jwp:evidence") == {"evidence-level/inferred"}


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("B1", "once adopted|before the programme"),
        ("B6", "heading"),
        ("B7", "Africa"),
        ("B9", "for"),
        ("B11", "MIKES"),
        ("B16", "no slip"),
        ("B19", "No species group"),
        ("B21", "CMS alone"),
        ("C2", "dash"),
        ("D2", "Six bodies in five bullets"),
        ("D5", "sectorial"),
    ],
)
def test_traps_of_the_text_are_noted_where_they_are(activity: Says, code: str, word: str) -> None:
    notes = " ".join(activity(code, "skos:editorialNote"))
    assert any(part in notes for part in word.split("|"))
