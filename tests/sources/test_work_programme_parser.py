"""Tests of the work programme parser: a made-up document with all difficulties, generated documents, the real one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jwpgraph.problems import ProblemError
from jwpgraph.sources.text_files import SourceText, hash_text
from jwpgraph.sources.work_programme import WorkProgramme
from jwpgraph.sources.work_programme_parser import parse_work_programme, read_work_programme

HEADER = "Description of envisaged joint activities"


def passages(found: WorkProgramme):
    for theme in found.themes:
        yield from theme.titles
        if theme.introduction:
            yield theme.introduction
    for heading in found.headings:
        yield heading.passage
    for activity in found.activities:
        yield activity.passage
        yield from (bullet.passage for bullet in activity.bullets)


def assert_spans_hold(found: WorkProgramme) -> None:
    for passage in passages(found):
        assert found.source.text[passage.start : passage.end] == passage.verbatim
        assert passage.verbatim == passage.verbatim.strip()
        assert passage.sha256 == hash_text(passage.verbatim)


def by_code(found: WorkProgramme):
    return {activity.code: activity for activity in found.activities}


def test_structure_survives_the_layout(parse, text):
    found = parse(text)
    assert found.title.text == "JOINT PLAN FOR THE LAKE 2031-2034"
    assert found.years == (2031, 2034)
    assert [(theme.letter, [title.text for title in theme.titles]) for theme in found.themes] == [
        ("A", ["Names of fishes", "Names of fishes"]),
        ("B", ["Shared waters", "Shared waters"]),
        ("C", ["Money", "Money and how to find it (with help from both banks)"]),
    ]
    assert [(heading.theme, heading.passage.text) for heading in found.headings] == [
        ("A", "Lists that both offices keep"),
        ("B", "Pike"),
        ("B", "Eels"),
        ("B", "Other waters"),
    ]
    headings = {activity.code: activity.heading and activity.heading.passage.text for activity in found.activities}
    assert headings == {
        "A1": "Lists that both offices keep",
        "B1": "Pike",
        "B2": "Eels",
        "B3": "Other waters",
        "B4": "Other waters",
        "C1": None,
    }
    assert_spans_hold(found)


def test_wording_is_whole_across_pages(parse, text):
    activities = by_code(parse(text))
    assert activities["A1"].passage.text == (
        "Keep one list of the fishes (with their local names), taking into account what anglers say."
    )
    assert activities["B1"].passage.text == (
        "Agree on a plan for the pike and, once agreed, carry it out along the regular exchange of angling records, "
        "as well as the angler’s own well-being. Both offices shall also help to guard spawning grounds."
    )
    assert activities["B4"].passage.verbatim.startswith("Review the pike plan in 2033")
    assert HEADER in activities["B4"].passage.verbatim
    assert activities["B4"].official_text == "Review the pike plan in 2033, and in the case of a sudden loss of reeds."
    assert activities["B2"].official_text.endswith("can do, as appropriate")


def test_bullets_keep_their_wrapped_lines_and_one_without_a_dash_counts(parse, text):
    activity = by_code(parse(text))["B3"]
    assert [(bullet.number, bullet.passage.text, bullet.marked) for bullet in activity.bullets] == [
        (1, "Maps of the shore;", False),
        (2, "Depths, including those of the northern basin;", True),
        (3, "Plans for the Lake Board 2031-2034 and its Harbour Office.", True),
    ]
    assert activity.official_text == (
        "Share, as set out in B1 and B2, what is known:\n"
        "- Maps of the shore;\n"
        "- Depths, including those of the northern basin;\n"
        "- Plans for the Lake Board 2031-2034 and its Harbour Office."
    )


def test_a_theme_has_its_introduction_with_its_own_list(parse, text):
    themes = {theme.letter: theme.official_text for theme in parse(text).themes}
    assert themes == {
        "A": "The theme is about what the fishes are called.",
        "B": "Fishes to look after:\n- Pike (Esox);\n- Eels (Anguilla)\nThe offices may do more than stands below.",
        "C": "The offices look for money.",
    }


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_other_line_ends_give_the_same_reading(parse, text, ends):
    found, unix = parse(text.replace("\n", ends)), parse(text)
    assert [activity.official_text for activity in found.activities] == [a.official_text for a in unix.activities]
    assert [activity.passage.line for activity in found.activities] == [a.passage.line for a in unix.activities]
    assert found.source.plain_sha256 == unix.source.sha256
    assert_spans_hold(found)


def test_a_heading_whose_activities_are_gone_is_still_a_heading(parse, text):
    start, end = text.index("B2 Make"), text.index("Other waters")
    found = parse(text[:start] + text[end:])
    assert [heading.passage.text for heading in found.headings][1:] == ["Pike", "Eels", "Other waters"]
    assert "B2" not in by_code(found)


def test_themes_without_a_list_in_the_introduction(parse, text):
    start, end = text.index("(A) Names of fishes;"), text.index("(A) Names of fishes \n")
    found = parse(text[:start] + "\n" + text[end:])
    assert [(theme.letter, theme.listed) for theme in found.themes] == [("A", None), ("B", None), ("C", None)]
    assert len(found.activities) == 6


def test_a_code_on_a_line_of_its_own(parse, text):
    found = parse(text.replace("B2 Make", "B2\n\nMake").replace("C1: Ask", "C1\nAsk"))
    assert by_code(found)["B2"].official_text.startswith("Make the most")
    assert by_code(found)["C1"].official_text == "Ask the towns."
    assert_spans_hold(found)


def test_what_follows_the_last_activity_under_a_title_is_left_out(parse, text):
    found = parse(text + "\n\nAnnex of addresses\n\nThe north office is in the harbour.\n")
    assert by_code(found)["C1"].official_text == "Ask the towns."


def test_repeated_codes_are_kept(parse, text):
    found = parse(text + "\nC1 Ask the villages.\n")
    assert [activity.official_text for activity in found.activities if activity.code == "C1"] == [
        "Ask the towns.",
        "Ask the villages.",
    ]


def test_a_page_may_break_between_a_heading_and_its_first_activity(parse, text):
    found = parse(text.replace("keep \n\nA1.", f"keep \n\n\f\n{HEADER}\n\nA1."))
    assert found.headings[0].passage.text == "Lists that both offices keep"
    assert found.activities[0].heading == found.headings[0]


def test_a_page_may_break_within_the_title_of_a_section(parse, text):
    found = parse(text.replace("(with help\nfrom", "(with help\n\n\ffrom"))
    assert found.themes[2].section.text == "Money and how to find it (with help from both banks)"
    assert found.themes[2].official_text == "The offices look for money."


def test_an_introduction_without_a_full_stop_is_no_heading(parse):
    found = parse(f"(A) Theme\n\nMoney for the lake\n\n{HEADER}\n\nA1 Ask.\n\n(B) Other\n\nTowns\n\nB1 Ask.\n")
    assert [theme.official_text for theme in found.themes] == ["Money for the lake", ""]
    assert [heading.passage.text for heading in found.headings] == ["Towns"]


def test_a_page_break_after_a_sentence_starts_no_paragraph_but_a_blank_line_does(parse):
    found = parse(f"(A) Theme\n\nA1 Ask.\n\n{HEADER}\nThen wait\nfor long.\n\nThen go.\n")
    assert found.activities[0].official_text == "Ask. Then wait for long.\nThen go."


def test_a_dash_between_words_is_no_bullet(parse):
    found = parse("(A) Theme\n\nA1 Ask the towns\n– as appropriate – and the\n— larger — villages.\n")
    assert found.activities[0].official_text == "Ask the towns – as appropriate – and the — larger — villages."
    assert found.activities[0].bullets == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Nothing of the kind.\n", "no theme"),
        ("(A) A theme\n\nand no activity.\n", "no activity"),
        ("A1. An activity without a theme.\n", "no theme"),
        ("(A) A theme\n\nB1 An activity of another.\n", "no activity"),
    ],
)
def test_other_texts_are_refused(parse, text, reason):
    with pytest.raises(ProblemError, match=reason) as caught:
        parse(text)
    assert (caught.value.slug, caught.value.exit_code) == ("not-a-work-programme", 2)


# ---------------------------------------------------------------------------------------------- generated programmes

WORDS = ("lake", "river", "pike", "eel", "reed", "shoal", "harbour", "village", "map", "42", "bank’s", "re-use")
PROPER = ("Lake", "River", "Esox", "MoU", "SakerGAP", "Naïve", "(ICE)")

_word = st.sampled_from(WORDS)
_proper = st.sampled_from(PROPER)
_title = st.lists(_word, min_size=1, max_size=5).map(lambda words: " ".join(["Great", *words[:-1], "water"]))
_sentence = st.tuples(_word, st.lists(st.one_of(_word, _proper), min_size=1, max_size=25), _word).map(
    lambda parts: " ".join(["Keep", parts[0], *parts[1], parts[2]])
)
_quiet_sentence = st.lists(_word, min_size=1, max_size=12).map(lambda words: " ".join(["Keep", *words]))
_item = st.lists(_word, min_size=1, max_size=9).map(lambda words: " ".join(["Plans", *words]))


@dataclass(frozen=True)
class Made:
    code: str
    theme: str
    heading: str | None
    lead: str
    items: tuple[str, ...]


@st.composite
def programmes(draw) -> tuple[str, dict[str, str], list[Made]]:
    """Generate a text with a random layout; return it with the titles of its themes and its activities."""
    titles = {letter: draw(_title) for letter in "ABC"[: draw(st.integers(1, 3))]}
    made: list[Made] = []
    blank = st.sampled_from(["\n", " \n", "\n\n \n", "\u00a0\n\n", "\f\n", "\n\f"])
    furniture = st.sampled_from([HEADER, f".{HEADER} ", "\n12\n", "\nPage 3 of 9\n", "\n– 4 –\n", "\nPLAN 2031-2034\n"])

    def gap() -> str:
        return draw(blank)

    def wrapped(text: str) -> str:
        """Return *text* on several lines, with blank lines and page furniture between some of them."""
        words = text.split(" ")
        out = words[0]
        for word in words[1:]:
            ways = [" ", "  ", " \n", "\n"]
            if not word[0].isdecimal():
                ways += ["\n" + gap(), "\n" + gap() + draw(furniture) + "\n"] if draw(st.integers(0, 9)) == 0 else []
            out += draw(st.sampled_from(ways)) + word
        return out

    def section(letter: str) -> str:
        out = f"({letter}) {titles[letter]}\n{gap()}"
        if draw(st.booleans()):
            out += f"{wrapped(draw(_sentence))}.\n{gap()}"
        out += draw(st.sampled_from([HEADER, "." + HEADER])) + "\n" + gap()
        number = 0
        heads = draw(st.lists(_title, min_size=1, max_size=3)) if draw(st.booleans()) else [None]
        for head in heads:
            out += f"{head}\n{gap()}" if head else ""
            for _ in range(draw(st.integers(1, 3))):
                number += 1
                out += activity(f"{letter}{number}", letter, head)
        return out

    def activity(code: str, letter: str, head: str | None) -> str:
        start = code + draw(st.sampled_from([". ", " - ", " ", ": ", " – ", ") ", "\u00a0"]))
        items = tuple(draw(st.lists(_item, min_size=2, max_size=4))) if draw(st.integers(0, 3)) == 0 else ()
        if items:
            lead = draw(_sentence) + ":"
            ends = [";"] * (len(items) - 2) + [draw(st.sampled_from([";", "; and"])), "."]
            items = tuple(item + end for item, end in zip(items, ends, strict=True))
            unmarked = draw(st.integers(0, 5))
            body = "".join(
                ("  " if i == unmarked and i < len(items) - 1 else draw(st.sampled_from([" - ", "• ", " – "])))
                + wrapped(item)
                + "\n"
                for i, item in enumerate(items)
            )
            text = start + wrapped(lead) + "\n" + draw(st.sampled_from(["", "\n"])) + body
        else:
            lead = draw(_sentence) + "." if draw(st.booleans()) else draw(_quiet_sentence)
            text = start + wrapped(lead) + "\n"
        made.append(Made(code, letter, head, lead, items))
        return text + gap()

    listed = "".join(f"({letter}) {title}; \n" for letter, title in titles.items()) if draw(st.booleans()) else ""
    text = f"PLAN 2031-2034\n\nWhat there is to do:\n{listed}{gap()}" + "".join(section(letter) for letter in titles)
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))), titles, made


@settings(max_examples=150, deadline=None)
@given(programmes())
def test_generated_programmes_are_read_as_they_were_made(programme):
    text, titles, made = programme
    found = parse_work_programme(SourceText("plan.txt", text, hash_text(text)))
    assert {theme.letter: theme.section.text for theme in found.themes} == titles
    read = [
        Made(
            activity.code,
            activity.theme,
            activity.heading.passage.text if activity.heading else None,
            activity.official_text.split("\n")[0],
            tuple(bullet.passage.text for bullet in activity.bullets),
        )
        for activity in found.activities
    ]
    assert read == made
    assert_spans_hold(found)


JUMBLE = (
    "(A) Theme",
    "A1 Do",
    "A2.",
    "B1 x",
    "Heading",
    "- item;",
    "text.",
    "text:",
    "",
    "\f",
    HEADER,
    "7",
    "–",
    "and",
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(JUMBLE), max_size=30))
def test_any_jumble_is_read_with_true_spans_or_refused(lines):
    text = "\n".join(lines)
    with suppress(ProblemError):
        assert_spans_hold(parse_work_programme(SourceText("jumble.txt", text, hash_text(text))))


# ------------------------------------------------------------------------------------------------- the real document


def test_the_real_document(real_document: Path):
    found = read_work_programme(real_document)
    codes = [f"{letter}{n}" for letter, count in [("A", 2), ("B", 21), ("C", 5), ("D", 5)] for n in range(1, count + 1)]
    assert [activity.code for activity in found.activities] == codes
    assert [theme.letter for theme in found.themes] == ["A", "B", "C", "D"]
    assert len(found.headings) == 15
    assert found.years == (2015, 2020)
    assert {a.code: len(a.bullets) for a in found.activities if a.bullets} == {"C2": 6, "D2": 5}
    assert not by_code(found)["C2"].bullets[0].marked
    assert [a.code for a in found.activities if HEADER in a.passage.verbatim] == ["B2", "B15"]
    assert not [a.code for a in found.activities if HEADER in a.official_text]
    assert [activity.code for activity in found.activities if not activity.official_text.endswith(".")] == ["B6"]
    assert_spans_hold(found)


LETTERED = (
    "(A) Data\n(B) Species\n\n"
    + HEADER
    + "\n\n(A) Data\n\n{0} Keep in step.\n{1} Agree.\n\n(B) Species\n\n{2} Big cats.\n"
)
NUMBERED = (
    "1. Data\n2. Species\n\n" + HEADER + "\n\n1. Data\n\n{0} Keep in step.\n{1} Agree.\n\n2. Species\n\n{2} Big cats.\n"
)


@pytest.mark.parametrize(
    ("layout", "written", "themes"),
    [
        (LETTERED, ("A1", "A.2", "B10"), "AAB"),
        (LETTERED, ("A1.1", "A1.2", "B2.10"), "AAB"),
        (LETTERED, ("1.", "2)", "17"), "AAB"),
        (LETTERED, ("1.1", "1.2.", "2.10"), "AAB"),
        (NUMBERED, ("1.1", "1.2.3:", "2.10"), "112"),
        (
            NUMBERED.replace("1. Data", "Theme 1: Data").replace("2. Species", "(2) Species"),
            ("1.1", "1.2", "2.1"),
            "112",
        ),
    ],
)
def test_codes_of_other_programmes_are_read(parse, layout: str, written: tuple[str, ...], themes: str) -> None:
    found = parse("Joint Plan 2031–2034\n\n" + layout.format(*written))
    assert_spans_hold(found)
    assert [one.code for one in found.activities] == [code.rstrip(".:)") for code in written]
    assert [one.theme for one in found.activities] == list(themes)
    assert [one.passage.text for one in found.activities] == ["Keep in step.", "Agree.", "Big cats."]
    assert [[title.text for title in one.titles] for one in found.themes] == [["Data"] * 2, ["Species"] * 2]


def test_numbered_steps_within_an_activity_are_no_activities(parse) -> None:
    text = "Joint Plan 2031–2034\n\n(A) Data\n\nA1 Keep in step:\n1. birds;\n2. mammals.\n\n3. Not a code here.\n"
    assert [one.code for one in parse(text).activities] == ["A1"]
