"""Describing resources: what the graph says about them, and what points at them.

A description takes at most two rounds of SPARQL. The first fetches the statements with their graphs, the
sourced statements about them and how many links come in; the second what names everything that the first one
found, and one page of incoming links of each kind.

Only what is asserted is described: what the rules entail repeats it (superclasses, superproperties, inverses). The RDF
documents of :mod:`jwpgraph.linked_data.documents` hold both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from jwpgraph.linked_data.addresses import iri_ref
from jwpgraph.linked_data.nodes import (
    LABEL_PROPERTIES,
    NOTATION,
    POSITION,
    PREF_LABEL,
    RDF_TYPE,
    Node,
    by_order,
    collect,
    key_of,
)
from jwpgraph.linked_data.site import Site
from jwpgraph.linked_data.terminology import Terminology, terminology
from jwpgraph.sparql.queries import Row, Term
from jwpgraph.vocabulary import ENTAILED_GRAPH, JWP, PREFIXES

_RDF = PREFIXES["rdf"]
_DCTERMS = PREFIXES["dcterms"]

#: What is fetched of a resource that is only referred to: its names, and for a source how to cite it.
NAMING_PROPERTIES: tuple[str, ...] = (
    RDF_TYPE,
    NOTATION,
    POSITION,
    *LABEL_PROPERTIES,
    _DCTERMS + "bibliographicCitation",
    _DCTERMS + "issued",
    PREFIXES["schema"] + "url",
    JWP + "consultedOn",
)
# A filter and not VALUES: joining two tables of values with a pattern made Oxigraph scan the whole store.
_NAMING = f"?s ?p ?o FILTER(?p IN ({', '.join(map(iri_ref, NAMING_PROPERTIES))}))"
_ASSERTED = f"FILTER(?g != <{ENTAILED_GRAPH}>)"
#: Links that a description shows in another way than as incoming links.
_NOT_INCOMING = f"FILTER(?p NOT IN (<{_RDF}subject>, <{_RDF}predicate>, <{_RDF}object>))"

LINKS_PER_PAGE = 50
#: More links than this are given as the store has them, in an order that is the same as long as the release lasts:
#: to sort 130,000 by any criterion takes seven seconds of a processor.
_MOST_SORTED = 10_000


@dataclass(frozen=True, slots=True)
class LinkPage:
    """Which incoming links to show: those of one property, from an offset on."""

    predicate: str
    offset: int


@dataclass(slots=True)
class IncomingLinks:
    """The links of one property that point at a resource: how many, and a page of them."""

    predicate: str
    total: int
    offset: int
    sources: list[Node]

    @property
    def next_offset(self) -> int | None:
        """Where the next page starts; None on the last one."""
        end = self.offset + len(self.sources)
        return end if end < self.total and self.sources else None


@dataclass(slots=True)
class Description:
    """What the graph says about a resource.

    Attributes:
        node: the resource with its asserted statements.
        parts: its parts, in source order, with theirs.
        statements: the ``jwp:SourcedStatement`` resources about it, and about its parts.
        nested: the blank nodes that it links to.
        incoming: links that point at it, by property.
        names: every resource mentioned, with what names it.
        terms: the classes and properties of the release.
        release: the number of the release that was read.
    """

    node: Node
    names: dict[str, Node]
    terms: Terminology
    release: int
    parts: list[Node] = field(default_factory=list)
    statements: list[Node] = field(default_factory=list)
    nested: dict[str, Node] = field(default_factory=dict)
    incoming: list[IncomingLinks] = field(default_factory=list)

    def statements_about(self, iri: str, predicate: str, value: Term) -> list[Node]:
        """The sourced statements of (iri, predicate, value)."""
        return [
            node
            for node in self.statements
            if _has(node, "subject", iri) and _has(node, "predicate", predicate) and _has(node, "object", value)
        ]

    def type_of(self, iri: str) -> str | None:
        """The IRI of the class that says most about *iri*."""
        types = {kind for node in (self.node, self.names.get(iri)) if node and node.iri == iri for kind in node.types}
        return self.terms.primary_type(iri, types)


def _has(node: Node, role: str, value: str | Term) -> bool:
    terms = node.properties.get(_RDF + role, ())
    return any(term == value if isinstance(value, Term) else term.value == value for term in terms)


async def describe(
    site: Site, iris: Sequence[str], page: LinkPage | None = None, without: Collection[str] = ()
) -> Description | None:
    """The description of the first of *iris* that the graph knows.

    Args:
        iris: spellings of one IRI, as :func:`~jwpgraph.linked_data.addresses.iris_of_path` returns them.
        page: a later page of the incoming links of one property.
        without: properties whose incoming links are not asked for.

    Returns:
        None when the graph neither says anything about it nor links to it.
    """
    terms = await terminology(site)
    release = site.release_number
    rows: list[Row] = []
    for iri in iris:
        rows = await site.queries.select(_first_round(iri))
        if rows:
            break
    else:
        return None
    of_kind = _by_kind(rows)
    node = collect(of_kind["out"], {iri: Node(iri)})[iri]
    parts = collect(of_kind["part"])
    statements = collect(of_kind["statement"])
    nested = collect(of_kind["nested"])
    totals = {row["p"].value: int(row["o"].value) for row in of_kind["in"] if row["p"].value not in without}

    mentioned = {iri}
    for one in (node, *parts.values(), *statements.values(), *nested.values()):
        mentioned |= {key_of(term) for values in one.properties.values() for term in values if term.kind == "uri"}
    mentioned -= terms.terms.keys()
    second = _by_kind(await site.queries.select(_second_round(iri, mentioned, totals, page)))
    return Description(
        node=node,
        names=collect(second["name"]),
        terms=terms,
        release=release,
        parts=by_order(parts.values()),
        statements=sorted(statements.values(), key=lambda statement: statement.iri),
        nested=nested,
        incoming=_incoming(totals, second, page),
    )


async def describe_all(site: Site, iris: Sequence[str]) -> list[Description]:
    """Descriptions of several resources in one round: their own statements and the names of what they mention."""
    if not iris:
        return []
    terms = await terminology(site)
    release = site.release_number
    rows = _by_kind(await site.queries.select(_many(iris)))
    nodes = collect(rows["out"])
    names = collect(rows["name"])
    return [Description(nodes.get(iri, Node(iri)), names, terms, release) for iri in iris]


def _by_kind(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {kind: [] for kind in ("out", "part", "statement", "nested", "in", "name")}
    for row in rows:
        found.setdefault(row["row"].value, []).append(row)
    return found


def _first_round(iri: str) -> str:
    this = iri_ref(iri)
    part = f"{{ {this} <{JWP}hasPart> ?s }} UNION {{ ?s <{_DCTERMS}isPartOf> {this} }} ?s a <{JWP}ActivityPart> ."
    return f"""
SELECT ?row ?s ?p ?o ?g WHERE {{
  {{ GRAPH ?g {{ {this} ?p ?o }} {_ASSERTED} BIND({this} AS ?s) BIND("out" AS ?row) }}
  UNION {{ {{ SELECT DISTINCT ?s WHERE {{ {part} }} }} GRAPH ?g {{ ?s ?p ?o }} {_ASSERTED} BIND("part" AS ?row) }}
  UNION {{ {{ SELECT DISTINCT ?s WHERE {{ {{ ?s <{_RDF}subject> {this} }}
      UNION {{ {this} <{JWP}hasPart> ?part . ?s <{_RDF}subject> ?part }} }} }}
    GRAPH ?g {{ ?s ?p ?o }} {_ASSERTED} BIND("statement" AS ?row) }}
  UNION {{ GRAPH ?g {{ {this} ?via ?s . FILTER(isBlank(?s)) ?s ?p ?o }} {_ASSERTED} BIND("nested" AS ?row) }}
  UNION {{ SELECT ("in" AS ?row) ?p (COUNT(DISTINCT ?in) AS ?o) WHERE {{
      GRAPH ?g {{ ?in ?p {this} }} {_ASSERTED} {_NOT_INCOMING} }} GROUP BY ?p }}
}}"""


def _second_round(iri: str, mentioned: Iterable[str], totals: dict[str, int], page: LinkPage | None) -> str:
    named = " ".join(map(iri_ref, sorted(mentioned)))
    branches = [f'{{ VALUES ?s {{ {named} }} {_NAMING} BIND("name" AS ?row) }}']
    for index, predicate in enumerate(sorted(totals)):
        offset = page.offset if page and page.predicate == predicate else 0
        link = f"GRAPH ?g {{ ?s {iri_ref(predicate)} {iri_ref(iri)} }} {_ASSERTED}"
        chosen = f"SELECT DISTINCT ?s WHERE {{ {link} }}"
        if totals[predicate] > LINKS_PER_PAGE or offset:
            ordered = _in_order(link) if totals[predicate] <= _MOST_SORTED else chosen
            chosen = f"{ordered} LIMIT {LINKS_PER_PAGE} OFFSET {offset}"
        branches.append(f"""{{ {{ {chosen} }} OPTIONAL {{ {_NAMING} }} BIND("in{index}" AS ?row) }}""")
    return "SELECT ?row ?s ?p ?o WHERE {\n  " + "\n  UNION ".join(branches) + "\n}"


def _in_order(link: str) -> str:
    """The sources of *link* as a reader expects them: in the order of their document, then by name."""
    return f"""SELECT ?s WHERE {{ {link}
      OPTIONAL {{ ?s {iri_ref(POSITION)} ?position }}
      OPTIONAL {{ ?s {iri_ref(PREF_LABEL)} ?name FILTER(LANG(?name) = "en") }} }}
    GROUP BY ?s ORDER BY COALESCE(MIN(?position), 1e9) COALESCE(MIN(LCASE(STR(?name))), STR(?s)) STR(?s)"""


def _incoming(totals: dict[str, int], rows: dict[str, list[Row]], page: LinkPage | None) -> list[IncomingLinks]:
    found = []
    for index, predicate in enumerate(sorted(totals)):
        links = rows.get(f"in{index}", [])
        nodes = {key: Node(key) for key in (key_of(row["s"]) for row in links)}
        collect((row for row in links if "p" in row), nodes)
        offset = page.offset if page and page.predicate == predicate else 0
        found.append(IncomingLinks(predicate, totals[predicate], offset, by_order(nodes.values())))
    return found


def _many(iris: Sequence[str]) -> str:
    these = f"VALUES ?this {{ {' '.join(map(iri_ref, iris))} }}"
    return f"""
SELECT ?row ?s ?p ?o ?g WHERE {{
  {{ {these} GRAPH ?g {{ ?this ?p ?o }} {_ASSERTED} BIND(?this AS ?s) BIND("out" AS ?row) }}
  UNION {{ {{ SELECT DISTINCT ?s WHERE {{ {these} GRAPH ?g {{ ?this ?any ?s }} {_ASSERTED} FILTER(isIRI(?s)) }} }}
    {_NAMING} BIND("name" AS ?row) }}
  UNION {{ {these} BIND(?this AS ?s) BIND(<{RDF_TYPE}> AS ?p) ?s ?p ?o BIND("name" AS ?row) }}
}}"""
