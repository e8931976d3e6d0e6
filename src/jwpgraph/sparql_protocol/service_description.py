"""The SPARQL 1.1 Service Description of the endpoint, for the current release."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Triple, serialize

from jwpgraph.query_execution.serialization import GRAPH_FORMATS
from jwpgraph.releases.release import Release
from jwpgraph.settings import Settings
from jwpgraph.vocabulary import ENTAILED_GRAPH, PREFIXES

_SD: Final = PREFIXES["sd"]
_VOID: Final = PREFIXES["void"]
_RDF_TYPE: Final = NamedNode(PREFIXES["rdf"] + "type")
_COMMENT: Final = NamedNode(PREFIXES["rdfs"] + "comment")
_FORMATS: Final = "http://www.w3.org/ns/formats/"
_RESULT_FORMATS: Final = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
_RDF_FORMATS: Final = ("Turtle", "N-Triples", "N-Quads", "TriG", "RDF_XML", "JSON-LD", "N3")
_SIMPLE: Final = NamedNode("http://www.w3.org/ns/entailment/Simple")
#: The GeoSPARQL functions that the engine supports.
_GEOSPARQL: Final = "http://www.opengis.net/def/function/geosparql/"
_FUNCTIONS: Final = (
    *("sfEquals", "sfDisjoint", "sfIntersects", "sfTouches", "sfCrosses", "sfWithin", "sfContains", "sfOverlaps"),
    *("ehEquals", "rcc8eq", "distance", "area", "convexHull", "envelope", "difference", "intersection", "union"),
    *("symDifference", "getSRID", "asGeoJSON"),
)
#: LATERAL joins, https://github.com/w3c/sparql-dev/blob/main/SEP/SEP-0006/sep-0006.md
_LATERAL: Final = NamedNode("https://github.com/w3c/sparql-dev/blob/main/SEP/SEP-0006/sep-0006.md")


@dataclass(frozen=True, slots=True)
class ServiceDescription:
    """The description of an endpoint for one release.

    Args:
        endpoint: the public URL of the endpoint.
        release: the release.
        settings: limits and the SERVICE allow-list.
        writable: whether updates are allowed.
    """

    endpoint: str
    release: Release
    settings: Settings
    writable: bool

    def serialize(self, media_type: str) -> bytes:
        """Return the description as *media_type*, an RDF format."""
        return serialize_triples(self.triples(), media_type)

    def triples(self) -> Iterator[Triple]:
        """Yield the triples of the description."""
        service = NamedNode(self.endpoint + "#service")
        yield Triple(service, _RDF_TYPE, _make_sd_term("Service"))
        yield Triple(service, _make_sd_term("endpoint"), NamedNode(self.endpoint))
        yield Triple(service, _make_sd_term("supportedLanguage"), _make_sd_term("SPARQL11Query"))
        if self.writable:
            yield Triple(service, _make_sd_term("supportedLanguage"), _make_sd_term("SPARQL11Update"))
        for feature in self._features():
            yield Triple(service, _make_sd_term("feature"), _make_sd_term(feature))
        yield Triple(service, _make_sd_term("languageExtension"), _LATERAL)
        for name in _FUNCTIONS:
            yield Triple(service, _make_sd_term("extensionFunction"), NamedNode(_GEOSPARQL + name))
        for name in _RESULT_FORMATS + _RDF_FORMATS:
            yield Triple(service, _make_sd_term("resultFormat"), NamedNode(_FORMATS + name))
        for name in _RDF_FORMATS if self.writable else ():
            yield Triple(service, _make_sd_term("inputFormat"), NamedNode(_FORMATS + name))
        yield Triple(service, _make_sd_term("defaultEntailmentRegime"), _SIMPLE)
        for comment in self._comments():
            yield Triple(service, _COMMENT, Literal(comment, language="en"))
        yield from self._dataset(service)

    def _features(self) -> Iterator[str]:
        yield "UnionDefaultGraph"
        yield "EmptyGraphs"
        if self.settings.service_allowlist:
            yield "BasicFederatedQuery"

    def _comments(self) -> Iterator[str]:
        settings = self.settings
        yield (
            f"Limits: a query may take {settings.query_timeout:g} s (less with ?timeout=), {settings.query_max_bytes} "
            f"bytes of text, {settings.query_memory_mb} MiB of memory and {settings.result_max_mb} MiB of result; one "
            f"client may have {settings.queries_per_client} queries running or waiting."
        )
        yield (
            f"The default graph includes the materialised entailments of <{ENTAILED_GRAPH}>; "
            "?entailment=false excludes them."
        )
        if settings.service_allowlist:
            yield f"SERVICE may call only endpoints that begin with {', '.join(settings.service_allowlist)}."
            yield "LOAD is refused."
        else:
            yield "SERVICE and LOAD are refused."

    def _dataset(self, service: NamedNode) -> Iterator[Triple]:
        manifest = self.release.manifest
        dataset, default = NamedNode(self.endpoint + "#dataset"), NamedNode(self.endpoint + "#default-graph")
        yield Triple(service, _make_sd_term("defaultDataset"), dataset)
        yield Triple(dataset, _RDF_TYPE, _make_sd_term("Dataset"))
        yield Triple(dataset, _make_sd_term("defaultGraph"), default)
        yield Triple(
            dataset, NamedNode(PREFIXES["dcterms"] + "modified"), _make_date_time_literal(manifest.created.isoformat())
        )
        yield Triple(dataset, NamedNode(PREFIXES["owl"] + "versionInfo"), Literal(f"release {manifest.number}"))
        yield from _get_graph_description(default, manifest.triples)
        for name, summary in sorted(manifest.graphs.items()):
            # IRIs instead of blank nodes, so that the description of a release is always the same.
            key = hashlib.sha256(name.encode()).hexdigest()[:12]
            named, graph = NamedNode(f"{self.endpoint}#named-{key}"), NamedNode(f"{self.endpoint}#graph-{key}")
            yield Triple(dataset, _make_sd_term("namedGraph"), named)
            yield Triple(named, _RDF_TYPE, _make_sd_term("NamedGraph"))
            yield Triple(named, _make_sd_term("name"), NamedNode(name))
            yield Triple(named, _make_sd_term("graph"), graph)
            yield from _get_graph_description(graph, summary.triples)


def serialize_triples(triples: Iterable[Triple], media_type: str) -> bytes:
    """Return triples as *media_type*, with the project's prefixes."""
    form = GRAPH_FORMATS[media_type]
    if form.supports_datasets:
        quads = (Quad(triple.subject, triple.predicate, triple.object) for triple in triples)
        return serialize(quads, format=form, prefixes=PREFIXES) or b""
    return serialize(triples, format=form, prefixes=PREFIXES) or b""


def _get_graph_description(graph: NamedNode, triples: int) -> Iterator[Triple]:
    yield Triple(graph, _RDF_TYPE, _make_sd_term("Graph"))
    yield Triple(graph, NamedNode(_VOID + "triples"), Literal(triples))


def _make_sd_term(name: str) -> NamedNode:
    return NamedNode(_SD + name)


def _make_date_time_literal(value: str) -> Literal:
    return Literal(value, datatype=NamedNode(PREFIXES["xsd"] + "dateTime"))
