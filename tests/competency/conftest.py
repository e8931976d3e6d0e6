"""The competency questions and what asking one takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.vocabulary import ID, PREFIXES

Row = tuple[str | None, ...]
_PREFIXES = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())


def _file(number: int) -> Path:
    (found,) = get_shipped_path("queries/competency").glob(f"cq{number:02}-*.rq")
    return found


def _shown(term: ox.NamedNode | ox.BlankNode | ox.Literal | None) -> str | None:
    """A term as the tests write it: our things without their namespace, anything else by its value."""
    return None if term is None else term.value.removeprefix(ID)


@pytest.fixture(scope="session")
def question() -> Callable[[int], str]:
    """The text of a question's query."""
    return lambda number: _file(number).read_text("utf-8")


@pytest.fixture
def answer(shipped_store: ox.Store, question) -> Callable[..., list[Row]]:
    """The rows of a question's answer over the shipped data, or over a store or a piece of Turtle."""

    def ask(number: int, over: ox.Store | str | None = None, *, replace: tuple[str, str] | None = None) -> list[Row]:
        store = over if isinstance(over, ox.Store) else shipped_store
        if isinstance(over, str):
            store = ox.Store()
            store.load((_PREFIXES + over).encode(), format=ox.RdfFormat.TURTLE)
        text = question(number)
        if replace:
            assert replace[0] in text
            text = text.replace(*replace)
        solutions = store.query(text)
        assert isinstance(solutions, ox.QuerySolutions)
        return [tuple(_shown(term) for term in solution) for solution in solutions]

    return ask
