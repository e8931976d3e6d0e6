"""A limit on the expansion of XML entities, checked before parsing.

Twelve lines of nested entities ("billion laughs") expand to terabytes, and the engine's parser has no limit.
"""

from __future__ import annotations

import mmap
import re
from pathlib import Path
from typing import Final

from jwpgraph.problems import ProblemError

#: Bytes of expansion allowed in addition to ten times the file size; ontologies use entities only for namespaces.
MOST_GROWTH: Final = 2**24

_GROWTH_FACTOR: Final = 10
_DECLARATION: Final = re.compile(rb"""<!ENTITY\s*%?\s*([^\s"'<>&;]+)\s+(?:"([^"]*)"|'([^']*)')""")
_REFERENCE: Final = re.compile(rb"&([^\s\"'<>&;#]+);")


def check_entities(path: Path, name: str) -> None:
    """Raise if the entities of a document expand to more than the limit.

    Args:
        path: an XML document.
        name: its name for the message.

    Raises:
        ProblemError: ``bad-rdf`` (400).
    """
    size = path.stat().st_size
    if size == 0:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if text.find(b"<!ENTITY") < 0:
            return
        limit = MOST_GROWTH + _GROWTH_FACTOR * size
        if _count_growth(text, limit) > limit:
            detail = f"{name}: its entities expand to more than {limit:,} bytes"
            raise ProblemError("bad-rdf", "The RDF cannot be read", detail, source=name)


def _count_growth(text: mmap.mmap, limit: int) -> int:
    """Return an upper bound of the size of all expansions in bytes; stops counting above *limit*."""
    lengths: dict[bytes, int] = {}
    total = 0
    for declaration in _DECLARATION.finditer(text):
        value = declaration[2] or declaration[3] or b""
        length = len(value) + sum(lengths.get(reference[1], 0) for reference in _REFERENCE.finditer(value))
        # An entity that is declared twice counts with the longer value, as either may have been used.
        lengths[declaration[1]] = max(length, lengths.get(declaration[1], 0))
        total += length
        if total > limit:
            return total
    for reference in _REFERENCE.finditer(text):
        total += lengths.get(reference[1], 0)
        if total > limit:
            break
    return total
