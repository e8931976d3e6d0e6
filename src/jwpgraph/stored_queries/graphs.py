"""The triples that a stored query of the form ``graph`` selects, as RDF and as framed JSON-LD."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.description import EntityDescription
from jwpgraph.entities.nodes import EntityNode, collect_nodes, get_node_key, sort_nodes
from jwpgraph.entities.terminology import get_terminology
from jwpgraph.linked_data.compaction import JsonLdCompactor
from jwpgraph.linked_data.rdf_formats import serialize_quads
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow, make_term


def to_rdf(rows: Iterable[SolutionRow], media_type: str) -> bytes:
    """Return the triples of *rows* in an RDF format."""
    return serialize_quads([_to_quad(row) for row in rows], media_type)


def _to_quad(row: SolutionRow) -> ox.Quad:
    subject, predicate, value = (_to_term(row[name]) for name in ("subject", "predicate", "object"))
    if isinstance(subject, ox.Literal) or not isinstance(predicate, ox.NamedNode):
        raise TypeError("not a triple")
    return ox.Quad(subject, predicate, value)


def _to_term(term: QueryTerm) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    if term.kind == "bnode":
        return ox.BlankNode(term.value)
    return make_term(term.kind, term.value, term.language, term.datatype)


async def frame(site: AppContext, rows: Iterable[SolutionRow], context: str) -> dict[str, Any]:
    """Return the triples of *rows* as JSON-LD: one node per subject.

    What another subject links to, and links to no subject itself, stands inside those that link to it (JSON-LD 1.1
    Framing, ``@embed: @always``).
    """
    nodes = collect_nodes({"s": row["subject"], "p": row["predicate"], "o": row["object"]} for row in rows)
    linked = {iri: _get_linked_subjects(node, nodes) for iri, node in nodes.items()}
    targets = {target for these in linked.values() for target in these}
    leaves = {iri: node for iri, node in nodes.items() if iri in targets and not linked[iri]}
    terms = await get_terminology(site)
    framed = []
    for node in sort_nodes(node for iri, node in nodes.items() if iri not in leaves):
        description = EntityDescription(node=node, names={}, terms=terms, release=site.release_number, nested=leaves)
        framed.append(JsonLdCompactor(description).document())
    return {"@context": context, "@graph": framed}


def _get_linked_subjects(node: EntityNode, nodes: dict[str, EntityNode]) -> set[str]:
    keys = {get_node_key(term) for values in node.properties.values() for term in values if term.kind != "literal"}
    return keys & nodes.keys()
