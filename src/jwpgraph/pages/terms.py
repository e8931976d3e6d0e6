"""Ontology, shapes and checks of quality as pages: every term with an anchor, so that its IRI lands on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from jwpgraph.linked_data.addresses import path_of
from jwpgraph.linked_data.context import compact_iri, property_terms
from jwpgraph.linked_data.nodes import Node
from jwpgraph.pages.translation import marked
from jwpgraph.sparql.queries import Term
from jwpgraph.validation.report import Severity
from jwpgraph.validation.shape_catalogue import shape_entries
from jwpgraph.vocabulary import JWP, PREFIXES, QUALITY, SHAPES

_OWL = PREFIXES["owl"]
_RDFS = PREFIXES["rdfs"]
_SKOS = PREFIXES["skos"]
_SH = PREFIXES["sh"]
_CLASSES, _LINKS, _VALUES = marked("Classes"), marked("Links"), marked("Values")
_NODE_SHAPES, _CHECKS = marked("Shapes"), marked("Single checks")
_RELATIONS = (
    (marked("Subclass of"), _RDFS + "subClassOf"),
    (marked("Subproperty of"), _RDFS + "subPropertyOf"),
    (marked("Inverse of"), _OWL + "inverseOf"),
    (marked("Used on"), _RDFS + "domain"),
    (marked("Used on"), PREFIXES["schema"] + "domainIncludes"),
    (marked("Values"), _RDFS + "range"),
    (marked("Values"), PREFIXES["schema"] + "rangeIncludes"),
    (marked("Disjoint with"), _OWL + "disjointWith"),
    (marked("Equivalent to"), _OWL + "equivalentClass"),
    (marked("Equivalent to"), _OWL + "equivalentProperty"),
)
_SHAPE_RELATIONS = (
    (marked("Applies to"), _SH + "targetClass"),
    (marked("Applies to"), _SH + "targetSubjectsOf"),
    (marked("Applies to"), _SH + "targetObjectsOf"),
    (marked("Applies to"), _SH + "targetNode"),
    (marked("Property"), _SH + "path"),
    (marked("Severity"), _SH + "severity"),
    (marked("Checks"), _SH + "property"),
)


@dataclass(slots=True)
class TermView:
    """One class, property or shape."""

    anchor: str
    iri: str
    label: str
    kind: str
    definition: str | None
    comments: list[str]
    relations: list[tuple[str, list[tuple[str, str | None]]]] = field(default_factory=list)
    json_key: str | None = None
    remedy: str | None = None


def nodes_of(quads: Iterable[ox.Quad]) -> dict[str, Node]:
    """The subjects of parsed quads; blank nodes are left out."""
    nodes: dict[str, Node] = {}
    for quad in quads:
        if not isinstance(quad.subject, ox.NamedNode) or isinstance(quad.object, ox.BlankNode | ox.Triple):
            continue
        node = nodes.setdefault(quad.subject.value, Node(quad.subject.value))
        node.add(quad.predicate.value, _term(quad.object))
    return nodes


def _term(value: ox.NamedNode | ox.Literal) -> Term:
    if isinstance(value, ox.NamedNode):
        return Term("uri", value.value)
    return Term("literal", value.value, value.language, None if value.language else value.datatype.value)


def ontology_terms(quads: Iterable[ox.Quad]) -> dict[str, list[TermView]]:
    """Our classes and properties, by what they are."""
    kinds = {
        _OWL + "Class": _CLASSES,
        _OWL + "ObjectProperty": _LINKS,
        _OWL + "DatatypeProperty": _VALUES,
        _OWL + "AnnotationProperty": _VALUES,
    }
    found: dict[str, list[TermView]] = {_CLASSES: [], _LINKS: [], _VALUES: []}
    for node in nodes_of(quads).values():
        kind = next((kinds[name] for name in node.types if name in kinds), None)
        if kind and node.iri.startswith(JWP):
            found[kind].append(_view(node, JWP, kind, _RELATIONS))
    return {kind: sorted(terms, key=lambda term: term.label.casefold()) for kind, terms in found.items()}


def shape_terms(quads: Iterable[ox.Quad]) -> dict[str, list[TermView]]:
    """The node shapes, and the checks that they are made of."""
    found: dict[str, list[TermView]] = {_NODE_SHAPES: [], _CHECKS: []}
    for node in nodes_of(quads).values():
        kind = _NODE_SHAPES if _SH + "NodeShape" in node.types else _CHECKS
        if node.types and node.iri.startswith(SHAPES):
            found[kind].append(_view(node, SHAPES, kind, _SHAPE_RELATIONS))
    return {kind: sorted(terms, key=lambda term: term.anchor.casefold()) for kind, terms in found.items()}


def quality_terms(quads: Iterable[ox.Quad]) -> dict[str, list[TermView]]:
    """The checks of quality by how hard they are; helpers of other checks are left out."""
    tiers: dict[Severity | None, str] = {
        "violation": marked("Errors"),
        "warning": marked("Warnings"),
        "info": marked("Notes"),
    }
    found: dict[str, list[TermView]] = {tier: [] for tier in tiers.values()}
    for entry in shape_entries(quads).values():
        iri = entry.shape.strip("<>")
        if entry.message and iri.startswith(QUALITY):
            view = TermView(iri.removeprefix(QUALITY), iri, entry.name, "", entry.description, [entry.why])
            view.remedy = entry.message
            found[tiers[entry.severity]].append(view)
    return {tier: sorted(terms, key=lambda term: term.label.casefold()) for tier, terms in found.items()}


def _view(node: Node, base: str, kind: str, relations: Iterable[tuple[str, str]]) -> TermView:
    label = node.text(_SH + "name") or node.text(_RDFS + "label")
    definition = node.text(_SKOS + "definition") or node.text(_SH + "description")
    comments = [term.value for name in (_RDFS + "comment", _SH + "message") for term in node.properties.get(name, ())]
    gathered: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for name, predicate in relations:
        for term in sorted(node.properties.get(predicate, ()), key=lambda term: term.value):
            href = path_of(term.value) or (term.value if term.value.startswith("http") else None)
            gathered[name].append((compact_iri(term.value).removeprefix(SHAPES), href))
    key = property_terms().get(node.iri)
    return TermView(
        node.iri.removeprefix(base),
        node.iri,
        label.value if label else node.iri.removeprefix(base),
        kind,
        definition.value if definition else None,
        comments,
        list(gathered.items()),
        key.name if key else None,
    )
