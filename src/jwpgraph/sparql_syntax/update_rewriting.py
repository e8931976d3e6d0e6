"""SPARQL Update requests: the dataset that the protocol asks for, and what a client is told of the outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jwpgraph.problems import ProblemError
from jwpgraph.sparql_syntax.guard import Inspection, begins_operation, tokenize
from jwpgraph.sparql_syntax.tokenizer import Token, TokenKind, syntax_problem, with_gil_yields


def rewrite_update(inspection: Inspection, using: Sequence[str], using_named: Sequence[str]) -> str:
    """The update as the engine is to be given it.

    Each operation that has a WHERE clause gets the USING clauses that ``using-graph-uri`` and ``using-named-graph-uri``
    ask for (SPARQL 1.1 Protocol, section 2.2.3). Clearing a graph that does not exist is no error, as it is not where
    empty graphs are not recorded (SPARQL 1.1 Update, section 3.1.5), which W3C's own tests expect.

    Args:
        inspection: the update, past the guard.
        using: absolute IRIs of the graphs that make the default graph.
        using_named: absolute IRIs of the named graphs.

    Raises:
        ProblemError: ``dataset-conflict`` (400) where the update itself says USING or WITH.
    """
    clauses = "".join([f"USING <{iri}> " for iri in using] + [f"USING NAMED <{iri}> " for iri in using_named])
    text, tokens = inspection.text, tokenize(inspection.text)
    pieces: list[str] = []
    done = 0
    for start, end, replacement in _find_edits(text, tokens, clauses):
        pieces += [text[done:start], replacement]
        done = end
    return "".join([*pieces, text[done:]])


def _find_edits(text: str, tokens: Sequence[Token], clauses: str) -> Iterator[tuple[int, int, str]]:
    """What is to be replaced by what, in order: start, end, replacement."""
    depth = 0
    for index, token in with_gil_yields(tokens):
        if token.kind is TokenKind.SIGN:
            depth += (token.text == "{") - (token.text == "}")
        if depth or token.kind not in (TokenKind.WORD, TokenKind.NAME):
            continue
        word = token.text.lower()
        following = tokens[index + 1].text.lower() if index + 1 < len(tokens) else ""
        if word == "clear" and following == "graph" and begins_operation(tokens, index):
            yield token.end, token.end, " SILENT"
        elif clauses:
            _check_conflict(tokens, index)
            if word == "deletewhere" or (word == "where" and tokens[index - 1].text.lower() == "delete"):
                start = token.start if word == "deletewhere" else tokens[index - 1].start
                yield start, token.end, f"DELETE {_extract_braces(text, tokens, index + 1)} {clauses}WHERE "
            elif word == "where":
                yield token.start, token.start, clauses


def require_update(inspection: Inspection) -> None:
    """Refuse a query that came as an update.

    Raises:
        ProblemError: ``query-syntax`` (400).
    """
    if inspection.form not in {"update", "unknown"}:
        raise syntax_problem(inspection.text, 0, f"{inspection.form.upper()} is a query; send it as 'query'")


def _check_conflict(tokens: Sequence[Token], index: int) -> None:
    token = tokens[index]
    word = token.text.lower()
    behind_template = index > 0 and tokens[index - 1].text == "}"
    if (word.startswith("with") and begins_operation(tokens, index)) or (word.startswith("using") and behind_template):
        raise ProblemError(
            "dataset-conflict",
            "The dataset is named twice",
            "using-graph-uri and using-named-graph-uri cannot go with USING or WITH in the update.",
        )


def _extract_braces(text: str, tokens: Sequence[Token], index: int) -> str:
    """The text from the ``{`` at *index* to the ``}`` that closes it."""
    depth = 0
    for token in tokens[index:]:
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            return text[tokens[index].start : token.end]
    raise syntax_problem(text, len(text), "a closing brace is missing")
