"""Questions in three languages and their right answers, which come from the treaties' lists and not from the code.

Appendices as at a day are those of the Appendices that the treaties published; where an animal lives, those of the
sources of ``data/``. ``*`` is not judged.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from jwpgraph.answers.answer import QuestionAnswer
from jwpgraph.taxon_facets.appendices import get_appendix_number

_REASONS = {"not-here": "not-in-graph"}


def read_table() -> list[dict[str, str]]:
    with (Path(__file__).parent / "questions.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


TABLE = read_table()


def test_the_table_has_questions_in_three_languages() -> None:
    assert len(TABLE) >= 120
    assert len({row["question"] for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize("row", TABLE, ids=[row["question"] for row in TABLE])
def test_a_question_is_answered_right(ask: Callable[[str], QuestionAnswer], row: dict[str, str]) -> None:
    found = ask(row["question"])
    if row["expect"] not in {"status", "several", "not-recorded"}:
        assert not found.statuses
        assert found.reason == _REASONS.get(row["expect"], row["expect"])
        return
    assert found.reason is None
    mine = [one for one in found.statuses if any(iri.endswith("/" + row["taxon"]) for iri in one.animal.concepts)]
    assert len(mine) == 1, [one.animal.iri for one in found.statuses]
    (status,) = mine
    if row["expect"] == "status":
        assert len(found.statuses) == 1, [one.animal.iri for one in found.statuses]
    assert (status.country.notation if status.country else "-") == row["country"]
    for treaty in status.treaties:
        expected = row[treaty.short.upper()]
        if expected != "*":
            assert ("/".join(map(get_appendix_number, treaty.appendices)) or "none") == expected, treaty
    occurs = status.occurrence.occurs.value if status.occurrence else "-"
    assert (occurs == "no") == (row["expect"] == "not-recorded")
    assert (found.verdict or "-") == row["verdict"]


@pytest.mark.parametrize(
    "question",
    [
        "which activities concern Kenya",
        "tiger in india",
        "pangolin",
        "hippo",
        "Madagascar fish eagle",
        "What is CITES?",
    ],
)
def test_no_animal_is_answered_where_none_is_named(ask: Callable[[str], QuestionAnswer], question: str) -> None:
    assert ask(question).statuses == []


@pytest.mark.parametrize(
    ("question", "treaties"),
    [
        ("birds listed by both treaties", ("cms", "cites")),
        ("which birds are listed by CMS and CITES?", ("cms", "cites")),
        ("aves incluidas en ambas convenciones en Kenya", ("cms", "cites")),
        ("antelopes listed by CITES", ("cites",)),
        ("requins inscrits à la CITES en Australie", ("cites",)),
    ],
)
def test_a_list_has_only_what_the_treaties_list(
    ask: Callable[[str], QuestionAnswer], question: str, treaties: tuple[str, ...]
) -> None:
    found = ask(question).statuses
    assert len(found) > 5
    for status in found:
        listed = {one.short for one in status.treaties if (*one.appendices, *one.found.possible)}
        assert listed.issuperset(treaties), status.animal.iri


def test_conditions_on_both_treaties_hold_together(ask: Callable[[str], QuestionAnswer]) -> None:
    """The cheetah is in Appendix I of both; the saker is in Appendix I of CMS and in Appendix II of CITES."""

    def list_names(question: str) -> set[str]:
        return {one.animal.concept.name for one in ask(question).statuses}

    assert "Acinonyx jubatus" not in list_names("mammals in CMS Appendix I and CITES Appendix II in Kenya")
    assert "Acinonyx jubatus" in list_names("mammals in CMS Appendix I and CITES Appendix I in Kenya")
    assert "Acinonyx jubatus" in list_names("mammals in CMS Appendix I or CITES Appendix II in Kenya")
    # The cheetah is in Appendix I of CMS alone, the lion in Appendix II alone.
    excluding = list_names("which cats are in CMS Appendix II but not in Appendix I")
    assert "Panthera leo" in excluding
    assert excluding.isdisjoint({"Acinonyx jubatus", "Panthera onca"})
    both = list_names("birds in CMS Appendix I and CITES Appendix II in Kazakhstan")
    assert "Falco cherrug" in both
    assert "Aquila heliaca" not in both  # Appendix I of CITES


def test_parts_are_listed_in_their_own_name_and_live_in_the_country(ask: Callable[[str], QuestionAnswer]) -> None:
    def list_parts(question: str) -> dict[str, str]:
        (status,) = ask(question).statuses
        found = next(one for one in status.treaties if one.short == "cites")
        return {taxon.name: "/".join(map(get_appendix_number, numbers)) for taxon, numbers in found.parts}

    # The listing of the species in Appendix II is of other populations.
    assert list_parts("brown bear")["Ursus arctos pruinosus"] == "I"
    assert list_parts("brown bear in Georgia") == {}
    assert list_parts("lion in Kenya") == {}


def test_an_appendix_without_a_treaty_narrows_a_list(ask: Callable[[str], QuestionAnswer]) -> None:
    """The European sturgeon is in Appendix I of both treaties, the Siberian sturgeon in Appendix II of both."""
    for question in (
        "which species of sturgeon are in Appendix I",
        "quels esturgeons sont à l'Annexe I",
        "qué esturiones están en el Apéndice I",
    ):
        found = {one.animal.concept.name for one in ask(question).statuses}
        assert "Acipenser sturio" in found
        assert "Acipenser baerii" not in found


def test_a_denied_appendix_leaves_out_what_is_in_it(ask: Callable[[str], QuestionAnswer]) -> None:
    """The whale shark is in Appendix I, the silky shark in Appendix II of both treaties alone."""
    for question in ("sharks not in Appendix I", "requins qui ne sont pas à l'Annexe I"):
        found = {one.animal.concept.name for one in ask(question).statuses}
        assert "Rhincodon typus" not in found, question
        assert "Carcharhinus falciformis" in found, question
    assert ask("which sharks are not listed").reason == "not-listed"


def test_an_appendix_of_both_treaties_is_required_of_each(ask: Callable[[str], QuestionAnswer]) -> None:
    found = {one.animal.concept.name for one in ask("mammals in Appendix I of both treaties").statuses}
    assert "Acinonyx jubatus" in found
    assert "Ammotragus lervia" not in found  # Appendix II of both
    assert ask("Are blue whales in Appendix I of both treaties?").verdict == "yes"
    # Appendix I of CMS, Appendix II of CITES
    assert ask("Is the saker falcon in Appendix I of both treaties?").verdict != "yes"


def test_a_question_for_any_lists_those_alone(ask: Callable[[str], QuestionAnswer]) -> None:
    """The silky shark is in Appendix II of both treaties."""
    found = {one.animal.concept.name for one in ask("are any sharks in Appendix I").statuses}
    assert "Rhincodon typus" in found
    assert "Carcharhinus falciformis" not in found
