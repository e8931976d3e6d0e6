"""Splitting of SPARQL Update requests into operations, with the default graph made explicit.

For queries the default graph is the union of the named graphs, and a union cannot be written. Operations on the default
graph are applied to ``graph/default``: their templates are wrapped in GRAPH clauses, and DEFAULT is replaced by that
graph. Otherwise an inserted triple would be lost if the union contained it already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from jwpgraph.sparql_syntax.pattern_parser import PatternParser, SyntaxToken, UnsupportedSyntaxError, split_tokens
from jwpgraph.vocabulary import UNNAMED_GRAPH

_UNNAMED: Final = f"<{UNNAMED_GRAPH}>"
_ALL_BUT_LINE_ENDS: Final = re.compile(r"[^\r\n]")


@dataclass(frozen=True, slots=True)
class Modification:
    """An operation that deletes and inserts triples (SPARQL 1.1 Update, section 3.1).

    Attributes:
        prologue: the declarations in scope.
        delete, insert: templates with braces; all triples are in GRAPH clauses, unless there is a WITH.
        where: the pattern with braces; ``None`` for INSERT DATA and DELETE DATA.
        target: the graph of WITH, as written.
        using, using_named: the graphs of the USING clauses, as written; ``None`` if there are none.
        graphs: the graphs of GRAPH clauses in the pattern, as written.
        labels: the blank node labels in the pattern, or in INSERT DATA, with their offsets in the text.
        written: the graphs that WITH and the templates name, as written.
    """

    prologue: str
    delete: str | None
    insert: str | None
    where: str | None
    target: str | None = None
    using: tuple[str, ...] | None = None
    using_named: tuple[str, ...] | None = None
    graphs: tuple[str, ...] = ()
    labels: tuple[tuple[str, int], ...] = ()
    written: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GraphOperation:
    """An operation on whole graphs (SPARQL 1.1 Update, section 3.2).

    Attributes:
        prologue: the declarations in scope.
        verb: ``create``, ``clear``, ``drop``, ``copy``, ``move`` or ``add``.
        graph: the graph to change or to copy from, as written; ``named`` or ``all`` for several.
        target: the graph to copy to.
        silent: whether a missing (or, for ``create``, an existing) graph is not an error.
    """

    prologue: str
    verb: str
    graph: str
    target: str = ""
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Loading:
    """A LOAD operation (SPARQL 1.1 Update, section 3.1.4).

    Attributes:
        start: its offset in the text, in characters.
    """

    start: int


ParsedOperation = Modification | GraphOperation | Loading


def parse_operations(text: str) -> list[ParsedOperation]:
    """Return the operations of a request, in order.

    Raises:
        UnsupportedSyntaxError: the text is not an update.
    """
    reader = PatternParser(text, escapes=True)
    operations: list[ParsedOperation] = []
    prologue = ""
    while True:
        prologue += _parse_prologue(reader)
        if not reader.token.text:
            return operations
        operations.append(_parse_operation(reader, prologue))
        if not reader.accept(";") and reader.token.text:
            raise UnsupportedSyntaxError(reader.token.text)


def split_operations(text: str) -> Iterator[str]:
    """Yield the text of each operation, with its declarations and at its original line and column."""
    reader = PatternParser(text, escapes=True)
    before = ""
    while True:
        _parse_prologue(reader)
        before += text[len(before) : reader.token.start]
        if not reader.token.text:
            return
        start = reader.token.start
        _parse_operation(reader, "")
        end = reader.token.start
        yield before + text[start:end]
        reader.accept(";")
        before += _ALL_BUT_LINE_ENDS.sub(" ", text[start : reader.token.start])


def _parse_prologue(reader: PatternParser) -> str:
    """Return the text of the declarations that come next."""
    start = reader.token.start
    while reader.token.word in {"prefix", "base", "version"}:
        if reader.take().word == "prefix":
            reader.take()
        reader.take()
    return reader.text[start : reader.token.start]


def _parse_operation(reader: PatternParser, prologue: str) -> ParsedOperation:
    word = reader.token.word
    if word == "load":
        return _parse_load(reader)
    if word == "create":
        return _create(reader, prologue)
    if word in {"clear", "drop"}:
        return _parse_clear(reader, prologue, word)
    if word in {"copy", "move", "add"}:
        return _parse_transfer(reader, prologue, word)
    return _parse_modification(reader, prologue)


def _parse_modification(reader: PatternParser, prologue: str) -> Modification:
    if reader.accept("insert", "data"):
        data = reader.braces()
        written = _get_graphs(data)
        labels = _get_labels(reader, data)
        return Modification(prologue, None, _wrap_in_graph_clause(data), None, labels=labels, written=written)
    if reader.accept("delete", "data"):
        data = reader.braces()
        return Modification(prologue, _wrap_in_graph_clause(data), None, None, written=_get_graphs(data))
    if reader.accept("delete", "where"):
        pattern = reader.braces()
        graphs = _get_graphs(pattern)
        return Modification(prologue, _wrap_in_graph_clause(pattern), None, pattern, graphs=graphs, written=graphs)
    target = reader.take() if reader.accept("with") else None
    delete = _parse_template(reader, "delete", target)
    insert = _parse_template(reader, "insert", target)
    if delete is insert is None:
        raise UnsupportedSyntaxError(reader.token.text)
    using = list(_parse_using(reader))
    reader.expect("where")
    where = reader.braces()
    return Modification(
        prologue,
        delete,
        insert,
        where,
        target.text if target else None,
        tuple(graph for graph, named in using if not named) if using else None,
        tuple(graph for graph, named in using if named) if using else None,
        _get_graphs(where),
        _get_labels(reader, where),
        ((target.text,) if target else ()) + tuple(_iter_graphs(delete, insert)),
    )


def _parse_template(reader: PatternParser, verb: str, target: SyntaxToken | None) -> str | None:
    if not reader.accept(verb):
        return None
    template = reader.braces()
    return template if target else _wrap_in_graph_clause(template)


def _parse_using(reader: PatternParser) -> Iterator[tuple[str, bool]]:
    while reader.accept("using"):
        named = reader.accept("named")
        yield reader.take().text, named


def _iter_graphs(*templates: str | None) -> Iterator[str]:
    for template in templates:
        yield from _get_graphs(template or "")


def _get_graphs(pattern: str) -> tuple[str, ...]:
    """Return the graphs named by GRAPH clauses, without variables."""
    tokens = split_tokens(pattern, escapes=True)
    named = (after for before, after in pairwise(tokens) if before.word == "graph")
    return tuple(token.text for token in named if token.kind in {"iri", "name"})


def _get_labels(reader: PatternParser, braces: str) -> tuple[tuple[str, int], ...]:
    """Return the blank node labels in the braces just read, with their offsets in the text."""
    start = reader.tokens[reader.at - 1].end - len(braces)
    inside = (token for token in split_tokens(braces, escapes=True) if token.kind == "label")
    return tuple((token.text, start + token.start) for token in inside)


def _parse_load(reader: PatternParser) -> Loading:
    start = reader.take().start
    reader.accept("silent")
    reader.take()
    if reader.accept("into"):
        reader.expect("graph")
        reader.take()
    return Loading(start)


def _create(reader: PatternParser, prologue: str) -> GraphOperation:
    reader.take()
    silent = reader.accept("silent")
    reader.expect("graph")
    return GraphOperation(prologue, "create", reader.take().text, silent=silent)


def _parse_clear(reader: PatternParser, prologue: str, verb: str) -> GraphOperation:
    reader.take()
    silent = reader.accept("silent")
    for several in ("named", "all"):
        if reader.accept(several):
            return GraphOperation(prologue, verb, several)
    if reader.accept("default"):
        return GraphOperation(prologue, verb, _UNNAMED, silent=True)
    reader.expect("graph")
    return GraphOperation(prologue, verb, reader.take().text, silent=silent)


def _parse_transfer(reader: PatternParser, prologue: str, verb: str) -> GraphOperation:
    reader.take()
    silent = reader.accept("silent")
    source = _parse_graph(reader)
    reader.expect("to")
    return GraphOperation(prologue, verb, source, _parse_graph(reader), silent)


def _parse_graph(reader: PatternParser) -> str:
    if reader.accept("default"):
        return _UNNAMED
    reader.accept("graph")
    return reader.take().text


def _wrap_in_graph_clause(template: str) -> str:
    """Return a template in which every triple is in a GRAPH clause."""
    tokens = split_tokens(template, escapes=True)
    pieces: list[str] = []
    place, last = 1, len(tokens) - 1
    while place < last:
        end = place
        if tokens[place].word == "graph":
            end = _find_closing_brace(tokens, place)
            pieces.append(template[tokens[place].start : tokens[end].end])
            # Skip a full stop after the GRAPH clause; the clauses need no separator.
            place = end + 1 + (tokens[end + 1].word == ".")
            continue
        while end < last and tokens[end].word != "graph":
            end += 1
        pieces.append(f"GRAPH {_UNNAMED} {{ {template[tokens[place].start : tokens[end - 1].end]} }}")
        place = end
    return "{ " + " ".join(pieces) + " }"


def _find_closing_brace(tokens: Sequence[SyntaxToken], place: int) -> int:
    """Return the index of the brace that closes the first opening brace from *place* on."""
    depth = 0
    for index in range(place, len(tokens)):
        depth += (tokens[index].word == "{") - (tokens[index].word == "}")
        if depth == 0 and tokens[index].word == "}":
            return index
    raise UnsupportedSyntaxError("an unclosed brace")
