"""How long a term may be, in whatever format it comes and by whatever way."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pyoxigraph import Quad, RdfFormat, Triple, parse

from jwpgraph.problems import ProblemError

#: Characters of the longest literal or IRI. The longest outlines of countries have some hundred thousand.
LONGEST_TERM: Final = 2**22
#: Bytes of the longest statement; the engine's parsers hold no more at a time.
LONGEST_STATEMENT: Final = 2**24


def check_terms(statement: Quad | Triple, name: str) -> None:
    """Refuse a statement with a term that is too long.

    Args:
        statement: it.
        name: what to call where it comes from.

    Raises:
        ProblemError: ``term-too-long`` (400).
    """
    for term in (statement.subject, statement.predicate, statement.object):
        if isinstance(term, Triple):
            check_terms(term, name)
        elif len(term.value) > LONGEST_TERM:
            raise too_long(name, f"{term.value[:40]}…")


def check_lines(path: Path, name: str) -> None:
    """Refuse N-Triples with a term or a statement that is too long, before the engine reads them by itself.

    Raises:
        ProblemError: as :func:`check_terms`.
    """
    if path.stat().st_size <= LONGEST_TERM:
        return
    with path.open("rb") as file:
        while line := file.readline(LONGEST_STATEMENT + 1):
            if len(line) > LONGEST_STATEMENT:
                raise too_long(name, f"{line[:40].decode('utf-8', 'replace')}…")
            if len(line) > LONGEST_TERM:
                for quad in parse(line, format=RdfFormat.N_TRIPLES):
                    check_terms(quad, name)


def too_long(name: str, beginning: str = "") -> ProblemError:
    """The problem of a term or statement that is too long."""
    of = f" ({beginning})" if beginning else ""
    return ProblemError(
        "term-too-long",
        "A literal, IRI or statement is too long",
        f"{name}: a term may have {LONGEST_TERM:,} characters and a statement {LONGEST_STATEMENT:,} bytes{of}",
        limit=LONGEST_TERM,
    )
