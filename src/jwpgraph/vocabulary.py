"""Namespaces, graph names and the construction of IRIs.

The base IRI ``https://w3id.org/jwpgraph/`` is fixed and independent of the host that serves the data. All code takes
the project's IRIs from this module.
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

#: The entailment graph: materialised entailments. Queries can exclude it.
ENTAILED_GRAPH: Final = GRAPH + "entailed"
#: Triples that clients write without naming a graph (SPARQL Update, Graph Store ``?default``).
UNNAMED_GRAPH: Final = GRAPH + "default"
#: Record that ``jwpgraph publish`` keeps at its target; the records of other publishers have IRIs below it.
PUBLISHED_GRAPH: Final = GRAPH + "published"
#: Prefix of the graphs of the shipped ontology files.
ONTOLOGY_GRAPHS: Final = GRAPH + "ontology/"

#: Prefixes predeclared for clients, in the order used in documents.
PREFIXES: Final[dict[str, str]] = {
    "jwp": JWP,
    "jwpid": ID,
    "jwpg": GRAPH,
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "dwc": "http://rs.tdwg.org/dwc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "gbif": "http://rs.gbif.org/terms/1.0/",
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
    "sssom": "https://w3id.org/sssom/",
    "tcs": "http://rs.tdwg.org/tcs/terms/",
    "time": "http://www.w3.org/2006/time#",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

#: Properties with a scientific name, without its author, as a plain string. Only SKOS labels are tagged @la.
SCIENTIFIC_NAMES: Final = frozenset(
    {
        PREFIXES["gbif"] + "canonicalName",
        PREFIXES["tcs"] + "nameString",
        JWP + "nameAsWritten",
    }
)
#: The prefixes as SPARQL declarations.
PREFIX_LINES: Final = "".join(f"PREFIX {prefix}: <{base}>\n" for prefix, base in PREFIXES.items())


def expand_name(name: str) -> str:
    """Return the IRI of a prefixed name with one of :data:`PREFIXES`."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


def make_entity_iri(kind: str, *parts: str) -> str:
    """Return the IRI of an entity, as in ``make_entity_iri("activity", "jwp-2015-2020", "B16")``.

    Args:
        kind: the path segment of the entity type, such as ``activity``, ``taxon`` or ``country``.
        parts: the segments of the slug; characters that are not allowed in an IRI segment are percent-encoded.
    """
    return ID + "/".join([kind, *(quote(part, safe="~-._!$&'()*+,;=:@") for part in parts)])


def make_graph_iri(name: str) -> str:
    """Return the IRI of the named graph of the source *name*, such as ``activities`` or ``ontology/jwp``."""
    return GRAPH + quote(name, safe="/~-._!$&'()*+,;=:@")
