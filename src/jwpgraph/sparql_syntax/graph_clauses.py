"""Rewriting of GRAPH clauses that the engine evaluates differently from the specification.

SPARQL 1.1 Query (section 18.6) evaluates the pattern of ``GRAPH ?g { … }`` once for each named graph and then joins
each result with the name of the graph. The engine adds ``?g`` to every triple pattern instead. The results differ if
the pattern contains a subquery, VALUES, MINUS, another GRAPH clause, a path of length zero, or ``?g`` itself outside
its own triples. Such a clause is written here as one GRAPH clause for each named graph.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from jwpgraph.sparql_syntax.group_patterns import GraphClause, read_patterns
from jwpgraph.sparql_syntax.path_rewriting import Edit, apply_edits, make_unsupported_problem
from jwpgraph.sparql_syntax.tokenizer import Token, Tokenizer, TokenKind

#: Maximum number of named graphs for which a clause is written out.
MOST_GRAPHS: Final = 1000
#: Maximum size of a rewritten text in characters.
MOST_CHARACTERS: Final = 2_000_000

#: The keyword in lower case, and not the end of ``jwpgraph`` or a segment of an IRI's path, which most queries contain.
#: An expression that begins with the word itself is ten times as fast as one that begins with a look behind it.
_KEYWORD: Final = re.compile(r"graph(?<![a-z_?$:@]graph)(?![\w:/])")
#: Words and signs in a pattern for which the engine deviates.
_DEVIATING: Final = frozenset({"select", "values", "minus", "graph", "service", "lateral", "*", "?"})
#: The name of a graph that never exists.
_NO_GRAPH: Final = "urn:jwpgraph:no-graph"


def may_have_graph_clauses(text: str) -> bool:
    """Return whether *text* may contain a GRAPH clause."""
    return _KEYWORD.search(text.lower()) is not None


def rewrite_graph_clauses(text: str, tokens: Sequence[Token], graphs: Callable[[], Sequence[str] | None]) -> str:
    """Return *text* with deviating GRAPH clauses rewritten, or *text* itself if there are none.

    Args:
        text: a query, or a group graph pattern.
        tokens: its tokens.
        graphs: returns the names of the graphs of the dataset, or ``None`` if they cannot be determined.

    Raises:
        UnreadablePatternError: the text cannot be read.
        ProblemError: ``query-unsupported`` (400) if there are too many graphs.
    """
    return _rewrite(text, tokens, graphs, text, 0)


def _rewrite(
    text: str, tokens: Sequence[Token], graphs: Callable[[], Sequence[str] | None], whole: str, offset: int
) -> str:
    """Return *text*, which begins at *offset* of the *whole* text, with deviating GRAPH clauses rewritten."""
    edits: list[Edit] = []
    size = len(text)
    behind = -1
    for clause in read_patterns(tokens).clauses:
        if clause.keyword < behind or not _deviates(tokens, clause):
            continue
        behind = clause.closing
        start, end = tokens[clause.keyword].start, tokens[clause.closing].end
        opening = tokens[clause.opening].start
        group = text[opening:end]
        group = _rewrite(group, Tokenizer(group).tokens(), graphs, whole, offset + opening)
        name = tokens[clause.name]
        if name.kind is not TokenKind.VARIABLE:
            # A graph that is not in the dataset has no solutions, even of patterns without triples.
            edits.append((start, end, f"GRAPH {name.text} {{ }} GRAPH {name.text} {group}"))
            continue
        names = graphs()
        if names is None or len(names) > MOST_GRAPHS or size + len(names) * len(group) > MOST_CHARACTERS:
            reason = (
                f"GRAPH {name.text} around a subquery, VALUES, MINUS, another GRAPH or {name.text} itself; the engine "
                "evaluates it over all graphs together. Name the graph, or move this part out of the GRAPH clause"
            )
            raise make_unsupported_problem(whole, offset + start, reason)
        size += len(names) * len(group)
        edits.append((start, end, _enumerate(name.text, group, names)))
    return apply_edits(text, edits) if edits else text


def _enumerate(variable: str, group: str, names: Sequence[str]) -> str:
    """Return the union of the results in each graph."""
    if not names:
        # The variables of the pattern remain in scope.
        return f"{{ VALUES {variable} {{ }} GRAPH <{_NO_GRAPH}> {group} }}"
    labelled = [token for token in Tokenizer(group).tokens() if token.kind is TokenKind.BLANK]
    branches = []
    for number, name in enumerate(names):
        # A blank node label may occur in one basic graph pattern only.
        labels = [(token.end, token.end, f"_{number}x") for token in labelled]
        branches.append(f"{{ VALUES {variable} {{ <{name}> }} GRAPH <{name}> {apply_edits(group, labels)} }}")
    return _unite(branches)


def _unite(branches: Sequence[str]) -> str:
    """Return a balanced tree of unions: the engine takes quadratic time for a chain."""
    if len(branches) == 1:
        return branches[0]
    middle = len(branches) // 2
    return f"{{ {_unite(branches[:middle])} UNION {_unite(branches[middle:])} }}"


def _deviates(tokens: Sequence[Token], clause: GraphClause) -> bool:
    """Return whether the engine may evaluate the clause differently; certain solutions need no rewriting."""
    inside = tokens[clause.opening + 1 : clause.closing]
    if any(token.text.lower() in _DEVIATING for token in inside if token.kind in {TokenKind.WORD, TokenKind.SIGN}):
        return True
    name = tokens[clause.name]
    if name.kind is not TokenKind.VARIABLE:
        return False
    plain = all(token.kind is not TokenKind.WORD or token.text in {"a", "true", "false"} for token in inside)
    mentions = any(token.kind is TokenKind.VARIABLE and token.text[1:] == name.text[1:] for token in inside)
    return mentions and (not plain or any(token.text == "{" for token in inside))
