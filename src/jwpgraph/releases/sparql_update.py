"""Execution of SPARQL 1.1 Update requests on the named graphs of a candidate.

For an operation that inserts or deletes triples, the WHERE clause is evaluated as a query, and the engine instantiates
the templates with the solutions in an empty scratch store. The resulting quads are then added or removed. The engine
never runs an update on the candidate itself, so an update cannot reach derived graphs
(docs/decisions/0001-stored-union.md).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, Store, Triple

from jwpgraph.problems import ProblemError
from jwpgraph.releases.reserved import LEGACY_UNION, check_not_reserved
from jwpgraph.releases.workspace import Workspace
from jwpgraph.sparql_syntax.engine_text import adapt_query
from jwpgraph.sparql_syntax.pattern_parser import UnsupportedSyntaxError
from jwpgraph.sparql_syntax.syntax_errors import is_unknown_function
from jwpgraph.sparql_syntax.update_parser import (
    GraphOperation,
    Loading,
    Modification,
    ParsedOperation,
    parse_operations,
    split_operations,
)
from jwpgraph.vocabulary import ENTAILED_GRAPH, UNNAMED_GRAPH

#: Maximum number of solutions in one VALUES block.
_ROWS: Final = 20_000
#: Maximum number of graph names that are resolved by one query.
_NAMES: Final = 200
#: Prefix of the IRIs that replace blank nodes in VALUES; random, so that no data contains it.
_BLANK: Final = f"urn:uuid:{uuid.uuid4()}:"
_DEFAULT: Final = DefaultGraph()
_ENTAILED: Final = NamedNode(ENTAILED_GRAPH)

_Names = list[NamedNode | BlankNode]
_Graphs = DefaultGraph | list[NamedNode | BlankNode | DefaultGraph]
_Term = NamedNode | BlankNode | Literal | Triple


def read_update(text: str, base_iri: str | None) -> list[ParsedOperation]:
    """Parse a request into operations and check its syntax.

    Raises:
        ProblemError: ``bad-update`` (400) for a syntax error; ``load-refused`` (403) for LOAD.
    """
    try:
        operations = parse_operations(text)
    except UnsupportedSyntaxError as error:
        _check_syntax(text, base_iri)
        raise ProblemError("bad-update", "The update cannot be read", f"{error} is not expected here") from None
    if any(isinstance(operation, Loading) for operation in operations):
        raise ProblemError(
            "load-refused",
            "LOAD is refused",
            "This service fetches no documents; send the document to /graph-store, or use `jwpgraph load`.",
            status=403,
        )
    try:
        _check_syntax(text, base_iri)
    except ProblemError:
        # The engine accepts declarations only at the beginning, but the grammar allows them before each operation
        # (SPARQL 1.1 Update, appendix C, rule 29).
        for operation in split_operations(text):
            _check_syntax(operation, base_iri)
    _check_labels(text, operations)
    return operations


def run_operations(workspace: Workspace, operations: Iterable[ParsedOperation], base_iri: str | None) -> None:
    """Execute operations in order; each sees the effects of the previous ones (SPARQL 1.1 Update, section 3).

    An operation that names a derived graph as one to write is refused before any is executed, also if no solution
    would reach that graph.

    Args:
        workspace: the graphs of the candidate; unusable after an error.
        operations: the result of :func:`read_update`.
        base_iri: the base IRI for relative IRIs.

    Raises:
        ProblemError: ``reserved-graph`` (409) for an operation on a derived graph, ``bad-update`` (400) for an
            operation on a missing graph.
    """
    operations = list(operations)
    for operation in operations:
        _check_written(operation, base_iri)
    for operation in operations:
        match operation:
            case Modification():
                _modify(workspace, operation, base_iri)
            case GraphOperation():
                _change_graphs(workspace, operation, base_iri)


def _check_written(operation: ParsedOperation, base_iri: str | None) -> None:
    """Raise if an operation names a derived graph as one to write; ADD and COPY may read it.

    Raises:
        ProblemError: ``reserved-graph``.
    """
    if isinstance(operation, Modification):
        written = list(dict.fromkeys(operation.written))
    elif isinstance(operation, GraphOperation) and operation.graph not in {"named", "all"}:
        written = [operation.target] if operation.target else []
        if operation.verb not in {"add", "copy"}:
            written.append(operation.graph)
    else:
        return
    for start in range(0, len(written), _NAMES):
        for graph in _resolve(operation.prologue, written[start : start + _NAMES], base_iri):
            check_not_reserved(graph)


def _check_syntax(text: str, base_iri: str | None) -> None:
    """Let the engine check the syntax of a request without LOAD.

    Raises:
        ProblemError: ``bad-update``.
    """
    try:
        Store().update(text, base_iri=base_iri)
    except SyntaxError as error:
        raise ProblemError("bad-update", "The update cannot be read", str(error)) from None
    except (RuntimeError, ValueError):
        # The syntax is correct; the update failed because the store is empty.
        return


def _check_labels(text: str, operations: Iterable[ParsedOperation]) -> None:
    """Raise if a blank node label is used in two WHERE clauses or in two INSERT DATA (SPARQL 1.1 Query, section 19.6).

    Raises:
        ProblemError: ``bad-update``.
    """
    seen: dict[tuple[str, bool], int] = {}
    for number, operation in enumerate(operations):
        if not isinstance(operation, Modification):
            continue
        for label, place in operation.labels:
            if seen.setdefault((label, operation.where is None), number) != number:
                line, column = text.count("\n", 0, place) + 1, place - (text.rfind("\n", 0, place) + 1) + 1
                raise ProblemError(
                    "bad-update",
                    "The update cannot be read",
                    f"line {line}, column {column}: the blank node label {label} is already used in another operation; "
                    "a label may be used in one operation only",
                    line=line,
                    column=column,
                )


def _make_failure_problem(detail: str) -> ProblemError:
    return ProblemError("bad-update", "The update cannot be executed", detail)


def _resolve(prologue: str, written: Sequence[str], base_iri: str | None) -> list[str]:
    """Resolve IRIs and prefixed names with the engine, using the declarations in *prologue*."""
    if not written:
        return []
    columns = " ".join(f"({name} AS ?iri{number})" for number, name in enumerate(written))
    solutions = Store().query(f"{prologue} SELECT {columns} WHERE {{}}", base_iri=base_iri)
    assert isinstance(solutions, QuerySolutions)  # noqa: S101 - a SELECT has no other answer
    return [term.value for term in next(solutions) if isinstance(term, NamedNode)]


def _change_graphs(workspace: Workspace, operation: GraphOperation, base_iri: str | None) -> None:
    if operation.graph in {"named", "all"}:
        for name in sorted(workspace.graphs):
            if operation.graph == "all" or name != UNNAMED_GRAPH:
                (workspace.drop if operation.verb == "drop" else workspace.clear)(name)
        return
    written = [operation.graph, operation.target] if operation.target else [operation.graph]
    graph, *targets = _resolve(operation.prologue, written, base_iri)
    # The default graph always exists; the named graph that represents it may not.
    exists = graph in workspace.graphs or graph == UNNAMED_GRAPH
    match operation.verb:
        case "create":
            if exists and not operation.silent:
                raise _make_failure_problem(f"the graph <{graph}> exists already")
            workspace.create(graph)
        case "clear":
            # A missing graph is not an error: see jwpgraph.sparql_syntax.update_rewriting.rewrite_update.
            workspace.clear(graph)
        case "drop":
            workspace.drop(graph)
            if not exists and not operation.silent:
                raise _make_no_graph_problem(graph)
        case _:
            _transfer(workspace, operation, graph, targets[0], exists=exists)


def _transfer(workspace: Workspace, operation: GraphOperation, source: str, target: str, *, exists: bool) -> None:
    """Execute COPY, MOVE or ADD (SPARQL 1.1 Update, sections 3.2.3 to 3.2.5)."""
    check_not_reserved(target)
    if operation.verb == "move":
        check_not_reserved(source)
    elif source == ENTAILED_GRAPH:
        workspace.settle()
        exists = True
    if not exists:
        if operation.silent:
            return
        raise _make_no_graph_problem(source)
    if source == target:
        return
    home = NamedNode(target)
    copies = {Quad(quad.subject, quad.predicate, quad.object, home) for quad in workspace.quads(source)}
    workspace.create(target)
    if operation.verb != "add":
        workspace.delete(workspace.quads(target) - copies)
    workspace.insert(copies)
    if operation.verb == "move":
        workspace.drop(source)


def _make_no_graph_problem(graph: str) -> ProblemError:
    return _make_failure_problem(f"there is no graph <{graph}>; SILENT ignores this")


def _modify(workspace: Workspace, operation: Modification, base_iri: str | None) -> None:
    """Delete, then insert, the instantiated templates for one set of solutions (SPARQL 1.1 Update, section 3.1.3)."""
    target = _resolve(operation.prologue, [operation.target] if operation.target else [], base_iri)
    home = NamedNode(target[0] if target else UNNAMED_GRAPH)
    check_not_reserved(home.value)
    deleted: set[Quad] = set()
    inserted: set[Quad] = set()
    try:
        for values in [""] if operation.where is None else _solve_where(workspace, operation, home, base_iri):
            if operation.delete is not None:
                deleted |= _instantiate_template(operation.delete, values, home, operation.prologue, base_iri)
            if operation.insert is not None:
                inserted |= _instantiate_template(operation.insert, values, home, operation.prologue, base_iri)
    except RuntimeError as error:
        if not is_unknown_function(str(error)):
            raise
        raise _make_failure_problem(str(error)) from None
    workspace.delete(deleted)
    workspace.insert(inserted)


def _solve_where(workspace: Workspace, operation: Modification, home: NamedNode, base_iri: str | None) -> Iterator[str]:
    """Yield the solutions of the WHERE clause as groups with one VALUES block each."""
    workspace.settle()
    store, default, named = _get_dataset(workspace, operation, home, base_iri)
    names = [graph.value for graph in named if isinstance(graph, NamedNode)]
    pattern = adapt_query(operation.where or "{}", lambda: names, operation.prologue)
    solutions = store.query(
        f"{operation.prologue} SELECT * WHERE {pattern}",
        base_iri=base_iri,
        default_graph=default,
        named_graphs=named,
    )
    assert isinstance(solutions, QuerySolutions)  # noqa: S101 - a SELECT has no other answer
    variables = " ".join(f"?{variable.value}" for variable in solutions.variables)
    rows = ("(" + " ".join("UNDEF" if term is None else _write_term(term) for term in row) + ")" for row in solutions)
    while batch := list(islice(rows, _ROWS)):
        yield f"{{ VALUES ({variables}) {{ {' '.join(batch) if variables else '() ' * len(batch)} }} }}"


def _get_dataset(
    workspace: Workspace, operation: Modification, home: NamedNode, base_iri: str | None
) -> tuple[Store, _Graphs, _Names]:
    """Return the dataset of the WHERE clause (SPARQL 1.1 Update, section 3.1.3): store, default graph, named graphs.

    GRAPH ?g ranges over the writable graphs, because templates write to it; ``graph/entailed`` is included only if the
    pattern names it.
    """

    def resolved(written: Iterable[str]) -> _Names:
        iris = _resolve(operation.prologue, list(written), base_iri)
        return [NamedNode(iri) for iri in dict.fromkeys(iris) if iri != LEGACY_UNION]

    named: _Names
    if operation.using is None or operation.using_named is None:
        named = [NamedNode(name) for name in sorted(workspace.graphs)]
        if _ENTAILED in resolved(operation.graphs):
            named.append(_ENTAILED)
        return workspace.store, [home] if operation.target else _DEFAULT, named
    default, named = resolved(operation.using), resolved(operation.using_named)
    if len(default) <= 1:
        return workspace.store, [*default], named
    # The merge of graphs is a set of triples, but the engine would match a triple in two graphs twice.
    merged = Store()
    merged.extend(
        Quad(quad.subject, quad.predicate, quad.object, home)
        for graph, home in [*((graph, _DEFAULT) for graph in default), *((graph, graph) for graph in named)]
        for quad in workspace.quads(graph.value)
    )
    return merged, _DEFAULT, named


def _instantiate_template(
    template: str, values: str, home: NamedNode, prologue: str, base_iri: str | None
) -> set[Quad]:
    """Return the quads of an instantiated template; triples outside GRAPH clauses get the graph *home*."""
    scratch = Store()
    verb, where = ("INSERT", f" WHERE {values}") if values else ("INSERT DATA", "")
    scratch.update(f"{prologue} {verb} {template}{where}", base_iri=base_iri)
    quads = (_restore_blank_nodes(quad, home) for quad in scratch)
    return {quad for quad in quads if quad is not None}


def _write_term(term: _Term) -> str:
    if isinstance(term, Triple):
        return f"<<( {_write_term(term.subject)} {_write_term(term.predicate)} {_write_term(term.object)} )>>"
    if isinstance(term, BlankNode):
        return f"<{_BLANK}{term.value}>"
    return str(term)


def _restore_blank_nodes(quad: Quad, home: NamedNode) -> Quad | None:
    """Return the quad with its blank nodes restored, or ``None`` if the result is not a valid RDF quad."""
    subject, predicate, value = (_restore_term(term) for term in quad.triple)
    graph: _Term = home if isinstance(quad.graph_name, DefaultGraph) else _restore_term(quad.graph_name)
    if isinstance(subject, Literal | Triple) or not isinstance(predicate, NamedNode):
        return None
    return Quad(subject, predicate, value, graph) if isinstance(graph, NamedNode) else None


def _restore_term(term: _Term) -> _Term:
    if isinstance(term, NamedNode) and term.value.startswith(_BLANK):
        return BlankNode(term.value.removeprefix(_BLANK))
    if isinstance(term, Triple):
        subject, predicate, value = (_restore_term(part) for part in term)
        return Triple(subject, predicate, value)  # type: ignore[arg-type]  # positions are preserved
    return term
