"""Model of a work programme read from a text: themes, headings and activities with their positions.

Offsets count code points in the decoded text, so ``text[start:end]`` is always the verbatim wording, including
interrupting page furniture. ``text`` attributes are for reading: on one line, without page furniture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from jwpgraph.sources.text_files import SourceText, hash_text


@dataclass(frozen=True)
class SourcePassage:
    """A passage of the document.

    Attributes:
        start, end: offsets in code points, end exclusive.
        line: number of its first line, from 1.
        verbatim: exactly ``document.text[start:end]``.
        text: the same words on one line, without interrupting page furniture.
    """

    start: int
    end: int
    line: int
    verbatim: str
    text: str

    @cached_property
    def sha256(self) -> str:
        """Return the digest of the verbatim text in UTF-8."""
        return hash_text(self.verbatim)


@dataclass(frozen=True)
class SourceBullet:
    """A list item of an activity; its passage does not include the dash.

    Attributes:
        number: position in the list, from 1.
        marked: whether the document has a dash before it.
    """

    number: int
    passage: SourcePassage
    marked: bool


@dataclass(frozen=True)
class SourceHeading:
    """A line that groups activities within a theme."""

    theme: str
    passage: SourcePassage


@dataclass(frozen=True)
class SourceActivity:
    """One activity.

    Attributes:
        code: as in ``B16``; the passage starts after it.
        theme: letter of its section; empty before the first section.
        heading: its heading, if any.
        bullets: the items of its list, if any.
        official_text: its wording with one paragraph or bullet per line.
    """

    code: str
    theme: str
    heading: SourceHeading | None
    passage: SourcePassage
    bullets: tuple[SourceBullet, ...]
    official_text: str


@dataclass(frozen=True)
class SourceTheme:
    """A theme, as listed in the introduction and as titled in its section; either may be missing.

    Attributes:
        introduction: the text between the section's title and its first heading or activity, if any.
        official_text: the introduction's wording with one paragraph or bullet per line.
    """

    letter: str
    listed: SourcePassage | None
    section: SourcePassage | None
    introduction: SourcePassage | None
    official_text: str

    @property
    def titles(self) -> tuple[SourcePassage, ...]:
        """Return the titles that the document gives the theme."""
        return tuple(title for title in (self.listed, self.section) if title)


@dataclass(frozen=True)
class WorkProgramme:
    """Content of a document, in document order; repeated codes are kept.

    Attributes:
        title: the document's title, if it has one before its themes.
        years: first and last year of its period, if stated.
    """

    source: SourceText
    title: SourcePassage | None
    years: tuple[int, int] | None
    themes: tuple[SourceTheme, ...]
    headings: tuple[SourceHeading, ...]
    activities: tuple[SourceActivity, ...]
