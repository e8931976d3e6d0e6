"""Empty Word documents (Office Open XML) with their title, language and date."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from docx.document import Document

_LANGUAGE: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}lang"


def make_document(title: str, language: str, created: datetime) -> Document:
    """Return an empty document; programs that check the spelling or read aloud take its language.

    Args:
        title: its title, which is its first heading, too.
        language: its language as a BCP 47 tag.
        created: when its data were published.
    """
    from docx import Document  # noqa: PLC0415 - loaded when needed

    document = Document()
    own = document.core_properties
    own.title, own.language, own.author, own.comments = title, language, "jwpgraph", ""
    # The properties are in UTC, without a zone.
    own.created = own.modified = created.astimezone(UTC).replace(tzinfo=None)
    for element in document.styles.element.iter(_LANGUAGE):
        element.set(_LANGUAGE.replace("}lang", "}val"), language)
    document.add_heading(title, level=0)
    return document
