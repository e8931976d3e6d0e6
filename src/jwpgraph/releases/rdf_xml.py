"""Conversion of RDF/XML to a simple form that the engine's parser reads correctly.

The engine's parser refuses or misreads some XML: comments and CDATA sections within a literal, ``xml:lang=""``,
character encodings other than UTF-8, and line ends. It loses property elements with an unknown ``rdf:parseType`` and
accepts documents that are not well-formed. Here expat reads the XML, and simple RDF/XML is written from its events, in
UTF-8 and without inheritance of languages:

* language tags are on the elements with text, and nowhere else;
* property attributes of node elements are written as property elements (RDF 1.1 XML Syntax, section 2.5);
* XML literals are written as text, in exclusive canonical form (section 7.2.17; Exclusive XML Canonicalization 1.0).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NoReturn
from xml.parsers import expat

from jwpgraph.http.remembering import remember
from jwpgraph.releases.term_length import LONGEST_TERM
from jwpgraph.releases.xml_literals import XmlLiteral, escape_attribute, escape_text

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_ITS: Final = "http://www.w3.org/2005/11/its"
_CHUNK: Final = 64 * 1024
#: Maximum depth of elements: the time that the engine takes for a document grows with the square of its depth.
_DEEPEST: Final = 1000
#: The encodings that a charset parameter can name, with their names in expat.
CHARSETS: Final = {
    **{name: name for name in ("utf-8", "utf-16", "utf-16le", "utf-16be", "iso-8859-1", "us-ascii")},
    "utf8": "utf-8",
}
#: Attributes of RDF's namespace that are syntax; all others are properties (section 6.2 and RDF 1.2).
_SYNTAX: Final = frozenset(
    {
        *("RDF", "ID", "about", "aboutEach", "aboutEachPrefix", "annotation", "annotationNodeID", "bagID", "datatype"),
        *("Description", "li", "nodeID", "parseType", "resource", "version"),
    }
)
#: Attributes of RDF's namespace that node elements and property elements must not have (sections 6.2.2 to 6.2.4, 7.2.11
#: and 7.2.14).
_FORBIDDEN_ANYWHERE: Final = frozenset({"Description", "RDF", "aboutEach", "aboutEachPrefix", "bagID", "li"})
_FORBIDDEN_OF_NODES: Final = _FORBIDDEN_ANYWHERE | {"datatype", "parseType", "resource"}
_FORBIDDEN_OF_PROPERTIES: Final = _FORBIDDEN_ANYWHERE | {"about"}
#: Attributes of which a property element has one at most (section 7.2.21), and those that may stand beside
#: rdf:parseType (7.2.17 to 7.2.20, and RDF 1.2).
_OF_OBJECTS: Final = frozenset({"resource", "nodeID", "datatype"})
_WITH_PARSE_TYPE: Final = frozenset({"ID", "annotation", "annotationNodeID", "parseType", "version"})
#: Names of attributes as expat gives them: namespace, local name and prefix; only that of XML is always the same.
_PARSE_TYPE: Final = f"{_RDF} parseType "
_TYPE: Final = f"{_RDF} type "
_VERSION: Final = f"{_RDF} version "
_LANGUAGE: Final = f"{_XML} lang xml"
_BASE: Final = f"{_XML} base xml"
_SPACE: Final = re.compile(r"[ \t\r\n]*\Z")


class RdfXmlReader:
    """A binary file that contains simple RDF/XML for the document in *path*; it can be read once.

    Reading raises a ``SyntaxError`` with line and column if the document is not XML, and, like the engine's parsers, a
    ``MemoryError`` if a literal is too long.

    Args:
        path: the document.
        charset: one of :data:`CHARSETS`, for a document without byte order mark, whatever it declares itself.
    """

    def __init__(self, path: Path, charset: str | None = None) -> None:
        self._chunks = _rewrite(path, charset)
        self._rest = b""
        #: Number of bytes of ``_rest`` already returned; cutting them off each time would be quadratic.
        self._taken = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most *size* of them; all remaining ones if *size* is negative."""
        if size < 0:
            whole = b"".join((self._rest[self._taken :], *self._chunks))
            self._rest, self._taken = b"", 0
            return whole
        if self._taken >= len(self._rest):
            self._rest, self._taken = next(self._chunks, b""), 0
        data = self._rest[self._taken : self._taken + size]
        self._taken += len(data)
        return data


def _rewrite(path: Path, charset: str | None) -> Iterator[bytes]:
    with path.open("rb") as file:
        rewriting = _Rewriting(file, charset)
        while chunk := file.read(_CHUNK):
            rewriting.feed(chunk)
            if written := rewriting.take():
                yield written
        rewriting.feed(b"", final=True)
        yield rewriting.take()


class _Element:
    """An open element: its content and its inherited attributes."""

    __slots__ = ("language", "length", "node", "only_elements", "only_text", "start", "text", "version")

    def __init__(
        self, scope: tuple[str, str], *, node: bool, only_elements: bool, start: str = "", only_text: bool = False
    ) -> None:
        #: The values of xml:lang and rdf:version in scope.
        self.language, self.version = scope
        #: Whether its children are node elements rather than property elements.
        self.node = node
        self.only_elements = only_elements
        self.only_text = only_text
        #: The start tag, without its closing bracket, of a property element whose content is not known yet.
        self.start = start
        self.text: list[str] = []
        self.length = 0


class _Rewriting:
    """Writes simple RDF/XML from the events of expat."""

    def __init__(self, file: IO[bytes], charset: str | None = None) -> None:
        self._file = file
        self._written: list[str] = []
        self._open: list[_Element] = []
        self._literal: XmlLiteral | None = None
        # A byte order mark is authoritative, then the charset parameter (RFC 7303, section 3); expat would follow
        # another declared encoding.
        beginning = file.read(len(codecs.BOM_UTF8))
        file.seek(0)
        if beginning == codecs.BOM_UTF8:
            charset = "utf-8"
        elif beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            charset = "utf-16"
        parser = self._parser = expat.ParserCreate(charset, namespace_separator=" ")
        parser.namespace_prefixes = True
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.CommentHandler = self._comment
        parser.ProcessingInstructionHandler = self._instruction
        parser.SkippedEntityHandler = self._on_skipped_entity
        parser.ExternalEntityRefHandler = self._on_external_entity

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        try:
            self._parser.Parse(chunk, final)
        except expat.ExpatError as error:
            self._fail(expat.ErrorString(error.code), error.lineno, error.offset)
        except (LookupError, ValueError) as error:  # an encoding that Python does not know, or of several bytes
            self._fail(str(error), 1, 0)

    def take(self) -> bytes:
        written = "".join(self._written).encode()
        self._written.clear()
        return written

    def _fail(self, why: str, line: int | None = None, column: int | None = None) -> NoReturn:
        parser = self._parser
        line = parser.CurrentLineNumber if line is None else line
        column = parser.CurrentColumnNumber if column is None else column
        raise SyntaxError(why, (None, line, column + 1, None))

    # The events

    def _start(self, full_name: str, listed: list[str]) -> None:
        if self._literal is not None:
            self._literal.start(full_name, listed)
            return
        if len(self._open) == _DEEPEST:
            self._fail(f"elements may be nested at most {_DEEPEST} deep")
        parent = self._open[-1] if self._open else None
        language, version = (parent.language, parent.version) if parent else ("", "")
        attributes = {}
        for position in range(0, len(listed), 2):
            key = listed[position]
            if not key.startswith(_XML) or key == _BASE:
                attributes[key] = listed[position + 1]
                if key.startswith(_VERSION):
                    version = listed[position + 1]
            elif key == _LANGUAGE:
                language = listed[position + 1]
        if parent is None and _split(full_name) == (_RDF, "RDF"):
            self._write(f"{_get_tag(full_name, attributes)}>")
            self._open.append(_Element((language, version), node=True, only_elements=True))
        elif parent is None or parent.node:
            self._start_node(full_name, attributes, (language, version))
        else:
            self._start_property(full_name, attributes, (language, version))

    def _start_node(self, full_name: str, attributes: dict[str, str], scope: tuple[str, str]) -> None:
        if self._open and self._open[-1].start:
            parent = self._open[-1]
            if not _SPACE.match("".join(parent.text)):
                self._fail('text beside an element, which only rdf:parseType="Literal" may have')
            if parent.only_text:
                self._fail("an element in a property element with rdf:datatype, which may contain text only")
            self._write(f"{parent.start}>")
            parent.start, parent.only_elements = "", True
            parent.text.clear()
        self._check_attributes(attributes, _FORBIDDEN_OF_NODES)
        kept = {key: value for key, value in attributes.items() if not _is_property(key)}
        self._write(f"{_get_tag(full_name, kept)}>")
        for key, value in attributes.items():
            if key.startswith(_TYPE):
                self._write(f'<r:type xmlns:r="{_RDF}" r:resource="{escape_attribute(value)}"/>')
            elif key not in kept:
                self._write(f"{_get_tag(key, {})}{_get_language(scope[0])}>{escape_text(value)}{_end_tag(key)}")
        self._open.append(_Element(scope, node=False, only_elements=True))

    def _start_property(self, full_name: str, attributes: dict[str, str], scope: tuple[str, str]) -> None:
        self._check_attributes(attributes, _FORBIDDEN_OF_PROPERTIES)
        key = next((key for key in attributes if key.startswith(_PARSE_TYPE)), None)
        kind = attributes.get(key or "")
        if key is None:
            objects = self._list_object_attributes(attributes)
            start = _get_tag(full_name, attributes)
            self._open.append(
                _Element(scope, node=True, only_elements=False, start=start, only_text="datatype" in objects)
            )
            return
        self._check_beside_parse_type(attributes)
        # Triple terms are of RDF 1.2, which a document asks for.
        if kind in {"Resource", "Collection"} or (kind == "Triple" and scope[1] == "1.2"):
            self._write(f"{_get_tag(full_name, attributes)}>")
            self._open.append(_Element(scope, node=kind != "Resource", only_elements=True))
        else:
            # Other values of rdf:parseType stand for Literal (section 7.2.20).
            del attributes[key]
            self._write(f'{_get_tag(full_name, attributes)} r:datatype="{_RDF}XMLLiteral" xmlns:r="{_RDF}">')
            self._literal = XmlLiteral()
            self._open.append(_Element(scope, node=False, only_elements=False))

    def _end(self, full_name: str) -> None:
        if self._literal is not None:
            if self._literal.depth:
                self._literal.end(full_name)
                return
            self._write(escape_text(self._literal.text()))
            self._literal = None
        element = self._open.pop()
        if element.start:
            self._write(f"{element.start}{_get_language(element.language)}>{escape_text(''.join(element.text))}")
        self._write(_end_tag(full_name))

    def _characters(self, text: str) -> None:
        element = self._open[-1]
        if not element.only_elements:
            element.length += len(text)
            if element.length > LONGEST_TERM:
                raise MemoryError
        if self._literal is not None:
            self._literal.characters(text)
        elif not element.only_elements:
            element.text.append(text)
        elif not _SPACE.match(text):
            self._fail(f"text where only elements may stand: {text.strip()[:40]!r}")

    def _comment(self, text: str) -> None:
        if self._literal is not None:
            self._literal.comment(text)

    def _instruction(self, target: str, data: str) -> None:
        if self._literal is not None:
            self._literal.instruction(target, data)

    def _on_skipped_entity(self, name: str, is_parameter_entity: bool) -> None:
        if not is_parameter_entity:
            self._fail(f"the entity &{name}; is not declared in the document")

    def _on_external_entity(self, _context: str, _base: str | None, system: str | None, _public: str | None) -> int:
        """Refuse what expat would leave out without a word: the text of another document."""
        self._fail(f"a reference to the external entity {system!r}; external entities are not read")

    def _check_attributes(self, attributes: dict[str, str], forbidden: frozenset[str]) -> None:
        for key in attributes:
            namespace, local = _split(key)
            if namespace == _RDF and local in forbidden:
                self._fail(f"the attribute rdf:{local}, which this element must not have")

    def _list_object_attributes(self, attributes: dict[str, str]) -> list[str]:
        """Return the name of the attribute that gives the object of a property element; it has one at most."""
        names = [local for namespace, local in map(_split, attributes) if namespace == _RDF and local in _OF_OBJECTS]
        if len(names) > 1:
            self._fail(f"rdf:{names[0]} and rdf:{names[1]} on one element")
        return names

    def _check_beside_parse_type(self, attributes: dict[str, str]) -> None:
        for key in attributes:
            namespace, local = _split(key)
            if namespace not in {_XML, _ITS} and (namespace != _RDF or local not in _WITH_PARSE_TYPE):
                prefix = "rdf:" if namespace == _RDF else ""
                self._fail(f"the attribute {prefix}{local}, which must not stand beside rdf:parseType")

    def _write(self, text: str) -> None:
        self._written.append(text)


@remember(entries=4096, longest=512)
def _is_property(full_name: str) -> bool:
    """Return whether an attribute of a node element states a property; the engine handles those without a namespace."""
    namespace, local = _split(full_name)
    if namespace == _RDF:
        return local not in _SYNTAX
    return bool(namespace) and namespace not in {_XML, _ITS}


def _get_tag(full_name: str, attributes: dict[str, str]) -> str:
    """Return a start tag without its closing bracket; each tag declares the namespaces that it uses."""
    if not attributes:
        return _get_bare_tag(full_name)
    parts = [_get_bare_tag(full_name)]
    for number, (key, value) in enumerate(attributes.items()):
        parts.append(_get_attribute_name(key, number))
        parts.append(f'="{escape_attribute(value)}"')
    return "".join(parts)


@remember(entries=4096, longest=512)
def _get_bare_tag(full_name: str) -> str:
    namespace, local = _split(full_name)
    return f'<e:{local} xmlns:e="{escape_attribute(namespace)}"' if namespace else f"<{local}"


@remember(entries=4096, longest=512)
def _get_attribute_name(full_name: str, number: int) -> str:
    namespace, local = _split(full_name)
    if namespace == _XML:
        return f" xml:{local}"
    return f' xmlns:a{number}="{escape_attribute(namespace)}" a{number}:{local}' if namespace else f" {local}"


@remember(entries=4096, longest=512)
def _end_tag(full_name: str) -> str:
    namespace, local = _split(full_name)
    return f"</{'e:' if namespace else ''}{local}>"


def _split(full_name: str) -> tuple[str, str]:
    """Return namespace and local name of an expat name, which consists of namespace, local name and prefix."""
    namespace, _, rest = full_name.partition(" ")
    return (namespace, rest.partition(" ")[0]) if rest else ("", full_name)


def _get_language(tag: str) -> str:
    return f' xml:lang="{escape_attribute(tag)}"' if tag else ""
