"""Machine-readable descriptions of the dataset: VoID (W3C Note, 2011) and DCAT 3."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import quote

import pyoxigraph as ox

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import KINDS
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.releases.dumps import NAMES, DumpFile
from jwpgraph.vocabulary import BASE, GRAPH, ID, JWP, PREFIX_LINES, PREFIXES

DATASET = BASE + "dataset"
_LICENSE = "https://creativecommons.org/licenses/by/4.0/"
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_DUMP_TYPES = {"nq": "n-quads", "trig": "trig", "gz": "gzip", "zst": "zstd"}
_DUMP_NAMES = {"nq": "N-Quads", "trig": "TriG"}
#: Seconds to wait for a dump that is to be described.
_DUMP_SECONDS = 20.0
_TITLE = "CMS–CITES Joint Work Programme as linked data"
_DESCRIPTION = (
    "Activities, species groups, instruments, bodies, programmes and tools of the CMS–CITES Joint Work Programme "
    "2015–2020, what links them, and where each statement comes from."
)
_VOCABULARIES = ("skos", "org", "prov", "dcterms", "schema")
#: What the graph says of its named graphs (data/ttl/graph-descriptions.ttl).
_OF_GRAPHS = f"""{PREFIX_LINES}
SELECT ?graph ?property ?value WHERE {{
  ?graph a void:Dataset ; ?property ?value .
  VALUES ?property {{
    dcterms:title dcterms:source dcterms:rights dcterms:license dcterms:modified prov:wasGeneratedBy
  }}
}} ORDER BY ?graph ?property ?value"""


class _DatasetDescription:
    """Collects statements about the dataset."""

    def __init__(self) -> None:
        self.quads: list[ox.Quad] = []

    def add(self, subject: str, predicate: str, value: ox.NamedNode | ox.Literal) -> None:
        prefix, _, local = predicate.partition(":")
        self.quads.append(ox.Quad(ox.NamedNode(subject), ox.NamedNode(PREFIXES[prefix] + local), value))

    def link(self, subject: str, predicate: str, target: str) -> None:
        self.add(subject, predicate, ox.NamedNode(target))

    def type(self, subject: str, name: str) -> None:
        prefix, _, local = name.partition(":")
        self.link(subject, "rdf:type", PREFIXES[prefix] + local)

    def text(self, subject: str, predicate: str, value: str) -> None:
        self.add(subject, predicate, ox.Literal(value, language="en"))

    def number(self, subject: str, predicate: str, value: int) -> None:
        self.add(subject, predicate, ox.Literal(value))


async def make_void_description(site: AppContext, url: Callable[[str], str]) -> list[ox.Quad]:
    """Return the VoID description of the served release.

    Args:
        site: the context; counts come from the manifest if there is one, otherwise from a query.
        url: converts a path of this server into a URL.
    """
    builder = _DatasetDescription()
    _add_common(builder, site)
    builder.type(DATASET, "void:Dataset")
    builder.link(DATASET, "void:sparqlEndpoint", url("/sparql"))
    builder.add(DATASET, "void:uriSpace", ox.Literal(ID))
    builder.link(DATASET, "void:exampleResource", ID + "activity/jwp-2015-2020/B16")
    builder.link(DATASET, "foaf:homepage", url("/"))
    builder.link(DATASET, "void:vocabulary", JWP)
    for prefix in _VOCABULARIES:
        builder.link(DATASET, "void:vocabulary", PREFIXES[prefix])
    builder.number(DATASET, "void:triples", await _count_triples(site))
    if site.dumps is not None:
        for name in NAMES:
            builder.link(DATASET, "void:dataDump", url(f"/releases/{site.release_number}/{name}"))
    described = await _describe_graphs(site)
    for graph, triples in _read_graphs(site).items():
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
    return builder.quads


async def make_dcat_catalogue(site: AppContext, url: Callable[[str], str]) -> list[ox.Quad]:
    """Return a DCAT catalogue with the dataset, its query services and its downloads.

    Args:
        site: the context.
        url: converts a path of this server into a URL.
    """
    builder = _DatasetDescription()
    catalogue = BASE + "catalog"
    builder.type(catalogue, "dcat:Catalog")
    builder.text(catalogue, "dcterms:title", "Catalogue of jwpgraph")
    builder.text(catalogue, "dcterms:description", "What this service publishes.")
    builder.link(catalogue, "dcat:dataset", DATASET)
    builder.link(catalogue, "foaf:homepage", url("/"))
    _add_common(builder, site)
    builder.type(DATASET, "dcat:Dataset")
    builder.link(DATASET, "dcat:landingPage", url("/"))
    for keyword in ("CITES", "CMS", "migratory species", "international trade in species", "work programme"):
        builder.text(DATASET, "dcat:keyword", keyword)
    for name, path, title in (
        ("sparql", "/sparql", "SPARQL 1.1 endpoint"),
        ("api", "/api/v1", "JSON and JSON-LD over HTTP, described with OpenAPI"),
    ):
        service = f"{BASE}service/{name}"
        builder.link(catalogue, "dcat:service", service)
        builder.type(service, "dcat:DataService")
        builder.text(service, "dcterms:title", title)
        builder.link(service, "dcat:endpointURL", url(path))
        builder.link(service, "dcat:servesDataset", DATASET)
    builder.link(BASE + "service/api", "dcat:endpointDescription", url("/api/openapi.json"))
    described = await _describe_graphs(site)
    for graph in _read_graphs(site):
        _add_distribution(builder, graph, described.get(graph, ()), url)
    for file in await read_dump_files(site):
        _add_dump(builder, file, f"/releases/{site.release_number}/{file.name}", url)
    return builder.quads


async def read_dump_files(site: AppContext) -> Sequence[DumpFile]:
    """The files of the dump of the served release; none where it cannot be made, or not in a while."""
    release = site.served_release()
    if site.dumps is None or release is None:
        return ()
    try:
        return await site.dumps.ensure(release, _DUMP_SECONDS)
    except ProblemError:
        return ()


def _add_dump(builder: _DatasetDescription, file: DumpFile, path: str, url: Callable[[str], str]) -> None:
    """A dump of the whole dataset, with its size and its checksum (DCAT 3, sections 6.8.13 and 6.17)."""
    distribution = f"{DATASET}/distribution/{file.name}"
    checksum = f"{distribution}#checksum"
    _, form, coding = file.name.split(".")
    builder.link(DATASET, "dcat:distribution", distribution)
    builder.type(distribution, "dcat:Distribution")
    builder.text(distribution, "dcterms:title", f"All graphs as {_DUMP_NAMES[form]}, compressed with {coding}")
    for predicate in ("dcat:accessURL", "dcat:downloadURL"):
        builder.link(distribution, predicate, url(path))
    builder.link(distribution, "dcat:mediaType", f"{_MEDIA_TYPES}application/{_DUMP_TYPES[form]}")
    builder.link(distribution, "dcat:compressFormat", f"{_MEDIA_TYPES}application/{_DUMP_TYPES[coding]}")
    size = ox.Literal(str(file.size), datatype=ox.NamedNode(PREFIXES["xsd"] + "nonNegativeInteger"))
    builder.add(distribution, "dcat:byteSize", size)
    builder.link(distribution, "dcterms:license", _LICENSE)
    spdx, node = "http://spdx.org/rdf/terms#", ox.NamedNode(checksum)
    value = ox.Literal(file.sha256, datatype=ox.NamedNode(PREFIXES["xsd"] + "hexBinary"))
    builder.quads += [
        ox.Quad(ox.NamedNode(distribution), ox.NamedNode(spdx + "checksum"), node),
        ox.Quad(node, ox.NamedNode(PREFIXES["rdf"] + "type"), ox.NamedNode(spdx + "Checksum")),
        ox.Quad(node, ox.NamedNode(spdx + "algorithm"), ox.NamedNode(spdx + "checksumAlgorithm_sha256")),
        ox.Quad(node, ox.NamedNode(spdx + "checksumValue"), value),
    ]


_Described = tuple[ox.NamedNode, ox.NamedNode | ox.Literal]


async def _describe_graphs(site: AppContext) -> dict[str, list[_Described]]:
    """Return properties and values of each named graph, as the graph itself states them."""
    found: dict[str, list[_Described]] = {}
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


def _add_distribution(
    builder: _DatasetDescription, graph: str, described: Sequence[_Described], url: Callable[[str], str]
) -> None:
    distribution = f"{DATASET}/distribution/{graph.removeprefix(GRAPH)}"
    builder.link(DATASET, "dcat:distribution", distribution)
    builder.type(distribution, "dcat:Distribution")
    stated = {predicate.value for predicate, _ in described}
    if PREFIXES["dcterms"] + "title" not in stated:
        builder.text(distribution, "dcterms:title", f"Graph {graph.removeprefix(GRAPH)}")
    builder.link(distribution, "dcat:accessURL", url("/graph-store?graph=" + quote(graph, safe=":/")))
    builder.link(distribution, "dcat:mediaType", "https://www.iana.org/assignments/media-types/text/turtle")
    builder.link(distribution, "dcterms:license", _LICENSE)
    builder.quads += [
        ox.Quad(ox.NamedNode(distribution), predicate, value)
        for predicate, value in described
        if predicate.value != PREFIXES["dcterms"] + "license"
    ]


def _add_common(builder: _DatasetDescription, site: AppContext) -> None:
    builder.text(DATASET, "dcterms:title", _TITLE)
    builder.text(DATASET, "dcterms:description", _DESCRIPTION)
    builder.link(DATASET, "dcterms:license", _LICENSE)
    release = site.served_release()
    if release:
        created = release.manifest.created.isoformat()
        timestamp = ox.Literal(created, datatype=ox.NamedNode(PREFIXES["xsd"] + "dateTime"))
        builder.add(DATASET, "dcterms:modified", timestamp)
    builder.add(DATASET, "dcat:version", ox.Literal(str(site.release_number)))


def _read_graphs(site: AppContext) -> dict[str, int]:
    release = site.served_release()
    graphs = release.manifest.graphs if release else {}
    return {name: summary.triples for name, summary in sorted(graphs.items())}


async def _count_triples(site: AppContext) -> int:
    release = site.served_release()
    if release:
        return release.manifest.triples
    rows = await site.queries.select("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
    return int(rows[0]["n"].value)
