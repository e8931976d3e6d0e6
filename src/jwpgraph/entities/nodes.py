"""Nodes of the graph as a description holds them, and how a reader would call them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.vocabulary import PREFIXES

RDF_TYPE = PREFIXES["rdf"] + "type"
PREF_LABEL = PREFIXES["skos"] + "prefLabel"
NOTATION = PREFIXES["skos"] + "notation"
POSITION = PREFIXES["schema"] + "position"

#: Where a name is looked for, best first; only the first is a label in the sense of our own data.
LABEL_PROPERTIES: tuple[str, ...] = (
    PREF_LABEL,
    PREFIXES["rdfs"] + "label",
    PREFIXES["dcterms"] + "title",
    PREFIXES["foaf"] + "name",
    PREFIXES["schema"] + "name",
    PREFIXES["skosxl"] + "literalForm",
)
_PREFERRED: ContextVar[str] = ContextVar("preferred language", default="en")
_DIGITS = re.compile(r"(\d+)")


def get_preferred_language() -> str:
    """The language in which names and texts are read, where there are such."""
    return _PREFERRED.get()


@contextmanager
def prefer_language(language: str) -> Iterator[None]:
    """Read names and texts in *language* meanwhile, where there are such; otherwise in English."""
    token = _PREFERRED.set(language)
    try:
        yield
    finally:
        _PREFERRED.reset(token)


@dataclass(slots=True)
class EntityNode:
    """A resource with (some of) its statements.

    Attributes:
        iri: its IRI, or ``_:`` and an identifier that means something within one answer only.
        properties: the objects of its statements by predicate IRI, in no particular order.
        graphs: the named graphs that state each (predicate, object).
    """

    iri: str
    properties: dict[str, list[QueryTerm]] = field(default_factory=dict)
    graphs: dict[tuple[str, QueryTerm], list[str]] = field(default_factory=dict)

    def add(self, predicate: str, value: QueryTerm, graph: str | None = None) -> None:
        """Note a statement; stating it twice, or in a second graph, does not repeat it."""
        values = self.properties.setdefault(predicate, [])
        if value not in values:
            values.append(value)
        if graph:
            graphs = self.graphs.setdefault((predicate, value), [])
            if graph not in graphs:
                graphs.append(graph)

    def first(self, predicate: str) -> QueryTerm | None:
        """One object of *predicate*, the same one every time."""
        values = self.properties.get(predicate)
        return min(values, key=lambda term: (term.language or "", term.value)) if values else None

    def text(self, predicate: str, language: str | None = None) -> QueryTerm | None:
        """The object of *predicate* that suits a reader of *language* (by default the preferred one) best."""
        return choose_literal(self.properties.get(predicate, ()), language)

    @property
    def types(self) -> list[str]:
        """The IRIs of its classes."""
        return [term.value for term in self.properties.get(RDF_TYPE, ())]

    @property
    def notation(self) -> str | None:
        """Its code, such as ``B16`` or ``KE``."""
        term = self.first(NOTATION)
        return term.value if term else None

    @property
    def position(self) -> float:
        """Its place in the order of its document; infinite where it has none."""
        term = self.first(POSITION)
        try:
            return float(term.value) if term else math.inf
        except ValueError:
            return math.inf

    def label(self, language: str | None = None) -> tuple[QueryTerm, str] | None:
        """The best name for a reader of *language* (by default the preferred one), and the property that gives it."""
        for predicate in LABEL_PROPERTIES:
            term = choose_literal(self.properties.get(predicate, ()), language)
            if term:
                return term, predicate
        return None

    @property
    def name(self) -> str:
        """What to call it: its label, or what remains of its IRI."""
        label = self.label()
        return label[0].value if label else get_local_name(self.iri)

    def sort_key(self) -> tuple[float, tuple[tuple[int, int, str], ...], str, str]:
        """Document order, then notation in natural order (``B2`` before ``B10``), then name."""
        return self.position, natural_key(self.notation or "~"), self.name.casefold(), self.iri


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key under which ``B2`` comes before ``B10``."""
    return tuple(
        (1, int(piece), "") if piece.isascii() and piece.isdigit() else (0, 0, piece.casefold())
        for piece in _DIGITS.split(text)
        if piece
    )


def choose_literal(terms: Iterable[QueryTerm], language: str | None = None) -> QueryTerm | None:
    """The literal for a reader of *language*: its own, a regional variety, English, untagged, Latin, then any."""
    preferred = language or _PREFERRED.get()

    def rank(term: QueryTerm) -> tuple[int, str, str]:
        tag = (term.language or "").lower()
        for place, wanted in enumerate((preferred, "en")):
            if tag == wanted:
                return 2 * place, tag, term.value
            if tag.partition("-")[0] == wanted:
                return 2 * place + 1, tag, term.value
        return {"": 4, "la": 5, "mul": 5}.get(tag, 6), tag, term.value

    return min((term for term in terms if term.kind == "literal"), key=rank, default=None)


def get_local_name(iri: str) -> str:
    """What follows the last slash or hash of *iri*; all of it where that is empty."""
    return re.split(r"[/#]", iri.rstrip("/#"))[-1] or iri


def node_key(term: QueryTerm) -> str:
    """The identity under which a resource's node is kept: its IRI, or ``_:`` and the blank node's identifier."""
    return f"_:{term.value}" if term.kind == "bnode" else term.value


def collect_nodes(rows: Iterable[SolutionRow], nodes: dict[str, EntityNode] | None = None) -> dict[str, EntityNode]:
    """Nodes from rows that bind ``?s ?p ?o`` and perhaps the graph ``?g``."""
    nodes = {} if nodes is None else nodes
    for row in rows:
        key = node_key(row["s"])
        node = nodes.get(key)
        if node is None:
            node = nodes[key] = EntityNode(key)
        graph = row.get("g")
        node.add(row["p"].value, row["o"], graph.value if graph else None)
    return nodes


def sort_nodes(nodes: Iterable[EntityNode]) -> list[EntityNode]:
    """The nodes as a reader expects them: document order, notation, name."""
    return sorted(nodes, key=EntityNode.sort_key)


def sort_links(terms: Sequence[QueryTerm], names: Mapping[str, EntityNode]) -> list[QueryTerm]:
    """Terms of one property in reading order: resources as :func:`sort_nodes` has them, then literals."""

    def key(term: QueryTerm) -> tuple[object, ...]:
        node = names.get(node_key(term)) if term.kind != "literal" else None
        if node:
            return (0, *node.sort_key())
        return (1, math.inf, natural_key(term.value), term.language or "", term.value)

    return sorted(terms, key=key)
