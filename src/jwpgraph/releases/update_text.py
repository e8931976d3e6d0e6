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

from jwpgraph.releases.sparql_text import NotUnderstoodError, Reader, Token, tokens_of
from jwpgraph.vocabulary import UNNAMED_GRAPH

_UNNAMED: Final = f"GRAPH <{UNNAMED_GRAPH}>"
#: The default graph always exists; the graph that stands for it may not, which some operations make an error of.
_EXISTING: Final = f"CREATE SILENT {_UNNAMED} ; "
_ALL_BUT_LINE_ENDS: Final = re.compile(r"[^\r\n]")


@dataclass(frozen=True, slots=True)
class Templates:
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
class Operation:
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
    templates: Templates | None = None
    reads: bool = False
    named: Literal["clear", "drop"] | None = None
    loads: bool = False


def operations_of(text: str) -> list[Operation]:
    """The operations of a request, in order.

    Raises:
        NotUnderstoodError: the text has something in it that is not read here, or that is no update.
    """
    reader = Reader(text, escapes=True)
    operations: list[Operation] = []
    prologue = ""
    while True:
        prologue += _prologue(reader)
        if not reader.token.text:
            return operations
        operations.append(_operation(reader, prologue))
        if not reader.accept(";") and reader.token.text:
            raise NotUnderstoodError(reader.token.text)


def alone(text: str) -> Iterator[str]:
    """Each operation of a request that is understood, in its place and with the declarations before it."""
    reader = Reader(text, escapes=True)
    before = ""
    while True:
        _prologue(reader)
        before += text[len(before) : reader.token.start]
        if not reader.token.text:
            return
        start = reader.token.start
        _operation(reader, "")
        end = reader.token.start
        yield before + text[start:end]
        reader.accept(";")
        before += _ALL_BUT_LINE_ENDS.sub(" ", text[start : reader.token.start])


def _prologue(reader: Reader) -> str:
    """The declarations that come next. Which IRI a prefix stands for is kept where it is absolute."""
    start = reader.token.start
    while reader.token.word in {"prefix", "base"}:
        if reader.take().word == "base":
            reader.take()
            continue
        name = reader.token.text
        try:
            reader.declare_prefix()
        except NotUnderstoodError:
            reader.prefixes.pop(name, None)
    return reader.text[start : reader.token.start]


def _operation(reader: Reader, prologue: str) -> Operation:
    start = reader.token.start
    word = reader.token.word
    if word == "load":
        return _load(reader, prologue, start)
    if word in {"clear", "drop"}:
        return _clear(reader, prologue, start)
    if word in {"add", "move", "copy"}:
        return _transfer(reader, prologue)
    if reader.accept("create"):
        reader.accept("silent")
        reader.expect("graph")
        reader.take()
        return Operation(prologue, _since(reader, start))
    return _modification(reader, prologue)


def _modification(reader: Reader, prologue: str) -> Operation:
    for verb in ("insert", "delete"):
        if reader.accept(verb, "data"):
            data = _named(reader.braces())
            ground = Templates(data if verb == "delete" else None, data if verb == "insert" else None, None)
            return Operation(prologue, f"{verb} DATA {data}", ground)
    if reader.accept("delete", "where"):
        pattern = reader.braces()
        template = _named(pattern)
        return Operation(prologue, f"DELETE {template} WHERE {pattern}", Templates(template, None, pattern), reads=True)
    target = reader.take() if reader.accept("with") else None
    delete = _template(reader, "delete", target)
    insert = _template(reader, "insert", target)
    if delete is insert is None:
        raise NotUnderstoodError(reader.token.text)
    using = reader.token.start
    datasets = list(_using(reader))
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
        templates = Templates(delete, insert, where, dataset, reader.absolute(target) if target else None)
    except NotUnderstoodError:
        templates = None
    return Operation(prologue, " ".join(pieces), templates, reads=True)


def _template(reader: Reader, verb: str, target: Token | None) -> str | None:
    if not reader.accept(verb):
        return None
    template = reader.braces()
    return template if target else _named(template)


def _using(reader: Reader) -> Iterator[tuple[str, Token]]:
    while reader.accept("using"):
        named = "NAMED " if reader.accept("named") else ""
        yield named, reader.take()


def _load(reader: Reader, prologue: str, start: int) -> Operation:
    reader.take()
    reader.accept("silent")
    reader.take()
    text = _since(reader, start)
    if reader.accept("into"):
        reader.expect("graph")
        reader.take()
        text = _since(reader, start)
    else:
        text += f" INTO {_UNNAMED}"
    return Operation(prologue, text, loads=True)


def _clear(reader: Reader, prologue: str, start: int) -> Operation:
    verb = reader.take().word
    reader.accept("silent")
    if reader.accept("default"):
        return Operation(prologue, f"{verb} SILENT {_UNNAMED}")
    if reader.accept("named"):
        return Operation(prologue, "", named="drop" if verb == "drop" else "clear")
    if not reader.accept("all"):
        reader.expect("graph")
        reader.take()
    return Operation(prologue, _since(reader, start))


def _transfer(reader: Reader, prologue: str) -> Operation:
    verb = reader.take().word
    silent = "SILENT " if reader.accept("silent") else ""
    source = _graph(reader)
    reader.expect("to")
    return Operation(prologue, f"{_EXISTING}{verb} {silent}{source} TO {_graph(reader)}")


def _graph(reader: Reader) -> str:
    if reader.accept("default"):
        return _UNNAMED
    reader.accept("graph")
    return f"GRAPH {reader.take().text}"


def _since(reader: Reader, start: int) -> str:
    """The text from *start* to the end of the token before the next one."""
    return reader.text[start : reader.tokens[reader.at - 1].end]


def _named(template: str) -> str:
    """A template in which every triple stands in a GRAPH clause."""
    tokens = tokens_of(template, escapes=True)
    pieces: list[str] = []
    place, last = 1, len(tokens) - 1
    while place < last:
        end = place
        if tokens[place].word == "graph":
            end = _closing(tokens, place)
            pieces.append(template[tokens[place].start : tokens[end].end])
            # The full stop behind a GRAPH clause separates it from nothing any more.
            place = end + 1 + (tokens[end + 1].word == ".")
            continue
        while end < last and tokens[end].word != "graph":
            end += 1
        pieces.append(f"{_UNNAMED} {{ {template[tokens[place].start : tokens[end - 1].end]} }}")
        place = end
    return "{ " + " ".join(pieces) + " }"


def _closing(tokens: Sequence[Token], place: int) -> int:
    """Where the brace stands that closes the first one from *place* on."""
    depth = 0
    for index in range(place, len(tokens)):
        depth += (tokens[index].word == "{") - (tokens[index].word == "}")
        if depth == 0 and tokens[index].word == "}":
            return index
    raise NotUnderstoodError("a brace that nothing closes")
