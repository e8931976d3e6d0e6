"""RDF documents: all statements of the release about one resource, including entailed ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.vocabulary import JWP, PREFIXES

_RDF = PREFIXES["rdf"]
_DCTERMS = PREFIXES["dcterms"]
_NAMES = ", ".join(
    quote_iri(name)
    for name in (
        _RDF + "type",
        PREFIXES["skos"] + "prefLabel",
        PREFIXES["skos"] + "notation",
        PREFIXES["rdfs"] + "label",
    )
)


async def read_statements_about(site: AppContext, iris: Sequence[str]) -> list[ox.Quad]:
    """Return the statements about the first of *iris* that is in the graph, each with its named graph.

    These are its own statements, those of its parts, of blank nodes that it links to (two levels) and of sourced
    statements about it, and the names of linked resources. Empty if the graph has no statements about it.
    """
    for iri in iris:
        rows = await site.queries.select(_make_statements_query(iri))
        if any(row["s"].value == iri for row in rows):
            return list(map(_make_quad, rows))
    return []


def _make_statements_query(iri: str) -> str:
    this = quote_iri(iri)
    return f"""
SELECT DISTINCT ?g ?s ?p ?o WHERE {{
  {{ BIND({this} AS ?s) GRAPH ?g {{ {this} ?p ?o }} }}
  UNION {{ {this} <{_DCTERMS}hasPart> ?s . ?s a <{JWP}ActivityPart> . GRAPH ?g {{ ?s ?p ?o }} }}
  UNION {{ ?s <{_RDF}subject> {this} . GRAPH ?g {{ ?s ?p ?o }} }}
  UNION {{ {this} ?via ?s . FILTER(isBlank(?s)) GRAPH ?g {{ ?s ?p ?o }} }}
  UNION {{ {this} ?via ?outer . FILTER(isBlank(?outer)) ?outer ?then ?s . FILTER(isBlank(?s)) GRAPH ?g {{ ?s ?p ?o }} }}
  UNION {{ {{ SELECT DISTINCT ?s WHERE {{ {this} ?via ?s . FILTER(isIRI(?s) && ?via != <{_RDF}type>) }} }}
    GRAPH ?g {{ ?s ?p ?o FILTER(?p IN ({_NAMES})) }} }}
}}"""


def _make_quad(row: SolutionRow) -> ox.Quad:
    subject = _make_term(row["s"])
    assert not isinstance(subject, ox.Literal)  # noqa: S101 - no store holds one there
    return ox.Quad(subject, ox.NamedNode(row["p"].value), _make_term(row["o"]), ox.NamedNode(row["g"].value))


def _make_term(term: QueryTerm) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    if term.kind == "uri":
        return ox.NamedNode(term.value)
    if term.kind == "bnode":
        return ox.BlankNode(term.value)
    if term.language:
        return ox.Literal(term.value, language=term.language)
    return ox.Literal(term.value, datatype=ox.NamedNode(term.datatype) if term.datatype else None)


def read_ontology_quads() -> list[ox.Quad]:
    """Return the shipped ontology including its schemes."""
    return list(_parse_folder("ontology"))


def read_shapes_quads(site: AppContext) -> list[ox.Quad]:
    """Return the shapes that the served release was validated with; the shipped shapes if it has none."""
    release = site.served_release()
    if release and release.shapes_path.is_file():
        return list(ox.parse(path=release.shapes_path, format=ox.RdfFormat.TURTLE))
    return list(_parse_folder("shapes"))


def read_quality_quads() -> list[ox.Quad]:
    """Return the quality checks."""
    return list(_parse_folder("quality"))


def _parse_folder(folder: str) -> Iterable[ox.Quad]:
    for path in sorted(get_shipped_path(folder).rglob("*.ttl")):
        yield from ox.parse(path=path, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
