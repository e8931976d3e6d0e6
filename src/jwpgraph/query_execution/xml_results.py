"""XML out of the engine, made such that a parser reads what was written.

XML 1.0 has no way to write most control characters, and a parser reads a carriage return as a line feed (sections 2.2
and 2.11). The engine writes all of them as they are.
"""

from __future__ import annotations

import re
from typing import Final, Protocol

from pyoxigraph import QueryResultsFormat, RdfFormat

XML: Final = (QueryResultsFormat.XML, RdfFormat.RDF_XML)

#: Not among the characters of XML, as UTF-8: controls, U+FFFE and U+FFFF.
_FORBIDDEN: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
#: What may be the beginning of one of the latter.
_BEGUN: Final = re.compile(rb"\xef\xbf?\Z")


class CharacterNotInXmlError(Exception):
    """The answer holds a character that XML cannot express."""


class ByteSink(Protocol):
    """Something that an answer is written into."""

    def write(self, data: bytes) -> int:
        """Takes the next bytes."""

    def flush(self) -> None:
        """Passes them on."""


class XmlResultWriter:
    """A binary file between the engine's XML and *sink*."""

    def __init__(self, sink: ByteSink) -> None:
        self._sink = sink
        self._held = b""

    def write(self, data: bytes) -> int:
        """Takes the next bytes.

        Raises:
            CharacterNotInXmlError: XML cannot express them.
        """
        text = self._held + data
        begun = _BEGUN.search(text)
        self._held = text[begun.start() :] if begun else b""
        text = text[: begun.start()] if begun else text
        if _FORBIDDEN.search(text):
            raise CharacterNotInXmlError
        self._sink.write(text.replace(b"\r", b"&#13;"))
        return len(data)

    def flush(self) -> None:
        """Passes on what has come so far."""
        self._sink.flush()
