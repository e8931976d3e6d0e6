"""Diagnosis of errors in a text that the engine refused with no more than a position.

The errors violate notes of the grammar (SPARQL 1.1 Query, section 19.8), which the engine detects only at the end of
the group or of the text, or a semicolon is missing. Only refused texts are diagnosed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from jwpgraph.sparql_syntax.pattern_parser import SyntaxToken, UnsupportedSyntaxError, split_tokens

_OPERATIONS: Final = frozenset({"insert", "delete", "with", "load", "clear", "drop", "create", "add", "move", "copy"})
_AGGREGATES: Final = frozenset({"count", "sum", "min", "max", "avg", "sample", "group_concat"})
_BEHIND_WHERE: Final = frozenset({"group", "having", "order", "limit", "offset", "values", "}"})


class Fault(NamedTuple):
    """An error and its position, in characters."""

    detail: str
    offset: int


def diagnose(text: str) -> Fault | None:
    """Return the first error of a known kind; ``None`` if there is none."""
    try:
        tokens = split_tokens(text, escapes=True)
    except UnsupportedSyntaxError:
        return None
    finders: tuple[Callable[[Sequence[SyntaxToken]], Iterator[Fault]], ...] = (
        _find_in_updates,
        _find_rebound,
        _find_in_projections,
    )
    return min((fault for find in finders for fault in find(tokens)), key=lambda fault: fault.offset, default=None)


def _find_in_updates(tokens: Sequence[SyntaxToken]) -> Iterator[Fault]:
    """Find blank nodes in DELETE, variables in DATA, and missing semicolons between operations."""
    depth, whole = 0, False
    for index, token in enumerate(tokens):
        before = tokens[index - 1].word if index else ""
        if token.word == "{":
            if depth == 0:
                first = tokens[index - 2].word if index > 1 and before in {"data", "where"} else before
                name = f"{first} {before}".upper() if first != before else first.upper()
                yield from _find_in_template(tokens[index : _find_closing(tokens, index)], first, name)
                # A template may be followed by another one or by WHERE; everything else requires a semicolon.
                whole = before not in {"delete", "insert"}
            depth += 1
        elif token.word == "}":
            depth -= 1
        elif depth == 0 and before == "}" and whole and token.word in _OPERATIONS:
            yield Fault(f"a ; is missing before {token.text.upper()}", token.start)


def _find_in_template(tokens: Sequence[SyntaxToken], first: str, name: str) -> Iterator[Fault]:
    if first not in {"delete", "insert"}:
        return
    for token in tokens:
        if first == "delete" and (token.kind == "label" or token.word == "["):
            yield Fault(f"a blank node, {token.text}, cannot stand in {name}", token.start)
        elif name.endswith("DATA") and token.kind == "variable":
            yield Fault(f"a variable, {token.text}, cannot stand in {name}", token.start)


def _find_rebound(tokens: Sequence[SyntaxToken]) -> Iterator[Fault]:
    """Find BIND clauses of variables that are already bound in the same group."""
    for index, token in enumerate(tokens):
        if token.word != "bind" or index + 1 >= len(tokens) or tokens[index + 1].word != "(":
            continue
        end = _find_closing(tokens, index + 1)
        target = tokens[end - 1]
        if end >= len(tokens) or target.kind != "variable" or tokens[end - 2].word != "as":
            continue
        start = _find_opening(tokens, index)
        used = {each.text[1:] for each in _list_visible_variables(tokens[start + 1 : index])}
        if target.text[1:] in used:
            yield Fault(f"BIND assigns {target.text}, which is bound before it in the same group", target.start)


def _find_in_projections(tokens: Sequence[SyntaxToken]) -> Iterator[Fault]:
    """Find variables in SELECT that are not grouped, or assigned although the pattern binds them."""
    for index, token in enumerate(tokens):
        if token.word != "select":
            continue
        start = next((i for i in range(index, len(tokens)) if tokens[i].word == "{"), None)
        if start is None:
            return
        end = _find_closing(tokens, start)
        projection = tokens[index + 1 : start]
        bound = {each.text[1:] for each in _list_visible_variables(tokens[start + 1 : end])}
        assigned: set[str] = set()
        for place, each in enumerate(projection):
            if each.kind == "variable" and place and projection[place - 1].word == "as":
                if each.text[1:] in bound | assigned:
                    yield Fault(f"SELECT assigns {each.text}, which is bound already", each.start)
                assigned.add(each.text[1:])
        yield from _find_ungrouped(projection, tokens[end + 1 :])


def _find_ungrouped(projection: Sequence[SyntaxToken], behind: Sequence[SyntaxToken]) -> Iterator[Fault]:
    grouped: set[str] = set()
    groups = len(behind) > 1 and (behind[0].word, behind[1].word) == ("group", "by")
    if groups:
        for token in behind[2:]:
            if token.word in _BEHIND_WHERE:
                break
            if token.kind == "variable":
                grouped.add(token.text[1:])
    if not groups and not any(token.word in _AGGREGATES for token in projection):
        return
    inside = 0
    for index, token in enumerate(projection):
        before = projection[index - 1].word if index else ""
        if token.word == "(" and (inside or before in _AGGREGATES):
            inside += 1
        elif token.word == ")" and inside:
            inside -= 1
        elif token.kind == "variable" and not inside:
            name = token.text[1:]
            if before == "as":
                grouped.add(name)
            elif name not in grouped:
                yield Fault(f"SELECT names {token.text}, which is neither grouped by nor in an aggregate", token.start)


def _list_visible_variables(tokens: Sequence[SyntaxToken]) -> Iterator[SyntaxToken]:
    """Return the variables that a part of a pattern may bind: none of those only in filters, MINUS or expressions."""
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.word in {"filter", "minus"} or token.word == "select":
            # What follows, up to the end of its brackets, binds nothing outside; of subqueries that is not certain.
            if token.word == "select":
                return
            opening = next((i for i in range(index, len(tokens)) if tokens[i].word in {"(", "{"}), len(tokens))
            index = _find_closing(tokens, opening) if opening < len(tokens) else opening
        elif token.word == "bind":
            end = _find_closing(tokens, index + 1)
            if end - 1 < len(tokens):
                yield tokens[end - 1]
            index = end
        elif token.kind == "variable":
            yield token
        index += 1


def _find_closing(tokens: Sequence[SyntaxToken], index: int) -> int:
    """Return the index of the bracket that closes the one at *index*; the end if it is not closed."""
    depth = 0
    for place in range(index, len(tokens)):
        depth += (tokens[place].word in {"(", "{", "["}) - (tokens[place].word in {")", "}", "]"})
        if depth == 0:
            return place
    return len(tokens)


def _find_opening(tokens: Sequence[SyntaxToken], index: int) -> int:
    """Return the index of the brace that opens the group around *index*."""
    depth = 0
    for place in range(index - 1, -1, -1):
        depth += (tokens[place].word == "}") - (tokens[place].word == "{")
        if depth < 0:
            return place
    return -1
