"""Recognition of periods in questions: decades, centuries, and dates after words such as ``since`` or ``between``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from jwpgraph.answers.days import Extent, NamedDay
from jwpgraph.answers.words import fold

#: CITES entered into force; no treaty listed an animal earlier.
FIRST_DAY: Final = date(1975, 7, 1)

_ARTICLE: Final = r"(?:(?:the|le|la|el|year|ann[ée]e|l[’']ann[ée]e|año|en|in)\s+){0,3}"
_AFTER: Final = re.compile(rf"\b(?:after|après|despu[ée]s\s+del?|tras)\s+{_ARTICLE}$", re.IGNORECASE)
_SINCE: Final = re.compile(
    rf"\b(?:ever\s+since|since|depuis|desde|[àa]\s+partir\s+(?:de|du|del)|as\s+from)\s+{_ARTICLE}$", re.IGNORECASE
)
_BEFORE: Final = re.compile(rf"\b(?:before|prior\s+to|avant|antes\s+del?)\s+{_ARTICLE}$", re.IGNORECASE)
_UNTIL: Final = re.compile(
    rf"\b(?:up\s+(?:to|until|till)|until|till|jusqu[’'](?:à|en|au)|hasta)\s+{_ARTICLE}$", re.IGNORECASE
)
_ONWARDS: Final = re.compile(r"\s+(?:onwards?|and\s+(?:later|after)|on(?=\s*$|\s*[?,.]))", re.IGNORECASE)
_FROM: Final = re.compile(rf"\b(?:between|from|entre|desde|depuis|del?|du)\s+{_ARTICLE}$", re.IGNORECASE)
_AND: Final = re.compile(rf"\s*(?:and|et|y|e|[àa]|au|al)\s+{_ARTICLE}", re.IGNORECASE)
_TO: Final = re.compile(
    rf"\s*(?:[-–—]|to|until|till|through|thru|jusqu[’'](?:à|en|au)|hasta(?:\s+el)?)\s*{_ARTICLE}", re.IGNORECASE
)
_YEARS: Final = re.compile(r"(?<![\w-])(?P<first>(?:19|20)\d\d)\s?[-–—]\s?(?P<last>(?:19|20)\d\d)(?![\w-])")

_TENS: Final = {
    **dict.fromkeys(("seventies", "soixante-dix", "setenta"), 70),
    **dict.fromkeys(("eighties", "quatre-vingt", "quatre-vingts", "ochenta"), 80),
    **dict.fromkeys(("nineties", "quatre-vingt-dix", "noventa"), 90),
}
_PART: Final = (
    r"(?:(?:early|mid|late)[-\s]+|d[ée]but\s+(?:des\s+)?|fin\s+(?:des\s+)?|(?:principios|fines|finales)\s+de\s+)?"
)
_WORDS: Final = "|".join(sorted(_TENS, key=len, reverse=True))
_DECADES: Final = tuple(
    re.compile(rf"(?<![\w]){pattern}(?!\w)", re.IGNORECASE)
    for pattern in (
        rf"(?:the\s+)?{_PART}(?:the\s+)?(?P<year>\d{{3}}0)[’']?s",
        rf"(?:the\s+)?{_PART}(?:the\s+)?[’']?(?P<tens>\d0)[’']?s",
        rf"(?:the\s+)?{_PART}(?P<word>{_WORDS})(?<=ies)",
        rf"{_PART}(?:les\s+|des\s+)?ann[ée]es\s+(?:(?P<year>\d{{3}}0)|(?P<tens>\d0)|(?P<word>{_WORDS}))",
        rf"{_PART}(?:la\s+)?(?:d[ée]cada\s+de\s+(?:los\s+)?|(?:los\s+)?años\s+)"
        rf"(?:(?P<year>\d{{3}}0)|(?P<tens>\d0)|(?P<word>{_WORDS}))",
        rf"los\s+(?:(?P<tens>\d0)|(?P<word>{_WORDS}))",
    )
)
_CENTURIES: Final = re.compile(
    r"(?<!\w)(?:(?:the\s+)?(?P<number>20|21)(?:th|st)\s+century|(?:au\s+|le\s+)?(?P<ordinal>20|21|XXI?)\s?e\s+si[èe]cle"
    r"|(?:el\s+)?siglo\s+(?P<roman>XXI?))(?!\w)",
    re.IGNORECASE,
)
_NUMBERS: Final = {
    word: number
    for number, words in {
        2: "two deux dos", 3: "three trois tres", 4: "four quatre cuatro", 5: "five cinq cinco", 6: "six seis",
        7: "seven sept siete", 8: "eight huit ocho", 9: "nine neuf nueve", 10: "ten dix diez",
        15: "fifteen quinze quince", 20: "twenty vingt veinte", 30: "thirty trente treinta",
        50: "fifty cinquante cincuenta",
    }.items()
    for word in words.split()
}  # fmt: skip
_COUNT: Final = rf"(?P<count>\d{{1,2}}|{'|'.join(_NUMBERS)})"
_RECENT: Final = tuple(
    re.compile(rf"(?<!\w){pattern}(?!\w)", re.IGNORECASE)
    for pattern in (
        rf"(?:the\s+)?(?:last|past)\s+(?:{_COUNT}\s+)?(?:years|(?P<decades>decades?))",
        rf"(?:ces|les)\s+{_COUNT}\s+derni[èe]res\s+ann[ée]es",
        rf"(?:los\s+)?[úu]ltimos\s+{_COUNT}\s+años",
        r"(?P<decades>(?:la\s+)?derni[èe]re\s+d[ée]cennie|(?:la\s+)?[úu]ltima\s+d[ée]cada)",
    )
)
#: Words that ask for all that was ever listed; "until when" is told by the ends of its parts.
_EVER: Final = re.compile(
    r"\b(?:ever|alguna\s+vez|(?:up\s+to|until|till)\s+when|jusqu[’']à\s+quand|hasta\s+cu[áa]ndo)\b", re.IGNORECASE
)


def find_periods(text: str, days: Sequence[NamedDay], today: date) -> list[NamedDay]:
    """Return the periods and the other *days* of a question, in order.

    Args:
        text: the question.
        days: the dates in it, in order; a month or year up to its last day.
        today: the current day; a period ends with it.
    """
    found = [*_find_decades(text), *_find_recent(text, today), *_find_years(text)]
    days = sorted(
        (*found, *(one for one in days if not any(_overlaps(one, other) for other in found))),
        key=lambda one: one.start,
    )
    joined = [_extend_day(text, one, today) for one in _join_ends(text, days)]
    if not joined and (match := _EVER.search(text)):
        return [NamedDay(today, FIRST_DAY, match.start(), match.end(), Extent.DURING)]
    return [_end_today(one, today) for one in joined]


def _overlaps(one: NamedDay, other: NamedDay) -> bool:
    return one.start < other.end and other.start < one.end


def _find_decades(text: str) -> Iterator[NamedDay]:
    """Return the decades and centuries; of overlapping ones the first."""
    end = 0
    matches = sorted(
        (match for one in _DECADES for match in one.finditer(text)), key=lambda one: (one.start(), -one.end())
    )
    for match in matches:
        if match.start() < end:
            continue
        end = match.end()
        if match["year"] if "year" in match.re.groupindex else None:
            year = int(match["year"])
        else:
            word = match["word"] if "word" in match.re.groupindex else None
            tens = _TENS[fold(word)] if word else int(match["tens"])
            year = (1900 if tens > 20 else 2000) + tens
        if year:
            yield NamedDay(date(year + 9, 12, 31), date(year, 1, 1), match.start(), end, Extent.DURING)
    for match in _CENTURIES.finditer(text):
        name = next(group for group in match.groups() if group).upper()
        year = 2001 if name in ("21", "XXI") else 1901
        yield NamedDay(date(year + 99, 12, 31), date(year, 1, 1), match.start(), match.end(), Extent.DURING)


def _find_recent(text: str, today: date) -> Iterator[NamedDay]:
    """Return periods that end today, such as the last ten years."""
    for pattern in _RECENT:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            count = fold(groups.get("count") or "1")
            years = int(count) if count.isdigit() else _NUMBERS.get(count, 1)
            if groups.get("decades"):
                years *= 10
            elif not groups.get("count"):
                continue  # "the last years": how many is not said
            first = today.replace(year=today.year - years, day=min(today.day, 28))
            yield NamedDay(today, first, match.start(), match.end(), Extent.DURING)


def _find_years(text: str) -> Iterator[NamedDay]:
    """Return ranges of years such as 1990-2000."""
    for match in _YEARS.finditer(text):
        first, last = int(match["first"]), int(match["last"])
        if first < last:
            yield NamedDay(date(last, 12, 31), date(first, 1, 1), match.start(), match.end(), Extent.THROUGHOUT)


def _join_ends(text: str, days: Sequence[NamedDay]) -> list[NamedDay]:
    """Return the *days*, with those of "between … and …" and "from … to …" joined to periods."""
    found: list[NamedDay] = []
    for day in days:
        before = found[-1] if found else None
        if before and before.extent is Extent.DAY and day.extent is Extent.DAY and before.first <= day.on:
            between, opening = text[before.end : day.start], _FROM.search(text[: before.start])
            if _TO.fullmatch(between) or (opening and _AND.fullmatch(between)):
                start = opening.start() if opening else before.start
                found[-1] = NamedDay(day.on, before.first, start, day.end, Extent.THROUGHOUT, before.on)
                continue
        found.append(day)
    return found


def _extend_day(text: str, day: NamedDay, today: date) -> NamedDay:
    """Return the period that begins or ends with a date, if it follows or precedes a word for that."""
    if day.extent is Extent.THROUGHOUT:
        return day
    preceding = text[: day.start]
    if (match := _AFTER.search(preceding)) and day.on < date.max:
        first = day.on + timedelta(days=1)
        return NamedDay(max(first, today), first, match.start(), day.end, Extent.DURING)
    onwards = _ONWARDS.match(text, day.end)
    match = _SINCE.search(preceding) or (_FROM.search(preceding) if onwards else None)
    if match or onwards:
        start, end = match.start() if match else day.start, onwards.end() if onwards else day.end
        return NamedDay(max(day.first, today), day.first, start, end, Extent.THROUGHOUT, day.on)
    if match := _BEFORE.search(preceding):
        eve = day.first - timedelta(days=1) if day.first > date.min else day.first
        return NamedDay(eve, min(FIRST_DAY, eve), match.start(), day.end, Extent.DURING)
    if match := _UNTIL.search(preceding):
        return NamedDay(day.on, min(FIRST_DAY, day.on), match.start(), day.end, Extent.DURING)
    return day


def _end_today(day: NamedDay, today: date) -> NamedDay:
    """Return a month, a year or a period up to today if it has begun."""
    return replace(day, on=today) if day.first <= today <= day.on else day
