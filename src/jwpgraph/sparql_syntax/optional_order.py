"""Order of joins and OPTIONAL.

A group ``A OPTIONAL { B } C`` is the left join of A and B, joined with C (SPARQL 1.1 Query, section 18.2.2.6). The
engine evaluates that left join as a whole before it joins C, which takes seconds in place of milliseconds if C is
selective. ``A C OPTIONAL { B }`` has the same solutions if each variable that B and C share is bound in every solution
of A: a solution of C is then compatible with one of A if and only if it is compatible with each extension of it by B,
and adds no variable to the filters of B.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from jwpgraph.sparql_syntax.group_patterns import Element, read_patterns
from jwpgraph.sparql_syntax.path_rewriting import Edit, apply_edits
from jwpgraph.sparql_syntax.tokenizer import Token, Tokenizer, TokenKind

#: Elements that are joined with what precedes them, so that their order is free.
_JOINED: Final = frozenset({"", "{", "graph", "values"})
#: Elements that a joined one may be moved across; a filter applies to its whole group.
_CROSSED: Final = _JOINED | {"filter", "optional"}
#: An OPTIONAL without groups in it, at the end of its group or before another one.
_LAST: Final = re.compile(r"optional\s*\{[^{}]*\}[\s.]*(?=\}|optional\b)")
#: Maximum number of tokens of a text, and of elements of a group; longer ones are generated and stay as they are.
_MOST_TOKENS: Final = 4000
_MOST_ELEMENTS: Final = 60


def may_have_joins_after_optionals(text: str) -> bool:
    """Return whether something other than an OPTIONAL may follow an OPTIONAL in its group."""
    # To read the tokens of a look-up takes longer than its evaluation.
    lower = text.lower()
    return lower.count("optional") > len(_LAST.findall(lower))


def move_joins_before_optionals(text: str, tokens: Sequence[Token]) -> str:
    """Return *text* with joins moved before the OPTIONAL that they follow, or *text* itself if there are none.

    Args:
        text: a query, or a group graph pattern.
        tokens: its tokens.

    Raises:
        UnreadablePatternError: the text cannot be read.
    """
    while len(tokens) <= _MOST_TOKENS:
        edits: list[Edit] = []
        for elements in reversed(read_patterns(tokens).elements):
            edit = _reorder_group(text, tokens, elements)
            # Groups within one that is rewritten have their turn in the next round.
            if edit is not None and not any(start <= edit[0] < end for start, end, _ in edits):
                edits.append(edit)
        if not edits:
            break
        text = apply_edits(text, edits)
        tokens = Tokenizer(text).tokens()
    return text


def _reorder_group(text: str, tokens: Sequence[Token], elements: Sequence[Element]) -> Edit | None:
    """Return the edit that orders the elements of a group, or ``None`` if they stay as they are."""
    if len(elements) > _MOST_ELEMENTS or not any(element.word == "optional" for element in elements):
        return None
    order: list[_Operand] = []
    for element in elements:
        operand = _Operand(element, tokens)
        order.insert(_find_place(operand, order), operand)
    if [operand.element for operand in order] == list(elements):
        return None
    written = [text[tokens[each.element.start].start : tokens[each.element.end - 1].end] for each in order]
    # A full stop may follow every element (rules 54 and 55).
    return tokens[elements[0].start].start, tokens[elements[-1].end - 1].end, " . ".join(written)


class _Operand:
    """An element with its variables.

    Attributes:
        element: the element.
        variables: all variables in it.
        labelled: whether it has labels of blank nodes, which tie it to its neighbours.
    """

    def __init__(self, element: Element, tokens: Sequence[Token]) -> None:
        inside = tokens[element.start : element.end]
        self.element = element
        self.variables = frozenset(token.text[1:] for token in inside if token.kind is TokenKind.VARIABLE)
        self.labelled = any(token.kind is TokenKind.BLANK for token in inside)


def _find_place(operand: _Operand, order: Sequence[_Operand]) -> int:
    """Return the index at which an element belongs in a group: before an OPTIONAL, or at the end."""
    place = len(order)
    if operand.element.word not in _JOINED or operand.labelled:
        return place
    bound = [_list_bound_variables(order[:index]) for index in range(len(order))]
    for index in reversed(range(len(order))):
        crossed = order[index]
        if crossed.element.word not in _CROSSED:
            break
        if crossed.element.word == "optional":
            if not operand.variables & crossed.variables <= bound[index] or not operand.variables & bound[index]:
                break
            place = index
    return place


def _list_bound_variables(operands: Sequence[_Operand]) -> frozenset[str]:
    """Return variables that each solution of the elements binds: those of triples."""
    return frozenset().union(*(operand.variables for operand in operands if operand.element.word == ""))
