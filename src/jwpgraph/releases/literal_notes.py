"""Recording, while payloads are read, of literals whose lexical form the engine does not preserve."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Store

from jwpgraph.vocabulary import PREFIXES

XSD: Final = PREFIXES["xsd"]
#: Datatypes derived from xsd:integer; the engine stores their values as xsd:integer.
OF_INTEGER: Final = (
    *("byte", "short", "int", "long", "unsignedByte", "unsignedShort", "unsignedInt", "unsignedLong"),
    *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
)
_BY_VALUE: Final = (
    *("integer", "decimal", "float", "double", "boolean", "dateTime", "dateTimeStamp", "date", "time"),
    *("gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay", "duration", "yearMonthDuration", "dayTimeDuration"),
)
#: Datatypes for which the engine stores the value instead of the lexical form.
KEPT_BY_VALUE: Final = frozenset(XSD + name for name in (*OF_INTEGER, *_BY_VALUE))
#: Lexical forms that the engine preserves, for the most frequent datatypes; other literals are tested with the engine.
_CANONICAL: Final = {
    XSD + "integer": re.compile(r"0|-?[1-9][0-9]*"),
    XSD + "boolean": re.compile(r"true|false"),
    XSD + "date": re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}Z?"),
    XSD + "gYear": re.compile(r"[12][0-9]{3}Z?"),
    XSD + "dateTime": re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z?"),
}


@dataclass(slots=True)
class Notes:
    """Quads recorded while the payloads of a change are read.

    Attributes:
        known: quads, as stored, that were written in another form in the parent.
        suspects: quads as written whose stored form may differ, and quads in *known*.
        graphs: names of the graphs that were read.
    """

    known: Container[Quad] = frozenset()
    suspects: set[Quad] = field(default_factory=set)
    graphs: set[str] = field(default_factory=set)

    def note(self, quad: Quad) -> None:
        """Record *quad* if the engine may store it in another form."""
        value = quad.object
        if not isinstance(value, Literal) or (datatype := value.datatype.value) not in KEPT_BY_VALUE:
            return
        canonical = _CANONICAL.get(datatype)
        if canonical is None or not canonical.fullmatch(value.value) or quad in self.known:
            self.suspects.add(quad)


_notes: ContextVar[Notes | None] = ContextVar("notes", default=None)


@contextmanager
def record_notes(known: Container[Quad]) -> Iterator[Notes]:
    """Record the quads that are read within the context.

    Args:
        known: quads, as stored, that were written in another form in the parent.

    Yields:
        The notes, complete when the context is left.
    """
    notes = Notes(known)
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


def is_taking_notes() -> bool:
    """Return whether quads are being recorded (:func:`record_notes`)."""
    return _notes.get() is not None


def note_quads(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Yield *quads*, as written and with their target graphs, and record them if within :func:`record_notes`."""
    notes = _notes.get()
    if notes is None:
        yield from quads
        return
    for quad in quads:
        if isinstance(quad.graph_name, NamedNode):
            notes.graphs.add(quad.graph_name.value)
        notes.note(quad)
        yield quad


def list_stored_forms(literals: Iterable[Literal]) -> dict[Literal, Literal]:
    """Return the form in which the engine stores each literal."""
    distinct = list(set(literals))
    scratch = Store()
    predicate = NamedNode("urn:p")
    scratch.extend(Quad(NamedNode(f"urn:{index}"), predicate, item) for index, item in enumerate(distinct))
    return {
        distinct[int(quad.subject.value.removeprefix("urn:"))]: quad.object
        for quad in scratch
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal)
    }
