"""How much an XML document grows when its entities are replaced, told before a parser does it.

Twelve lines of entities that name each other ("billion laughs") stand for terabytes, and the engine's parser replaces
them without a limit.
"""

from __future__ import annotations

import mmap
import re
from pathlib import Path
from typing import Final

from jwpgraph.problems import ProblemError

#: Ontologies abbreviate their namespaces by entities; none comes near this many bytes on top of ten times its own size.
MOST_GROWTH: Final = 2**24

_GROWTH_FACTOR: Final = 10
_DECLARATION: Final = re.compile(rb"""<!ENTITY\s*%?\s*([^\s"'<>&;]+)\s+(?:"([^"]*)"|'([^']*)')""")
_REFERENCE: Final = re.compile(rb"&([^\s\"'<>&;#]+);")


def check_entities(path: Path, name: str) -> None:
    """Refuse a document whose entities stand for far more than it holds.

    Args:
        path: an XML document.
        name: what to call it.

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
            detail = f"{name}: its entities stand for more than {limit:,} bytes"
            raise ProblemError("bad-rdf", "The RDF cannot be read", detail, source=name)


def _count_growth(text: mmap.mmap, limit: int) -> int:
    """The bytes that all replacements come to; counting stops above *limit*."""
    lengths: dict[bytes, int] = {}
    total = 0
    for declaration in _DECLARATION.finditer(text):
        value = declaration[2] or declaration[3] or b""
        length = len(value) + sum(lengths.get(reference[1], 0) for reference in _REFERENCE.finditer(value))
        # A later declaration of the same name counts with what the earlier one may have been used for.
        lengths[declaration[1]] = max(length, lengths.get(declaration[1], 0))
        total += length
        if total > limit:
            return total
    for reference in _REFERENCE.finditer(text):
        total += lengths.get(reference[1], 0)
        if total > limit:
            break
    return total
