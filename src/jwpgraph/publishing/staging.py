"""Atomic publication: graphs are sent under staging names, and one update moves all of them to their final names.

SPARQL 1.1 Update requires a request to be atomic (section 2.2), and engines with transactions comply. The same request
changes the record, which shows whether it was executed if the response is lost. The update is never sent twice: a MOVE
from a missing graph may clear the target graph.
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


def make_staged_graph_iri(graph: str, record_graph: str) -> str:
    """Return the staging name of a graph; it differs between publishers."""
    return _STAGED + hashlib.sha256(f"{record_graph} {graph}".encode()).hexdigest()[:32]


def make_switch_update(steps: Iterable[PublishingStep], record: PublicationRecord, record_graph: str) -> str:
    """Return the update that moves staged graphs to their final names.

    Args:
        steps: the steps; empty graphs are not staged, because most engines do not store them.
        record: the record after the update.
        record_graph: the IRI of the graph with the record.
    """
    operations = [
        f"MOVE GRAPH <{make_staged_graph_iri(step.graph, record_graph)}> TO GRAPH <{step.graph}>"
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
    """Send the update of :func:`make_switch_update` once.

    Raises:
        ProblemError: as :meth:`.TargetConnection.update`, unless the record shows that the update was executed.
    """
    try:
        await connection.update(update)
    except ProblemError:
        if await PublicationRecord.read(connection, record_graph) != record:
            raise
