"""Graph names in Graph Store requests: from a request to a graph IRI and back to a URL (GSP, section 4)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from pyoxigraph import NamedNode
from starlette.types import Scope

from jwpgraph.http.declared_parameters import refuse_unknown
from jwpgraph.http.parameters import get_single, parse_parameters
from jwpgraph.http.request_origin import make_absolute_url
from jwpgraph.problems import ProblemError
from jwpgraph.vocabulary import GRAPH, UNNAMED_GRAPH, make_graph_iri

STORE: Final = "/graph-store"

_PARAMETERS: Final = ("graph", "default", "format")


@dataclass(frozen=True, slots=True)
class GraphName:
    """The graph that a request identifies.

    Attributes:
        iri: the IRI of the named graph.
        url: its URL at this service.
        base: the base IRI for relative IRIs in a payload (RFC 3986, section 5.1).
        is_default: whether it is the default graph, which always exists.
    """

    iri: str
    url: str
    base: str
    is_default: bool = False


class GraphNames:
    """Determines the graphs of requests.

    Args:
        trusted: proxies whose forwarded host is used, separated by commas.
    """

    def __init__(self, trusted: str) -> None:
        self._trusted = trusted

    def of(self, scope: Scope) -> GraphName | None:
        """Return the graph that the request identifies (GSP, sections 4.1 and 4.2), or ``None``.

        Raises:
            ProblemError: ``bad-graph-name`` (400), ``invalid-parameter`` (422).
        """
        parameters = parse_parameters(scope["query_string"])
        refuse_unknown(parameters, _PARAMETERS)
        store = self._store_url(scope)
        direct = _parse_direct_name(scope)
        indirect = get_single(parameters, "graph")
        default = get_single(parameters, "default")
        if sum(name is not None for name in (direct, indirect, default)) > 1:
            raise _make_bad_name_problem("name the graph once: by the path, by ?graph= or by ?default")
        if direct is not None:
            return self._named(make_graph_iri(direct), store)
        if indirect == "":
            raise _make_bad_name_problem("graph is empty; write ?default for the default graph")
        if indirect is not None:
            return self._named(_find_graph_iri(indirect, store), store)
        if default is not None:
            return GraphName(UNNAMED_GRAPH, store + "?default", store, is_default=True)
        return None

    def new(self, scope: Scope) -> GraphName:
        """Return a new name for a graph created by POST to the store itself (GSP, section 5.5)."""
        return self._named(make_graph_iri(f"posted/{uuid.uuid4()}"), self._store_url(scope))

    def _named(self, iri: str, store: str) -> GraphName:
        try:
            NamedNode(iri)
        except ValueError:
            raise _make_bad_name_problem(f"not an absolute IRI: {iri}") from None
        path = iri.removeprefix(GRAPH)
        if path and iri == _make_direct_iri(path):
            return GraphName(iri, f"{store}/{path}", iri)
        return GraphName(iri, f"{store}?graph={quote(iri, safe='')}", iri)

    def _store_url(self, scope: Scope) -> str:
        path: str = scope["path"]
        return make_absolute_url(scope, quote(path.partition(STORE)[0]) + STORE, self._trusted)


def _parse_direct_name(scope: Scope) -> str | None:
    """Return the path after that of the store, percent-decoded once, or ``None``."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    name = raw.decode("ascii", "replace").partition(STORE)[2].removeprefix("/")
    if not name:
        return None
    try:
        decoded = unquote(name, errors="strict")
    except UnicodeDecodeError:
        raise _make_bad_name_problem("the path is not UTF-8") from None
    if _has_dot_segment(decoded):
        # Clients and proxies remove them (RFC 3986, section 6.2.2.3), so that the graph could not be read again.
        raise _make_bad_name_problem("the path contains . or .. as a segment")
    return decoded


def _has_dot_segment(path: str) -> bool:
    return not {".", ".."}.isdisjoint(path.split("/"))


def _make_direct_iri(path: str) -> str | None:
    """Return the IRI of the graph that *path*, percent-encoded, identifies after that of the store, or ``None``.

    Another IRI in the same namespace, such as one with a fragment or non-ASCII letters, has no such path.
    """
    try:
        name = unquote(path, errors="strict")
    except UnicodeDecodeError:
        return None
    return None if _has_dot_segment(name) else make_graph_iri(name)


def _find_graph_iri(name: str, store: str) -> str:
    """Return the IRI for ``?graph=``: *name*, which must be absolute (GSP, section 4.2), or that of a graph URL."""
    if name.startswith(store + "/") and len(name) > len(store) + 1:
        # The parameter has been decoded; remaining percent-encoding is part of the name.
        return GRAPH + name.removeprefix(store + "/")
    return name


def _make_bad_name_problem(detail: str) -> ProblemError:
    return ProblemError("bad-graph-name", "A graph name must be an absolute IRI", detail)
