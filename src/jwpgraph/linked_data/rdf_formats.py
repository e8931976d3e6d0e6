"""RDF formats of the documents, and serialisation of quads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

import pyoxigraph as ox

from jwpgraph.linked_data.responses import to_json_bytes
from jwpgraph.query_execution.format_limits import check_expressible, report_inexpressible, write_statements
from jwpgraph.vocabulary import PREFIXES

TURTLE = "text/turtle"
JSON_LD = "application/ld+json"

#: Media types by file name extension; the preferred type first.
BY_EXTENSION: dict[str, str] = {
    "ttl": TURTLE,
    "jsonld": JSON_LD,
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "trig": "application/trig",
    "nq": "application/n-quads",
    "json": "application/json",
}
EXTENSIONS: dict[str, str] = {media_type: extension for extension, media_type in BY_EXTENSION.items()}
#: Formats that support named graphs.
WITH_GRAPHS = frozenset({"application/trig", "application/n-quads"})
#: Formats of documents other than descriptions.
GRAPH_TYPES: tuple[str, ...] = tuple(media_type for media_type in EXTENSIONS if media_type != "application/json")


def split_extension(path: str) -> tuple[str, str | None]:
    """Return a path without its extension, and the media type of the extension."""
    stem, dot, extension = path.rpartition(".")
    media_type = BY_EXTENSION.get(extension) if dot and "/" not in extension else None
    return (stem, media_type) if media_type else (path, None)


def serialize_quads(quads: Iterable[ox.Quad], media_type: str, about: str = "") -> bytes:
    """Serialise quads: triples in the default graph and, if the format supports them, also in their named graphs.

    Args:
        quads: the statements.
        media_type: one of the media types of :data:`BY_EXTENSION`, except plain JSON.
        about: the IRI whose statements come first.

    Raises:
        ProblemError: ``not-acceptable``, ``not-in-xml`` (406) if the format cannot express a statement.
    """
    if media_type == JSON_LD:
        with report_inexpressible():
            return to_json_bytes(to_expanded_json_ld(quads, about))
    rdf_format = ox.RdfFormat.from_media_type(media_type)
    if rdf_format is None:
        raise ValueError(f"not an RDF format: {media_type}")
    stated = list(quads)
    union = [ox.Quad(quad.subject, quad.predicate, quad.object) for quad in stated]
    # As at the SPARQL endpoint, the default graph is the union, so that clients without named graphs find everything.
    items = _group_quads([*union, *stated] if media_type in WITH_GRAPHS else union, about)
    named = media_type not in {"application/n-quads", "application/n-triples"}
    written = BytesIO()
    with report_inexpressible():
        write_statements(
            items if media_type in WITH_GRAPHS else [item.triple for item in items],
            written,
            rdf_format,
            find_used_prefixes(items) if named else None,
        )
    return written.getvalue()


def find_used_prefixes(quads: Iterable[ox.Quad]) -> dict[str, str]:
    """Return those of our prefixes that IRIs of *quads* start with."""
    iris = set()
    for quad in quads:
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name):
            if isinstance(term, ox.NamedNode):
                iris.add(term.value)
            elif isinstance(term, ox.Literal):
                iris.add(term.datatype.value)
    # Local names of entities contain slashes, which Turtle must escape; full IRIs are more readable.
    return {
        prefix: base
        for prefix, base in PREFIXES.items()
        if prefix != "jwpid" and any(iri.startswith(base) for iri in iris)
    }


def _group_quads(quads: Iterable[ox.Quad], about: str) -> list[ox.Quad]:
    """Return the quads without duplicates, grouped by subject; *about* first, types before other predicates."""

    def key(quad: ox.Quad) -> tuple[str, bool, str, bool, str, str]:
        other = quad.subject.value != about if isinstance(quad.subject, ox.NamedNode) else True
        untyped = quad.predicate.value != _RDF_TYPE
        return str(quad.graph_name), other, str(quad.subject), untyped, quad.predicate.value, str(quad.object)

    return sorted(set(quads), key=key)


_RDF_TYPE = PREFIXES["rdf"] + "type"


def to_expanded_json_ld(quads: Iterable[ox.Quad], about: str = "") -> list[dict[str, Any]]:
    """Return the triples of *quads* as expanded JSON-LD (JSON-LD 1.1 API, section 8.5, RDF Serialization)."""
    nodes: dict[str, dict[str, Any]] = {}
    for item in _group_quads((ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads), about):
        check_expressible(item, ox.RdfFormat.JSON_LD)
        subject = _get_node_identifier(item.subject)
        node = nodes.setdefault(subject, {"@id": subject})
        if item.predicate.value == _RDF_TYPE and isinstance(item.object, ox.NamedNode):
            node.setdefault("@type", []).append(item.object.value)
        else:
            node.setdefault(item.predicate.value, []).append(_get_json_ld_value(item.object))
    return list(nodes.values())


def _get_node_identifier(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _get_json_ld_value(term: object) -> Mapping[str, str]:
    if not isinstance(term, ox.Literal):
        return {"@id": _get_node_identifier(term)}
    if term.language:
        tagged = {"@value": term.value, "@language": term.language}
        return tagged | {"@direction": str(term.direction)} if term.direction else tagged
    if term.datatype.value == PREFIXES["xsd"] + "string":
        return {"@value": term.value}
    return {"@value": term.value, "@type": term.datatype.value}
