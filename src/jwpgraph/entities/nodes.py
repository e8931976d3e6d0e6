"""Nodes of the graph in a description, and the choice of their names."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from jwpgraph.entities.common_names import choose_common_name
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.vocabulary import PREFIXES

Name = TypeVar("Name")

RDF_TYPE = PREFIXES["rdf"] + "type"
PREF_LABEL = PREFIXES["skos"] + "prefLabel"
NOTATION = PREFIXES["skos"] + "notation"
#: Names of taxa in the languages of people.
COMMON_NAME = PREFIXES["dwc"] + "vernacularName"
POSITION = PREFIXES["schema"] + "position"

#: Properties that name a resource, best first; our own data use only the first.
LABEL_PROPERTIES: tuple[str, ...] = (
    PREF_LABEL,
    PREFIXES["rdfs"] + "label",
    PREFIXES["dcterms"] + "title",
    PREFIXES["foaf"] + "name",
    PREFIXES["schema"] + "name",
    PREFIXES["skosxl"] + "literalForm",
)
_PREFERRED: ContextVar[tuple[str, ...]] = ContextVar("preferred languages", default=("en",))
_DIGITS = re.compile(r"(\d+)")


def get_preferred_language() -> str:
    """Return the preferred language of names and texts."""
    return _PREFERRED.get()[0]


def list_preferred_languages() -> tuple[str, ...]:
    """Return the languages in which names and texts are looked for, in order; English is among them."""
    return _PREFERRED.get()


@contextmanager
def prefer_language(*languages: str) -> Iterator[None]:
    """Set the preferred languages of names and texts within a context, best first; English is the last resort."""
    token = _PREFERRED.set(tuple(dict.fromkeys((*languages, "en"))))
    try:
        yield
    finally:
        _PREFERRED.reset(token)


@dataclass(slots=True)
class EntityNode:
    """A resource with (some of) its statements.

    Attributes:
        iri: its IRI, or ``_:`` and an identifier that is valid only within one query result.
        properties: the objects of its statements by predicate IRI, unordered.
        graphs: the named graphs that contain each (predicate, object).
    """

    iri: str
    properties: dict[str, list[QueryTerm]] = field(default_factory=dict)
    graphs: dict[tuple[str, QueryTerm], list[str]] = field(default_factory=dict)

    def add(self, predicate: str, value: QueryTerm, graph: str | None = None) -> None:
        """Add a statement; duplicates, also from another graph, are not repeated."""
        values = self.properties.setdefault(predicate, [])
        if value not in values:
            values.append(value)
        if graph:
            graphs = self.graphs.setdefault((predicate, value), [])
            if graph not in graphs:
                graphs.append(graph)

    def first(self, predicate: str) -> QueryTerm | None:
        """Return one object of *predicate*, always the same."""
        values = self.properties.get(predicate)
        return min(values, key=lambda term: (term.language or "", term.value)) if values else None

    def text(self, predicate: str, language: str | None = None) -> QueryTerm | None:
        """Return the best object of *predicate* for a reader of *language* (default: the preferred language)."""
        return choose_literal(self.properties.get(predicate, ()), language)

    @property
    def types(self) -> list[str]:
        """Return the IRIs of its classes."""
        return [term.value for term in self.properties.get(RDF_TYPE, ())]

    @property
    def notation(self) -> str | None:
        """Return its code, such as ``B16`` or ``KE``."""
        term = self.first(NOTATION)
        return term.value if term else None

    @property
    def position(self) -> float:
        """Return its position in its document; infinite if it has none."""
        term = self.first(POSITION)
        try:
            return float(term.value) if term else math.inf
        except ValueError:
            return math.inf

    def label(self, language: str | None = None) -> tuple[QueryTerm, str] | None:
        """Return the best name for a reader of *language* (default: the preferred languages), and its property.

        A common name in that language is better than a label in another one.
        """
        for predicate in LABEL_PROPERTIES:
            term = choose_literal(self.properties.get(predicate, ()), language)
            if term is None:
                continue
            for preferred in (language,) if language else _PREFERRED.get():
                if preferred in (term.language, "en"):
                    break
                named = {one.value: one for one in self.properties.get(COMMON_NAME, ()) if one.language == preferred}
                if named:
                    return named[choose_common_name(named, self.iri)], COMMON_NAME
            return term, predicate
        return None

    @property
    def name(self) -> str:
        """Return its label or, if it has none, the local name of its IRI."""
        label = self.label()
        return label[0].value if label else get_local_name(self.iri)

    def sort_key(self) -> tuple[float, tuple[tuple[int, int, str], ...], str, str]:
        """Return the sort key: position, then notation in natural order (``B2`` before ``B10``), then name."""
        return self.position, make_natural_key(self.notation or "~"), self.name.casefold(), self.iri


def make_natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts ``B2`` before ``B10``."""
    return tuple(
        (1, int(piece), "") if piece.isascii() and piece.isdigit() else (0, 0, piece.casefold())
        for piece in _DIGITS.split(text)
        if piece
    )


def choose_literal(terms: Iterable[QueryTerm], language: str | None = None) -> QueryTerm | None:
    """Return the best literal for *language*: the language, a regional variant, English, untagged, Latin, any.

    Args:
        terms: the terms to choose from; others than literals are ignored.
        language: the language; default: the preferred languages.
    """
    wanted = (language, "en") if language else _PREFERRED.get()
    last = 2 * len(wanted)

    def rank(term: QueryTerm) -> tuple[int, str, str]:
        tag = (term.language or "").lower()
        for place, one in enumerate(wanted):
            if tag == one:
                return 2 * place, tag, term.value
            if tag.partition("-")[0] == one:
                return 2 * place + 1, tag, term.value
        return last + {"": 0, "la": 1, "mul": 1}.get(tag, 2), tag, term.value

    return min((term for term in terms if term.kind == "literal"), key=rank, default=None)


def get_local_name(iri: str) -> str:
    """Return the part of *iri* after its last slash or hash; the whole IRI if that is empty."""
    return re.split(r"[/#]", iri.rstrip("/#"))[-1] or iri


def get_node_key(term: QueryTerm) -> str:
    """Return the key of a resource's node: its IRI, or ``_:`` and the blank node's identifier."""
    return f"_:{term.value}" if term.kind == "bnode" else term.value


def collect_nodes(rows: Iterable[SolutionRow], nodes: dict[str, EntityNode] | None = None) -> dict[str, EntityNode]:
    """Return nodes from rows that bind ``?s ?p ?o`` and optionally the graph ``?g``."""
    nodes = {} if nodes is None else nodes
    for row in rows:
        key = get_node_key(row["s"])
        node = nodes.get(key)
        if node is None:
            node = nodes[key] = EntityNode(key)
        graph = row.get("g")
        node.add(row["p"].value, row["o"], graph.value if graph else None)
    return nodes


def sort_nodes(nodes: Iterable[EntityNode]) -> list[EntityNode]:
    """Return the nodes sorted by position, notation and name."""
    return sorted(nodes, key=EntityNode.sort_key)


def sort_links(terms: Sequence[QueryTerm], names: Mapping[str, EntityNode]) -> list[QueryTerm]:
    """Return the values of one property in reading order: resources as in :func:`sort_nodes`, then literals."""

    def key(term: QueryTerm) -> tuple[object, ...]:
        node = names.get(get_node_key(term)) if term.kind != "literal" else None
        if node:
            return (0, *node.sort_key())
        return (1, math.inf, make_natural_key(term.value), term.language or "", term.value)

    return sorted(terms, key=key)


def merge_letter_cases(names: Iterable[Name], get_text: Callable[[Name], str]) -> list[Name]:
    """Return *names* in their order, of those that differ only in letter case the first.

    Args:
        names: the names, the preferred ones first.
        get_text: returns the text of a name.
    """
    found: dict[str, Name] = {}
    for name in names:
        found.setdefault(get_text(name).casefold(), name)
    return list(found.values())
