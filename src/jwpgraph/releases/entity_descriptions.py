"""Descriptions of entities: the statements that belong to an entity, and their digest.

An entity is a subject whose IRI starts with ``https://w3id.org/jwpgraph/id/``. Its description consists of the
statements in the named graphs of a release, including the entailed one, about

* the entity itself,
* the blank nodes reachable from it, at any depth,
* the nodes that belong to it: sourced statements about it (``rdf:subject``) and the parts of an activity
  (``dcterms:isPartOf`` of a ``jwp:ActivityPart``), with the nodes that belong to these,
* the names of terms of other vocabularies that it has as subjects or maps to, such as those of LEO.

The names of linked entities are part of their own descriptions; a term that is no entity has none of its own. A blank
node is identified by its statements and not by its label, so that writing the same graph again changes nothing.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeGuard

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from jwpgraph.releases.graph_statements import Statement, read_statements
from jwpgraph.releases.graph_summaries import digest_text
from jwpgraph.releases.reserved import LEGACY_UNION
from jwpgraph.vocabulary import BASE, ID, JWP, PREFIXES

Node = NamedNode | BlankNode

_DEFAULT: Final = DefaultGraph()
_SUBJECT: Final = NamedNode(PREFIXES["rdf"] + "subject")
_PART_OF: Final = NamedNode(PREFIXES["dcterms"] + "isPartOf")
_TYPE: Final = NamedNode(PREFIXES["rdf"] + "type")
_PART: Final = NamedNode(JWP + "ActivityPart")
_REPLACED_BY: Final = NamedNode(PREFIXES["dcterms"] + "isReplacedBy")
_DEPRECATED: Final = NamedNode(PREFIXES["owl"] + "deprecated")
_NAME: Final = NamedNode(PREFIXES["skos"] + "prefLabel")
#: Links of entities to terms of other vocabularies.
_TERM_LINKS: Final = (
    NamedNode(PREFIXES["dcterms"] + "subject"),
    *(NamedNode(f"{PREFIXES['skos']}{kind}Match") for kind in ("exact", "close", "related", "broad", "narrow")),
)
_TRUE: Final = frozenset({"true", "1"})
_MODULUS: Final = 2**256
#: Beginning of the statements about entities.
_ENTITY: Final = f"<{ID}".encode()
_NO_ENTITY: Final = _ENTITY + b">"


@dataclass(frozen=True, slots=True)
class EntityState:
    """The state of an entity in a release.

    Attributes:
        digest: of its description.
        given_up: whether the description says no more than that the identifier is no longer used.
        replaced_by: the IRI to use instead, where one is stated.
    """

    digest: bytes
    given_up: bool = False
    replaced_by: str | None = None


def is_entity(node: object) -> TypeGuard[NamedNode]:
    """Return whether a term is the IRI of an entity."""
    return isinstance(node, NamedNode) and node.value.startswith(ID) and len(node.value) > len(ID)


def read_entity_state(store: Store, iri: str) -> EntityState | None:
    """Return the state of one entity; ``None`` if the release has no statements about it."""
    entity = NamedNode(iri)
    number, stated = _sum_statements(store, entity)
    if not stated:
        return None
    for node in _list_belonging(store, entity):
        number += _sum_statements(store, node)[0]
    return _make_state(store, entity, number + _sum_term_names(store, entity))


class EntitySums:
    """The digests of all entities of a release, from the statements of its named graphs, read one after the other.

    Args:
        store: the store of the release.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._numbers: dict[bytes, int] = defaultdict(int)

    def add(self, graph: NamedNode | BlankNode, statements: Iterable[Statement]) -> None:
        """Add statements of *graph*, which were not added before; the graph is not :data:`LEGACY_UNION`."""
        numbers, tail = self._numbers, f" {graph}".encode()
        for statement in statements:
            if statement.startswith(_ENTITY) and not statement.startswith(_NO_ENTITY):
                subject = statement[1 : statement.index(b">")]
                value = statement[statement.rindex(b" ") + 1 :]
                if value.startswith(b"_:") and b'"' not in value:
                    predicate = statement[len(subject) + 4 : -len(value) - 2]
                    terms = NamedNode(subject.decode()), NamedNode(predicate.decode()), BlankNode(value[2:].decode())
                    numbers[subject] += _get_statement_number(self._store, Quad(*terms, graph), {})
                else:
                    numbers[subject] += digest_text(statement + tail)

    def list_states(self) -> dict[str, EntityState]:
        """Return the state of every entity by IRI; all named graphs have been added."""
        store = self._store
        owners = {
            quad.object.value
            for predicate in (_SUBJECT, _PART_OF)
            for quad in store.quads_for_pattern(None, predicate, None, _DEFAULT)
            if is_entity(quad.object)
        }
        naming = {
            quad.subject.value
            for predicate in _TERM_LINKS
            for quad in store.quads_for_pattern(None, predicate, None, _DEFAULT)
            if is_entity(quad.subject) and _is_outside_term(quad.object)
        }
        given_up = {
            quad.subject.value
            for predicate in (_REPLACED_BY, _DEPRECATED)
            for quad in store.quads_for_pattern(None, predicate, None, _DEFAULT)
            if is_entity(quad.subject)
        }
        states = {}
        for encoded, number in self._numbers.items():
            iri, total = encoded.decode(), number
            entity = NamedNode(iri)
            if iri in owners:
                total += sum(_sum_statements(store, node)[0] for node in _list_belonging(store, entity))
            if iri in naming:
                total += _sum_term_names(store, entity)
            states[iri] = _make_state(store, entity, total) if iri in given_up else EntityState(_digest(total))
        return states


def read_all_entity_states(store: Store) -> dict[str, EntityState]:
    """Return the state of every entity of a release."""
    sums = EntitySums(store)
    for graph in store.named_graphs():
        if graph.value != LEGACY_UNION:
            read_statements(store, graph, partial(sums.add, graph))
    return sums.list_states()


def list_affected_entities(stores: Iterable[Store], nodes: Iterable[Node]) -> set[str]:
    """Return the entities whose descriptions may differ after a change of statements with these subjects.

    Args:
        stores: those of the releases before and after the change.
        nodes: the subjects.
    """
    stores = tuple(stores)
    waiting, seen = set(nodes), set()
    while waiting:
        node = waiting.pop()
        seen.add(node)
        for store in stores:
            waiting |= {owner for owner in _list_owners(store, node) if owner not in seen}
    return {node.value for node in seen if is_entity(node)}


def read_statements_of(store: Store, iri: str) -> list[Triple]:
    """Return the statements of a release about one entity and the blank nodes reachable from it.

    Blank nodes are numbered in the order of the statements, so that equal statements give equal triples.
    """
    return [quad.triple for quad in _number_blank_nodes(store, [NamedNode(iri)], named=False)]


def read_description(store: Store, iri: str) -> list[Quad]:
    """Return the description of one entity, with the graph of each statement; blank nodes are numbered as above."""
    entity = NamedNode(iri)
    belonging = sorted(_list_belonging(store, entity), key=str)
    return _number_blank_nodes(store, [entity, *belonging], named=True)


def _number_blank_nodes(store: Store, nodes: Iterable[Node], *, named: bool) -> list[Quad]:
    """Return the statements about nodes and reachable blank nodes, in the named graphs or in their union."""
    labels: dict[BlankNode, BlankNode] = {}
    known: dict[BlankNode, str] = {}
    waiting = list(nodes)
    seen = set(waiting)
    found = []

    def name(term: BlankNode) -> BlankNode:
        return labels.setdefault(term, BlankNode(f"b{len(labels)}"))

    for node in waiting:
        quads = _get_stated_quads(store, node) if named else store.quads_for_pattern(node, None, None, _DEFAULT)
        for quad in sorted(quads, key=lambda quad: f"{_make_statement_text(store, quad, known)} {quad.graph_name}"):
            value = quad.object
            if isinstance(value, BlankNode):
                if value not in seen:
                    seen.add(value)
                    waiting.append(value)
                value = name(value)
            subject = name(node) if isinstance(node, BlankNode) else node
            found.append(Quad(subject, quad.predicate, value, quad.graph_name))
    return found


def _make_state(store: Store, entity: NamedNode, number: int) -> EntityState:
    replaced_by = sorted(
        quad.object.value
        for quad in store.quads_for_pattern(entity, _REPLACED_BY, None, _DEFAULT)
        if isinstance(quad.object, NamedNode)
    )
    deprecated = any(
        isinstance(quad.object, Literal) and quad.object.value in _TRUE
        for quad in store.quads_for_pattern(entity, _DEPRECATED, None, _DEFAULT)
    )
    if not replaced_by and not deprecated:
        return EntityState(_digest(number))
    # Of a withdrawn identifier only the replacement matters.
    successor = replaced_by[0] if replaced_by else None
    return EntityState(hashlib.sha256(f"given up {successor}".encode()).digest(), True, successor)


def _digest(number: int) -> bytes:
    return (number % _MODULUS).to_bytes(32)


def _sum_statements(store: Store, node: Node) -> tuple[int, int]:
    """Return the sum of the digests of the statements about a node, and the number of statements."""
    known: dict[BlankNode, str] = {}
    total = count = 0
    for quad in _get_stated_quads(store, node):
        total += _get_statement_number(store, quad, known)
        count += 1
    return total, count


def _is_outside_term(node: object) -> TypeGuard[NamedNode]:
    return isinstance(node, NamedNode) and not node.value.startswith(BASE)


def _sum_term_names(store: Store, entity: NamedNode) -> int:
    """Return the sum of the digests of the names of the terms of other vocabularies that an entity links to."""
    terms = {
        quad.object
        for predicate in _TERM_LINKS
        for quad in store.quads_for_pattern(entity, predicate, None, _DEFAULT)
        if _is_outside_term(quad.object)
    }
    return sum(
        _get_statement_number(store, quad, {})
        for term in terms
        for quad in store.quads_for_pattern(term, _NAME, None, None)
        if not isinstance(quad.graph_name, DefaultGraph) and quad.graph_name.value != LEGACY_UNION
    )


def _get_stated_quads(store: Store, node: Node) -> Iterator[Quad]:
    for quad in store.quads_for_pattern(node, None, None, None):
        if not isinstance(quad.graph_name, DefaultGraph) and quad.graph_name.value != LEGACY_UNION:
            yield quad


def _get_statement_number(store: Store, quad: Quad, known: dict[BlankNode, str]) -> int:
    if isinstance(quad.object, BlankNode) or isinstance(quad.subject, BlankNode):
        text = f"{_make_statement_text(store, quad, known)} {quad.graph_name}"
    else:
        text = str(quad)
    return digest_text(text.encode())


def _make_statement_text(store: Store, quad: Quad, known: dict[BlankNode, str]) -> str:
    """Return a statement as text, with a digest of its statements in place of each blank node."""
    value = quad.object
    if isinstance(value, BlankNode):
        _digest_blank_nodes(store, value, known)
    return _format_statement(quad, known)


def _format_statement(quad: Quad, known: dict[BlankNode, str]) -> str:
    subject = "[]" if isinstance(quad.subject, BlankNode) else str(quad.subject)
    value = quad.object
    # A blank node without a digest so far is part of a cycle.
    written = known.get(value, "[above]") if isinstance(value, BlankNode) else str(value)
    return f"{subject} {quad.predicate} {written}"


def _digest_blank_nodes(store: Store, node: BlankNode, known: dict[BlankNode, str]) -> None:
    """Add to *known* a digest of what is stated of *node* and of the blank nodes that it leads to.

    There is no recursion: a list of a thousand members is a thousand blank nodes deep.
    """
    waiting, opened = [node], set()
    while waiting:
        current = waiting[-1]
        quads = [] if current in known else list(_get_stated_quads(store, current))
        if current not in known and current not in opened:
            opened.add(current)
            below = {quad.object for quad in quads if isinstance(quad.object, BlankNode)}
            further = [other for other in below if other not in known and other not in opened]
            if further:
                waiting += further
                continue
        if current not in known:
            texts = sorted(f"{_format_statement(quad, known)} {quad.graph_name}" for quad in quads)
            known[current] = f"[{hashlib.sha256(chr(10).join(texts).encode()).hexdigest()}]"
        waiting.pop()


def _list_belonging(store: Store, entity: Node) -> set[Node]:
    """Return the nodes that belong to an entity, and transitively those that belong to them."""
    found: set[Node] = set()
    waiting: list[Node] = [entity]
    while waiting:
        node = waiting.pop()
        for predicate in (_SUBJECT, _PART_OF):
            for quad in store.quads_for_pattern(None, predicate, node, _DEFAULT):
                other = quad.subject
                if isinstance(other, Triple) or other in found or other == entity:
                    continue
                if predicate == _SUBJECT or Quad(other, _TYPE, _PART, _DEFAULT) in store:
                    found.add(other)
                    waiting.append(other)
    return found


def _list_owners(store: Store, node: Node) -> Iterator[Node]:
    """Return the nodes whose description may include a node, one step up."""
    for predicate in (_SUBJECT, _PART_OF):
        for quad in store.quads_for_pattern(node, predicate, None, _DEFAULT):
            if isinstance(quad.object, NamedNode | BlankNode):
                yield quad.object
    if _is_outside_term(node):
        for predicate in _TERM_LINKS:
            for quad in store.quads_for_pattern(None, predicate, node, _DEFAULT):
                if is_entity(quad.subject):
                    yield quad.subject
    if isinstance(node, BlankNode):
        for quad in store.quads_for_pattern(None, None, node, _DEFAULT):
            if isinstance(quad.subject, NamedNode | BlankNode):
                yield quad.subject
