"""Correction of the engine's XML results (XML 1.0, sections 2.2 and 2.11).

XML 1.0 cannot represent most control characters, and parsers normalise carriage returns to line feeds. The engine
writes both unescaped.
"""

from __future__ import annotations

import re
from typing import Final, Protocol

from pyoxigraph import QueryResultsFormat, RdfFormat

XML: Final = (QueryResultsFormat.XML, RdfFormat.RDF_XML)

#: Characters not allowed in XML, as UTF-8: controls, U+FFFE and U+FFFF.
_FORBIDDEN: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
#: The beginning of a character that may be U+FFFE or U+FFFF.
_BEGUN: Final = re.compile(rb"\xef\xbf?\Z")


class CharacterNotInXmlError(Exception):
    """The result contains a character that XML cannot represent."""


class ByteSink(Protocol):
    """A binary writer."""

    def write(self, data: bytes) -> int:
        """Write the next bytes."""

    def flush(self) -> None:
        """Flush written bytes."""


class XmlResultWriter:
    """A filter that escapes carriage returns and checks characters between the engine and *sink*."""

    def __init__(self, sink: ByteSink) -> None:
        self._sink = sink
        self._held = b""

    def write(self, data: bytes) -> int:
        """Write the next bytes.

        Raises:
            CharacterNotInXmlError: they contain a character that XML cannot represent.
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
        """Flush the sink."""
        self._sink.flush()
