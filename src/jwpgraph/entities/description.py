"""Descriptions of resources: their statements and the links to them.

A description takes at most two SPARQL queries. The first reads the statements with their graphs, the sourced statements
about them and the number of incoming links; the second reads the names of all mentioned resources and one page of
incoming links for each property.

Only asserted statements are described; entailed ones repeat them (superclasses, superproperties, inverses). The RDF
documents of :mod:`jwpgraph.linked_data.documents` contain both. Resources that are derived as a whole (listing periods)
have no others, so that theirs are described.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.entities.nodes import (
    LABEL_PROPERTIES,
    NOTATION,
    POSITION,
    PREF_LABEL,
    RDF_TYPE,
    EntityNode,
    collect_nodes,
    get_node_key,
    sort_nodes,
)
from jwpgraph.entities.terminology import Terminology, get_terminology
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.vocabulary import ENTAILED_GRAPH, JWP, PREFIXES

_RDF = PREFIXES["rdf"]
_DCTERMS = PREFIXES["dcterms"]

#: Properties read of a resource that is only referred to: its names and, for a source, its citation.
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
# A filter instead of VALUES: with two VALUES tables joined to a pattern, Oxigraph scanned the whole store.
_NAMING = f"?s ?p ?o FILTER(?p IN ({', '.join(map(quote_iri, NAMING_PROPERTIES))}))"
_ASSERTED = f"FILTER(?g != <{ENTAILED_GRAPH}>)"
#: Links that a description does not show as incoming links.
_NOT_INCOMING = f"FILTER(?p NOT IN (<{_RDF}subject>, <{_RDF}predicate>, <{_RDF}object>))"

LINKS_PER_PAGE = 50
#: A larger number of links is returned in store order, which is stable within a release: sorting 130,000 takes seven
#: seconds of CPU time.
_MOST_SORTED = 10_000


@dataclass(frozen=True, slots=True)
class LinkPage:
    """A page of incoming links: the property and the offset."""

    predicate: str
    offset: int


@dataclass(slots=True)
class IncomingLinkPage:
    """Incoming links of one property: the total and one page."""

    predicate: str
    total: int
    offset: int
    sources: list[EntityNode]

    @property
    def next_offset(self) -> int | None:
        """Return the offset of the next page; ``None`` on the last one."""
        end = self.offset + len(self.sources)
        return end if end < self.total and self.sources else None


@dataclass(slots=True)
class EntityDescription:
    """Description of a resource.

    Attributes:
        node: the resource with its asserted statements.
        parts: its parts with their statements, in source order.
        statements: the ``jwp:SourcedStatement`` resources about it and its parts.
        nested: the blank nodes that it links to.
        incoming: incoming links, by property.
        names: all mentioned resources, with their names.
        terms: the classes and properties of the release.
        release: the number of the release that was read.
    """

    node: EntityNode
    names: dict[str, EntityNode]
    terms: Terminology
    release: int
    parts: list[EntityNode] = field(default_factory=list)
    statements: list[EntityNode] = field(default_factory=list)
    nested: dict[str, EntityNode] = field(default_factory=dict)
    incoming: list[IncomingLinkPage] = field(default_factory=list)

    def statements_about(self, iri: str, predicate: str, value: QueryTerm) -> list[EntityNode]:
        """Return the sourced statements about the triple (iri, predicate, value)."""
        return [
            node
            for node in self.statements
            if _has_value(node, "subject", iri)
            and _has_value(node, "predicate", predicate)
            and _has_value(node, "object", value)
        ]

    def type_of(self, iri: str) -> str | None:
        """Return the IRI of the most specific class of *iri*."""
        types = {kind for node in (self.node, self.names.get(iri)) if node and node.iri == iri for kind in node.types}
        return self.terms.primary_type(iri, types)


def _has_value(node: EntityNode, role: str, value: str | QueryTerm) -> bool:
    terms = node.properties.get(_RDF + role, ())
    return any(term == value if isinstance(value, QueryTerm) else term.value == value for term in terms)


async def describe(
    site: AppContext, iris: Sequence[str], page: LinkPage | None = None, without: Collection[str] = ()
) -> EntityDescription | None:
    """Return the description of the first of *iris* that is in the graph.

    Args:
        site: the context.
        iris: spellings of one IRI, as returned by :func:`~jwpgraph.entities.iri_mapping.path_to_iris`.
        page: a later page of the incoming links of one property.
        without: properties whose incoming links are not read.

    Returns:
        The description; ``None`` if the graph contains neither statements about it nor links to it.
    """
    terms = await get_terminology(site)
    release = site.release_number
    found = await _read_own_statements(site, iris)
    if found is None:
        return None
    iri, rows = found
    of_kind = _group_by_kind(rows)
    node = collect_nodes(of_kind["out"], {iri: EntityNode(iri)})[iri]
    parts = collect_nodes(of_kind["part"])
    statements = collect_nodes(of_kind["statement"])
    nested = collect_nodes(of_kind["nested"])
    totals = {row["p"].value: int(row["o"].value) for row in of_kind["in"] if row["p"].value not in without}

    mentioned = {iri}
    for one in (node, *parts.values(), *statements.values(), *nested.values()):
        mentioned |= {get_node_key(term) for values in one.properties.values() for term in values if term.kind == "uri"}
    mentioned -= terms.terms.keys()
    second = _group_by_kind(await site.queries.select(_make_names_query(iri, mentioned, totals, page)))
    return EntityDescription(
        node=node,
        names=collect_nodes(second["name"]),
        terms=terms,
        release=release,
        parts=sort_nodes(parts.values()),
        statements=sorted(statements.values(), key=lambda statement: statement.iri),
        nested=nested,
        incoming=_collect_incoming(totals, second, page),
    )


async def describe_all(site: AppContext, iris: Sequence[str]) -> list[EntityDescription]:
    """Return descriptions of several resources from one query: their statements and the names of linked resources."""
    if not iris:
        return []
    terms = await get_terminology(site)
    release = site.release_number
    rows = _group_by_kind(await site.queries.select(_make_descriptions_query(iris)))
    nodes = collect_nodes(rows["out"])
    names = collect_nodes(rows["name"])
    return [EntityDescription(nodes.get(iri, EntityNode(iri)), names, terms, release) for iri in iris]


async def _read_own_statements(site: AppContext, iris: Sequence[str]) -> tuple[str, list[SolutionRow]] | None:
    """Return the first of *iris* that has statements, asserted ones or else entailed ones, or only links to it."""
    linked = None
    for condition in (_ASSERTED, ""):
        for iri in iris:
            rows = await site.queries.select(_make_own_statements_query(iri, condition))
            if any(row["row"].value == "out" for row in rows):
                return iri, rows
            if rows and linked is None:
                linked = iri, rows
    return linked


def _group_by_kind(rows: Iterable[SolutionRow]) -> dict[str, list[SolutionRow]]:
    found: dict[str, list[SolutionRow]] = {kind: [] for kind in ("out", "part", "statement", "nested", "in", "name")}
    for row in rows:
        found.setdefault(row["row"].value, []).append(row)
    return found


def _make_own_statements_query(iri: str, condition: str) -> str:
    this = quote_iri(iri)
    part = f"{{ {this} <{_DCTERMS}hasPart> ?s }} UNION {{ ?s <{_DCTERMS}isPartOf> {this} }} ?s a <{JWP}ActivityPart> ."
    return f"""
SELECT ?row ?s ?p ?o ?g WHERE {{
  {{ GRAPH ?g {{ {this} ?p ?o }} {condition} BIND({this} AS ?s) BIND("out" AS ?row) }}
  UNION {{ {{ SELECT DISTINCT ?s WHERE {{ {part} }} }} GRAPH ?g {{ ?s ?p ?o }} {condition} BIND("part" AS ?row) }}
  UNION {{ {{ SELECT DISTINCT ?s WHERE {{ {{ ?s <{_RDF}subject> {this} }}
      UNION {{ {this} <{_DCTERMS}hasPart> ?part . ?s <{_RDF}subject> ?part }} }} }}
    GRAPH ?g {{ ?s ?p ?o }} {condition} BIND("statement" AS ?row) }}
  UNION {{ GRAPH ?g {{ {this} ?via ?s . FILTER(isBlank(?s)) ?s ?p ?o }} {condition} BIND("nested" AS ?row) }}
  UNION {{ SELECT ("in" AS ?row) ?p (COUNT(DISTINCT ?in) AS ?o) WHERE {{
      GRAPH ?g {{ ?in ?p {this} }} {condition} {_NOT_INCOMING} }} GROUP BY ?p }}
}}"""


def _make_names_query(iri: str, mentioned: Iterable[str], totals: dict[str, int], page: LinkPage | None) -> str:
    named = " ".join(map(quote_iri, sorted(mentioned)))
    branches = [f'{{ VALUES ?s {{ {named} }} {_NAMING} BIND("name" AS ?row) }}']
    for index, predicate in enumerate(sorted(totals)):
        offset = page.offset if page and page.predicate == predicate else 0
        link = f"GRAPH ?g {{ ?s {quote_iri(predicate)} {quote_iri(iri)} }} {_ASSERTED}"
        chosen = f"SELECT DISTINCT ?s WHERE {{ {link} }}"
        if totals[predicate] > LINKS_PER_PAGE or offset:
            ordered = _sort_sources(link) if totals[predicate] <= _MOST_SORTED else chosen
            chosen = f"{ordered} LIMIT {LINKS_PER_PAGE} OFFSET {offset}"
        branches.append(f"""{{ {{ {chosen} }} OPTIONAL {{ {_NAMING} }} BIND("in{index}" AS ?row) }}""")
    return "SELECT ?row ?s ?p ?o WHERE {\n  " + "\n  UNION ".join(branches) + "\n}"


def _sort_sources(link: str) -> str:
    """Return a query for the sources of *link*, sorted by position in their document, then by name."""
    return f"""SELECT ?s WHERE {{ {link}
      OPTIONAL {{ ?s {quote_iri(POSITION)} ?position }}
      OPTIONAL {{ ?s {quote_iri(PREF_LABEL)} ?name FILTER(LANG(?name) = "en") }} }}
    GROUP BY ?s ORDER BY COALESCE(MIN(?position), 1e9) COALESCE(MIN(LCASE(STR(?name))), STR(?s)) STR(?s)"""


def _collect_incoming(
    totals: dict[str, int], rows: dict[str, list[SolutionRow]], page: LinkPage | None
) -> list[IncomingLinkPage]:
    found = []
    for index, predicate in enumerate(sorted(totals)):
        links = rows.get(f"in{index}", [])
        nodes = {key: EntityNode(key) for key in (get_node_key(row["s"]) for row in links)}
        collect_nodes((row for row in links if "p" in row), nodes)
        offset = page.offset if page and page.predicate == predicate else 0
        found.append(IncomingLinkPage(predicate, totals[predicate], offset, sort_nodes(nodes.values())))
    return found


def _make_descriptions_query(iris: Sequence[str]) -> str:
    these = f"VALUES ?this {{ {' '.join(map(quote_iri, iris))} }}"
    return f"""
SELECT ?row ?s ?p ?o ?g WHERE {{
  {{ {these} GRAPH ?g {{ ?this ?p ?o }} {_ASSERTED} BIND(?this AS ?s) BIND("out" AS ?row) }}
  UNION {{ {{ SELECT DISTINCT ?s WHERE {{ {these} GRAPH ?g {{ ?this ?any ?s }} {_ASSERTED} FILTER(isIRI(?s)) }} }}
    {_NAMING} BIND("name" AS ?row) }}
  UNION {{ {these} BIND(?this AS ?s) BIND(<{RDF_TYPE}> AS ?p) ?s ?p ?o BIND("name" AS ?row) }}
}}"""
