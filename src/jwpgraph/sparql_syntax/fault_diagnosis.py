"""Diagnosis of errors in a text that the engine refused with no more than a position.

The errors violate the grammar (SPARQL 1.1 Query, section 19.8) or its notes, which the engine detects only at the end
of the group or of the text. Only refused texts are diagnosed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from jwpgraph.problems import ProblemError
from jwpgraph.sparql_syntax.grammar import KEYWORDS, describe_expected, find_mismatch
from jwpgraph.sparql_syntax.pattern_parser import SyntaxToken
from jwpgraph.sparql_syntax.scope_faults import (
    find_calls,
    find_invalid_languages,
    find_repeated_labels,
    find_undeclared_prefixes,
    find_uneven_rows,
)
from jwpgraph.sparql_syntax.tokenizer import Tokenizer, TokenKind

_OPERATIONS: Final = frozenset({"insert", "delete", "with", "load", "clear", "drop", "create", "add", "move", "copy"})
_AGGREGATES: Final = frozenset({"count", "sum", "min", "max", "avg", "sample", "group_concat"})
_BEHIND_WHERE: Final = frozenset({"group", "having", "order", "limit", "offset", "values", "}"})


#: Longer texts, in characters, are not compared with the grammar, which would take a second for a million.
_LONGEST: Final = 100_000


class Fault(NamedTuple):
    """An error and its position, in characters."""

    detail: str
    offset: int


def diagnose(text: str, prefixes: Collection[str] = ()) -> Fault | None:
    """Return the first violation of a note of the grammar; ``None`` if there is none.

    Args:
        text: the refused query or update.
        prefixes: prefixes that need no declaration.
    """
    tokens = _read_tokens(text)
    if tokens is None:
        return None
    finders: tuple[Callable[[Sequence[SyntaxToken]], Iterator[tuple[str, int]]], ...] = (
        _find_in_updates,
        _find_rebound,
        _find_in_projections,
        _find_misplaced_aggregates,
        lambda tokens: find_undeclared_prefixes(tokens, prefixes),
        find_repeated_labels,
        find_uneven_rows,
        find_invalid_languages,
    )
    return min((Fault(*fault) for find in finders for fault in find(tokens)), key=_get_offset, default=None)


def locate_mismatch(text: str) -> Fault | None:
    """Return the first token of a refused text that the grammar does not allow; ``None`` if there is none."""
    tokens = _read_tokens(text) if len(text) <= _LONGEST else None
    mismatch = None if tokens is None else find_mismatch(tokens)
    if tokens is None or mismatch is None:
        return None
    if mismatch.place == len(tokens):
        return Fault(describe_expected(mismatch.expected), len(text.rstrip()))
    token = tokens[mismatch.place]
    behind = tokens[mismatch.place + 1].text if mismatch.place + 1 < len(tokens) else ""
    if token.kind == "word" and token.text.upper() not in KEYWORDS:
        if any(token.text.upper().startswith(keyword) for keyword in mismatch.expected):
            # The engine needs no space after a keyword, and its own message is about what follows it.
            return None
        if behind == "(":
            return Fault(f"there is no function {token.text}", token.start)
    if token.text == "<" and "iri." in mismatch.expected:
        return Fault("this IRI is not closed, or contains a character that is not allowed in IRIs", token.start)
    return Fault(describe_expected(mismatch.expected), token.start)


def locate_call(text: str, function: str) -> int | None:
    """Return the offset of the first call of the function with an IRI; ``None`` if it is not found."""
    return next(find_calls(_read_tokens(text) or (), function), None)


def _get_offset(fault: Fault) -> int:
    return fault.offset


_KINDS: Final = {
    TokenKind.IRI: "iri",
    TokenKind.NAME: "name",
    TokenKind.WORD: "word",
    TokenKind.VARIABLE: "variable",
    TokenKind.BLANK: "label",
    TokenKind.STRING: "string",
    TokenKind.LANGUAGE: "language",
    TokenKind.NUMBER: "number",
    TokenKind.SIGN: "sign",
}


def _read_tokens(text: str) -> list[SyntaxToken] | None:
    try:
        return [SyntaxToken(_KINDS[token.kind], *token[1:]) for token in Tokenizer(text).tokens()]
    except ProblemError:
        return None


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
    for before, token in pairwise(tokens):
        if first == "delete" and (token.kind == "label" or token.word == "["):
            yield Fault(f"a blank node, {token.text}, cannot stand in {name}", token.start)
        elif name.endswith("DATA") and token.kind == "variable":
            yield Fault(f"a variable, {token.text}, cannot stand in {name}", token.start)
        elif name.endswith("DATA") and token.kind in {"string", "number"} and before.word in {"{", "."}:
            yield Fault(f"a literal, {token.text}, cannot be a subject", token.start)


def _find_rebound(tokens: Sequence[SyntaxToken]) -> Iterator[Fault]:
    """Find BIND clauses of variables that are already bound in the same group."""
    # For each open group: the index up to which it has been read, and the variables found there.
    groups: list[tuple[int, set[str]]] = [(0, set())]
    for index, token in enumerate(tokens):
        if token.word == "{":
            groups.append((index + 1, set()))
        elif token.word == "}" and len(groups) > 1:
            groups.pop()
        if token.word != "bind" or index + 1 >= len(tokens) or tokens[index + 1].word != "(":
            continue
        end = _find_closing(tokens, index + 1)
        target = tokens[end - 1]
        if end >= len(tokens) or target.kind != "variable" or tokens[end - 2].word != "as":
            continue
        read, used = groups.pop()
        used.update(each.text[1:] for each in _list_visible_variables(tokens[read:index]))
        groups.append((index, used))
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
        named: set[str] = set()
        depth = 0
        for place, each in enumerate(projection):
            depth += (each.word == "(") - (each.word == ")")
            if each.kind == "variable" and place and projection[place - 1].word == "as":
                if each.text[1:] in bound | named:
                    yield Fault(f"SELECT assigns {each.text}, which is bound already", each.start)
                named.add(each.text[1:])
            elif each.kind == "variable" and not depth:
                if each.text[1:] in named:
                    yield Fault(f"SELECT names {each.text} twice", each.start)
                named.add(each.text[1:])
        yield from _find_ungrouped(projection, tokens[end + 1 : _find_end_of_group(tokens, end + 1)])


def _find_ungrouped(projection: Sequence[SyntaxToken], behind: Sequence[SyntaxToken]) -> Iterator[Fault]:
    grouped: set[str] = set()
    groups = len(behind) > 1 and (behind[0].word, behind[1].word) == ("group", "by")
    if groups:
        # An expression groups by its value, not by the variables in it.
        end = next((i for i in range(2, len(behind)) if behind[i].word in _BEHIND_WHERE), len(behind))
        grouped.update(token.text[1:] for token in _list_projected_variables(behind[2:end]))
    if not groups and not any(token.word in _AGGREGATES for token in [*projection, *behind]):
        return
    star = next((token for token in projection[:2] if token.word == "*"), None)
    if groups and star is not None:
        yield Fault("SELECT * cannot be used with GROUP BY; name the variables", star.start)
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


def _find_misplaced_aggregates(tokens: Sequence[SyntaxToken]) -> Iterator[Fault]:
    """Find aggregates in FILTER and BIND, which are evaluated for each solution and not for a group of them."""
    for index, token in enumerate(tokens):
        if token.word not in {"filter", "bind"}:
            continue
        # Only up to the next brace: EXISTS may contain a subquery with aggregates.
        # The bracket follows, behind the name of a function or NOT EXISTS at most.
        behind = range(index + 1, min(index + 4, len(tokens)))
        start = next((i for i in behind if tokens[i].word in {"(", "{"}), len(tokens))
        for place in range(start, min(_find_closing(tokens, start), len(tokens) - 1)):
            if tokens[place].word == "{":
                break
            if tokens[place].word in _AGGREGATES and tokens[place + 1].word == "(":
                name, clause = tokens[place].text.upper(), token.text.upper()
                yield Fault(
                    f"an aggregate, {name}, cannot stand in {clause}; use HAVING or SELECT", tokens[place].start
                )


def _list_visible_variables(tokens: Sequence[SyntaxToken]) -> Iterator[SyntaxToken]:
    """Return the variables that a part of a pattern may bind.

    Those that occur only in filters, in MINUS, in expressions or within a subquery are none of them.
    """
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.word == "select":
            start = next((i for i in range(index, len(tokens)) if tokens[i].word == "{"), len(tokens))
            if not any(each.word == "*" for each in tokens[index + 1 : min(start, index + 3)]):
                yield from _list_projected_variables(tokens[index + 1 : start])
                index = _find_end_of_group(tokens, index)
        elif token.word in {"filter", "minus"}:
            # What follows, up to the end of its brackets, binds nothing outside.
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


def _list_projected_variables(projection: Sequence[SyntaxToken]) -> Iterator[SyntaxToken]:
    depth = 0
    for place, token in enumerate(projection):
        depth += (token.word == "(") - (token.word == ")")
        if token.kind == "variable" and (not depth or projection[place - 1].word == "as"):
            yield token


def _find_end_of_group(tokens: Sequence[SyntaxToken], index: int) -> int:
    """Return the index of the brace that closes the group around *index*; the end if it is not closed."""
    depth = 0
    for place in range(index, len(tokens)):
        depth += (tokens[place].word == "{") - (tokens[place].word == "}")
        if depth < 0:
            return place
    return len(tokens)


def _find_closing(tokens: Sequence[SyntaxToken], index: int) -> int:
    """Return the index of the bracket that closes the one at *index*; the end if it is not closed."""
    depth = 0
    for place in range(index, len(tokens)):
        depth += (tokens[place].word in {"(", "{", "["}) - (tokens[place].word in {")", "}", "]"})
        if depth == 0:
            return place
    return len(tokens)
