"""Values of parameters written into a query, because the engine plans a query without its substitutions.

A value is a term that the engine has serialised, and is written only where it reads back as one term; it is substituted
as well, so that a value that is not written is bound all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from jwpgraph.problems import ProblemError
from jwpgraph.sparql_syntax.group_patterns import skip_simple_node
from jwpgraph.sparql_syntax.path_branches import UnreadablePatternError
from jwpgraph.sparql_syntax.path_rewriting import Edit, apply_edits
from jwpgraph.sparql_syntax.tokenizer import Token, Tokenizer, TokenKind

#: Words after which only a variable may stand.
_BEFORE_VARIABLES: Final = frozenset({"as", "bound", "values"})


def insert_values(text: str, values: Mapping[str, str]) -> str:
    """Return a query with terms in place of variables in its pattern.

    A variable stays where the syntax requires one, in a query with a subquery, which has variables of its own, and
    where the value does not read as a single IRI or literal.

    Args:
        text: a SELECT query.
        values: terms in SPARQL syntax by name of the variable.
    """
    values = {name: value for name, value in values.items() if _is_one_term(value)}
    tokens = Tokenizer(text).tokens()
    first = next((at for at, token in enumerate(tokens) if token.text == "{"), len(tokens))
    group = tokens[first : _find_end(tokens, first)]
    words = {token.text.lower() for token in group if token.kind is TokenKind.WORD}
    if "select" in words:
        return text
    fixed = {token.text[1:] for at, token in enumerate(group) if _is_variable_required(group, at)}
    edits: list[Edit] = [
        (token.start, token.end, values[name])
        for token in group
        if token.kind is TokenKind.VARIABLE and (name := token.text[1:]) in values and name not in fixed
    ]
    return apply_edits(text, edits)


def _is_one_term(value: str) -> bool:
    try:
        tokens = Tokenizer(value).tokens()
        end = skip_simple_node(tokens, 0)
    except (ProblemError, UnreadablePatternError):
        return False
    return end == len(tokens) and tokens[0].kind in {TokenKind.IRI, TokenKind.STRING}


def _find_end(tokens: Sequence[Token], first: int) -> int:
    depth = 0
    for at in range(first, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[at].text, 0)
        if depth == 0:
            return at + 1
    return len(tokens)


def _is_variable_required(tokens: Sequence[Token], at: int) -> bool:
    """Return whether only a variable may stand at a place; of VALUES several may stand in parentheses."""
    if tokens[at].kind is not TokenKind.VARIABLE:
        return False
    before = at - 1
    while before >= 0 and (tokens[before].kind is TokenKind.VARIABLE or tokens[before].text == "("):
        before -= 1
    return before >= 0 and tokens[before].text.lower() in _BEFORE_VARIABLES
