"""A SPARQL Update request taken apart into operations, each saying of the default graph what it means here.

To a reader the default graph is the union of the named graphs; a writer cannot write a union. What an operation does to
the default graph without naming it is done to ``graph/default``: its templates are put into GRAPH clauses, and DEFAULT
becomes that graph. Otherwise what a writer states would be lost wherever the union had it already.
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
        prologue: the declarations that hold for it.
        delete, insert: templates, with braces; each triple stands in a GRAPH clause, or else in the graph of WITH.
        where: the pattern, with braces; ``None`` for what is ground.
        target: the graph that WITH names, as it is written.
        using, using_named: the graphs of its USING clauses, as they are written; ``None`` where it has none.
        graphs: the graphs that GRAPH clauses of the pattern name, as they are written.
        labels: the blank nodes of the pattern, or of INSERT DATA, with the places where they stand.
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


@dataclass(frozen=True, slots=True)
class GraphOperation:
    """An operation on whole graphs (SPARQL 1.1 Update, section 3.2).

    Attributes:
        prologue: the declarations that hold for it.
        verb: ``create``, ``clear``, ``drop``, ``copy``, ``move`` or ``add``.
        graph: the graph that it is done to, or that is copied, as it is written; ``named`` and ``all`` for several.
        target: the graph that a copy goes to.
        silent: whether a graph that is not there, or is there already, is no error.
    """

    prologue: str
    verb: str
    graph: str
    target: str = ""
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Loading:
    """An operation that loads a document from elsewhere.

    Attributes:
        start: where in the text it begins.
    """

    start: int


ParsedOperation = Modification | GraphOperation | Loading


def parse_operations(text: str) -> list[ParsedOperation]:
    """Return the operations of a request, in order.

    Raises:
        UnsupportedSyntaxError: the text is no update.
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
    """Each operation of a request that is understood, in its place and with the declarations before it."""
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
    """The declarations that come next."""
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
        return Modification(prologue, None, _wrap_in_graph_clause(data), None, labels=_labels(reader, data))
    if reader.accept("delete", "data"):
        return Modification(prologue, _wrap_in_graph_clause(reader.braces()), None, None)
    if reader.accept("delete", "where"):
        pattern = reader.braces()
        return Modification(prologue, _wrap_in_graph_clause(pattern), None, pattern, graphs=_graphs(pattern))
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
        _graphs(where),
        _labels(reader, where),
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


def _graphs(pattern: str) -> tuple[str, ...]:
    """The graphs that GRAPH clauses name; a variable is none."""
    tokens = split_tokens(pattern, escapes=True)
    named = (after for before, after in pairwise(tokens) if before.word == "graph")
    return tuple(token.text for token in named if token.kind in {"iri", "name"})


def _labels(reader: PatternParser, braces: str) -> tuple[tuple[str, int], ...]:
    """The labels of blank nodes in the braces that were just read, with their places in the text."""
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
    """A template in which every triple stands in a GRAPH clause."""
    tokens = split_tokens(template, escapes=True)
    pieces: list[str] = []
    place, last = 1, len(tokens) - 1
    while place < last:
        end = place
        if tokens[place].word == "graph":
            end = _find_closing_brace(tokens, place)
            pieces.append(template[tokens[place].start : tokens[end].end])
            # The full stop behind a GRAPH clause separates it from nothing any more.
            place = end + 1 + (tokens[end + 1].word == ".")
            continue
        while end < last and tokens[end].word != "graph":
            end += 1
        pieces.append(f"GRAPH {_UNNAMED} {{ {template[tokens[place].start : tokens[end - 1].end]} }}")
        place = end
    return "{ " + " ".join(pieces) + " }"


def _find_closing_brace(tokens: Sequence[SyntaxToken], place: int) -> int:
    """Where the brace stands that closes the first one from *place* on."""
    depth = 0
    for index in range(place, len(tokens)):
        depth += (tokens[index].word == "{") - (tokens[index].word == "}")
        if depth == 0 and tokens[index].word == "}":
            return index
    raise UnsupportedSyntaxError("a brace that nothing closes")
