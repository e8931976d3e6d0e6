"""Questions about periods: an answer has every stretch of the period with its Appendices, as the sources date them.

``periods.tsv`` has the first day of each stretch, with the Appendices of CMS and CITES, and at the end the last day.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.answers.conftest import TODAY

from jwpgraph.answers.answer import QuestionAnswer
from jwpgraph.answers.days import Extent, find_days
from jwpgraph.answers.periods import find_periods
from jwpgraph.taxon_facets.appendices import get_appendix_number


def read_table() -> list[dict[str, str]]:
    with (Path(__file__).parent / "periods.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


TABLE = read_table()


@pytest.mark.parametrize("row", TABLE, ids=[row["question"] for row in TABLE])
def test_a_period_is_answered_by_its_stretches(ask: Callable[[str], QuestionAnswer], row: dict[str, str]) -> None:
    found = ask(row["question"])
    (status,) = found.statuses
    assert any(iri.endswith("/" + row["taxon"]) for iri in status.animal.concepts)
    assert (status.country.notation if status.country else "-") == row["country"]
    *starts, last = row["stretches"].split(";")
    told = []
    for one in status.during:
        numbers = {each.short: [*map(get_appendix_number, each.appendices)] for each in one.treaties}
        sides = ("/".join(numbers[short]) or "none" for short in ("cms", "cites"))
        told.append(f"{one.first} {' '.join(sides)}")
    assert told == starts
    assert status.on == status.during[-1].last == date.fromisoformat(last)
    for one, following in zip(status.during, status.during[1:], strict=False):
        assert one.last + timedelta(days=1) == following.first
    assert (found.verdict or "-") == row["verdict"]


def test_a_group_is_answered_by_what_was_listed_during_the_period(ask: Callable[[str], QuestionAnswer]) -> None:
    assert ask("sharks in the 1990s").reason == "not-listed"
    names = {one.animal.concept.name for one in ask("sharks from 2000 to 2003").statuses}
    assert {"Rhincodon typus", "Cetorhinus maximus", "Carcharodon carcharias"} <= names
    assert "Sphyrna lewini" not in names


def test_a_day_to_come_is_not_answered_with_yes(ask: Callable[[str], QuestionAnswer]) -> None:
    assert ask("is the whale shark in CMS Appendix I?").verdict == "yes"
    assert ask("is the whale shark in CMS Appendix I in 2030?").verdict == "unknown"
    assert ask("is the whale shark in CMS Appendix I tomorrow?").verdict == "unknown"
    assert ask("is the whale shark in CMS Appendix I next month?").verdict == "unknown"


def test_each_of_two_periods_with_one_end_is_judged_by_its_own_beginning(ask: Callable[[str], QuestionAnswer]) -> None:
    """The whale shark has been in Appendix I of CMS since 26 January 2018."""
    found = ask("has the whale shark been in CMS Appendix I since 2019 and since 2000?")
    assert [one.during[0].first.year for one in found.statuses] == [2019, 2000]
    assert found.verdict == "unknown"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lion 2016", [(Extent.DAY, "2016-01-01", "2016-12-31")]),
        ("lion 2016 and 2018", [(Extent.DAY, "2016-01-01", "2016-12-31"), (Extent.DAY, "2018-01-01", "2018-12-31")]),
        ("argali 2016 and today", [(Extent.DAY, "2016-01-01", "2016-12-31"), (Extent.DAY, "2026-11-29", "2026-11-29")]),
        ("lion between March 1976 and 1980", [(Extent.THROUGHOUT, "1976-03-01", "1980-12-31")]),
        ("lion from 1976 to 1980", [(Extent.THROUGHOUT, "1976-01-01", "1980-12-31")]),
        ("lion 1976–1980", [(Extent.THROUGHOUT, "1976-01-01", "1980-12-31")]),
        ("lion de 1976 à 1980", [(Extent.THROUGHOUT, "1976-01-01", "1980-12-31")]),
        ("lion entre le 1er mai 1976 et le 2 juin 1980", [(Extent.THROUGHOUT, "1976-05-01", "1980-06-02")]),
        ("león desde 1976 hasta 1980", [(Extent.THROUGHOUT, "1976-01-01", "1980-12-31")]),
        ("lion since 2018", [(Extent.THROUGHOUT, "2018-01-01", "2026-11-29")]),
        ("lion from 2018 onwards", [(Extent.THROUGHOUT, "2018-01-01", "2026-11-29")]),
        ("lion à partir de 2018", [(Extent.THROUGHOUT, "2018-01-01", "2026-11-29")]),
        ("lion after 2026", [(Extent.DURING, "2027-01-01", "2027-01-01")]),
        ("lion before 2027", [(Extent.DURING, "1975-07-01", "2026-11-29")]),
        ("lion before 1970", [(Extent.DURING, "1969-12-31", "1969-12-31")]),
        ("lion up to 1980", [(Extent.DURING, "1975-07-01", "1980-12-31")]),
        ("lion jusqu’en 1980", [(Extent.DURING, "1975-07-01", "1980-12-31")]),
        ("lion in the nineties", [(Extent.DURING, "1990-01-01", "1999-12-31")]),
        ("lion années quatre-vingt-dix", [(Extent.DURING, "1990-01-01", "1999-12-31")]),
        ("lion in the 2020s", [(Extent.DURING, "2020-01-01", "2026-11-29")]),
        ("lion in the 20th century", [(Extent.DURING, "1901-01-01", "2000-12-31")]),
        ("lion au XXIe siècle", [(Extent.DURING, "2001-01-01", "2026-11-29")]),
        ("lion over the past decade", [(Extent.DURING, "2016-11-28", "2026-11-29")]),
        ("lion in the last years", []),
        ("lion last year", [(Extent.DAY, "2025-01-01", "2025-12-31")]),
        ("lion this year", [(Extent.DAY, "2026-01-01", "2026-11-29")]),
        ("lion l’année prochaine", [(Extent.DAY, "2027-01-01", "2027-12-31")]),
        ("león el año que viene", [(Extent.DAY, "2027-01-01", "2027-12-31")]),
        ("lion last month", [(Extent.DAY, "2026-10-01", "2026-10-31")]),
        ("lion ce mois-ci", [(Extent.DAY, "2026-11-01", "2026-11-29")]),
        ("león el próximo mes", [(Extent.DAY, "2026-12-01", "2026-12-31")]),
        ("lion since last month", [(Extent.THROUGHOUT, "2026-10-01", "2026-11-29")]),
        ("lion la semaine dernière", [(Extent.DAY, "2026-11-16", "2026-11-22")]),
        ("lion next week", [(Extent.DAY, "2026-11-30", "2026-12-06")]),
    ],
)
def test_periods_are_recognised_in_words(text: str, expected: list[tuple[Extent, str, str]]) -> None:
    found = find_periods(text, find_days(text, TODAY), TODAY)
    assert [(one.extent, one.first.isoformat(), one.on.isoformat()) for one in found] == expected


@given(st.dates(), st.dates(), st.dates(date(1900, 1, 1), date(2100, 1, 1)))
@example(date.max, date.min, date(2026, 11, 30))
def test_every_day_can_begin_or_end_a_period(one: date, other: date, today: date) -> None:
    for words in ("after", "since", "before", "until", "from", "depuis", "antes de", "in"):
        for text in (f"saker {words} {one}", f"saker between {one} and {other}", f"saker {one} - {other}"):
            for found in find_periods(text, find_days(text, today), today):
                assert found.first <= found.on
