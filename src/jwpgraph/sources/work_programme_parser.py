"""Parser for work programmes: converts blocks of lines into themes, headings and activities.

The layout does not identify headings. A block is a heading if it looks like one, an activity or a section follows it,
and the preceding words could end there. Any other block belongs to the preceding activity, even across pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from jwpgraph.problems import ProblemError
from jwpgraph.sources.text_files import SourceText, read_text
from jwpgraph.sources.work_programme import (
    SourceActivity,
    SourceBullet,
    SourceHeading,
    SourcePassage,
    SourceTheme,
    WorkProgramme,
)
from jwpgraph.sources.work_programme_layout import (
    BlockKind,
    TextBlock,
    TextLine,
    ends_item,
    ends_sentence,
    gather_blocks,
    is_incomplete,
    join_lines,
    split_lines,
)

_PERIOD = re.compile(r"\b((?:19|20)\d\d)\s*[-–—/]\s*((?:19|20)\d\d)\b")
_END_OF_TITLE = re.compile(r"[;,.](?:\s*(?:and|or))?$")
_LONGEST_TITLE_LINES = 5
_CONJUNCTION = re.compile(r"(?:and|or)\b")
_CERTAIN_MARKS = "-•‣·▪◦●*"


def read_work_programme(path: Path) -> WorkProgramme:
    """Read the work programme in the text file at *path*.

    Raises:
        ProblemError: as :func:`jwpgraph.sources.text_files.read_text` and :func:`parse_work_programme`.
    """
    return parse_work_programme(read_text(path))


def parse_work_programme(source: SourceText) -> WorkProgramme:
    """Return the themes, headings and activities in *source*.

    Raises:
        ProblemError: ``not-a-work-programme`` if it has no theme such as "(A) …" or "1. …", or no activity such
            as "A1 …" or "1.1 …".
    """
    found = _ProgrammeParser(source, gather_blocks(list(split_lines(source.text)))).read()
    missing = "theme such as “(A) …” or “1. …”" if not found.themes else "activity such as “A1 …” or “1.1 …”"
    if not found.themes or not found.activities:
        raise ProblemError(
            "not-a-work-programme", "Not a work programme", f"{source.name} has no {missing} at the start of a line."
        )
    return found


@dataclass(slots=True)
class _BodyLine:
    """A line and its separation from the preceding line."""

    line: TextLine
    starts_block: bool
    after_furniture: bool


@dataclass(slots=True)
class _TextBody:
    """The lines of an activity or of a theme's introduction."""

    pieces: list[_BodyLine] = field(default_factory=list)

    def add(self, block: TextBlock) -> None:
        for position, line in enumerate(block.lines):
            first = position == 0
            self.pieces.append(_BodyLine(line, first, first and block.after_furniture))

    @property
    def last_words(self) -> str:
        return self.pieces[-1].line.text if self.pieces else ""


@dataclass(slots=True)
class _OpenActivity:
    code: str
    at: int
    theme: str
    heading: SourceHeading | None
    body: _TextBody = field(default_factory=_TextBody)


@dataclass(slots=True)
class _OpenTheme:
    listed: SourcePassage | None = None
    section: list[TextLine] = field(default_factory=list)
    introduction: _TextBody = field(default_factory=_TextBody)


class _ProgrammeParser:
    def __init__(self, source: SourceText, found: Sequence[TextBlock]) -> None:
        self._source = source
        self._blocks = found
        self._leads_on = _find_possible_heads(found)
        self._listed = _find_listed_themes(found)
        self._last_mark = max((i for i, block in enumerate(found) if block.kind is not BlockKind.TEXT), default=-1)
        self._front: list[TextBlock] = []
        self._themes: dict[str, _OpenTheme] = {}
        self._section = ""
        self._in_table = False
        self._heading: SourceHeading | None = None
        self._headings: list[SourceHeading] = []
        self._activity: _OpenActivity | None = None
        self._activities: list[_OpenActivity] = []

    def read(self) -> WorkProgramme:
        for position, block in enumerate(self._blocks):
            self._in_table = self._in_table or block.after_furniture
            if block.kind is BlockKind.THEME:
                self._take_theme(position, block)
            elif block.kind is BlockKind.ACTIVITY:
                self._activity = _OpenActivity(block.label, block.at, self._section, self._heading)
                self._activity.body.add(block)
                self._activities.append(self._activity)
            elif self._continues_title():
                self._themes[self._section].section += block.lines
            elif self._is_heading(position):
                self._take_heading(block)
            elif self._is_end_matter(position, block):
                break
            elif self._activity:
                self._activity.body.add(block)
            elif self._section:
                self._themes[self._section].introduction.add(block)
            elif not self._themes:
                self._front.append(block)
        return self._result()

    def _take_theme(self, position: int, block: TextBlock) -> None:
        theme = self._themes.setdefault(block.label, _OpenTheme())
        if position in self._listed:
            theme.listed = theme.listed or self._title(_starts_with_item(block.lines))
        elif block.label != self._section:
            self._section = block.label
            self._heading = self._activity = None
            self._in_table = False
            theme.section = theme.section or list(block.lines)

    def _take_heading(self, block: TextBlock) -> None:
        self._heading = SourceHeading(self._section, self._passage(block.lines))
        self._headings.append(self._heading)
        self._activity = None

    def _is_heading(self, position: int) -> bool:
        if not self._section or not self._leads_on[position]:
            return False
        if self._activity:
            return bool(self._activity.body.pieces) and not is_incomplete(self._activity.body.last_words)
        # A theme's introduction precedes the table, so a block before the table's first header is not a heading.
        return self._in_table or not self._blocks[position + 1].after_furniture

    def _continues_title(self) -> bool:
        """Return whether a page break or blank line interrupted a section's title."""
        if not self._section or self._activity or self._heading or self._themes[self._section].introduction.pieces:
            return False
        lines = self._themes[self._section].section
        if len(lines) >= _LONGEST_TITLE_LINES:
            return False
        title = join_lines(line.text for line in lines)
        return title.count("(") > title.count(")") or is_incomplete(title)

    def _is_end_matter(self, position: int, block: TextBlock) -> bool:
        activity = self._activity
        return (
            activity is not None
            and position > self._last_mark
            and block.looks_like_heading
            and ends_sentence(activity.body.last_words)
        )

    def _result(self) -> WorkProgramme:
        title = self._passage(self._front[0].lines) if self._front else None
        return WorkProgramme(
            source=self._source,
            title=title,
            years=_find_period(join_lines(line.text for line in block.lines) for block in self._front),
            themes=tuple(self._theme(one, self._themes[one]) for one in sorted(self._themes, key=_label_order)),
            headings=tuple(self._headings),
            activities=tuple(self._finished(activity) for activity in self._activities if activity.body.pieces),
        )

    def _theme(self, letter: str, theme: _OpenTheme) -> SourceTheme:
        items = _split_items(theme.introduction.pieces)
        introduction = self._passage(_get_item_lines(items)) if items else None
        return SourceTheme(letter, theme.listed, self._title(theme.section), introduction, _items_as_text(items))

    def _finished(self, activity: _OpenActivity) -> SourceActivity:
        items = _split_items(activity.body.pieces)
        bullets = [item for item in items if item.is_bullet]
        return SourceActivity(
            code=activity.code,
            theme=activity.theme,
            heading=activity.heading,
            passage=replace(self._passage(_get_item_lines(items)), line=activity.at),
            bullets=tuple(
                SourceBullet(number, self._passage(item.lines), item.marked)
                for number, item in enumerate(bullets, start=1)
            ),
            official_text=_items_as_text(items),
        )

    def _title(self, lines: Sequence[TextLine]) -> SourcePassage | None:
        """Return the passage of a theme's title, without the punctuation of a surrounding list."""
        if not lines:
            return None
        last = lines[-1]
        kept = replace(last, text=_END_OF_TITLE.sub("", last.text).rstrip())
        return self._passage([*lines[:-1], kept])

    def _passage(self, lines: Sequence[TextLine]) -> SourcePassage:
        start, end = lines[0].start, lines[-1].end
        text = join_lines(line.text for line in lines)
        return SourcePassage(start, end, lines[0].number, self._source.text[start:end], text)


def _find_possible_heads(found: Sequence[TextBlock]) -> list[bool]:
    """Return for each block whether it could be the heading of an activity, a section, or another heading."""
    result = [False] * len(found)
    for position in range(len(found) - 2, -1, -1):
        follower = found[position + 1]
        result[position] = found[position].looks_like_heading and (
            follower.kind is not BlockKind.TEXT or result[position + 1]
        )
    return result


def _label_order(label: str) -> tuple[int, str]:
    return (int(label), "") if label.isdigit() else (0, label)


def _find_listed_themes(found: Sequence[TextBlock]) -> frozenset[int]:
    """Return the positions of titles that only list a theme: before the first activity, and repeated later."""
    first_activity = next((i for i, block in enumerate(found) if block.kind is BlockKind.ACTIVITY), len(found))
    last_title = {block.label: i for i, block in enumerate(found) if block.kind is BlockKind.THEME}
    return frozenset(
        i
        for i, block in enumerate(found[:first_activity])
        if block.kind is BlockKind.THEME and last_title[block.label] != i
    )


def _starts_with_item(lines: Sequence[TextLine]) -> Sequence[TextLine]:
    end = next((i for i, line in enumerate(lines, start=1) if ends_item(line.text)), len(lines))
    return lines[:end]


def _find_period(texts: Iterable[str]) -> tuple[int, int] | None:
    for text in texts:
        if match := _PERIOD.search(text):
            return int(match[1]), int(match[2])
    return None


@dataclass(slots=True)
class _BodyItem:
    """A paragraph or a bullet."""

    lines: list[TextLine]
    is_bullet: bool = False
    marked: bool = False

    @property
    def text(self) -> str:
        return join_lines(line.text for line in self.lines)


def _get_item_lines(items: Sequence[_BodyItem]) -> list[TextLine]:
    return [line for item in items for line in item.lines]


def _items_as_text(items: Sequence[_BodyItem]) -> str:
    return "\n".join(f"- {item.text}" if item.is_bullet else item.text for item in items)


def _split_items(pieces: Sequence[_BodyLine]) -> list[_BodyItem]:
    """Split the text into paragraphs and bullets, including bullets that lost their mark."""
    if not pieces:
        return []
    last_mark = max((i for i, piece in enumerate(pieces) if piece.line.bullet), default=-1)
    lead_indent = pieces[0].line.indent
    items = [_BodyItem([pieces[0].line])]
    for position, piece in enumerate(pieces[1:], start=1):
        line, open_item = piece.line, items[-1]
        before = open_item.lines[-1].text
        if (mark := line.bullet) and _is_bullet_mark(line, open_item, before):
            items.append(_BodyItem([line.after(mark.end())], is_bullet=True, marked=True))
        elif position < last_mark and _is_unmarked_bullet(line, open_item, before, lead_indent):
            items.append(_BodyItem([line], is_bullet=True))
        elif _starts_paragraph(piece, before) or (position > last_mark and _closes_list(piece, open_item, before)):
            items.append(_BodyItem([line]))
        else:
            open_item.lines.append(line)
    return items


def _is_bullet_mark(line: TextLine, open_item: _BodyItem, before: str) -> bool:
    """Return whether a dash at the start of a wrapped line is a bullet mark, which requires an open list."""
    return line.text[0] in _CERTAIN_MARKS or open_item.is_bullet or ends_item(before)


def _is_unmarked_bullet(line: TextLine, open_item: _BodyItem, before: str, lead_indent: int) -> bool:
    if open_item.is_bullet:
        return ends_item(before) and before[-1] not in ",." and not _CONJUNCTION.match(line.text)
    return before.endswith(":") and (line.text[0].isupper() or line.indent > lead_indent)


def _starts_paragraph(piece: _BodyLine, before: str) -> bool:
    return _is_set_apart(piece) and ends_sentence(before)


def _closes_list(piece: _BodyLine, open_item: _BodyItem, before: str) -> bool:
    """Return whether a new paragraph follows the last bullet, which may end without a full stop."""
    return open_item.is_bullet and _is_set_apart(piece) and not is_incomplete(before)


def _is_set_apart(piece: _BodyLine) -> bool:
    """Return whether the piece is set apart by blank lines only and begins like a sentence."""
    return piece.starts_block and not piece.after_furniture and piece.line.text[0].isupper()
