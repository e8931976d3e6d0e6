"""All changes at once: graphs are sent under names of their own first, and one update puts all of them in their places.

SPARQL 1.1 Update wants a request to be carried out whole or not at all (section 2.2), and engines with transactions do
so. The note of what is published changes in the same request, and so tells whether it was carried out where the answer
was lost. The update is never sent twice: a MOVE from a graph that is gone may empty the one that it leads to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from jwpgraph.problems import ProblemError
from jwpgraph.publishing.connection import TargetConnection
from jwpgraph.publishing.plan import PublishingStep
from jwpgraph.publishing.record import PublicationRecord

_STAGED: Final = "urn:jwpgraph:staged:"


def staged_graph_iri(graph: str, record_graph: str) -> str:
    """The name under which a graph waits at the target; each publisher has its own."""
    return _STAGED + hashlib.sha256(f"{record_graph} {graph}".encode()).hexdigest()[:32]


def make_switch_update(steps: Iterable[PublishingStep], record: PublicationRecord, record_graph: str) -> str:
    """The update that puts staged graphs in their places.

    Args:
        steps: what becomes of each graph; graphs without triples are not staged, because most engines know none.
        record: what is noted when it has been carried out.
        record_graph: where.
    """
    operations = [
        f"MOVE GRAPH <{staged_graph_iri(step.graph, record_graph)}> TO GRAPH <{step.graph}>"
        if step.triples
        else f"DROP SILENT GRAPH <{step.graph}>"
        for step in steps
    ]
    note = record.n_triples(record_graph).decode()
    operations += [f"DROP SILENT GRAPH <{record_graph}>", f"INSERT DATA {{ GRAPH <{record_graph}> {{\n{note}}} }}"]
    return " ;\n".join(operations)


async def run_switch_update(
    connection: TargetConnection, update: str, record: PublicationRecord, record_graph: str
) -> None:
    """Send the update of :func:`make_switch_update`, once.

    Raises:
        ProblemError: as :meth:`TargetConnection.update`, unless the record shows that the update was carried out.
    """
    try:
        await connection.update(update)
    except ProblemError:
        if await PublicationRecord.read(connection, record_graph) != record:
            raise
