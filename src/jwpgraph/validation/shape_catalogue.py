"""Catalogue of shapes: name, description, severity and message of each shape."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad

from jwpgraph.validation.report import SEVERITIES, SH, Severity, choose_message
from jwpgraph.vocabulary import PREFIXES

_TEXTS = ("name", "description", "message")
#: Placeholders that a SPARQL constraint fills in for each result (SHACL, section 5.3.2).
_VARIABLE = re.compile(r"\{[?$]\w+\}")
_COMMENT = PREFIXES["rdfs"] + "comment"


@dataclass(frozen=True, slots=True)
class ShapeEntry:
    """Description of a shape for readers.

    Args:
        shape: its IRI in N-Triples syntax.
        name: its name (sh:name); default: the last part of its IRI.
        description: what it checks (sh:description).
        message: how to fix a violation (sh:message).
        severity: the severity of its results; ``None`` if it only groups other shapes.
        deactivated: whether it is deactivated.
        why: the purpose of the check (rdfs:comment), if given.
    """

    shape: str
    name: str
    description: str = ""
    message: str = ""
    severity: Severity | None = None
    deactivated: bool = False
    why: str = ""


def get_shape_entry(shape: str, entries: Mapping[str, ShapeEntry]) -> ShapeEntry:
    """Return the entry of *shape*; default: an entry derived from its IRI."""
    known = entries.get(shape)
    return known or ShapeEntry(shape, _get_local_name(shape.strip("<>")))


def read_shape_entries(quads: Iterable[Quad], language: str = "en") -> dict[str, ShapeEntry]:
    """Return the shapes with an IRI, by their terms.

    Args:
        quads: the shapes graph.
        language: preferred language of the texts.
    """
    texts: dict[str, dict[str, dict[str, str]]] = {}
    severities: dict[str, Severity] = {}
    switched_off: set[str] = set()
    constrained: set[str] = set()
    queries: dict[str, str] = {}
    for quad in quads:
        if not isinstance(quad.subject, NamedNode):
            continue
        shape, predicate = str(quad.subject), quad.predicate.value
        name = predicate.removeprefix(SH)
        if isinstance(quad.object, NamedNode) and quad.object.value in {SH + "NodeShape", SH + "PropertyShape"}:
            texts.setdefault(shape, {})
        elif name in _TEXTS and isinstance(quad.object, Literal):
            texts.setdefault(shape, {}).setdefault(name, {})[quad.object.language or ""] = quad.object.value
        elif predicate == _COMMENT and isinstance(quad.object, Literal):
            texts.setdefault(shape, {}).setdefault("why", {})[quad.object.language or ""] = quad.object.value
        elif name == "severity" and isinstance(quad.object, NamedNode):
            level = quad.object.value.removeprefix(SH).lower()
            severities[shape] = next((one for one in SEVERITIES if one == level), "violation")
        elif name == "deactivated" and isinstance(quad.object, Literal) and quad.object.value in {"true", "1"}:
            switched_off.add(shape)
        if name in {"path", "sparql"}:
            constrained.add(shape)
        if name == "sparql":
            queries[shape] = str(quad.object)
    for shape, query in queries.items():
        # The message of a SPARQL constraint serves as that of its shape.
        texts.setdefault(shape, {}).setdefault("message", texts.get(query, {}).get("message", {}))
    return {
        shape: ShapeEntry(
            shape,
            _choose_text(found.get("name"), language) or _get_local_name(shape.strip("<>")),
            _choose_text(found.get("description"), language),
            _VARIABLE.sub("…", _choose_text(found.get("message"), language)),
            severities.get(shape, "violation" if shape in constrained else None),
            shape in switched_off,
            _choose_text(found.get("why"), language),
        )
        for shape, found in texts.items()
        if not shape.endswith("-sparql>")
    }


def _choose_text(by_language: dict[str, str] | None, language: str) -> str:
    return choose_message(by_language or {}, language)


def _get_local_name(iri: str) -> str:
    return iri.replace("#", "/").rstrip("/").rpartition("/")[2] or iri
