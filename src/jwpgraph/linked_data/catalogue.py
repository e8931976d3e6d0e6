"""The description of the dataset in VoID (W3C Interest Group Note, 2011)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pyoxigraph as ox

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import KINDS
from jwpgraph.linked_data.description_builder import DATASET, DESCRIPTION, TITLE, DescriptionBuilder
from jwpgraph.linked_data.linksets import read_linksets
from jwpgraph.linked_data.rights import WHOLE_DATASET, get_rights, state_rights
from jwpgraph.linked_data.vocabulary_usage import get_vocabulary_usage
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.releases.dumps import NAMES
from jwpgraph.vocabulary import ID, JWP, PREFIX_LINES, PREFIXES

_EXAMPLE = f"""{PREFIX_LINES}SELECT ?activity WHERE {{
  ?activity a jwp:Activity FILTER(STRSTARTS(STR(?activity), "{ID}"))
}} ORDER BY STR(?activity) LIMIT 1"""
_VOCABULARIES = ("skos", "org", "prov", "dcterms", "schema")
#: Named graph with descriptions of the named graphs (data/ttl/graph-descriptions.ttl).
_OF_GRAPHS = f"""{PREFIX_LINES}
SELECT ?graph ?property ?value WHERE {{
  ?graph a void:Dataset ; ?property ?value .
  VALUES ?property {{
    dcterms:title dcterms:creator dcterms:source dcterms:modified prov:wasGeneratedBy
  }}
}} ORDER BY ?graph ?property ?value"""


async def make_void_description(site: AppContext, url: Callable[[str], str]) -> list[ox.Quad]:
    """Return the VoID description of the served release.

    Args:
        site: the context; counts come from the manifest if there is one, otherwise from a query.
        url: converts a path of this server into a URL.
    """
    builder = DescriptionBuilder()
    add_common(builder, site)
    builder.type(DATASET, "void:Dataset")
    builder.link(DATASET, "void:sparqlEndpoint", url("/sparql"))
    builder.add(DATASET, "void:uriSpace", ox.Literal(ID))
    for row in await site.queries.select(_EXAMPLE):
        builder.link(DATASET, "void:exampleResource", row["activity"].value)
    builder.link(DATASET, "foaf:homepage", url("/"))
    builder.link(DATASET, "void:vocabulary", JWP)
    for prefix in _VOCABULARIES:
        builder.link(DATASET, "void:vocabulary", PREFIXES[prefix])
    builder.number(DATASET, "void:triples", await _count_triples(site))
    if site.dumps is not None:
        for name in NAMES:
            builder.link(DATASET, "void:dataDump", url(f"/releases/{site.release_number}/{name}"))
    described = await _describe_graphs(site)
    for graph, triples in read_graphs(site).items():
        builder.link(DATASET, "void:subset", graph)
        builder.type(graph, "void:Dataset")
        builder.number(graph, "void:triples", triples)
        builder.quads += [ox.Quad(ox.NamedNode(graph), *one) for one in described.get(graph, ())]
    for kind in KINDS:
        count = len((await get_entity_index(site, kind)).nodes)
        if count:
            partition = f"{DATASET}#{kind.segment}"
            builder.link(DATASET, "void:classPartition", partition)
            builder.link(partition, "void:class", kind.class_iri)
            builder.number(partition, "void:entities", count)
    for term in (await get_vocabulary_usage(site)).properties:
        partition = f"{DATASET}#property-{hashlib.sha256(term.iri.encode()).hexdigest()[:12]}"
        builder.link(DATASET, "void:propertyPartition", partition)
        builder.link(partition, "void:property", term.iri)
        builder.number(partition, "void:triples", term.uses)
    for linkset in await read_linksets(site):
        iri = f"{DATASET}#links-{linkset.name}"
        builder.link(DATASET, "void:subset", iri)
        builder.type(iri, "void:Linkset")
        builder.link(iri, "void:linkPredicate", linkset.predicate)
        builder.link(iri, "void:subjectsTarget", DATASET)
        builder.link(iri, "void:objectsTarget", linkset.target)
        builder.type(linkset.target, "void:Dataset")
        builder.add(linkset.target, "void:uriSpace", ox.Literal(linkset.uri_space))
        builder.number(iri, "void:triples", linkset.triples)
    return builder.quads + state_rights([WHOLE_DATASET, *(await get_rights(site)).values()])


async def _describe_graphs(site: AppContext) -> dict[str, list[tuple[ox.NamedNode, ox.NamedNode | ox.Literal]]]:
    """Return the properties of each named graph as the graph itself states them, without its rights."""
    found: dict[str, list[tuple[ox.NamedNode, ox.NamedNode | ox.Literal]]] = {}
    for row in await site.queries.select(_OF_GRAPHS):
        described = ox.NamedNode(row["property"].value), _make_value(row["value"])
        found.setdefault(row["graph"].value, []).append(described)
    return found


def _make_value(term: QueryTerm) -> ox.NamedNode | ox.Literal:
    if term.kind == "uri":
        return ox.NamedNode(term.value)
    if term.language:
        return ox.Literal(term.value, language=term.language)
    return ox.Literal(term.value, datatype=ox.NamedNode(term.datatype)) if term.datatype else ox.Literal(term.value)


def add_common(builder: DescriptionBuilder, site: AppContext) -> None:
    """Add the title, description, date and version of the dataset."""
    builder.text(DATASET, "dcterms:title", TITLE)
    builder.text(DATASET, "dcterms:description", DESCRIPTION)
    release = site.served_release()
    if release:
        created = release.manifest.created.isoformat()
        builder.literal(DATASET, "dcterms:modified", created, "dateTime")
    builder.add(DATASET, "dcat:version", ox.Literal(str(site.release_number)))


def read_graphs(site: AppContext) -> dict[str, int]:
    """Return the number of triples of each named graph."""
    release = site.served_release()
    graphs = release.manifest.graphs if release else {}
    return {name: summary.triples for name, summary in sorted(graphs.items())}


async def _count_triples(site: AppContext) -> int:
    release = site.served_release()
    if release:
        return release.manifest.triples
    rows = await site.queries.select("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
    return int(rows[0]["n"].value)
