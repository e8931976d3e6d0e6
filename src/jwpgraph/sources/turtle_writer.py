"""Deterministic Turtle serializer for reading: grouped by entity, with one statement per line.

The same triples always give the same bytes, regardless of their order, so that version control shows exactly what
changed in a regenerated file. Implements the grammar of RDF 1.1 Turtle (https://www.w3.org/TR/turtle/), in particular
sections 2.4, 2.5 and 6.4.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final, TextIO

from pyoxigraph import Literal, NamedNode, Quad, Triple

from jwpgraph.vocabulary import PREFIXES

_RDF_TYPE: Final = PREFIXES["rdf"] + "type"
_XSD: Final = PREFIXES["xsd"]
#: Predicates written first, because readers look for them first.
_FIRST_PREDICATES: Final = (_RDF_TYPE, PREFIXES["skos"] + "notation", PREFIXES["skos"] + "prefLabel")
_SHORTHAND: Final = {
    _XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    _XSD + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    _XSD + "boolean": re.compile(r"true|false"),
}
_LOCAL_NAME: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_./-]*[A-Za-z0-9_/-])?")
_LOCAL_ESCAPES: Final = str.maketrans({"/": r"\/"})
_LONG_STRING_ESCAPES: Final = str.maketrans({"\\": r"\\", "\r": r"\r", "\t": r"\t"})
_STRING_ESCAPES: Final = _LONG_STRING_ESCAPES | str.maketrans({'"': r"\"", "\n": r"\n"})
#: Characters that an editor or a diff does not display.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]"
)
_DIGITS: Final = re.compile(r"([0-9]+)")

_Statement = tuple[str, str, NamedNode | Literal]


class NotSerialisableError(ValueError):
    """A term that cannot be written: a blank node (its label is not stable) or a triple term."""


def write_turtle(
    triples: Iterable[Triple | Quad],
    out: TextIO,
    *,
    header: str = "",
    prefixes: Mapping[str, str] | None = None,
) -> None:
    r"""Write *triples* as Turtle.

    Args:
        triples: the statements, in any order; duplicates are written once, graph names are dropped.
        out: the output; open files with ``newline="\\n"`` so that the bytes are the same on all platforms.
        header: text for the comment at the top of the file.
        prefixes: further prefixes by name; the longest namespace that matches an IRI is used, and only used prefixes
            are declared.

    Raises:
        NotSerialisableError: if a statement contains a blank node or a triple term.
    """
    writer = _TurtleWriter(PREFIXES | dict(prefixes or {}))
    entities = list(writer.entities({item.triple if isinstance(item, Quad) else item for item in triples}))
    comment = "".join(f"# {line}".rstrip() + "\n" for line in header.splitlines())
    declarations = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in writer.used_prefixes())
    out.write("\n".join(part for part in (comment, declarations, *entities) if part))


def write_grouped_turtle(
    entities: Iterable[Iterable[Triple]],
    out: TextIO,
    *,
    header: str = "",
    prefixes: Mapping[str, str] | None = None,
) -> None:
    """Write Turtle like :func:`write_turtle`, of any size: one entity after another, in the given order.

    Args:
        entities: the statements about each entity; each entity occurs once.
        out, header, prefixes: as for :func:`write_turtle`.

    Raises:
        NotSerialisableError: as for :func:`write_turtle`.
    """
    writer = _TurtleWriter(PREFIXES | dict(prefixes or {}))
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as body:
        for triples in entities:
            for entity in writer.entities(triples):
                body.write("\n" + entity)
        comment = "".join(f"# {line}".rstrip() + "\n" for line in header.splitlines())
        declarations = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in writer.used_prefixes())
        out.write("\n".join(part for part in (comment, declarations) if part))
        body.seek(0)
        shutil.copyfileobj(body, out)


class _TurtleWriter:
    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._namespaces = sorted(prefixes.items(), key=lambda item: (-len(item[1]), item[0]))
        self._order = {name: position for position, name in enumerate(prefixes)}
        self._used: dict[str, str] = {}

    def used_prefixes(self) -> list[tuple[str, str]]:
        return sorted(self._used.items(), key=lambda item: self._order[item[0]])

    def entities(self, triples: Iterable[Triple]) -> Iterator[str]:
        statements = sorted(map(_split_statement, triples), key=_sort_key)
        for subject, group in groupby(statements, key=lambda statement: statement[0]):
            lines = [f"{self._predicate(predicate)} {self._object(term)}" for _, predicate, term in group]
            yield f"{self._iri(subject)}\n    " + " ;\n    ".join(lines) + " .\n"

    def _predicate(self, predicate: str) -> str:
        return "a" if predicate == _RDF_TYPE else self._iri(predicate)

    def _object(self, term: NamedNode | Literal) -> str:
        return self._iri(term.value) if isinstance(term, NamedNode) else self._literal(term)

    def _iri(self, iri: str) -> str:
        for name, namespace in self._namespaces:
            if iri.startswith(namespace) and _LOCAL_NAME.fullmatch(local := iri[len(namespace) :]):
                self._used[name] = namespace
                return f"{name}:{local.translate(_LOCAL_ESCAPES)}"
        return f"<{_escape_invisible(iri)}>"

    def _literal(self, literal: Literal) -> str:
        datatype = literal.datatype.value
        if (shorthand := _SHORTHAND.get(datatype)) and shorthand.fullmatch(literal.value):
            return literal.value
        text = _quote_literal(literal.value)
        if literal.language:
            direction = f"--{literal.direction}" if literal.direction else ""
            return f"{text}@{literal.language}{direction}"
        return text if datatype == _XSD + "string" else f"{text}^^{self._iri(datatype)}"


def _split_statement(triple: Triple) -> _Statement:
    subject, predicate, term = triple
    if not isinstance(subject, NamedNode) or not isinstance(term, NamedNode | Literal):
        raise NotSerialisableError(f"{triple} cannot be written: only IRIs and literals have a stable form.")
    return subject.value, predicate.value, term


def _sort_key(statement: _Statement) -> tuple[object, ...]:
    subject, predicate, term = statement
    rank = _FIRST_PREDICATES.index(predicate) if predicate in _FIRST_PREDICATES else len(_FIRST_PREDICATES)
    return _make_natural_key(subject), rank, predicate, _make_natural_key(term.value), str(term)


def _make_natural_key(text: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Return a sort key that puts B2 before B10; the text itself orders equal keys (``1`` and ``01``)."""
    return tuple(_get_natural_part(part) for part in _DIGITS.split(text) if part), text


def _get_natural_part(part: str) -> tuple[int, int, str]:
    if not _DIGITS.fullmatch(part):
        return 1, 0, part
    significant = part.lstrip("0")
    return 0, len(significant), significant


def _quote_literal(text: str) -> str:
    if "\n" not in text:
        return '"' + _escape_invisible(text.translate(_STRING_ESCAPES)) + '"'
    # A long string may contain quotation marks, but not three in a row and none at its end.
    body = re.sub(r'"(?="|\Z)', r"\"", text.translate(_LONG_STRING_ESCAPES))
    return '"""' + _escape_invisible(body) + '"""'


def _escape_invisible(text: str) -> str:
    return _INVISIBLE.sub(_format_escape, text)


def _format_escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04X}"
