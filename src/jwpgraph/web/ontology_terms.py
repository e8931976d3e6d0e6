"""Pages of the ontology, the shapes and the quality checks: every term has an anchor, to which its IRI leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.entities.nodes import EntityNode, list_preferred_languages
from jwpgraph.linked_data.json_ld_context import compact_iri, get_property_terms
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.validation.report import Severity
from jwpgraph.validation.shape_catalogue import read_shape_entries
from jwpgraph.vocabulary import ID, JWP, PREFIXES, QUALITY, SHAPES, expand_name
from jwpgraph.web.labels.tables import TABLES
from jwpgraph.web.translation import mark_for_translation

_OWL = PREFIXES["owl"]
_RDFS = PREFIXES["rdfs"]
_SKOS = PREFIXES["skos"]
_SH = PREFIXES["sh"]
_TEXTS: Final = (
    *(_SH + name for name in ("name", "description", "message")),
    *(_RDFS + name for name in ("label", "comment")),
    _SKOS + "definition",
)
_CLASSES, _LINKS, _VALUES = (
    mark_for_translation("Classes"),
    mark_for_translation("Links"),
    mark_for_translation("Values"),
)
#: A line each: they are defined for old queries only, and the page stays small.
_DEPRECATED = mark_for_translation("deprecated")
_NODE_SHAPES, _CHECKS = mark_for_translation("Shapes"), mark_for_translation("Single checks")
#: End of the identifiers of queries, after that of their shape.
QUERY_SUFFIX: Final = "-sparql"
_RELATIONS = [(label, expand_name(name)) for name, label in TABLES["ontology_relations"].items()]
_SHAPE_RELATIONS = [(label, expand_name(name)) for name, label in TABLES["shape_relations"].items()]


@dataclass(slots=True)
class TermView:
    """One class, property or shape; :attr:`texts` are its names, definitions and comments in all languages.

    The definition, the comments and the remedy are literals with their language.
    """

    anchor: str
    iri: str
    label: str
    kind: str
    definition: QueryTerm | None
    comments: list[QueryTerm]
    relations: list[tuple[str, list[tuple[str, str | None]]]] = field(default_factory=list)
    json_key: str | None = None
    remedy: QueryTerm | None = None
    is_deprecated: bool = False
    label_language: str | None = None
    texts: tuple[str, ...] = ()

    @property
    def short_iri(self) -> str:
        """Return the IRI with its prefix, if it has one."""
        return compact_iri(self.iri)


def parse_nodes(quads: Iterable[ox.Quad]) -> dict[str, EntityNode]:
    """Return the subjects of parsed quads, without blank nodes."""
    nodes: dict[str, EntityNode] = {}
    for quad in quads:
        if not isinstance(quad.subject, ox.NamedNode) or isinstance(quad.object, ox.BlankNode | ox.Triple):
            continue
        node = nodes.setdefault(quad.subject.value, EntityNode(quad.subject.value))
        node.add(quad.predicate.value, _make_term(quad.object))
    return nodes


def _make_term(value: ox.NamedNode | ox.Literal) -> QueryTerm:
    if isinstance(value, ox.NamedNode):
        return QueryTerm("uri", value.value)
    return QueryTerm("literal", value.value, value.language, None if value.language else value.datatype.value)


def list_ontology_terms(quads: Iterable[ox.Quad]) -> dict[str, list[TermView]]:
    """Return our classes and properties by type; deprecated ones as a group of their own."""
    kinds = {
        _OWL + "Class": _CLASSES,
        _OWL + "ObjectProperty": _LINKS,
        _OWL + "DatatypeProperty": _VALUES,
        _OWL + "AnnotationProperty": _VALUES,
    }
    found: dict[str, list[TermView]] = {_CLASSES: [], _LINKS: [], _VALUES: [], _DEPRECATED: []}
    for node in parse_nodes(quads).values():
        kind = next((kinds[name] for name in node.types if name in kinds), None)
        if kind and node.iri.startswith(JWP):
            view = _make_term_view(node, JWP, kind, _RELATIONS, "/ontology")
            found[_DEPRECATED if view.is_deprecated else kind].append(view)
    return {kind: sorted(terms, key=lambda term: term.label.casefold()) for kind, terms in found.items()}


def list_shape_terms(quads: Iterable[ox.Quad]) -> dict[str, list[TermView]]:
    """Return the node shapes, and their property shapes."""
    found: dict[str, list[TermView]] = {_NODE_SHAPES: [], _CHECKS: []}
    for node in parse_nodes(quads).values():
        kind = _NODE_SHAPES if _SH + "NodeShape" in node.types else _CHECKS
        if node.types and node.iri.startswith(SHAPES):
            found[kind].append(_make_term_view(node, SHAPES, kind, _SHAPE_RELATIONS))
    return {kind: sorted(terms, key=lambda term: term.anchor.casefold()) for kind, terms in found.items()}


def list_quality_terms(quads: Iterable[ox.Quad]) -> dict[str, list[TermView]]:
    """Return the quality checks by severity, without helpers of other checks."""
    tiers: dict[Severity | None, str] = {
        "violation": mark_for_translation("Errors"),
        "warning": mark_for_translation("Warnings"),
        "info": mark_for_translation("Notes"),
    }
    found: dict[str, list[TermView]] = {tier: [] for tier in tiers.values()}
    for entry in read_shape_entries(quads, list_preferred_languages()).values():
        iri = entry.shape.strip("<>")
        if entry.message and iri.startswith(QUALITY):
            view = TermView(
                iri.removeprefix(QUALITY),
                iri,
                entry.name,
                "",
                QueryTerm("literal", entry.description, entry.description_language),
                [QueryTerm("literal", entry.why, entry.why_language)],
                remedy=QueryTerm("literal", entry.message, entry.message_language),
                label_language=entry.name_language,
            )
            found[tiers[entry.severity]].append(view)
    return {tier: sorted(terms, key=lambda term: term.label.casefold()) for tier, terms in found.items()}


def _list_in_one_language(node: EntityNode, predicate: str) -> list[QueryTerm]:
    """Return the texts of a term in the language that the reader prefers, of those that it has."""
    best = node.text(predicate)
    return [term for term in node.properties.get(predicate, ()) if best and term.language == best.language]


def _make_name(anchor: str) -> str:
    """Return the name of a term without one; the query of a shape has that of its shape, and is on its page."""
    return "SPARQL" if anchor.endswith(QUERY_SUFFIX) else anchor


def _make_term_view(
    node: EntityNode, base: str, kind: str, relations: Iterable[tuple[str, str]], page: str = "-"
) -> TermView:
    """Return a term as *page* shows it; links within that page are fragments."""
    label = node.text(_SH + "name") or node.text(_RDFS + "label")
    definition = node.text(_SKOS + "definition") or node.text(_SH + "description")
    comments = [term for name in (_RDFS + "comment", _SH + "message") for term in _list_in_one_language(node, name)]
    gathered: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for name, predicate in relations:
        for term in sorted(node.properties.get(predicate, ()), key=lambda term: term.value):
            href = iri_to_path(term.value) or (term.value if term.value.startswith("http") else None)
            if href:
                href = href.removeprefix(page) if href.startswith(f"{page}#") else href
            gathered[name].append((compact_iri(term.value).removeprefix(SHAPES).removeprefix(ID), href))
    key = get_property_terms().get(node.iri)
    return TermView(
        node.iri.removeprefix(base),
        node.iri,
        label.value if label else _make_name(node.iri.removeprefix(base)),
        kind,
        definition,
        comments,
        list(gathered.items()),
        key.name if key else None,
        is_deprecated=node.text(_OWL + "deprecated") is not None,
        label_language=label.language if label else None,
        texts=tuple(term.value for name in _TEXTS for term in node.properties.get(name, ())),
    )
