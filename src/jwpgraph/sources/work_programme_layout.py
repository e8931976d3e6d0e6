"""Layout of a work programme's text: lines classified by appearance and grouped into blocks.

Text extracted from a paged document repeats the table header, title and page numbers on every page, even within
sentences. Such page furniture ends a block but is not part of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

_LINE = re.compile(r"([^\r\n\f]*)(\r\n|[\r\n\f]|\Z)")
_TABLE_HEADER = re.compile(r"\W*description of (?:\w+ ){0,3}activities\W*", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"[-–—\[]?\s*(?:page\s+)?\d{1,3}(?:\s*(?:of|/)\s*\d{1,3})?\s*[-–—\]]?", re.IGNORECASE)
_AFTER_CODE = r"(?=[\s.:)\-–—]|$)[\s.:)\-–—]*"
_THEME = re.compile(r"\(([A-Z])\)\s*(?=\S)")
_ACTIVITY = re.compile(r"([A-Z]\.?[1-9]\d?(?:\.[1-9]\d?){0,2})" + _AFTER_CODE)
#: In a programme without lettered themes: "1. Title", "(1) Title" or "Theme 1: Title", with activities such as "1.1".
_NUMBERED_THEME = re.compile(
    r"(?:(?:theme|objective|goal|part|section|area|output)\s+)?"
    r"\(?([1-9]\d?)(?![.\d]*\d)[\s.:)\-–—]+(?=[^\W\d])",
    re.IGNORECASE,
)
_NUMBERED_ACTIVITY = re.compile(r"([1-9]\d?(?:\.[1-9]\d?){1,3})" + _AFTER_CODE)
#: Below lettered themes whose activities have no letters: "1. Text", "1.2 Text".
_PLAIN_ACTIVITY = re.compile(r"([1-9]\d{0,2}(?:\.[1-9]\d?){0,3})(?:[.:)]\s*|\s+)(?=\S)")
_BULLET = re.compile(r"(?:[-•‣·▪◦●*–—])\s+(?=\S)")
_ENDS_SENTENCE = re.compile(r"[.!?][\"'”’)\]]*$")
_ENDS_ITEM = re.compile(r"[:;,.](?:\s*(?:and|or))?$")
_DANGLING = re.compile(
    r"(?:[,(\-–—]|\b(?:a|an|and|as|at|between|by|each|for|from|in|including|its|of|on|or|such as|the|their|to|with))$",
    re.IGNORECASE,
)
_LONGEST_HEADING_LINES = 3


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line, or the rest of one, without surrounding spaces; offsets are into the document."""

    start: int
    number: int
    text: str
    indent: int = 0

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    def after(self, length: int) -> TextLine:
        """Return the line without its first *length* characters."""
        return replace(self, start=self.start + length, text=self.text[length:])

    @property
    def bullet(self) -> re.Match[str] | None:
        """Return the match of the bullet mark, if the line starts with one."""
        return _BULLET.match(self.text)


class BlockKind(Enum):
    """Kind of the first line of a block."""

    THEME = auto()
    ACTIVITY = auto()
    TEXT = auto()


@dataclass(slots=True)
class TextBlock:
    """Consecutive lines that belong together.

    Attributes:
        label: the theme's letter or number, or the activity's code; the lines do not contain it.
        at: number of its first line, including the label.
        after_furniture: whether page furniture separates it from the previous block.
    """

    kind: BlockKind
    label: str
    at: int
    after_furniture: bool
    lines: list[TextLine] = field(default_factory=list)

    @property
    def looks_like_heading(self) -> bool:
        """Return whether the block is short, starts like a title and does not end like a sentence."""
        if self.kind is not BlockKind.TEXT or len(self.lines) > _LONGEST_HEADING_LINES:
            return False
        first, last = self.lines[0].text, self.lines[-1].text
        return (
            first[0].isupper() and not _ENDS_ITEM.search(last) and not ends_sentence(last) and not is_incomplete(last)
        )


def ends_sentence(text: str) -> bool:
    """Return whether *text* ends like a sentence."""
    return bool(_ENDS_SENTENCE.search(text))


def ends_item(text: str) -> bool:
    """Return whether a list item, or the words that introduce a list, could end with *text*."""
    return bool(_ENDS_ITEM.search(text))


def is_incomplete(text: str) -> bool:
    """Return whether *text* must continue: its last character is a comma or hyphen, or its last word one like "of"."""
    return bool(_DANGLING.search(text))


def split_lines(text: str) -> Iterator[TextLine]:
    """Yield the lines of *text*; a form feed also ends a line but is not counted as one."""
    number = 1
    for match in _LINE.finditer(text):
        content = match[1]
        stripped = content.strip()
        indent = len(content) - len(content.lstrip())
        yield TextLine(match.start() + (indent if stripped else 0), number, stripped, indent)
        number += match[2] not in ("", "\f")


def join_lines(lines: Iterable[str]) -> str:
    """Return the words of *lines* with single spaces; a word divided at a line end keeps only its hyphen."""
    joined = "\n".join(lines).replace("\u00ad\n", "").replace("\u00ad", "").replace("\u200b", "")
    return " ".join(re.sub(r"(?<=\w-)\n(?=\w)", "", joined).split())


def find_theme_letters(lines: Sequence[TextLine]) -> frozenset[str]:
    """Return the letters of all lines that could be a theme's title."""
    return frozenset(match[1] for line in lines if (match := _THEME.match(line.text)))


def find_theme_numbers(lines: Sequence[TextLine]) -> frozenset[str]:
    """Return the numbers of all lines that could be a theme's title and that are those of activities such as "1.2"."""
    themes = {match[1] for line in lines if (match := _NUMBERED_THEME.match(line.text))}
    activities = {match[1].partition(".")[0] for line in lines if (match := _NUMBERED_ACTIVITY.match(line.text))}
    return frozenset(themes & activities)


def _get_theme_label(code: str) -> str:
    """Return the letter or number of the theme of the activity with a *code*: ``B`` of "B16", ``2`` of "2.4"."""
    return code[0] if code[0].isalpha() else code.partition(".")[0]


def gather_blocks(lines: Sequence[TextLine]) -> list[TextBlock]:
    """Group *lines* into blocks, without blank lines and page furniture."""
    return _BlockGatherer(lines).gather()


class _BlockGatherer:
    def __init__(self, lines: Sequence[TextLine]) -> None:
        self._lines = lines
        self._labels = find_theme_letters(lines)
        self._theme, self._activity = _THEME, _ACTIVITY
        if not self._labels:
            self._labels = find_theme_numbers(lines)
            self._theme, self._activity = _NUMBERED_THEME, _NUMBERED_ACTIVITY
        elif not any(self._is_activity(line) for line in lines):
            self._activity = _PLAIN_ACTIVITY
        self._running_title = next((line.text.casefold() for line in lines if line.text), "")
        self._blocks: list[TextBlock] = []
        self._open: TextBlock | None = None
        self._furniture = False

    def gather(self) -> list[TextBlock]:
        for line in self._lines:
            if not line.text:
                self._open = None
            elif self._is_furniture(line):
                self._open = None
                self._furniture = True
            else:
                self._take(line)
        return self._blocks

    def _is_furniture(self, line: TextLine) -> bool:
        if _TABLE_HEADER.fullmatch(line.text):
            return True
        if self._open is None and _PAGE_NUMBER.fullmatch(line.text):
            return True
        return bool(self._blocks) and self._open is None and line.text.casefold() == self._running_title

    def _take(self, line: TextLine) -> None:
        theme, activity = self._theme.match(line.text), self._activity.match(line.text)
        if theme and theme[1] in self._labels and self._may_start_theme():
            self._start(BlockKind.THEME, theme[1], line, theme.end())
        elif activity and self._is_activity(line) and self._may_start_activity():
            self._start(BlockKind.ACTIVITY, activity[1], line, activity.end())
        elif self._open is None:
            self._start(BlockKind.TEXT, "", line, 0)
        else:
            self._open.lines.append(line)

    def _start(self, kind: BlockKind, label: str, line: TextLine, skip: int) -> None:
        self._open = TextBlock(kind, label, line.number, self._furniture)
        self._furniture = False
        self._blocks.append(self._open)
        if rest := line.after(skip).text:
            self._open.lines.append(replace(line.after(skip), text=rest))

    def _is_activity(self, line: TextLine) -> bool:
        """Return whether a line begins with a code of a theme; plain numbers do not identify their theme."""
        match = self._activity.match(line.text)
        return match is not None and (self._activity is _PLAIN_ACTIVITY or _get_theme_label(match[1]) in self._labels)

    def _may_start_theme(self) -> bool:
        if self._open is not None and self._open.kind is BlockKind.THEME:
            return True
        return self._open is None or not self._open.lines or ends_item(self._open.lines[-1].text)

    def _may_start_activity(self) -> bool:
        """Return whether an activity may start here: a wrapped line that begins with a code ("under B2") does not start
        one.
        """
        block = self._open
        if block is None or block.kind is BlockKind.THEME or not block.lines:
            return True
        last = block.lines[-1].text
        return ends_sentence(last) or last.endswith(";") or block.looks_like_heading
