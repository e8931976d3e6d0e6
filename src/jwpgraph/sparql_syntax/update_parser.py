"""A SPARQL Update request taken apart into operations, each saying of the default graph what it means here.

To a reader the default graph is the union of the named graphs; a writer cannot write a union. What an operation does to
the default graph without naming it is done to ``graph/default``: its templates are put into GRAPH clauses, and DEFAULT
becomes that graph. Otherwise what a writer states would be lost wherever the union had it already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from jwpgraph.sparql_syntax.pattern_parser import PatternParser, SyntaxToken, UnsupportedSyntaxError, split_tokens
from jwpgraph.vocabulary import UNNAMED_GRAPH

_UNNAMED: Final = f"GRAPH <{UNNAMED_GRAPH}>"
#: The default graph always exists; the graph that stands for it may not, which some operations make an error of.
_EXISTING: Final = f"CREATE SILENT {_UNNAMED} ; "
_ALL_BUT_LINE_ENDS: Final = re.compile(r"[^\r\n]")


@dataclass(frozen=True, slots=True)
class UpdateTemplates:
    """What an operation deletes and inserts, with braces, and the WHERE clause; without one it is ground.

    Attributes:
        delete, insert: templates in which every triple stands in a GRAPH clause, or else in *target*.
        where: the pattern, which sees the union.
        dataset: its USING clauses, as FROM clauses.
        target: the graph that WITH names.
    """

    delete: str | None
    insert: str | None
    where: str | None
    dataset: str = ""
    target: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedOperation:
    """One operation of a request.

    Attributes:
        prologue: the declarations that hold for it.
        text: what the engine is to carry out, without the prologue.
        templates: for an operation that inserts and deletes triples, where its graphs are told with certainty.
        reads: whether it has a WHERE clause.
        named: what is done to all named graphs but ``graph/default``, which is not the engine's to do.
        loads: whether it reads a document from elsewhere.
    """

    prologue: str
    text: str
    templates: UpdateTemplates | None = None
    reads: bool = False
    named: Literal["clear", "drop"] | None = None
    loads: bool = False


def parse_operations(text: str) -> list[ParsedOperation]:
    """The operations of a request, in order.

    Raises:
        UnsupportedSyntaxError: the text has something in it that is not read here, or that is no update.
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
    """The declarations that come next. Which IRI a prefix stands for is kept where it is absolute."""
    start = reader.token.start
    while reader.token.word in {"prefix", "base"}:
        if reader.take().word == "base":
            reader.take()
            continue
        name = reader.token.text
        try:
            reader.declare_prefix()
        except UnsupportedSyntaxError:
            reader.prefixes.pop(name, None)
    return reader.text[start : reader.token.start]


def _parse_operation(reader: PatternParser, prologue: str) -> ParsedOperation:
    start = reader.token.start
    word = reader.token.word
    if word == "load":
        return _parse_load(reader, prologue, start)
    if word in {"clear", "drop"}:
        return _parse_clear(reader, prologue, start)
    if word in {"add", "move", "copy"}:
        return _parse_transfer(reader, prologue)
    if reader.accept("create"):
        reader.accept("silent")
        reader.expect("graph")
        reader.take()
        return ParsedOperation(prologue, _text_since(reader, start))
    return _parse_modification(reader, prologue)


def _parse_modification(reader: PatternParser, prologue: str) -> ParsedOperation:
    for verb in ("insert", "delete"):
        if reader.accept(verb, "data"):
            data = _wrap_in_graph_clause(reader.braces())
            ground = UpdateTemplates(data if verb == "delete" else None, data if verb == "insert" else None, None)
            return ParsedOperation(prologue, f"{verb} DATA {data}", ground)
    if reader.accept("delete", "where"):
        pattern = reader.braces()
        template = _wrap_in_graph_clause(pattern)
        return ParsedOperation(
            prologue, f"DELETE {template} WHERE {pattern}", UpdateTemplates(template, None, pattern), reads=True
        )
    target = reader.take() if reader.accept("with") else None
    delete = _parse_template(reader, "delete", target)
    insert = _parse_template(reader, "insert", target)
    if delete is insert is None:
        raise UnsupportedSyntaxError(reader.token.text)
    using = reader.token.start
    datasets = list(_parse_using(reader))
    clauses = reader.text[using : reader.token.start]
    reader.expect("where")
    where = reader.braces()
    pieces = [
        f"WITH {target.text}" if target else "",
        f"DELETE {delete}" if delete else "",
        f"INSERT {insert}" if insert else "",
        f"{clauses}\nWHERE {where}",
    ]
    try:
        dataset = "".join(f"FROM {named}<{reader.absolute(iri)}> " for named, iri in datasets)
        templates = UpdateTemplates(delete, insert, where, dataset, reader.absolute(target) if target else None)
    except UnsupportedSyntaxError:
        templates = None
    return ParsedOperation(prologue, " ".join(pieces), templates, reads=True)


def _parse_template(reader: PatternParser, verb: str, target: SyntaxToken | None) -> str | None:
    if not reader.accept(verb):
        return None
    template = reader.braces()
    return template if target else _wrap_in_graph_clause(template)


def _parse_using(reader: PatternParser) -> Iterator[tuple[str, SyntaxToken]]:
    while reader.accept("using"):
        named = "NAMED " if reader.accept("named") else ""
        yield named, reader.take()


def _parse_load(reader: PatternParser, prologue: str, start: int) -> ParsedOperation:
    reader.take()
    reader.accept("silent")
    reader.take()
    text = _text_since(reader, start)
    if reader.accept("into"):
        reader.expect("graph")
        reader.take()
        text = _text_since(reader, start)
    else:
        text += f" INTO {_UNNAMED}"
    return ParsedOperation(prologue, text, loads=True)


def _parse_clear(reader: PatternParser, prologue: str, start: int) -> ParsedOperation:
    verb = reader.take().word
    reader.accept("silent")
    if reader.accept("default"):
        return ParsedOperation(prologue, f"{verb} SILENT {_UNNAMED}")
    if reader.accept("named"):
        return ParsedOperation(prologue, "", named="drop" if verb == "drop" else "clear")
    if not reader.accept("all"):
        reader.expect("graph")
        reader.take()
    return ParsedOperation(prologue, _text_since(reader, start))


def _parse_transfer(reader: PatternParser, prologue: str) -> ParsedOperation:
    verb = reader.take().word
    silent = "SILENT " if reader.accept("silent") else ""
    source = _parse_graph(reader)
    reader.expect("to")
    return ParsedOperation(prologue, f"{_EXISTING}{verb} {silent}{source} TO {_parse_graph(reader)}")


def _parse_graph(reader: PatternParser) -> str:
    if reader.accept("default"):
        return _UNNAMED
    reader.accept("graph")
    return f"GRAPH {reader.take().text}"


def _text_since(reader: PatternParser, start: int) -> str:
    """The text from *start* to the end of the token before the next one."""
    return reader.text[start : reader.tokens[reader.at - 1].end]


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
        pieces.append(f"{_UNNAMED} {{ {template[tokens[place].start : tokens[end - 1].end]} }}")
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
