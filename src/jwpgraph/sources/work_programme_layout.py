"""The layout of a work programme's text: lines told apart by what they look like, and gathered into blocks.

A text taken from a paged document repeats its table header, its title and page numbers on every page, in the middle of
sentences; that furniture ends a block but is no part of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

_LINE = re.compile(r"([^\r\n\f]*)(\r\n|[\r\n\f]|\Z)")
_TABLE_HEADER = re.compile(r"\W*description of (?:\w+ ){0,3}activities\W*", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"[-–—\[]?\s*(?:page\s+)?\d{1,3}(?:\s*(?:of|/)\s*\d{1,3})?\s*[-–—\]]?", re.IGNORECASE)
_THEME = re.compile(r"\(([A-Z])\)\s*(?=\S)")
_ACTIVITY = re.compile(r"([A-Z][1-9]\d?)(?=[\s.:)\-–—]|$)[\s.:)\-–—]*")
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
    """A line, or what is left of it, without blanks around it; offsets are into the document."""

    start: int
    number: int
    text: str
    indent: int = 0

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    def after(self, length: int) -> TextLine:
        """The line without its first *length* characters."""
        return replace(self, start=self.start + length, text=self.text[length:])

    @property
    def bullet(self) -> re.Match[str] | None:
        """The match of the bullet's mark, where the line starts with one."""
        return _BULLET.match(self.text)


class BlockKind(Enum):
    """What a block starts with."""

    THEME = auto()
    ACTIVITY = auto()
    TEXT = auto()


@dataclass(slots=True)
class TextBlock:
    """Consecutive lines that belong together.

    Attributes:
        label: the theme's letter or the activity's code; the lines do not hold it.
        at: line number of its first line, the label's included.
        after_furniture: whether page furniture stands between it and the block before.
    """

    kind: BlockKind
    label: str
    at: int
    after_furniture: bool
    lines: list[TextLine] = field(default_factory=list)

    @property
    def looks_like_heading(self) -> bool:
        """Short, starting like a title and not ending like a sentence."""
        if self.kind is not BlockKind.TEXT or len(self.lines) > _LONGEST_HEADING_LINES:
            return False
        first, last = self.lines[0].text, self.lines[-1].text
        return (
            first[0].isupper() and not _ENDS_ITEM.search(last) and not ends_sentence(last) and not is_incomplete(last)
        )


def ends_sentence(text: str) -> bool:
    """Whether *text* ends as a sentence does."""
    return bool(_ENDS_SENTENCE.search(text))


def ends_item(text: str) -> bool:
    """Whether an item of a list, or the words that lead into one, could end with *text*."""
    return bool(_ENDS_ITEM.search(text))


def is_incomplete(text: str) -> bool:
    """Whether *text* cannot be the end of anything: a comma, a hyphen or a word such as "of" is last."""
    return bool(_DANGLING.search(text))


def split_lines(text: str) -> Iterator[TextLine]:
    """The lines of *text*; a form feed ends a line too but does not count as one."""
    number = 1
    for match in _LINE.finditer(text):
        content = match[1]
        stripped = content.strip()
        indent = len(content) - len(content.lstrip())
        yield TextLine(match.start() + (indent if stripped else 0), number, stripped, indent)
        number += match[2] not in ("", "\f")


def join_lines(lines: Iterable[str]) -> str:
    """The words of *lines* with single blanks; a word that is divided at a line's end keeps its hyphen alone."""
    joined = "\n".join(lines).replace("\u00ad\n", "").replace("\u00ad", "").replace("\u200b", "")
    return " ".join(re.sub(r"(?<=\w-)\n(?=\w)", "", joined).split())


def find_theme_letters(lines: Sequence[TextLine]) -> frozenset[str]:
    """The letters of all lines that could be a theme's title."""
    return frozenset(match[1] for line in lines if (match := _THEME.match(line.text)))


def gather_blocks(lines: Sequence[TextLine]) -> list[TextBlock]:
    """Gather *lines* into blocks, leaving out blank lines and page furniture."""
    return _BlockGatherer(lines).gather()


class _BlockGatherer:
    def __init__(self, lines: Sequence[TextLine]) -> None:
        self._lines = lines
        self._letters = find_theme_letters(lines)
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
        if (theme := _THEME.match(line.text)) and self._may_start_theme():
            self._start(BlockKind.THEME, theme[1], line, theme.end())
        elif (
            (activity := _ACTIVITY.match(line.text)) and activity[1][0] in self._letters and self._may_start_activity()
        ):
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

    def _may_start_theme(self) -> bool:
        return self._open is None or not self._open.lines or ends_item(self._open.lines[-1].text)

    def _may_start_activity(self) -> bool:
        """A wrapped line that happens to begin with a code ("under B2") must not start an activity."""
        block = self._open
        if block is None or block.kind is BlockKind.THEME or not block.lines:
            return True
        last = block.lines[-1].text
        return ends_sentence(last) or last.endswith(";") or block.looks_like_heading
