"""The words of the graph: namespaces, graph names and the way IRIs are built.

The base IRI is fixed (``https://w3id.org/jwpgraph/``); the host that serves it is not. Everything that
needs an IRI of ours takes it from here.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

BASE: Final = "https://w3id.org/jwpgraph/"
JWP: Final = BASE + "ontology#"
ID: Final = BASE + "id/"
GRAPH: Final = BASE + "graph/"
SHAPES: Final = BASE + "shapes#"
QUALITY: Final = BASE + "quality#"
PROBLEM: Final = BASE + "problem/"

#: Materialised entailments; queries may leave it out.
ENTAILED_GRAPH: Final = GRAPH + "entailed"
#: What a client wrote without naming a graph (SPARQL Update, ``?default``).
UNNAMED_GRAPH: Final = GRAPH + "default"
#: What `jwpgraph publish` notes at a target that it published to; other publishers have theirs below it.
PUBLISHED_GRAPH: Final = GRAPH + "published"
#: Shipped ontology files live below this prefix.
ONTOLOGY_GRAPHS: Final = GRAPH + "ontology/"

#: Prefixes offered to every client, in the order in which documents list them.
PREFIXES: Final[dict[str, str]] = {
    "jwp": JWP,
    "jwpid": ID,
    "jwpg": GRAPH,
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "dwc": "http://rs.tdwg.org/dwc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "skosxl": "http://www.w3.org/2008/05/skos-xl#",
    "tcs": "http://rs.tdwg.org/tcs/terms/",
    "time": "http://www.w3.org/2006/time#",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

#: The prefixes as a query declares them.
PREFIX_LINES: Final = "".join(f"PREFIX {prefix}: <{base}>\n" for prefix, base in PREFIXES.items())

WORK_PROGRAMME: Final = ID + "work-programme/jwp-2015-2020"


def entity_iri(kind: str, *parts: str) -> str:
    """The IRI of a thing: ``identifier("activity", "jwp-2015-2020", "B16")``.

    Args:
        kind: the type segment, such as ``activity``, ``taxon`` or ``country``.
        parts: the slug's segments; each is percent-encoded where an IRI segment needs it.
    """
    return ID + "/".join([kind, *(quote(part, safe="~-._!$&'()*+,;=:@") for part in parts)])


def graph_iri(name: str) -> str:
    """The IRI of the named graph made from the source called *name* (``activities``, ``ontology/jwp``)."""
    return GRAPH + quote(name, safe="/~-._!$&'()*+,;=:@")
