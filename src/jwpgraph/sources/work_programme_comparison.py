"""Differences between a work programme's document and the curated data, each described for a data steward."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from jwpgraph.sources.text_files import hash_text, normalise_line_ends
from jwpgraph.sources.work_programme import SourceActivity, WorkProgramme
from jwpgraph.sources.work_programme_curated import CuratedActivity, CuratedHeading, CuratedProgramme

DisagreementKind = Literal[
    "bullet-count-differs",
    "code-extra",
    "code-missing",
    "code-out-of-order",
    "code-repeated",
    "document-differs",
    "heading-differs",
    "heading-extra",
    "heading-missing",
    "period-differs",
    "theme-differs",
    "theme-extra",
    "theme-missing",
    "theme-title-differs",
    "year-differs",
]

_TYPOGRAPHY = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "\u2011": "-"})
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True)
class Disagreement:
    """One difference between the document and the curated data.

    Attributes:
        kind: the kind of difference.
        code: the activity's code or the theme's letter, if the difference concerns one.
        expected: the value in the curated data, if any.
        found: the value in the document, if any.
        line: the line in the document, if any.
        sentence: a description of the difference.
    """

    kind: DisagreementKind
    code: str | None
    expected: str | None
    found: str | None
    line: int | None
    sentence: str


def compare_document(document: WorkProgramme, curated: CuratedProgramme) -> list[Disagreement]:
    """Return the differences between *document* and *curated*: those of the whole document first, then by line."""
    first = {activity.code: activity for activity in reversed(document.activities)}
    both = [(first[activity.code], activity) for activity in curated.activities if activity.code in first]
    found = [
        *_compare_period(document, curated),
        *_compare_wording(document, curated, both),
        *_compare_codes(document, curated),
        *_compare_order(document, curated),
        *_compare_themes(document, curated),
        *_compare_sections(both),
        *_compare_headings(document, curated, both),
        *_compare_bullets(both),
        *_compare_years(both),
    ]
    whole: tuple[DisagreementKind, ...] = ("period-differs", "document-differs")
    return sorted(found, key=lambda item: (item.kind not in whole, item.line is None, item.line or 0))


def is_same_document(document: WorkProgramme, curated: CuratedProgramme) -> bool:
    """Return whether the document's spans are known, ignoring line ends and a byte order mark."""
    return bool({document.source.sha256, document.source.plain_sha256} & curated.document_sha256)


_Pairs = Sequence[tuple[SourceActivity, CuratedActivity]]


def _compare_period(document: WorkProgramme, curated: CuratedProgramme) -> Iterator[Disagreement]:
    if curated.years is None or document.years == curated.years:
        return
    expected = "–".join(map(str, curated.years))
    found = "–".join(map(str, document.years)) if document.years else None
    line = document.title.line if document.title else None
    says = f"The document is for {found}" if found else "The document states no period before its themes"
    yield Disagreement(
        "period-differs", None, expected, found, line, f"{says}; the curated programme is for {expected}."
    )


def _compare_wording(document: WorkProgramme, curated: CuratedProgramme, both: _Pairs) -> Iterator[Disagreement]:
    if not curated.document_sha256 or is_same_document(document, curated):
        return
    changed = [
        activity.code
        for activity, expected in both
        if expected.text_sha256
        and not {activity.passage.sha256, hash_text(normalise_line_ends(activity.passage.verbatim))}
        & expected.text_sha256
    ]
    where = (
        f"the text of {_join_words(changed)} differs, if only in its line breaks"
        if changed
        else "no activity's text differs"
    )
    yield Disagreement(
        "document-differs",
        None,
        ", ".join(sorted(curated.document_sha256)),
        document.source.sha256,
        None,
        f"This is not the document whose spans are on record: {where}.",
    )


def _compare_codes(document: WorkProgramme, curated: CuratedProgramme) -> Iterator[Disagreement]:
    expected = {activity.code for activity in curated.activities}
    lines: dict[str, list[int]] = defaultdict(list)
    for activity in document.activities:
        lines[activity.code].append(activity.passage.line)
    for code, at in lines.items():
        if code not in expected:
            says = f"The document has an activity {code}; the curated data have none."
            yield Disagreement("code-extra", code, None, code, at[0], says)
        for line in at[1:]:
            says = f"The code {code} occurs again; it was in line {at[0]} before. The first one counts."
            yield Disagreement("code-repeated", code, None, code, line, says)
    for code in (activity.code for activity in curated.activities):
        if code not in lines:
            says = f"The curated data have an activity {code}; the document has none."
            yield Disagreement("code-missing", code, code, None, None, says)


def _compare_order(document: WorkProgramme, curated: CuratedProgramme) -> Iterator[Disagreement]:
    position = {activity.code: number for number, activity in enumerate(curated.activities)}
    found = list({a.code: a for a in reversed(document.activities) if a.code in position}.values())
    found.sort(key=lambda activity: activity.passage.start)
    in_order = _find_longest_rising_subsequence([position[activity.code] for activity in found])
    expected_order = sorted((activity.code for activity in found), key=position.__getitem__)
    for number, activity in enumerate(found):
        if number in in_order:
            continue
        rank = expected_order.index(activity.code)
        before = found[number - 1].code if number else None
        expected = expected_order[rank - 1] if rank else None
        places = [f"after {code}" if code else "first" for code in (before, expected)]
        says = f"{activity.code} stands {places[0]} in the document, {places[1]} in the curated data."
        yield Disagreement("code-out-of-order", activity.code, places[1], places[0], activity.passage.line, says)


def _find_longest_rising_subsequence(numbers: Sequence[int]) -> set[int]:
    """Return the indexes of a longest rising subsequence, so that as few codes as possible are reported."""
    tails: list[int] = []
    last_index: list[int] = []
    previous: list[int] = []
    for index, number in enumerate(numbers):
        place = bisect_left(tails, number)
        tails[place : place + 1] = [number]
        last_index[place : place + 1] = [index]
        previous.append(last_index[place - 1] if place else -1)
    chosen: set[int] = set()
    index = last_index[-1] if last_index else -1
    while index >= 0:
        chosen.add(index)
        index = previous[index]
    return chosen


def _compare_themes(document: WorkProgramme, curated: CuratedProgramme) -> Iterator[Disagreement]:
    known = {theme.letter: theme for theme in curated.themes}
    for theme in document.themes:
        letter, titles = theme.letter, theme.titles
        if letter not in known:
            name, line = (titles[0].text, titles[0].line) if titles else (letter, None)
            says = f"The document has a theme ({letter}) “{name}”; the curated data have none."
            yield Disagreement("theme-extra", letter, None, name, line, says)
            continue
        label = known[letter].label
        accepted = {_normalise_text(each) for each in known[letter].labels}
        for title in titles:
            if _normalise_text(title.text) not in accepted:
                says = f"Theme {letter} is called “{title.text}” in the document, “{label}” in the curated data."
                yield Disagreement("theme-title-differs", letter, label, title.text, title.line, says)
    present = {theme.letter for theme in document.themes}
    for letter, expected in known.items():
        if letter not in present:
            says = f"The curated data have a theme {letter} “{expected.label}”; the document has none."
            yield Disagreement("theme-missing", letter, expected.label, None, None, says)


def _compare_sections(both: _Pairs) -> Iterator[Disagreement]:
    for activity, expected in both:
        if activity.theme != expected.theme:
            where = f"in the section of theme {activity.theme}" if activity.theme else "before the first section"
            says = f"{activity.code} stands {where} in the document, under theme {expected.theme} in the curated data."
            line = activity.passage.line
            yield Disagreement("theme-differs", activity.code, expected.theme, activity.theme or None, line, says)


def _compare_headings(document: WorkProgramme, curated: CuratedProgramme, both: _Pairs) -> Iterator[Disagreement]:
    groups: dict[tuple[str | None, str | None], list[SourceActivity]] = defaultdict(list)
    for activity, wanted in both:
        title = activity.heading.passage.text if activity.heading else None
        if not _is_same_heading(title, wanted.heading):
            groups[wanted.heading.label if wanted.heading else None, title].append(activity)
    for (label, title), activities in groups.items():
        codes = [activity.code for activity in activities]
        verb = "stands" if len(codes) == 1 else "stand"
        says = f"{_join_words(codes)} {verb} {_locate(title)} in the document, {_locate(label)} in the curated data."
        heading = activities[0].heading
        line = heading.passage.line if heading else activities[0].passage.line
        yield Disagreement("heading-differs", codes[0], label, title, line, says)
    known = {_normalise_text(label) for heading in curated.headings for label in heading.labels}
    reported = {title for _, title in groups} | {
        activity.heading and activity.heading.passage.text for activity, _ in both
    }
    for found in document.headings:
        text = found.passage.text
        if _normalise_text(text) not in known and text not in reported:
            says = f"The document has a heading “{text}”; the curated data have none."
            yield Disagreement("heading-extra", None, None, text, found.passage.line, says)
    present = {_normalise_text(found.passage.text) for found in document.headings}
    missed = {label for label, _ in groups}
    for expected in curated.headings:
        if expected.label not in missed and not present & {_normalise_text(label) for label in expected.labels}:
            says = f"The curated data have a heading “{expected.label}”; the document has none."
            yield Disagreement("heading-missing", None, expected.label, None, None, says)


def _is_same_heading(title: str | None, expected: CuratedHeading | None) -> bool:
    if title is None or expected is None:
        return title is None and expected is None
    return _normalise_text(title) in {_normalise_text(label) for label in expected.labels}


def _locate(heading: str | None) -> str:
    return f"under “{heading}”" if heading else "under no heading"


def _compare_bullets(both: _Pairs) -> Iterator[Disagreement]:
    for activity, curated in both:
        count = len(activity.bullets)
        # Parts that the text joins in a sentence are expected as bullets only if the document has any.
        expected = curated.bullets if curated.bullets is not None else (curated.items or 0) * bool(count)
        if expected != count:
            here, there = _get_phrase(count), _get_phrase(expected)
            says = f"{activity.code} has {here} in the document, {there} in the curated data."
            line = activity.passage.line
            yield Disagreement("bullet-count-differs", activity.code, str(expected), str(count), line, says)


def _get_phrase(bullets: int) -> str:
    return "one bullet" if bullets == 1 else f"{bullets or 'no'} bullets"


def _compare_years(both: _Pairs) -> Iterator[Disagreement]:
    for activity, curated in both:
        found = sorted(set(_YEAR.findall(activity.passage.text)))
        for year in curated.years:
            if str(year) not in found:
                named = f"it names {_join_words(found)}" if found else "it names no year"
                says = (
                    f"{activity.code} is scheduled for {year} in the curated data; its text does not say so: {named}."
                )
                line = activity.passage.line
                yield Disagreement("year-differs", activity.code, str(year), ", ".join(found) or None, line, says)


def _normalise_text(text: str) -> str:
    """Return *text* without differences of typesetting; letters keep their case."""
    return " ".join(text.translate(_TYPOGRAPHY).split())


def _join_words(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
