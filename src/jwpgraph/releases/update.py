"""Carrying out a SPARQL Update so that what it adds and removes is known to the quad.

Each operation that inserts or deletes triples is taken apart by its braces alone. Its WHERE clause is asked as a query,
and the engine itself fills the templates with the solutions, on an empty store: templates are never interpreted here.
Operations on whole graphs are left to the engine, and then nothing is known of what they did.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store, Triple

from jwpgraph.problems import Problem
from jwpgraph.releases.delta import Delta, Journal
from jwpgraph.releases.sparql_text import NotUnderstoodError, Reader
from jwpgraph.vocabulary import ASSERTED_GRAPH, ENTAILED_GRAPH

_LONGEST_TEXT: Final = 500_000
_MOST_SOLUTIONS: Final = 20_000
#: Stands for a blank node while solutions travel from one store to another.
_BLANK: Final = "urn:jwpgraph:blank:"
_DEFAULT = DefaultGraph()


@dataclass(frozen=True, slots=True)
class _Operation:
    """One operation: templates with their braces, and the WHERE clause; without one it is ground."""

    delete: str | None
    insert: str | None
    where: str | None
    dataset: str = ""
    target: str | None = None


def check_update(text: str, base_iri: str | None) -> None:
    """Refuse what the engine cannot read.

    Raises:
        Problem: ``bad-update``.
    """
    try:
        Store().update(text, base_iri=base_iri)
    except SyntaxError as error:
        raise Problem("bad-update", "The update cannot be read", str(error)) from None


def apply_update(store: Store, text: str, base_iri: str | None) -> Delta | None:
    """Carry out an update that only inserts and deletes triples.

    Args:
        store: the candidate, whose default graph is the parent's union.
        text: the request.
        base_iri: what relative IRIs are resolved against.

    Returns:
        What it did; ``None``, with nothing done, where the engine has to carry out the request as a whole.

    Raises:
        Problem: ``bad-update`` where the engine cannot read the text.
    """
    if len(text) > _LONGEST_TEXT:
        return None
    try:
        prologue, operations = _read(text)
    except NotUnderstoodError:
        return None
    check_update(text, base_iri)
    journal = Journal(store)
    try:
        for operation in operations:
            deleted, inserted = _effect(store, operation, prologue, base_iri)
            _refuse_derived(deleted | inserted)
            journal.delete(deleted)
            journal.insert(inserted)
    except NotUnderstoodError:
        journal.undo()
        return None
    return journal.close()


def _read(text: str) -> tuple[str, list[_Operation]]:
    reader = Reader(text)
    operations: list[_Operation] = []
    prologue = ""
    while True:
        start = reader.token.start
        reader.prologue()
        prologue += text[start : reader.token.start]
        if not reader.token.text:
            return prologue, operations
        operations.append(_operation(reader))
        if not reader.accept(";") and reader.token.text:
            raise NotUnderstoodError(reader.token.text)


def _operation(reader: Reader) -> _Operation:
    if reader.accept("insert", "data"):
        return _Operation(None, reader.braces(), None)
    if reader.accept("delete", "data"):
        return _Operation(reader.braces(), None, None)
    if reader.accept("delete", "where"):
        pattern = reader.braces()
        return _Operation(pattern, None, pattern)
    target = reader.iri() if reader.accept("with") else None
    delete = reader.braces() if reader.accept("delete") else None
    insert = reader.braces() if reader.accept("insert") else None
    if delete is insert is None:
        raise NotUnderstoodError(reader.token.text)
    dataset = ""
    while reader.accept("using"):
        named = "NAMED " if reader.accept("named") else ""
        dataset += f"FROM {named}<{reader.iri()}> "
    reader.expect("where")
    return _Operation(delete, insert, reader.braces(), dataset, target)


def _effect(store: Store, operation: _Operation, prologue: str, base_iri: str | None) -> tuple[set[Quad], set[Quad]]:
    """The quads that an operation deletes and those that it inserts (SPARQL 1.1 Update, section 3.1.3)."""
    values = "" if operation.where is None else _solutions(store, operation, prologue, base_iri)

    def filled(template: str | None) -> set[Quad]:
        return set() if template is None else _filled(template, values, operation.target, prologue, base_iri)

    return filled(operation.delete), filled(operation.insert)


def _solutions(store: Store, operation: _Operation, prologue: str, base_iri: str | None) -> str:
    """The solutions of the WHERE clause as a VALUES block in a group of its own."""
    default = None if operation.target is None or operation.dataset else NamedNode(operation.target)
    found = store.query(
        f"{prologue} SELECT * {operation.dataset} WHERE {operation.where}", base_iri=base_iri, default_graph=default
    )
    assert isinstance(found, QuerySolutions)  # noqa: S101 - a SELECT has no other answer
    rows: list[str] = []
    for solution in found:
        rows.append("(" + " ".join(_written(term) for term in solution) + ")")
        if len(rows) > _MOST_SOLUTIONS:
            raise NotUnderstoodError("more solutions than are worth it")
    names = " ".join(f"?{variable.value}" for variable in found.variables)
    if not names:
        rows = ["()"] * len(rows)
    return f"{{ VALUES ({names}) {{ {' '.join(rows)} }} }}"


def _filled(template: str, values: str, target: str | None, prologue: str, base_iri: str | None) -> set[Quad]:
    """What the engine makes of a template."""
    scratch = Store()
    verb, where = ("INSERT", f" WHERE {values}") if values else ("INSERT DATA", "")
    scratch.update(f"{prologue} {verb} {template}{where}", base_iri=base_iri)
    home = _DEFAULT if target is None else NamedNode(target)
    return {_back(quad, home) for quad in scratch if not quad.predicate.value.startswith(_BLANK)}


def _written(term: object) -> str:
    if isinstance(term, Triple):
        raise NotUnderstoodError("a triple term")
    if isinstance(term, BlankNode):
        return f"<{_BLANK}{term.value}>"
    return "UNDEF" if term is None else str(term)


def _back(quad: Quad, home: NamedNode | DefaultGraph) -> Quad:
    """The quad with its blank nodes again, in *home* where it names no graph."""
    subject, value = quad.subject, quad.object
    if isinstance(subject, NamedNode) and subject.value.startswith(_BLANK):
        subject = BlankNode(subject.value.removeprefix(_BLANK))
    if isinstance(value, NamedNode) and value.value.startswith(_BLANK):
        value = BlankNode(value.value.removeprefix(_BLANK))
    if isinstance(value, Triple):
        raise NotUnderstoodError("a triple term")
    return Quad(subject, quad.predicate, value, home if quad.graph_name == _DEFAULT else quad.graph_name)


def _refuse_derived(quads: Iterable[Quad]) -> None:
    """What is done to a derived graph does not last, and a blank node names no graph of a release."""
    for name in {quad.graph_name for quad in quads}:
        if not isinstance(name, DefaultGraph) and (
            name.value in {ENTAILED_GRAPH, ASSERTED_GRAPH} or name.value.startswith(_BLANK)
        ):
            raise NotUnderstoodError("a derived graph")
