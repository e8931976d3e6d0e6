"""Parsing of RDF files, with additions to the engine's parsers."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pyoxigraph import Quad, RdfFormat, parse

from jwpgraph.releases.rdf_xml import RdfXmlReader

#: What the engine says of a JSON-LD context that is a URL.
_NO_REMOTE_CONTEXTS: Final = "No LoadDocumentCallback has been set to load remote contexts"


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
    with path.open("rb") as file:
        marked = has_byte_order_mark(file.read(len(codecs.BOM_UTF8)))
    if marked:
        file = path.open("rb")
        file.seek(len(codecs.BOM_UTF8))
        return parse(file, format=form, base_iri=base_iri, rename_blank_nodes=True)
    return parse(path=str(path), format=form, base_iri=base_iri, rename_blank_nodes=True)


def explain_read_error(message: str) -> str:
    """Return a parser's message, in other words where it speaks of the parser's own settings."""
    return message.replace(
        _NO_REMOTE_CONTEXTS, "a remote @context is not fetched; write its content in place of its URL"
    )


def has_byte_order_mark(beginning: bytes) -> bool:
    """Return whether a text begins with a byte order mark, which UTF-8 allows (RFC 3629, section 6)."""
    return beginning.startswith(codecs.BOM_UTF8)
