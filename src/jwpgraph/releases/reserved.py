"""Reserved graph names: graphs that are derived for every release and cannot be written."""

from __future__ import annotations

from typing import Final

from pyoxigraph import NamedNode

from jwpgraph.problems import ProblemError
from jwpgraph.vocabulary import ENTAILED_GRAPH

#: Graph with a copy of the asserted union in stores that earlier versions made. It is no longer used, and removed by
#: the next release.
LEGACY_UNION: Final = "urn:jwpgraph:asserted"

#: Graphs that no change may write.
RESERVED: Final = frozenset({ENTAILED_GRAPH, LEGACY_UNION})


def check_not_reserved(graph: str) -> None:
    """Raise if *graph* is derived.

    Raises:
        ProblemError: ``reserved-graph`` (409).
    """
    if graph in RESERVED:
        raise ProblemError(
            "reserved-graph",
            "This graph is derived and cannot be written",
            f"{graph} is computed for every release",
            status=409,
        )


def check_writable(graph: str) -> None:
    """Raise if *graph* is derived or not an absolute IRI.

    Raises:
        ProblemError: ``reserved-graph`` (409) or ``bad-graph-name`` (400).
    """
    check_not_reserved(graph)
    try:
        NamedNode(graph)
    except ValueError:
        raise ProblemError("bad-graph-name", "A graph name must be an absolute IRI", f"{graph!r} is not one") from None
