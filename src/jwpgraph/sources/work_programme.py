"""A work programme as read from a text: themes, headings and activities, each with where it stands.

Offsets count code points in the decoded text, so that ``text[start:end]`` is always the verbatim wording, page
furniture in its middle included; ``text`` forms are for reading: on one line, furniture left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from jwpgraph.sources.text_files import SourceText, hash_text


@dataclass(frozen=True)
class SourcePassage:
    """A stretch of the document.

    Attributes:
        start, end: offsets in code points, end exclusive.
        line: number of the line in which it starts, from 1.
        verbatim: exactly ``document.text[start:end]``.
        text: the same words on one line, without the page furniture that may interrupt them.
    """

    start: int
    end: int
    line: int
    verbatim: str
    text: str

    @cached_property
    def sha256(self) -> str:
        """Digest of the verbatim text in UTF-8."""
        return hash_text(self.verbatim)


@dataclass(frozen=True)
class SourceBullet:
    """An item of the list inside an activity; its passage does not include the dash.

    Attributes:
        number: position in the list, from 1.
        marked: whether the document sets a dash before it.
    """

    number: int
    passage: SourcePassage
    marked: bool


@dataclass(frozen=True)
class SourceHeading:
    """A line that groups activities inside a theme."""

    theme: str
    passage: SourcePassage


@dataclass(frozen=True)
class SourceActivity:
    """One activity.

    Attributes:
        code: as in ``B16``; the passage starts after it.
        theme: letter of the section in which it stands; empty before the first section.
        heading: the heading that it stands under, if any.
        bullets: the items of its list, if it has one.
        official_text: its wording with one paragraph or bullet a line.
    """

    code: str
    theme: str
    heading: SourceHeading | None
    passage: SourcePassage
    bullets: tuple[SourceBullet, ...]
    official_text: str


@dataclass(frozen=True)
class SourceTheme:
    """A theme as the introduction lists it and as its section is titled; either may be missing.

    Attributes:
        introduction: what stands between the section's title and its first heading or activity, if anything.
        official_text: the introduction's wording with one paragraph or bullet a line.
    """

    letter: str
    listed: SourcePassage | None
    section: SourcePassage | None
    introduction: SourcePassage | None
    official_text: str

    @property
    def titles(self) -> tuple[SourcePassage, ...]:
        """The titles that the document gives it."""
        return tuple(title for title in (self.listed, self.section) if title)


@dataclass(frozen=True)
class WorkProgramme:
    """What a document says, in document order; repeated codes are kept.

    Attributes:
        title: the document's title, if it has one before its themes.
        years: first and last year of its period, if it states one.
    """

    source: SourceText
    title: SourcePassage | None
    years: tuple[int, int] | None
    themes: tuple[SourceTheme, ...]
    headings: tuple[SourceHeading, ...]
    activities: tuple[SourceActivity, ...]
