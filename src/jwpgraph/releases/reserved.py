"""Graph names that nobody may write: what stands in them is derived anew for every release."""

from __future__ import annotations

from typing import Final

from pyoxigraph import NamedNode

from jwpgraph.problems import ProblemError
from jwpgraph.vocabulary import ENTAILED_GRAPH

#: In a data directory of version 0.2 or earlier a release's store may hold a copy of the asserted union by this name.
#: Nothing reads or writes it any more; the next release is built without it.
LEGACY_UNION: Final = "urn:jwpgraph:asserted"

#: What no change may write, and what is no source's graph.
RESERVED: Final = frozenset({ENTAILED_GRAPH, LEGACY_UNION})


def check_not_reserved(graph: str) -> None:
    """Refuse a graph that is derived.

    Raises:
        ProblemError: ``reserved-graph`` (409).
    """
    if graph in RESERVED:
        raise ProblemError(
            "reserved-graph",
            "This graph is derived and cannot be written",
            f"{graph} is computed anew for every release",
            status=409,
        )


def check_writable(graph: str) -> None:
    """Refuse a graph that is derived, and a name that is none.

    Raises:
        ProblemError: ``reserved-graph`` (409) or ``bad-graph-name`` (400).
    """
    check_not_reserved(graph)
    try:
        NamedNode(graph)
    except ValueError:
        raise ProblemError("bad-graph-name", "A graph is named by an absolute IRI", f"not one: {graph!r}") from None
