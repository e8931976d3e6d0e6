"""Rewriting of SPARQL Update requests for the dataset given by protocol parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jwpgraph.problems import ProblemError
from jwpgraph.sparql_syntax.guard import Inspection, begins_operation, tokenize
from jwpgraph.sparql_syntax.tokenizer import Token, TokenKind, make_syntax_problem, with_gil_yields


def rewrite_update(inspection: Inspection, using: Sequence[str], using_named: Sequence[str]) -> str:
    """Return the text of the update for the engine.

    Each operation with a WHERE clause gets USING clauses for ``using-graph-uri`` and ``using-named-graph-uri``
    (SPARQL 1.1 Protocol, section 2.2.3). CLEAR becomes CLEAR SILENT: in a store that does not record empty graphs,
    clearing a missing graph is not an error (SPARQL 1.1 Update, section 3.1.5), and the W3C tests expect this.

    Args:
        inspection: the update, accepted by the guard.
        using: absolute IRIs of the graphs that form the default graph.
        using_named: absolute IRIs of the named graphs.

    Raises:
        ProblemError: ``dataset-conflict`` (400) if the update itself uses USING or WITH.
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
    """Yield the replacements as ``(start, end, new text)``, in order."""
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
    """Raise if a query was sent as an update.

    Raises:
        ProblemError: ``query-syntax`` (400).
    """
    if inspection.form not in {"update", "unknown"}:
        raise make_syntax_problem(inspection.text, 0, f"{inspection.form.upper()} is a query; send it as 'query'")


def _check_conflict(tokens: Sequence[Token], index: int) -> None:
    token = tokens[index]
    word = token.text.lower()
    behind_template = index > 0 and tokens[index - 1].text == "}"
    if (word.startswith("with") and begins_operation(tokens, index)) or (word.startswith("using") and behind_template):
        raise ProblemError(
            "dataset-conflict",
            "The dataset is specified twice",
            "using-graph-uri and using-named-graph-uri cannot be combined with USING or WITH in the update.",
        )


def _extract_braces(text: str, tokens: Sequence[Token], index: int) -> str:
    """Return the text from the ``{`` at *index* to the matching ``}``."""
    depth = 0
    for token in tokens[index:]:
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            return text[tokens[index].start : token.end]
    raise make_syntax_problem(text, len(text), "a closing brace is missing")
