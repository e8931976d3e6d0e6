"""Adapter for the fast engine, the ``shacl`` package, with corrections for its known faults (docs/conformance.md)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shacl
from pyoxigraph import BlankNode, NamedNode, RdfFormat, Store, Triple, parse, serialize

from jwpgraph.sparql_syntax.syntax_errors import explain_syntax_error
from jwpgraph.validation.report import SH, ReportGraph
from jwpgraph.vocabulary import PREFIXES

_CLOSED = NamedNode(SH + "ClosedConstraintComponent")
_SPARQL, _DEACTIVATED = NamedNode(SH + "sparql"), NamedNode(SH + "deactivated")
_TYPE = NamedNode(PREFIXES["rdf"] + "type")
_CLASS, _SUBCLASS = (NamedNode(PREFIXES["rdfs"] + name) for name in ("Class", "subClassOf"))
_PATH, _VALUE = NamedNode(SH + "resultPath"), NamedNode(SH + "value")


def read_shapes(shapes: str) -> shacl.Shapes:
    """Compile shapes in N-Triples.

    Raises:
        ValueError: if the engine cannot use them.
    """
    try:
        return shacl.Shapes.from_text(_repair_shapes(shapes), format="ntriples")
    except ValueError as error:
        raise ValueError(_explain_query_error(shapes) or str(error)) from None


def _explain_query_error(shapes: str) -> str | None:
    """Return the first syntax error in a query of the shapes, with its shape; ``None`` if there is none.

    The engine gives the error without the query, and lists everything that its parser would have accepted.
    """
    graph = ReportGraph(shapes)
    prefixes = {
        prefix.value: namespace.value
        for node in graph.subjects()
        for prefix, namespace in zip(
            graph.objects(node, SH + "prefix"), graph.objects(node, SH + "namespace"), strict=False
        )
    }
    for node in graph.subjects():
        for name in ("select", "ask"):
            for text in graph.objects(node, SH + name):
                try:
                    Store().query(text.value.replace("$PATH", "<urn:path>"), prefixes=prefixes)
                except SyntaxError as error:
                    fault = explain_syntax_error(str(error), text.value, prefixes=prefixes)
                    owners = [each for each in graph.subjects() if node in graph.objects(each, SH + "sparql")]
                    shape = next((each for each in [*owners, node] if isinstance(each, NamedNode)), "a shape")
                    return f"{shape}: sh:{name}: {fault.detail}"
                except (ValueError, RuntimeError):
                    continue
    return None


def _repair_shapes(shapes: str) -> str:
    """Return the shapes without deactivated SPARQL constraints, and with the classes among them typed as classes.

    The engine evaluates a constraint in spite of sh:deactivated (SHACL, section 5.2.1). For implicit targets it takes
    only direct instances of rdfs:Class, and not those of its subclasses in the shapes graph (section 2.1.3.3).
    """
    if "subClassOf>" not in shapes and f"<{SH}deactivated>" not in shapes:
        return shapes
    triples = [quad.triple for quad in parse(shapes, format=RdfFormat.N_TRIPLES)]
    classes = {_CLASS}
    while (
        found := {triple.subject for triple in triples if triple.predicate == _SUBCLASS and triple.object in classes}
        - classes
    ):
        classes |= found
    off = {triple.subject for triple in triples if triple.predicate == _DEACTIVATED and triple.object.value == "true"}
    kept = [triple for triple in triples if triple.predicate != _SPARQL or triple.object not in off]
    kept += [
        Triple(triple.subject, _TYPE, _CLASS)
        for triple in triples
        if triple.predicate == _TYPE and triple.object in classes
    ]
    return (serialize(kept, format=RdfFormat.N_TRIPLES) or b"").decode()


def report_on(data: str | Path, compiled: shacl.Shapes, shapes: str) -> str:
    """Return the validation report in Turtle.

    Args:
        data: the data in N-Triples, as text or in a file with the extension ``nt``.
        compiled: the compiled shapes.
        shapes: the same shapes in N-Triples.

    Raises:
        ValueError: if the data cannot be read.
    """
    if isinstance(data, str):
        report = compiled.validate_text(data, format="ntriples").serialize("turtle")
    else:
        report = compiled.validate_file(str(data)).serialize("turtle")
    if "ClosedConstraintComponent" not in report:
        return report
    return _split_closed_results(report, data if isinstance(data, str) else data.read_bytes().decode(), shapes)


def _split_closed_results(report: str, data: str, shapes: str) -> str:
    """Report one result for each triple that a closed property shape does not allow (SHACL, section 4.8.1).

    The engine reports one result for each value node, with the path of the shape and the value node in place of the
    predicate and object of the triple. Results for blank value nodes are kept as they are, because blank nodes have
    different labels in the report and in the data.
    """
    graph = ReportGraph(report)
    allowed = _list_allowed_predicates(shapes)
    triples = list(dict.fromkeys(quad.triple for quad in parse(report, format=RdfFormat.TURTLE)))
    for result in graph.results:
        properties = {triple.predicate.value.removeprefix(SH): triple.object for triple in graph.about(result)}
        predicates, node = allowed.get(str(properties.get("sourceShape"))), properties.get("value")
        if (
            properties.get("sourceConstraintComponent") != _CLOSED
            or predicates is None
            or not isinstance(node, NamedNode)
        ):
            continue
        about = [triple for triple in graph.about(result) if triple.predicate not in (_PATH, _VALUE)]
        (report_node,) = {triple.subject for triple in triples if triple.object == result}
        triples = [triple for triple in triples if result not in (triple.subject, triple.object)]
        for predicate, value in _make_triples(node, data):
            if predicate.value not in predicates:
                each = BlankNode()
                triples.append(Triple(report_node, NamedNode(SH + "result"), each))
                triples += [Triple(each, triple.predicate, triple.object) for triple in about]
                triples += [Triple(each, _PATH, predicate), Triple(each, _VALUE, value)]
    return (serialize(triples, format=RdfFormat.TURTLE) or b"").decode()


def _list_allowed_predicates(shapes: str) -> dict[str, set[str]]:
    """Return the predicates that each closed property shape allows on its values."""
    graph = ReportGraph(shapes)
    found: dict[str, set[str]] = {}
    for shape in graph.subjects():
        closed = any(value.value == "true" for value in graph.objects(shape, SH + "closed"))
        if not closed or not graph.objects(shape, SH + "path"):
            continue
        paths = [path for each in graph.objects(shape, SH + "property") for path in graph.objects(each, SH + "path")]
        lists = graph.objects(shape, SH + "ignoredProperties")
        ignored = [item for head in lists for item in _list_items(graph, head)]
        found[str(shape)] = {each.value for each in (*paths, *ignored) if isinstance(each, NamedNode)}
    return found


def _list_items(graph: ReportGraph, head: Any) -> Iterator[Any]:
    while firsts := graph.objects(head, PREFIXES["rdf"] + "first"):
        yield firsts[0]
        (head,) = graph.objects(head, PREFIXES["rdf"] + "rest")[:1] or [None]


def _make_triples(node: NamedNode, data: str) -> list[tuple[NamedNode, Any]]:
    lines = "\n".join(line for line in data.split("\n") if line.startswith(f"{node} "))
    return [(quad.predicate, quad.object) for quad in parse(lines, format=RdfFormat.N_TRIPLES)]
