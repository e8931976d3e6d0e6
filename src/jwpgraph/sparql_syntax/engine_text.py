"""Rewriting of query texts that the engine evaluates wrongly or slowly as they are (docs/conformance.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pyoxigraph import QuerySolutions, Store

from jwpgraph.problems import ProblemError
from jwpgraph.sparql_syntax.graph_clauses import may_have_graph_clauses, rewrite_graph_clauses
from jwpgraph.sparql_syntax.optional_order import may_have_joins_after_optionals, move_joins_before_optionals
from jwpgraph.sparql_syntax.path_branches import UnreadablePatternError
from jwpgraph.sparql_syntax.path_rewriting import has_rewritable_paths, make_unsupported_problem, rewrite_paths
from jwpgraph.sparql_syntax.tokenizer import Token, Tokenizer

_STAR = r"(?:\b(?:select|distinct|reduced)\s*\*|\(\s*\*\s*\)|\|\|)"
_QUESTION_MARK: Final = re.compile(r"\?(?!\w)")
#: What may be a path with ``|``, ``*`` or ``?``: no ``SELECT *``, ``COUNT(*)``, ``||`` or variable.
_PATH_SIGN: Final = re.compile(rf"{_STAR}|(?P<path>[|*]|\?(?![\w]))", re.IGNORECASE)


def adapt_query(
    text: str,
    graphs: Callable[[], Sequence[str] | None],
    prologue: str = "",
    prefixes: Mapping[str, str] | None = None,
) -> str:
    """Return a text with which the engine gives the result that the specification defines for *text*.

    Args:
        text: a query, or the pattern of a WHERE clause with braces.
        graphs: returns the names of the named graphs of the dataset, or ``None`` if they cannot be determined.
        prologue: declarations before a pattern.
        prefixes: prefixes that need no declaration.

    Raises:
        ProblemError: ``query-unsupported`` (400) for what neither the engine nor a rewriting can evaluate.
    """
    has_late_joins = may_have_joins_after_optionals(text)
    if not (has_late_joins or may_have_graph_clauses(text) or _may_have_paths(text)):
        return text
    try:
        tokens = Tokenizer(text).tokens()
    except ProblemError:
        return text  # the engine reports the error
    engine = _Parser(prologue, prefixes)
    try:
        moved = move_joins_before_optionals(text, tokens) if has_late_joins else text
        if moved is not text:
            adapted = _rewrite(moved, Tokenizer(moved).tokens(), graphs, engine)
            if engine.accepts(adapted):
                return adapted
    except (UnreadablePatternError, ProblemError):
        pass  # errors are located in the text as it was sent, below
    try:
        adapted = _rewrite(text, tokens, graphs, engine)
    except UnreadablePatternError as error:
        deviating = any(token.text == "|" or token.text.lower() == "graph" for token in tokens)
        if deviating and engine.accepts(text):
            raise make_unsupported_problem(
                text, error.offset, "the service cannot read this part of the pattern"
            ) from None
        return text
    except ProblemError:
        if engine.accepts(text):
            raise
        return text
    return adapted if adapted is text or engine.accepts(adapted) else text


def _rewrite(text: str, tokens: Sequence[Token], graphs: Callable[[], Sequence[str] | None], engine: _Parser) -> str:
    """Return *text* with its paths and GRAPH clauses rewritten."""
    adapted = rewrite_paths(text, tokens, engine.list_variables) if has_rewritable_paths(tokens) else text
    if not may_have_graph_clauses(adapted):
        return adapted
    try:
        return rewrite_graph_clauses(adapted, Tokenizer(adapted).tokens(), graphs)
    except (UnreadablePatternError, ProblemError):
        if adapted is not text:
            rewrite_graph_clauses(text, tokens, graphs)  # the same error, located in the text as it was sent
        raise


def _may_have_paths(text: str) -> bool:
    # Most queries have none of these signs; the longer expression takes a hundred times as long.
    if "|" not in text and "*" not in text and not _QUESTION_MARK.search(text):
        return False
    return any(sign["path"] for sign in _PATH_SIGN.finditer(text))


class _Parser:
    """The engine's parser."""

    def __init__(self, prologue: str, prefixes: Mapping[str, str] | None) -> None:
        self._prologue = prologue
        self._prefixes = prefixes

    def accepts(self, text: str) -> bool:
        """Return whether a query or pattern is syntactically correct."""
        try:
            self._query(text)
        except SyntaxError:
            return False
        except (ValueError, RuntimeError):
            return True
        return True

    def list_variables(self, text: str) -> Sequence[str] | None:
        """Return the variables of a SELECT query or of a pattern."""
        try:
            solutions = self._query(text)
        except (SyntaxError, ValueError, RuntimeError):
            return None
        return [variable.value for variable in solutions.variables] if isinstance(solutions, QuerySolutions) else None

    def _query(self, text: str) -> object:
        whole = f"{self._prologue} SELECT * WHERE {text}" if text.lstrip().startswith("{") else text
        return Store().query(whole, base_iri="http://base.invalid/", prefixes=dict(self._prefixes or {}))
