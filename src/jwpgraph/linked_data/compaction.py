"""Descriptions as compact JSON-LD 1.1: usable as plain JSON, with the same statements as RDF.

A value has the short form that the context defines for its property. If the values of a property do not fit this form
(a year instead of a date, a text without a language), the node's ``@context`` redefines the term, or the value is
written in full, so that the JSON is never misread.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from jwpgraph.entities.description import EntityDescription, IncomingLinkPage
from jwpgraph.entities.nodes import NOTATION, PREF_LABEL, RDF_TYPE, EntityNode, get_local_name, get_node_key, sort_links
from jwpgraph.linked_data.json_ld_context import (
    LABEL_DEFINITION,
    PropertyTerm,
    compact_iri,
    get_class_terms,
    get_property_terms,
)
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.vocabulary import JWP, PREFIXES, expand_name

JsonValue = dict[str, Any]

_XSD = PREFIXES["xsd"]
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_INTEGERS = {_XSD + "integer", _XSD + "nonNegativeInteger"}
_SUBJECT = PREFIXES["rdf"] + "subject"
_HAS_PART = PREFIXES["dcterms"] + "hasPart"
_PART_OF = PREFIXES["dcterms"] + "isPartOf"
_CITATION = PREFIXES["dcterms"] + "bibliographicCitation"
#: Properties included in a reference to a source, so that it can be cited without another request.
_CITING = (_CITATION, PREFIXES["dcterms"] + "issued", JWP + "consultedOn", PREFIXES["schema"] + "url")
_FIRST_KEYS = ("labels", "description", "definition", "official_text", "is_part_of", "theme", "heading", "position")


def compact_type(iri: str) -> str:
    """Return the JSON name of a class: its term, a prefixed name, or its IRI."""
    return get_class_terms().get(iri) or compact_iri(iri)


def compact_property(iri: str) -> str:
    """Return the JSON name of a property: its key, a prefixed name, or its IRI."""
    term = get_property_terms().get(iri)
    return term.name if term else compact_iri(iri)


def make_reading_order_key(predicate: str) -> tuple[int, int, str]:
    """Return a sort key for properties: the most important first, sources last."""
    name = compact_property(predicate)
    place = _FIRST_KEYS.index(name) if name in _FIRST_KEYS else len(_FIRST_KEYS)
    return int(name == "sources"), place, name


class JsonLdCompactor:
    """Serialises the nodes of one description as JSON-LD."""

    def __init__(self, description: EntityDescription) -> None:
        self._description = description

    def document(self) -> JsonValue:
        """Return the described resource with its statements, its parts with theirs, and the sourced statements about
        them.

        The caller puts its context before the node's own ``@context``, if there is one.
        """
        return self._body(self._description.node, inherited=frozenset())

    @staticmethod
    def reference(node: EntityNode) -> JsonValue:
        """Return a reference to a resource outside a description: ``id``, ``notation`` and ``label``."""
        notation = {"notation": node.notation} if node.notation else {}
        return {"id": node.iri, **notation, "label": node.name}

    def summary(self, node: EntityNode, inherited: frozenset[str] = frozenset()) -> JsonValue:
        """Return a reference to a resource: ``id``, and ``type``, ``notation`` and ``label`` if known.

        Args:
            node: the resource.
            inherited: the terms that the enclosing node redefines.
        """
        definitions: JsonValue = {}
        found = self._head(node, definitions, inherited)
        for predicate in _CITING if _CITATION in node.properties else ():
            if predicate in node.properties:
                term, values = self._fit_values(predicate, node.properties[predicate], definitions, inherited)
                found[term.name] = self._values(term, values)
        return _add_context(found, definitions)

    def incoming_links(self, links: IncomingLinkPage) -> JsonValue:
        """Return the incoming links of one property."""
        return {
            "property": compact_property(links.predicate),
            "iri": links.predicate,
            "label": self._description.terms.label(links.predicate) or get_local_name(links.predicate),
            "total": links.total,
            "offset": links.offset,
            "items": [self.summary(node) for node in links.sources],
        }

    def _head(self, node: EntityNode, definitions: JsonValue, inherited: frozenset[str]) -> JsonValue:
        head: JsonValue = {} if node.iri.startswith("_:") else {"id": node.iri}
        described = self._description.node
        types = {*node.types, *(described.types if described.iri == node.iri else ())}
        named = self._description.names.get(node.iri)
        kind = self._description.terms.primary_type(node.iri, types | set(named.types if named else ()))
        if kind:
            head["type"] = compact_type(kind)
        notations = node.properties.get(NOTATION, [])
        if len(notations) == 1 and _get_plain_value(notations[0]):
            head["notation"] = notations[0].value
            if "notation" in inherited:
                definitions["notation"] = get_property_terms()[NOTATION].definition()
        label = node.label()
        if label:
            head["label"] = label[0].value
        elif head:
            head["label"] = get_local_name(node.iri)
        if head and not (label and label[1] == PREF_LABEL and label[0].language == "en"):
            definitions["label"] = None
        elif head and "label" in inherited:
            definitions["label"] = LABEL_DEFINITION
        return head

    def _body(self, node: EntityNode, inherited: frozenset[str]) -> JsonValue:
        """Return a node with its statements.

        Args:
            node: the node.
            inherited: the terms that the enclosing nodes redefine. They are defined again where this node uses them:
                ``@propagate`` would end them as well, but rdflib ignores it.
        """
        definitions: JsonValue = {}
        body = self._head(node, definitions, inherited)
        outer = self._description.node
        parts = self._description.parts if node is outer else []
        predicates = {*node.properties, *([_HAS_PART] if parts else [])} - {RDF_TYPE}
        if node is not outer and _get_single_value(node, _PART_OF, outer.iri):
            predicates.remove(_PART_OF)  # implied by nesting
        written: list[tuple[PropertyTerm, Sequence[QueryTerm]]] = []
        for predicate in sorted(predicates, key=make_reading_order_key):
            written.append(self._fit_values(predicate, node.properties.get(predicate, ()), definitions, inherited))
        defined = inherited | definitions.keys()
        for term, values in written:
            if term.iri == NOTATION and "notation" in body:
                continue
            if term.iri == _HAS_PART and parts:
                body[term.name] = [self._body(part, defined) for part in parts]
            else:
                body[term.name] = self._values(term, values, defined)
        statements = [
            self._body(EntityNode(one.iri, {p: o for p, o in one.properties.items() if p != _SUBJECT}), defined)
            for one in self._description.statements
            if one.iri != node.iri and any(get_node_key(term) == node.iri for term in one.properties.get(_SUBJECT, ()))
        ]
        if statements:
            body["statements"] = statements
        return _add_context(body, definitions)

    def _fit_values(
        self, predicate: str, values: Sequence[QueryTerm], definitions: JsonValue, inherited: frozenset[str]
    ) -> tuple[PropertyTerm, Sequence[QueryTerm]]:
        """Return the term for *values* and the sorted values.

        A term whose definition differs from that of the enclosing context is added to *definitions*.
        """
        term = get_property_terms().get(predicate) or PropertyTerm(compact_iri(predicate), predicate, "literal")
        values = sort_links(values, self._description.names)
        fitted = _fit_term(term, values)
        if fitted is not term or term.name in inherited:
            definitions[term.name] = fitted.definition()
        return fitted, values

    def _values(self, term: PropertyTerm, values: Sequence[QueryTerm], inherited: frozenset[str] = frozenset()) -> Any:
        if term.flavour == "text":
            return _make_language_map(values, many=term.many)
        written = [self._value(term, value, inherited) for value in values]
        return written if term.many or len(written) != 1 else written[0]

    def _value(self, term: PropertyTerm, value: QueryTerm, inherited: frozenset[str]) -> Any:
        if value.kind == "literal":
            return _compact_literal(term, value)
        if term.flavour == "name":
            return compact_property(value.value)
        key = get_node_key(value)
        nested = self._description.nested.get(key)
        if nested:
            return self._body(nested, inherited)
        node = self._description.names.get(key)
        return self.summary(node, inherited) if node else {"id": key}


def _add_context(body: JsonValue, definitions: JsonValue) -> JsonValue:
    return {"@context": definitions} | body if definitions else body


def _get_single_value(node: EntityNode, predicate: str, iri: str) -> bool:
    return [term.value for term in node.properties.get(predicate, ())] == [iri]


def _get_plain_value(term: QueryTerm) -> bool:
    return term.kind == "literal" and not term.language and term.datatype in {None, _XSD + "string"}


def _fit_term(term: PropertyTerm, values: Sequence[QueryTerm]) -> PropertyTerm:
    """Return *term*, or a variant that allows the short form for all of *values*."""
    if term.flavour == "text":
        tagged = all(value.kind == "literal" and (value.language or _get_plain_value(value)) for value in values)
        return term if tagged else replace(term, flavour="literal")
    if not term.datatype:
        return term
    datatypes = {value.datatype for value in values if value.kind == "literal"}
    if len(datatypes) == 1 and expand_name(term.datatype) not in datatypes:
        datatype = datatypes.pop()
        if datatype and datatype != _XSD + "string" and compact_iri(datatype) != datatype:
            return replace(term, datatype=compact_iri(datatype))
    return term


def _compact_literal(term: PropertyTerm, value: QueryTerm) -> Any:
    if value.language:
        return {"value": value.value, "language": value.language}
    plain = _get_plain_value(value)
    if term.flavour == "literal" and (not term.datatype or value.datatype == expand_name(term.datatype)):
        native = _get_native_number(value, expand_name(term.datatype) if term.datatype else _XSD + "integer")
        if native is not None:
            return native
        if plain or term.datatype:
            return value.value
    return {"value": value.value} if plain else {"value": value.value, "type": compact_iri(value.datatype or "")}


def _get_native_number(value: QueryTerm, number: str) -> int | bool | None:
    """Return a boolean, or an integer of datatype *number*, if JSON can represent it without loss."""
    if value.datatype == number and number in _INTEGERS and _INTEGER.fullmatch(value.value):
        return int(value.value)
    if value.datatype == _XSD + "boolean" and value.value in {"true", "false"}:
        return value.value == "true"
    return None


def _make_language_map(values: Sequence[QueryTerm], *, many: bool) -> JsonValue:
    found: dict[str, list[str]] = {}
    for value in values:
        found.setdefault(value.language or "@none", []).append(value.value)
    return {tag: texts if many or len(texts) > 1 else texts[0] for tag, texts in sorted(found.items())}
