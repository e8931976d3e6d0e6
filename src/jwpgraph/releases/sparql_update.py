"""Carrying out a SPARQL Update, where that can be so that what it adds and removes is known to the quad.

An operation that inserts or deletes triples is taken apart by its braces alone. Its WHERE clause is asked as a query,
and the engine itself fills the templates with the solutions, on an empty store: templates are never interpreted here.
Operations on whole graphs are left to the engine, and then nothing is known of what they did. Either way an operation
sees the union as the operations before it left it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store, Triple

from jwpgraph.problems import ProblemError
from jwpgraph.releases.delta import ChangeJournal, Delta
from jwpgraph.releases.union import graph_triples, move_to_default, rebuild_union
from jwpgraph.sparql_syntax.pattern_parser import UnsupportedSyntaxError
from jwpgraph.sparql_syntax.update_parser import ParsedOperation, UpdateTemplates, parse_operations, split_operations
from jwpgraph.vocabulary import ASSERTED_GRAPH, ENTAILED_GRAPH, UNNAMED_GRAPH

_LONGEST_TEXT: Final = 500_000
_MOST_SOLUTIONS: Final = 20_000
#: Stands for a blank node while solutions travel from one store to another.
_BLANK: Final = "urn:jwpgraph:blank:"
_DEFAULT = DefaultGraph()


def check_update(text: str, base_iri: str | None) -> None:
    """Refuse what the engine cannot read, of a request that has been taken apart.

    Raises:
        ProblemError: ``bad-update``.
    """
    try:
        _parse_with_engine(text, base_iri)
    except SyntaxError:
        # The engine takes declarations only at the beginning; they may stand before each operation (SPARQL 1.1 Update,
        # appendix C, rule 29).
        for operation in split_operations(text):
            try:
                _parse_with_engine(operation, base_iri)
            except SyntaxError as error:
                raise ProblemError("bad-update", "The update cannot be read", str(error)) from None


def _parse_with_engine(text: str, base_iri: str | None) -> None:
    try:
        Store().update(text, base_iri=base_iri)
    except (RuntimeError, ValueError):
        # It can be read, and asks for something that an empty store does not have.
        return


def apply_update(store: Store, text: str, base_iri: str | None) -> Delta | None:
    """Carry out an update that only inserts and deletes triples.

    Args:
        store: the candidate, whose default graph is the parent's union.
        text: the request.
        base_iri: what relative IRIs are resolved against.

    Returns:
        What it did; ``None``, with nothing done, where the engine has to carry out the request.

    Raises:
        ProblemError: ``bad-update`` where the engine cannot read the text.
    """
    if len(text) > _LONGEST_TEXT:
        return None
    try:
        operations = parse_operations(text)
        steps = [_is_exact(operation) for operation in operations]
    except UnsupportedSyntaxError:
        return None
    check_update(text, base_iri)
    journal = ChangeJournal(store)
    try:
        for operation, templates in zip(operations, steps, strict=True):
            if operation.reads:
                journal.show()
            deleted, inserted = _compute_effect(store, templates, operation.prologue, base_iri)
            _refuse_derived_graphs(deleted | inserted)
            journal.delete(deleted)
            journal.insert(inserted)
    except UnsupportedSyntaxError:
        journal.undo()
        return None
    return journal.close()


def run_operations(store: Store, text: str, base_iri: str | None) -> bool:
    """Have the engine carry out an update of any kind, one operation after the other.

    Args:
        store: the candidate, whose default graph is the parent's union; afterwards it is to be made anew.
        text: the request.
        base_iri: what relative IRIs are resolved against.

    Returns:
        Whether it could; if not, nothing was done, as the text was not understood.

    Raises:
        ProblemError: ``bad-update``.
    """
    try:
        operations = parse_operations(text)
    except UnsupportedSyntaxError:
        return False
    if not any(operation.loads for operation in operations):
        check_update(text, base_iri)
    for position, operation in enumerate(operations):
        if position and operation.reads:
            _show_union_graph(store)
        if operation.named:
            _clear_named_graphs(store, drop=operation.named == "drop")
        else:
            run_update(store, f"{operation.prologue} {operation.text}", base_iri)
    return True


def run_update(store: Store, text: str, base_iri: str | None) -> None:
    """Hand a request to the engine.

    Raises:
        ProblemError: ``bad-update``.
    """
    try:
        store.update(text, base_iri=base_iri)
    except SyntaxError as error:
        raise ProblemError("bad-update", "The update cannot be read", str(error)) from None
    except (RuntimeError, ValueError) as error:
        raise ProblemError("bad-update", "The update cannot be carried out", str(error)) from None


def _is_exact(operation: ParsedOperation) -> UpdateTemplates:
    if operation.templates is None:
        raise UnsupportedSyntaxError("an operation on whole graphs")
    return operation.templates


def _show_union_graph(store: Store) -> None:
    """Let the default graph be the union of what the graphs hold by now."""
    rebuild_union(store)
    store.bulk_extend(move_to_default(graph_triples(store, NamedNode(ENTAILED_GRAPH))))


def _clear_named_graphs(store: Store, *, drop: bool) -> None:
    """CLEAR NAMED and DROP NAMED: ``graph/default`` stands for the default graph, which has no name."""
    for graph in list(store.named_graphs()):
        if graph.value != UNNAMED_GRAPH:
            (store.remove_graph if drop else store.clear_graph)(graph)


def _compute_effect(
    store: Store, operation: UpdateTemplates, prologue: str, base_iri: str | None
) -> tuple[set[Quad], set[Quad]]:
    """The quads that an operation deletes and those that it inserts (SPARQL 1.1 Update, section 3.1.3)."""
    values = "" if operation.where is None else _solve_where(store, operation, prologue, base_iri)

    def filled(template: str | None) -> set[Quad]:
        return (
            set() if template is None else _instantiate_template(template, values, operation.target, prologue, base_iri)
        )

    return filled(operation.delete), filled(operation.insert)


def _solve_where(store: Store, operation: UpdateTemplates, prologue: str, base_iri: str | None) -> str:
    """The solutions of the WHERE clause as a VALUES block in a group of its own."""
    default = None if operation.target is None or operation.dataset else NamedNode(operation.target)
    found = store.query(
        f"{prologue} SELECT * {operation.dataset} WHERE {operation.where}", base_iri=base_iri, default_graph=default
    )
    assert isinstance(found, QuerySolutions)  # noqa: S101 - a SELECT has no other answer
    rows: list[str] = []
    for solution in found:
        rows.append("(" + " ".join(_write_term(term) for term in solution) + ")")
        if len(rows) > _MOST_SOLUTIONS:
            raise UnsupportedSyntaxError("more solutions than are worth it")
    names = " ".join(f"?{variable.value}" for variable in found.variables)
    if not names:
        rows = ["()"] * len(rows)
    return f"{{ VALUES ({names}) {{ {' '.join(rows)} }} }}"


def _instantiate_template(
    template: str, values: str, target: str | None, prologue: str, base_iri: str | None
) -> set[Quad]:
    """What the engine makes of a template."""
    scratch = Store()
    verb, where = ("INSERT", f" WHERE {values}") if values else ("INSERT DATA", "")
    scratch.update(f"{prologue} {verb} {template}{where}", base_iri=base_iri)
    home = _DEFAULT if target is None else NamedNode(target)
    return {_restore_blank_nodes(quad, home) for quad in scratch if not quad.predicate.value.startswith(_BLANK)}


def _write_term(term: object) -> str:
    if isinstance(term, Triple):
        raise UnsupportedSyntaxError("a triple term")
    if isinstance(term, BlankNode):
        return f"<{_BLANK}{term.value}>"
    return "UNDEF" if term is None else str(term)


def _restore_blank_nodes(quad: Quad, home: NamedNode | DefaultGraph) -> Quad:
    """The quad with its blank nodes again, in *home* where it names no graph."""
    subject, value = quad.subject, quad.object
    if isinstance(subject, NamedNode) and subject.value.startswith(_BLANK):
        subject = BlankNode(subject.value.removeprefix(_BLANK))
    if isinstance(value, NamedNode) and value.value.startswith(_BLANK):
        value = BlankNode(value.value.removeprefix(_BLANK))
    if isinstance(value, Triple):
        raise UnsupportedSyntaxError("a triple term")
    return Quad(subject, quad.predicate, value, home if quad.graph_name == _DEFAULT else quad.graph_name)


def _refuse_derived_graphs(quads: Iterable[Quad]) -> None:
    """What is done to a derived graph does not last, and a blank node names no graph of a release."""
    for name in {quad.graph_name for quad in quads}:
        if not isinstance(name, DefaultGraph) and (
            name.value in {ENTAILED_GRAPH, ASSERTED_GRAPH} or name.value.startswith(_BLANK)
        ):
            raise UnsupportedSyntaxError("a derived graph")
