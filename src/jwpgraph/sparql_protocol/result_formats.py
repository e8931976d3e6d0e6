"""Which media type an answer gets: by negotiation, or by ``?format=`` where a person types the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jwpgraph.http.negotiation import accepts_html, negotiate
from jwpgraph.http.parameters import Parameters, get_values
from jwpgraph.http.remembering import remember
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.serialization import RESULTS_JSON, RESULTS_XML, ResultKind, list_media_types

#: Names for ``?format=``, by what is asked for; media types are names of themselves.
_SOLUTION_NAMES: Final = {
    "json": RESULTS_JSON,
    "srj": RESULTS_JSON,
    "xml": RESULTS_XML,
    "srx": RESULTS_XML,
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
_GRAPH_NAMES: Final = {
    "turtle": "text/turtle",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "ntriples": "application/n-triples",
    "n-triples": "application/n-triples",
    "nq": "application/n-quads",
    "nquads": "application/n-quads",
    "n-quads": "application/n-quads",
    "trig": "application/trig",
    "n3": "text/n3",
    "rdf": "application/rdf+xml",
    "rdfxml": "application/rdf+xml",
    "rdf+xml": "application/rdf+xml",
    "xml": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "json-ld": "application/ld+json",
    "json": "application/ld+json",
}
#: A browser that names HTML takes these too, but shows the standard's own types no worse.
_GENERIC: Final = frozenset({"application/xml", "text/xml", "application/json", "text/plain"})

GRAPH_TYPES: Final = tuple(media_type for media_type in list_media_types("graph") if media_type not in _GENERIC)
SOLUTION_TYPES: Final = tuple(media_type for media_type in list_media_types("solutions") if media_type not in _GENERIC)


def parse_format_names(parameters: Parameters) -> tuple[str, ...]:
    """What ``?format=`` names, best first; SPARQLWrapper sends several, and lists with commas."""
    return tuple(
        name.strip().lower() for value in get_values(parameters, "format") for name in value.split(",") if name
    )


@remember(entries=512, longest=512)
def choose_media_type(kind: ResultKind, accept: str | None, names: tuple[str, ...] = ()) -> str | None:
    """The media type for an answer of *kind*, or ``None`` when none is acceptable.

    Args:
        kind: what the query form gives.
        accept: the Accept header.
        names: ``?format=``, which is stronger: short names or media types.
    """
    available = list_media_types(kind)
    if names:
        known = _GRAPH_NAMES if kind == "graph" else _SOLUTION_NAMES
        media_types = (known.get(name, name) for name in names)
        return next((media_type for media_type in media_types if media_type in available), None)
    if accepts_html(accept):
        return negotiate(accept, [media_type for media_type in available if media_type not in _GENERIC])
    return negotiate(accept, list(available))


def not_acceptable_problem(accept: str | None, names: Sequence[str], available: Sequence[str]) -> ProblemError:
    """None of *available* is what was asked for, by ``?format=`` or by the Accept header."""
    asked = f"format={','.join(names)}" if names else f"Accept: {accept}"
    return ProblemError(
        "not-acceptable",
        "No acceptable format",
        f"{asked}: this is available as {', '.join(available)}",
        status=406,
        headers={"Vary": "Accept"},
        available=list(available),
    )


def content_type_header(media_type: str) -> str:
    """The Content-Type header for *media_type*; text says that it is UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
