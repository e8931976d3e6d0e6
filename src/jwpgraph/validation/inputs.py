"""Input of a validation: a release or some of its graphs, files, or the graphs of any SPARQL endpoint.

Each input becomes a store, with the original lexical forms of literals that the store normalises. The engines get its
union as N-Triples (:func:`jwpgraph.validation.engines.union_as_n_triples`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import httpx
import orjson
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple, parse

from jwpgraph.problems import ProblemError
from jwpgraph.releases.rdf_files import find_rdf_format
from jwpgraph.releases.rdf_parsing import explain_read_error, parse_file
from jwpgraph.releases.release import Release
from jwpgraph.releases.written_literals import Gathering, WrittenLiterals, read_written

#: Triples requested at a time; an endpoint that returns fewer is detected.
PAGE = 50_000
_CONNECT_SECONDS = 10.0
_ACCEPT = "application/n-triples, text/turtle;q=0.7"


class Subject(NamedTuple):
    """Data to validate: a store and the original lexical forms of its literals."""

    store: Store
    written: WrittenLiterals


def read_release(release: Release, graphs: Sequence[str] = ()) -> Subject:
    """Return the union of a release, or of some of its graphs.

    Raises:
        ProblemError: ``no-such-graph`` if the release has no graph with that name; ``release-damaged`` or
            ``data-dir-damaged`` if a file of it is damaged.
    """
    release.check()
    store, written = release.open_store(), read_written(release.written_path)
    if not graphs:
        return Subject(store, written)
    chosen = Store()
    for graph in graphs:
        if not store.contains_named_graph(_make_graph_clause(graph)):
            raise ProblemError(
                "no-such-graph", "There is no such graph", f"release {release.number} has no {graph}", status=404
            )
        chosen.bulk_extend(_with_union(store.quads_for_pattern(None, None, None, NamedNode(graph))))
    return Subject(chosen, written.of_graphs(graphs))


def read_files(paths: Sequence[Path]) -> Subject:
    """Return the union of files as they are, without entailments.

    Raises:
        ProblemError: ``no-such-file``, ``unknown-format`` or ``bad-rdf``.
    """
    store, gathering = Store(), Gathering()
    for path in paths:
        form = find_rdf_format(path)
        if form is None:
            raise ProblemError("unknown-format", "The format of the file is not known", str(path))
        base = path.resolve().as_uri()
        try:
            quads = parse_file(path, form, base)
            store.bulk_extend(_with_union(gathering.of(quads, NamedNode(base))))
        except FileNotFoundError:
            raise ProblemError("no-such-file", "There is no such file", str(path)) from None
        except (OSError, SyntaxError) as error:
            raise ProblemError(
                "bad-rdf", "The file cannot be read", f"{path}: {explain_read_error(str(error))}"
            ) from None
    return Subject(store, gathering.collect())


def read_endpoint(endpoint: str, graphs: Sequence[str] = (), *, timeout: float = 60.0, page: int = PAGE) -> Subject:
    """Return the default graph of a SPARQL endpoint, or the union of some named graphs, read page by page.

    The number of triples is queried first and compared with the number received, because many endpoints truncate long
    results silently. Blank nodes keep their labels across pages, as N-Triples from one store do.

    Args:
        endpoint: its URL; redirects are not followed.
        graphs: IRIs of named graphs; default: the default graph.
        timeout: time limit for one response, in seconds.
        page: number of triples to request at a time.

    Raises:
        ProblemError: ``endpoint-unreachable`` (502), ``endpoint-failed`` (502), ``endpoint-incomplete`` (502), or
            ``endpoint-empty`` (404) if there are no triples, so that a mistyped name does not count as conforming.
    """
    store, gathering = Store(), Gathering()
    with httpx.Client(timeout=httpx.Timeout(timeout, connect=_CONNECT_SECONDS), follow_redirects=False) as client:
        for graph in graphs or (None,):
            name = NamedNode(endpoint) if graph is None else _make_graph_clause(graph)
            part = _read_graph(client, endpoint, graph, page)
            store.bulk_extend(_with_union(gathering.of(part, name)))
    return Subject(store, gathering.collect())


def _read_graph(client: httpx.Client, endpoint: str, graph: str | None, page: int) -> set[Triple]:
    pattern = "?s ?p ?o"
    if graph is not None:
        pattern = f"GRAPH {_make_graph_clause(graph)} {{ {pattern} }}"
    expected = _count_triples(client, endpoint, pattern)
    if not expected:
        raise ProblemError(
            "endpoint-empty",
            "The SPARQL endpoint has nothing to validate",
            f"{endpoint}: {graph or 'its default graph'} has no triples; --graph or graphs chooses others",
            status=404,
        )
    # A store would merge literals that differ only in their lexical form.
    found, seen = set[Triple](), 0
    while seen < expected:
        query = (
            f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ SELECT ?s ?p ?o WHERE {{ {pattern} }}"
            f" ORDER BY ?s ?p ?o LIMIT {page} OFFSET {seen} }}"
        )
        answer = _send_query(client, endpoint, query, _ACCEPT)
        form = RdfFormat.from_media_type(answer.headers.get("content-type", "").partition(";")[0].strip())
        if form is None:
            raise _make_endpoint_problem(endpoint, "its response is not RDF")
        try:
            found |= {quad.triple for quad in parse(answer.content, format=form, base_iri=endpoint)}
        except SyntaxError as error:
            raise _make_endpoint_problem(endpoint, f"its RDF cannot be read: {error}") from None
        if len(found) == seen:
            break
        seen = len(found)
    if seen != expected:
        raise ProblemError(
            "endpoint-incomplete",
            "The SPARQL endpoint did not return all of its triples",
            f"{endpoint}: {seen} of {expected} arrived; it may have changed meanwhile, or it truncates long results",
            status=502,
        )
    return found


def _with_union(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Yield each quad, and its triple in the default graph."""
    for quad in quads:
        yield quad
        yield Quad(quad.subject, quad.predicate, quad.object)


def _make_graph_clause(graph: str) -> NamedNode:
    try:
        return NamedNode(graph)
    except ValueError as error:
        raise ProblemError("bad-graph-name", "A graph name must be an absolute IRI", f"{graph!r}: {error}") from None


def _count_triples(client: httpx.Client, endpoint: str, pattern: str) -> int:
    # DISTINCT, because a union default graph may return a triple once for each graph that contains it.
    query = f"SELECT (COUNT(*) AS ?n) WHERE {{ SELECT DISTINCT ?s ?p ?o WHERE {{ {pattern} }} }}"
    answer = _send_query(client, endpoint, query, "application/sparql-results+json")
    try:
        return int(orjson.loads(answer.content)["results"]["bindings"][0]["n"]["value"])
    except (ValueError, LookupError, TypeError):
        raise _make_endpoint_problem(endpoint, "its response is not SPARQL results in JSON") from None


def _send_query(client: httpx.Client, endpoint: str, query: str, accept: str) -> httpx.Response:
    try:
        answer = client.post(endpoint, data={"query": query}, headers={"Accept": accept})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProblemError(
            "endpoint-unreachable",
            "The SPARQL endpoint cannot be reached",
            f"{endpoint}: {error or type(error).__name__}",
            status=502,
        ) from None
    if answer.status_code != 200:
        raise _make_endpoint_problem(endpoint, f"it returned status {answer.status_code}")
    return answer


def _make_endpoint_problem(endpoint: str, why: str) -> ProblemError:
    return ProblemError("endpoint-failed", "The SPARQL endpoint failed", f"{endpoint}: {why}", status=502)
