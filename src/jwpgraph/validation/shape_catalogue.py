"""Catalogue of shapes: name, description, severity and message of each shape."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad

from jwpgraph.validation.report import SEVERITIES, SH, Severity, choose_language
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
        name_language: the language of the name; None if it is the last part of the IRI or has no language.
        description_language: the language of the description, if any.
        message_language: the language of the message, if any.
        why_language: the language of the purpose, if any.
    """

    shape: str
    name: str
    description: str = ""
    message: str = ""
    severity: Severity | None = None
    deactivated: bool = False
    why: str = ""
    name_language: str | None = None
    description_language: str | None = None
    message_language: str | None = None
    why_language: str | None = None


def get_shape_entry(shape: str, entries: Mapping[str, ShapeEntry]) -> ShapeEntry:
    """Return the entry of *shape*; default: an entry derived from its IRI."""
    known = entries.get(shape)
    return known or ShapeEntry(shape, _get_local_name(shape.strip("<>")))


def read_shape_entries(quads: Iterable[Quad], languages: Sequence[str] = ("en",)) -> dict[str, ShapeEntry]:
    """Return the shapes with an IRI, by their terms.

    Args:
        quads: the shapes graph.
        languages: preferred languages of the texts, best first, before English.
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
        elif name == "deactivated" and isinstance(quad.object, Literal) and quad.object.value == "true":
            switched_off.add(shape)
        if name in {"path", "sparql"}:
            constrained.add(shape)
        if name == "sparql":
            queries[shape] = str(quad.object)
    for shape, query in queries.items():
        # The message of a SPARQL constraint serves as that of its shape.
        texts.setdefault(shape, {}).setdefault("message", texts.get(query, {}).get("message", {}))
    entries = {}
    for shape, found in texts.items():
        if shape.endswith("-sparql>"):
            continue
        name, name_language = _choose_text(found.get("name", {}), languages)
        description, description_language = _choose_text(found.get("description", {}), languages)
        why, why_language = _choose_text(found.get("why", {}), languages)
        message, message_language = _choose_text(found.get("message", {}), languages)
        entries[shape] = ShapeEntry(
            shape,
            name or _get_local_name(shape.strip("<>")),
            description,
            _VARIABLE.sub("…", message),
            severities.get(shape, "violation" if shape in constrained else None),
            shape in switched_off,
            why,
            name_language,
            description_language,
            message_language,
            why_language,
        )
    return entries


def _choose_text(texts: Mapping[str, str], languages: Sequence[str]) -> tuple[str, str | None]:
    """Return the text in the first of *languages* that it is given in, and its language."""
    language = next((one for one in languages if texts.get(one)), choose_language(texts, "en"))
    return texts.get(language or "", ""), language or None


def _get_local_name(iri: str) -> str:
    return iri.replace("#", "/").rstrip("/").rpartition("/")[2] or iri
