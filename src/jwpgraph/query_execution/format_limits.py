"""Limits of RDF formats: statements that a format cannot express.

RDF/XML writes predicates as elements, so an IRI that does not end in an XML name cannot be a predicate (RDF 1.1 XML
Syntax, section 2.2 and appendix B). The engine's JSON-LD and N3 have no triple terms, and its N3 has no base direction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Final, cast
from xml.parsers import expat

from pyoxigraph import Literal, NamedNode, Quad, QueryTriples, RdfFormat, Triple, serialize

from jwpgraph.http.remembering import remember
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.xml_results import XML, ByteSink, CharacterNotInXmlError, XmlResultWriter

#: Formats in which some graphs cannot be written.
LIMITED_FORMATS: Final = frozenset({RdfFormat.RDF_XML, RdfFormat.JSON_LD, RdfFormat.N3})
_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_ANY: Final = NamedNode("urn:any")


class NotExpressibleError(Exception):
    """A statement cannot be written in the requested format."""


def write_statements(
    statements: Iterable[Triple | Quad], sink: ByteSink, form: RdfFormat, prefixes: Mapping[str, str] | None = None
) -> None:
    """Write *statements*, all of one kind, to *sink* such that a reader gets the same statements.

    Raises:
        NotExpressibleError: one of them cannot be written in *form*.
        CharacterNotInXmlError: it holds a character that XML does not have.
    """
    # The engine only calls write().
    out = cast(IO[bytes], XmlResultWriter(sink) if form in XML else sink)
    if isinstance(statements, QueryTriples) and form not in LIMITED_FORMATS and not prefixes:
        statements.serialize(out, format=form)
        return
    checked = _iter_expressible(statements, form) if form in LIMITED_FORMATS else iter(statements)
    serialize(cast(Iterator[Quad], checked), out, format=form, prefixes=dict(prefixes) if prefixes else None)


def _iter_expressible(statements: Iterable[Triple | Quad], form: RdfFormat) -> Iterator[Triple | Quad]:
    subject = None
    for statement in statements:
        check_expressible(statement, form)
        if form == RdfFormat.RDF_XML and statement.subject != subject:
            subject = statement.subject
            _check_node_element(statement)
        yield statement


def _check_node_element(first: Triple | Quad) -> None:
    """Raise if the engine would write the class of a new subject as an element that is not XML.

    Raises:
        NotExpressibleError: saying why.
    """
    kind = first.object
    if first.predicate.value == _TYPE and isinstance(kind, NamedNode) and not _is_node_element(kind.value):
        raise NotExpressibleError(f"RDF/XML has no element for the class {kind}")


@contextmanager
def report_inexpressible() -> Iterator[None]:
    """Return the problem for a statement that the format cannot express.

    Raises:
        ProblemError: ``not-acceptable``, ``not-in-xml`` (406).
    """
    try:
        yield
    except NotExpressibleError as error:
        raise ProblemError("not-acceptable", "No acceptable format", f"{error}; Turtle can", status=406) from None
    except CharacterNotInXmlError:
        detail = "a literal holds a control character; Turtle can"
        raise ProblemError("not-in-xml", "XML cannot express the answer", detail, status=406) from None


def check_expressible(statement: Triple | Quad, form: RdfFormat) -> None:
    """Raise if a statement cannot be written in *form*.

    Raises:
        NotExpressibleError: saying why.
    """
    value = statement.object
    if form == RdfFormat.RDF_XML:
        if not _is_element(statement.predicate.value):
            raise NotExpressibleError(f"RDF/XML has no element for the predicate {statement.predicate}")
        if isinstance(value, Triple):
            check_expressible(value, form)
    elif form in LIMITED_FORMATS:
        if isinstance(value, Triple):
            raise NotExpressibleError(f"{form.name} has no triple terms")
        if form == RdfFormat.N3 and isinstance(value, Literal) and value.direction is not None:
            raise NotExpressibleError("N3 has no base direction")


@remember(entries=4096, longest=512)
def _is_element(predicate: str) -> bool:
    """Return whether the element that the engine writes for a predicate is XML and denotes that predicate."""
    try:
        # The engine writes rdf:type with an IRI as its object as a typed node element.
        statement = Triple(_ANY, NamedNode(predicate), Literal(""))
        written = serialize([statement], format=RdfFormat.RDF_XML) or b""
    except OSError:  # the names of RDF/XML's own syntax
        return False
    names: list[str] = []
    parser = expat.ParserCreate(namespace_separator="")
    parser.StartElementHandler = lambda name, _: names.append(name)
    try:
        parser.Parse(written, True)
    except expat.ExpatError:
        return False
    return names[-1] == predicate


@remember(entries=4096, longest=512)
def _is_node_element(class_iri: str) -> bool:
    """Return whether the engine writes a subject of this class as well-formed XML (RDF 1.1 XML, section 2.13)."""
    statement = Triple(_ANY, NamedNode(_TYPE), NamedNode(class_iri))
    parser = expat.ParserCreate(namespace_separator="")
    try:
        parser.Parse(serialize([statement], format=RdfFormat.RDF_XML) or b"", True)
    except expat.ExpatError:
        return False
    return True
