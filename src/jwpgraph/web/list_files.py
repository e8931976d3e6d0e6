"""Lists as tables: a column for each property that entities of the list have, named as in the JSON of the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.description import EntityDescription, describe_all
from jwpgraph.entities.nodes import LABEL_PROPERTIES, NOTATION, RDF_TYPE, EntityNode
from jwpgraph.http.csv_tables import to_csv
from jwpgraph.linked_data.compaction import make_reading_order_key
from jwpgraph.linked_data.json_ld_context import PropertyTerm, compact_iri, get_property_terms
from jwpgraph.query_execution.queries import QueryTerm

#: Number of entities that one query reads.
_AT_ONCE: Final = 500
#: Separates the values of a cell.
_BETWEEN: Final = "; "
_HEAD: Final = frozenset({RDF_TYPE, NOTATION, LABEL_PROPERTIES[0]})


async def render_list_csv(site: AppContext, nodes: Sequence[EntityNode]) -> str:
    """Return *nodes* as CSV (RFC 4180).

    The first columns are ``id``, ``notation`` and ``label``. A property that links has two columns: the names of the
    linked things, and their IRIs in a column with ``_id`` at the end. A text has its language after ``@``. Several
    values of a cell are separated by semicolons.
    """
    described: list[EntityDescription] = []
    for start in range(0, len(nodes), _AT_ONCE):
        described += await describe_all(site, [node.iri for node in nodes[start : start + _AT_ONCE]])
    predicates = sorted(
        {found for one in described for found in one.node.properties} - _HEAD, key=make_reading_order_key
    )
    terms = [get_property_terms().get(one) or PropertyTerm(compact_iri(one), one, "literal") for one in predicates]
    linking = {
        one
        for one in predicates
        if any(term.kind != "literal" for each in described for term in each.node.properties.get(one, ()))
    }
    header = ["id", "notation", "label"]
    for predicate, term in zip(predicates, terms, strict=True):
        header += [term.name, f"{term.name}_id"] if predicate in linking else [term.name]
    rows = []
    for node, one in zip(nodes, described, strict=True):
        row = [node.iri, node.notation or "", node.name]
        for predicate in predicates:
            values = sorted(one.node.properties.get(predicate, ()), key=lambda term: (term.language or "", term.value))
            row.append(_BETWEEN.join(_write(one, value) for value in values))
            if predicate in linking:
                row.append(_BETWEEN.join(value.value for value in values if value.kind != "literal"))
        rows.append(row)
    return to_csv(header, rows)


def _write(description: EntityDescription, value: QueryTerm) -> str:
    if value.kind == "literal":
        return f"{value.value}@{value.language}" if value.language else value.value
    named = description.names.get(value.value)
    return named.name if named else value.value
