"""Parsing of RDF files, with additions to the engine's parsers."""

from __future__ import annotations

import codecs
import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pyoxigraph import Quad, RdfFormat, parse

from jwpgraph.releases.rdf_xml import RdfXmlReader

#: What the engine says of a JSON-LD context that is a URL.
_NO_REMOTE_CONTEXTS: Final = "No LoadDocumentCallback has been set to load remote contexts"

#: Maximum depth of objects and arrays in JSON-LD: the engine copies the context for each level, so that the memory and
#: time for a document grow with the square of its depth.
_DEEPEST_JSON: Final = 128
#: A string of JSON, or a bracket. The first is possessive, so that a string without an end is read once.
_STRING_OR_BRACKET: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[][{}]', re.DOTALL)


def parse_file(path: Path, form: RdfFormat, base_iri: str | None = None, charset: str | None = None) -> Iterator[Quad]:
    """Return the quads of a file, with fresh blank nodes.

    Args:
        path: where it is.
        form: its format.
        base_iri: what its relative IRIs are resolved against.
        charset: the encoding of RDF/XML, as :class:`.RdfXmlReader`; other formats are UTF-8.

    Raises:
        SyntaxError: it cannot be read; with line and column where they are known. Some are raised on iteration.
    """
    if form == RdfFormat.RDF_XML:
        reader = RdfXmlReader(path, charset)
        return parse(reader, format=form, base_iri=base_iri, rename_blank_nodes=True)  # type: ignore[arg-type]  # reads
    if form == RdfFormat.JSON_LD:
        _check_nesting(path)
    with path.open("rb") as file:
        marked = has_byte_order_mark(file.read(len(codecs.BOM_UTF8)))
    if marked:
        file = path.open("rb")
        file.seek(len(codecs.BOM_UTF8))
        return parse(file, format=form, base_iri=base_iri, rename_blank_nodes=True)
    return parse(path=str(path), format=form, base_iri=base_iri, rename_blank_nodes=True)


def _check_nesting(path: Path) -> None:
    """Raise a ``SyntaxError`` if a JSON document is nested too deeply; whether it is JSON is not checked."""
    with path.open("rb") as file:
        if not file.read(1):
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            depth = 0
            for found in _STRING_OR_BRACKET.finditer(content):
                token = found[0]
                if token in b"{[":
                    depth += 1
                    if depth > _DEEPEST_JSON:
                        line = content[: found.start()].count(b"\n") + 1
                        reason = f"objects and arrays may be nested at most {_DEEPEST_JSON} deep"
                        raise SyntaxError(reason, (None, line, None, None))
                elif token in b"}]":
                    depth -= 1


def explain_read_error(message: str) -> str:
    """Return a parser's message, in other words where it speaks of the parser's own settings."""
    return message.replace(
        _NO_REMOTE_CONTEXTS, "a remote @context is not fetched; write its content in place of its URL"
    )


def has_byte_order_mark(beginning: bytes) -> bool:
    """Return whether a text begins with a byte order mark, which UTF-8 allows (RFC 3629, section 6)."""
    return beginning.startswith(codecs.BOM_UTF8)
