"""Limits on the length of terms and statements, the same for all formats and interfaces."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pyoxigraph import Quad, RdfFormat, Triple, parse

from jwpgraph.problems import ProblemError

#: Maximum length of a literal or IRI, in characters. The longest country outlines have a few hundred thousand.
LONGEST_TERM: Final = 2**22
#: Maximum length of a statement, in bytes: the buffer size of the engine's parsers.
LONGEST_STATEMENT: Final = 2**24


def check_terms(statement: Quad | Triple, name: str) -> None:
    """Raise if a term of *statement* is too long.

    Args:
        statement: a quad or triple.
        name: the name of its source for the message.

    Raises:
        ProblemError: ``term-too-long`` (400).
    """
    for term in (statement.subject, statement.predicate, statement.object):
        if isinstance(term, Triple):
            check_terms(term, name)
        elif len(term.value) > LONGEST_TERM:
            raise make_too_long_problem(name, f"{term.value[:40]}…")


def check_lines(path: Path, name: str) -> None:
    """Raise if an N-Triples file contains a term or statement that is too long; used before direct loads.

    Raises:
        ProblemError: as :func:`check_terms`.
    """
    if path.stat().st_size <= LONGEST_TERM:
        return
    with path.open("rb") as file:
        while line := file.readline(LONGEST_STATEMENT + 1):
            if len(line) > LONGEST_STATEMENT:
                raise make_too_long_problem(name, f"{line[:40].decode('utf-8', 'replace')}…")
            if len(line) > LONGEST_TERM:
                for quad in parse(line, format=RdfFormat.N_TRIPLES):
                    check_terms(quad, name)


def make_too_long_problem(name: str, beginning: str = "") -> ProblemError:
    """Return the problem ``term-too-long`` (400) for the source *name*."""
    of = f" ({beginning})" if beginning else ""
    return ProblemError(
        "term-too-long",
        "A literal, IRI or statement is too long",
        f"{name}: a term may have {LONGEST_TERM:,} characters and a statement {LONGEST_STATEMENT:,} bytes{of}",
        limit=LONGEST_TERM,
    )
