"""The media type of a result: from the Accept header, or from the parameter ``format``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jwpgraph.http.negotiation import accepts_html, negotiate
from jwpgraph.http.parameters import Parameters, get_values
from jwpgraph.http.remembering import remember
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.format_limits import LIMITED_FORMATS
from jwpgraph.query_execution.serialization import (
    GRAPH_FORMATS,
    RESULTS_JSON,
    RESULTS_XML,
    ResultKind,
    list_media_types,
)

#: Short names for ``?format=``, which also accepts media types.
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
#: Aliases not offered to browsers, so that they get the standard media types.
_GENERIC: Final = frozenset({"application/xml", "text/xml", "application/json", "text/plain"})

GRAPH_TYPES: Final = tuple(media_type for media_type in list_media_types("graph") if media_type not in _GENERIC)


def parse_format_names(parameters: Parameters) -> tuple[str, ...]:
    """Return the values of ``?format=``, preferred first; the parameter may be repeated or a list with commas."""
    return tuple(
        name.strip().lower() for value in get_values(parameters, "format") for name in value.split(",") if name
    )


@remember(entries=512, longest=512)
def choose_media_type(kind: ResultKind, accept: str | None, names: tuple[str, ...] = ()) -> str | None:
    """Return the media type for a result of *kind*, or ``None`` if no available type is acceptable.

    Args:
        kind: the kind of result.
        accept: value of the Accept header, or ``None``.
        names: values of ``?format=``, which override the header: short names or media types.
    """
    available = list_media_types(kind)
    if names:
        short_names = _GRAPH_NAMES if kind == "graph" else _SOLUTION_NAMES
        media_types = (short_names.get(name, name) for name in names)
        return next((media_type for media_type in media_types if media_type in available), None)
    if accepts_html(accept):
        return negotiate(accept, [media_type for media_type in available if media_type not in _GENERIC])
    return negotiate(accept, list(available))


@remember(entries=512, longest=512)
def rank_graph_types(accept: str | None, names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The acceptable media types for a graph, best first, up to the first in which every graph can be written."""
    ranked: list[str] = []
    if names:
        ranked = [media_type for name in names if (media_type := choose_media_type("graph", None, (name,)))]
    else:
        available = [name for name in GRAPH_FORMATS if not (accepts_html(accept) and name in _GENERIC)]
        while media_type := negotiate(accept, available):
            ranked.append(media_type)
            available.remove(media_type)
            if GRAPH_FORMATS[media_type] not in LIMITED_FORMATS:
                break
    last = next((i for i, name in enumerate(ranked) if GRAPH_FORMATS[name] not in LIMITED_FORMATS), len(ranked))
    return tuple(ranked[: last + 1])


def not_acceptable_problem(accept: str | None, names: Sequence[str], available: Sequence[str]) -> ProblemError:
    """Return the problem ``not-acceptable`` (406) for the requested formats."""
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
    """Return the Content-Type for *media_type*, with a charset for text types."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
