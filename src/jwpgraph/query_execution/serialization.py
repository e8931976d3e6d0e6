"""The result formats of the engine, by media type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from pyoxigraph import QueryResultsFormat, RdfFormat

ResultKind = Literal["solutions", "boolean", "graph"]

RESULTS_JSON: Final = "application/sparql-results+json"
RESULTS_XML: Final = "application/sparql-results+xml"

#: Formats for SELECT; the first four are standard, the others are aliases that simple clients use.
SOLUTION_FORMATS: Final[dict[str, QueryResultsFormat]] = {
    RESULTS_JSON: QueryResultsFormat.JSON,
    RESULTS_XML: QueryResultsFormat.XML,
    "text/csv": QueryResultsFormat.CSV,
    "text/tab-separated-values": QueryResultsFormat.TSV,
    "application/json": QueryResultsFormat.JSON,
    "application/xml": QueryResultsFormat.XML,
    "text/xml": QueryResultsFormat.XML,
}
#: Formats for ASK; CSV and TSV define none (SPARQL 1.1 Query Results CSV and TSV Formats, section 1).
BOOLEAN_FORMATS: Final[dict[str, QueryResultsFormat]] = {
    media_type: format_
    for media_type, format_ in SOLUTION_FORMATS.items()
    if format_ in (QueryResultsFormat.JSON, QueryResultsFormat.XML)
}
#: Formats for CONSTRUCT and DESCRIBE.
GRAPH_FORMATS: Final[dict[str, RdfFormat]] = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/n-quads": RdfFormat.N_QUADS,
    "application/trig": RdfFormat.TRIG,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
    "text/n3": RdfFormat.N3,
    "text/plain": RdfFormat.N_TRIPLES,
    "application/json": RdfFormat.JSON_LD,
    "application/xml": RdfFormat.RDF_XML,
    "text/xml": RdfFormat.RDF_XML,
}


def choose_serialization(
    kind: ResultKind, solution_types: Iterable[str], graph_types: Iterable[str]
) -> tuple[str, QueryResultsFormat | RdfFormat] | None:
    """Return the first acceptable media type for a result of *kind* and its format, or ``None``.

    Args:
        kind: the kind of result.
        solution_types: acceptable media types for SELECT and ASK, preferred first.
        graph_types: acceptable media types for CONSTRUCT and DESCRIBE, preferred first.
    """
    acceptable = graph_types if kind == "graph" else solution_types
    formats = list_media_types(kind)
    return next(((name, formats[name]) for name in acceptable if name in formats), None)


def list_media_types(kind: ResultKind) -> dict[str, QueryResultsFormat] | dict[str, RdfFormat]:
    """Return the formats for a result of *kind*."""
    if kind == "graph":
        return GRAPH_FORMATS
    return SOLUTION_FORMATS if kind == "solutions" else BOOLEAN_FORMATS
