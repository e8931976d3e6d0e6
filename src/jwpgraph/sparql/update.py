"""SPARQL Update requests: the dataset that the protocol asks for, and what a client is told of the outcome."""

from __future__ import annotations

from collections.abc import Sequence

from jwpgraph.problems import Problem
from jwpgraph.sparql.guard import Inspection, begins_operation, read_tokens
from jwpgraph.sparql.tokens import Kind, Token, syntax_error


def with_dataset(inspection: Inspection, using: Sequence[str], using_named: Sequence[str]) -> str:
    """The update's text with the dataset of ``using-graph-uri`` and ``using-named-graph-uri`` written into it.

    Each operation that has a WHERE clause gets USING clauses (SPARQL 1.1 Protocol, section 2.2.3).

    Args:
        inspection: the update, past the guard.
        using: absolute IRIs of the graphs that make the default graph.
        using_named: absolute IRIs of the named graphs.

    Raises:
        Problem: ``dataset-conflict`` (400) where the update itself says USING or WITH.
    """
    if not (using or using_named):
        return inspection.text
    clauses = "".join([f"USING <{iri}> " for iri in using] + [f"USING NAMED <{iri}> " for iri in using_named])
    text, tokens = inspection.text, read_tokens(inspection.text)
    pieces: list[str] = []
    done = depth = 0
    for index, token in enumerate(tokens):
        if token.kind is Kind.SIGN:
            depth += (token.text == "{") - (token.text == "}")
        elif depth == 0 and token.kind in (Kind.WORD, Kind.NAME):
            _check_conflict(tokens, index)
            if token.text.lower() == "where" and tokens[index - 1].text.lower() != "delete":
                pieces += [text[done : token.start], clauses]
                done = token.start
            elif token.text.lower() in {"where", "deletewhere"}:
                pattern = _braces(text, tokens, index + 1)
                pieces += [text[done : tokens[index - 1].start if token.text.lower() == "where" else token.start]]
                pieces += ["DELETE ", pattern, " ", clauses, "WHERE "]
                done = token.end
    return "".join([*pieces, text[done:]])


def require_update(inspection: Inspection) -> None:
    """Refuse a query that came as an update.

    Raises:
        Problem: ``query-syntax`` (400).
    """
    if inspection.form not in {"update", "unknown"}:
        raise syntax_error(inspection.text, 0, f"{inspection.form.upper()} is a query; send it as 'query'")


def _check_conflict(tokens: Sequence[Token], index: int) -> None:
    token = tokens[index]
    word = token.text.lower()
    behind_template = index > 0 and tokens[index - 1].text == "}"
    if (word.startswith("with") and begins_operation(tokens, index)) or (word.startswith("using") and behind_template):
        raise Problem(
            "dataset-conflict",
            "The dataset is named twice",
            "using-graph-uri and using-named-graph-uri cannot go with USING or WITH in the update.",
        )


def _braces(text: str, tokens: Sequence[Token], index: int) -> str:
    """The text from the ``{`` at *index* to the ``}`` that closes it."""
    depth = 0
    for token in tokens[index:]:
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            return text[tokens[index].start : token.end]
    raise syntax_error(text, len(text), "a closing brace is missing")
