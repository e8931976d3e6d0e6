"""The catalogue of the service in DCAT 3, conforming to the application profile DCAT-AP 3.

The dataset and each of its named graphs are datasets, with the files of the dump as distributions; the tables of the
main lists are datasets, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.list_filters import RESOURCES
from jwpgraph.linked_data.catalogue import add_common, read_graphs
from jwpgraph.linked_data.description_builder import CATALOGUE, DATASET, TITLE, DescriptionBuilder
from jwpgraph.linked_data.rights import WHOLE_DATASET, get_rights, get_rights_iri, state_rights
from jwpgraph.problems import ProblemError
from jwpgraph.releases.dumps import GRAPHS, DumpFile
from jwpgraph.vocabulary import BASE, GRAPH

#: The publisher and its contact, described in the catalogue.
PUBLISHER: Final = CATALOGUE + "#publisher"
CONTACT: Final = CATALOGUE + "#contact"
#: Seconds to wait for a dump before the catalogue is made without it.
_DUMP_SECONDS: Final = 20.0
_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"
_AUTHORITY: Final = "http://publications.europa.eu/resource/authority/"
_THEME: Final = _AUTHORITY + "data-theme/ENVI"
_PUBLIC: Final = _AUTHORITY + "access-right/PUBLIC"
_SHA256: Final = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
_DUMP_TYPES: Final = {"nq": "n-quads", "trig": "trig", "gz": "gzip", "zst": "zstd"}
_DUMP_NAMES: Final = {"nq": "N-Quads", "trig": "TriG"}
_KEYWORDS: Final = ("CITES", "CMS", "migratory species", "international trade in species", "work programme")
#: Services by name: path, title, path of the description.
_SERVICES: Final = {
    "sparql": ("/sparql", "SPARQL 1.1 endpoint", "/sparql"),
    "api": ("/api/v1", "JSON and JSON-LD over HTTP, described with OpenAPI", "/api/openapi.json"),
}


async def make_dcat_catalogue(site: AppContext, url: Callable[[str], str], files: Sequence[DumpFile]) -> list[ox.Quad]:
    """Return the catalogue: the dataset, its graphs and tables, their downloads, and the services.

    Args:
        site: the context.
        url: converts a path of this server into a URL.
        files: the files of the dump of the served release.
    """
    rights = await get_rights(site)
    described = DcatDescription(site, url)
    described.add_catalogue()
    described.add_dataset(DATASET, TITLE, None, [file for file in files if file.is_data and file.graph is None])
    builder = described.builder
    add_common(builder, site)
    for graph in read_graphs(site):
        name = graph.removeprefix(GRAPH)
        title = rights[graph].title if graph in rights else None
        text = f"The named graph {name} of the {TITLE}."
        described.add_dataset(graph, title or f"Graph {name}", text, [file for file in files if file.graph == graph])
        builder.link(DATASET, "dcterms:hasPart", graph)
        builder.link(graph, "dcterms:isPartOf", DATASET)
        described.add_turtle(graph)
    for plural, resource in sorted(RESOURCES.items()):
        described.add_table(plural, resource.kind.plural_label)
    return list(dict.fromkeys(builder.quads + state_rights([WHOLE_DATASET, *rights.values()])))


async def read_dump_files(site: AppContext) -> Sequence[DumpFile]:
    """Return the files of the dump of the served release; empty if it cannot be made in time."""
    release = site.served_release()
    if site.dumps is None or release is None:
        return ()
    try:
        return await site.dumps.ensure(release, _DUMP_SECONDS)
    except ProblemError:
        return ()


class DcatDescription:
    """Describes datasets and their distributions.

    Args:
        site: the context.
        url: converts a path of this server into a URL.
    """

    def __init__(self, site: AppContext, url: Callable[[str], str]) -> None:
        self.builder = DescriptionBuilder()
        self._site = site
        self._url = url
        release = site.served_release()
        self._modified = release.manifest.created.isoformat() if release else None

    def add_catalogue(self) -> None:
        """Describe the catalogue, its publisher and its services."""
        builder, publisher = self.builder, self._site.publisher
        home = self._url("/")
        builder.type(CATALOGUE, "dcat:Catalog")
        builder.text(CATALOGUE, "dcterms:title", "Catalogue of jwpgraph")
        builder.text(CATALOGUE, "dcterms:description", "The datasets and services of this server.")
        builder.link_typed(CATALOGUE, "foaf:homepage", home, "foaf:Document")
        builder.link(CATALOGUE, "dcterms:rights", get_rights_iri(DATASET))
        builder.link_typed(CATALOGUE, "dcterms:language", _AUTHORITY + "language/ENG", "dcterms:LinguisticSystem")
        self._add_publisher(CATALOGUE)
        self._add_date(CATALOGUE)
        builder.type(PUBLISHER, "foaf:Agent")
        builder.add(PUBLISHER, "foaf:name", ox.Literal(publisher.name))
        if publisher.homepage:
            builder.link_typed(PUBLISHER, "foaf:homepage", publisher.homepage, "foaf:Document")
        builder.type(CONTACT, "vcard:Kind")
        builder.add(CONTACT, "vcard:fn", ox.Literal(publisher.name))
        contact = publisher.contact or publisher.homepage or home
        if "@" in contact and "://" not in contact:
            builder.link(CONTACT, "vcard:hasEmail", f"mailto:{contact}")
        else:
            builder.link(CONTACT, "vcard:hasURL", contact)
        for name, (path, title, description) in _SERVICES.items():
            service = f"{BASE}service/{name}"
            builder.link(CATALOGUE, "dcat:service", service)
            builder.type(service, "dcat:DataService")
            builder.text(service, "dcterms:title", title)
            self._add_publisher(service)
            builder.link(service, "dcat:contactPoint", CONTACT)
            builder.link_typed(service, "dcat:endpointURL", self._url(path), "rdfs:Resource")
            builder.link_typed(service, "dcat:endpointDescription", self._url(description), "rdfs:Resource")
            builder.link(service, "dcat:servesDataset", DATASET)

    def add_dataset(self, iri: str, title: str, description: str | None, files: Sequence[DumpFile]) -> None:
        """Describe a dataset and its files.

        Args:
            iri: the dataset.
            title: its title.
            description: what it is; ``None`` if that is said elsewhere, as is the title.
            files: the files of a dump that hold it.
        """
        builder = self.builder
        builder.link(CATALOGUE, "dcat:dataset", iri)
        builder.type(iri, "dcat:Dataset")
        if description:
            builder.text(iri, "dcterms:title", title)
            builder.text(iri, "dcterms:description", description)
            self._add_date(iri)
        self._add_publisher(iri)
        builder.link_typed(iri, "dcat:contactPoint", CONTACT, "vcard:Kind")
        builder.link_typed(iri, "dcat:landingPage", self._url("/"), "foaf:Document")
        builder.link_typed(iri, "dcterms:accessRights", _PUBLIC, "dcterms:RightsStatement")
        builder.link_typed(iri, "dcat:theme", _THEME, "skos:Concept")
        builder.text(_THEME, "skos:prefLabel", "Environment")
        for keyword in _KEYWORDS:
            builder.text(iri, "dcat:keyword", keyword)
        for file in files:
            self._add_file(iri, title, file)

    def add_turtle(self, graph: str) -> None:
        """Describe a graph as it is served by the Graph Store Protocol."""
        distribution = f"{DATASET}/distribution/{quote(graph.removeprefix(GRAPH), safe='/')}"
        address = self._url("/graph-store?graph=" + quote(graph, safe=":/"))
        title = f"Graph {graph.removeprefix(GRAPH)} as Turtle"
        self._add_distribution(graph, distribution, title, address, "text/turtle", get_rights_iri(graph))

    def add_table(self, plural: str, label: str) -> None:
        """Describe one of the main lists, as a table."""
        table = f"{BASE}table/{plural}"
        text = f"One row for each of the {label.lower()} of the {TITLE}: its IRI, code and name."
        self.add_dataset(table, f"{label}, as a table", text, ())
        self.builder.link(table, "dcterms:rights", get_rights_iri(DATASET))
        self.builder.link(table, "prov:wasDerivedFrom", DATASET)
        for form, path, media_type in (
            ("csv", f"/browse/{plural}.csv", "text/csv"),
            ("json", f"/api/v1/{plural}", "application/json"),
        ):
            distribution = f"{DATASET}/distribution/tables/{plural}.{form}"
            title = f"{label} as {form.upper()}"
            self._add_distribution(table, distribution, title, self._url(path), media_type, get_rights_iri(DATASET))

    def _add_file(self, dataset: str, title: str, file: DumpFile) -> None:
        """Describe a file of a dump, with its size and its checksum (DCAT 3, sections 6.8.13 and 6.17)."""
        builder = self.builder
        name = _make_readable(file)
        distribution = f"{DATASET}/distribution/{name}"
        address = self._url(f"/releases/{self._site.release_number}/{name}")
        title = f"{title} as {_DUMP_NAMES[file.form]}, compressed with {file.coding}"
        media_type = f"application/{_DUMP_TYPES[file.form]}"
        self._add_distribution(dataset, distribution, title, address, media_type, get_rights_iri(dataset))
        builder.link(distribution, "dcat:downloadURL", address)
        packed = f"{_MEDIA_TYPES}application/{_DUMP_TYPES[file.coding]}"
        builder.link_typed(distribution, "dcat:compressFormat", packed, "dcterms:MediaType")
        builder.literal(distribution, "dcat:byteSize", str(file.size), "nonNegativeInteger")
        checksum = f"{distribution}#checksum"
        builder.link_typed(distribution, "spdx:checksum", checksum, "spdx:Checksum")
        builder.link_typed(checksum, "spdx:algorithm", _SHA256, "spdx:ChecksumAlgorithm")
        builder.literal(checksum, "spdx:checksumValue", file.sha256, "hexBinary")

    def _add_distribution(
        self, dataset: str, distribution: str, title: str, address: str, media_type: str, rights: str
    ) -> None:
        builder = self.builder
        builder.link(dataset, "dcat:distribution", distribution)
        builder.type(distribution, "dcat:Distribution")
        builder.text(distribution, "dcterms:title", title)
        builder.link_typed(distribution, "dcat:accessURL", address, "rdfs:Resource")
        builder.link_typed(distribution, "dcat:mediaType", _MEDIA_TYPES + media_type, "dcterms:MediaType")
        builder.link(distribution, "dcterms:rights", rights)

    def _add_publisher(self, resource: str) -> None:
        self.builder.link(resource, "dcterms:publisher", PUBLISHER)

    def _add_date(self, resource: str) -> None:
        if self._modified:
            self.builder.literal(resource, "dcterms:modified", self._modified, "dateTime")


def _make_readable(file: DumpFile) -> str:
    """Return the name of a file with unencoded slashes: many servers refuse encoded ones in a path."""
    if file.graph is None or not file.graph.startswith(GRAPH):
        return file.name
    return f"{GRAPHS}/{quote(file.graph.removeprefix(GRAPH), safe='/')}.{file.form}.{file.coding}"
