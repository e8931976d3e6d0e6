"""What queries found of resources: the rows ?s ?p ?o gathered by subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from jwpgraph.query_execution.queries import QueryTerm, SolutionRow

T = TypeVar("T")


class Resource:
    """The statements about one resource."""

    def __init__(self) -> None:
        """Begin without any."""
        self._values: dict[str, list[QueryTerm]] = {}

    def add(self, predicate: str, value: QueryTerm) -> None:
        """Add a statement; a repeated one counts once."""
        values = self._values.setdefault(predicate, [])
        if value not in values:
            values.append(value)

    def all(self, predicate: str, language: str | None = None) -> list[str]:
        """The values of *predicate* in a stable order; of one language where one is named."""
        terms = self._values.get(predicate, ())
        return sorted(term.value for term in terms if language is None or term.language == language)

    def one(self, predicate: str, language: str | None = None) -> str | None:
        """The first of the values of *predicate*."""
        values = self.all(predicate, language)
        return values[0] if values else None

    def needed(self, predicate: str) -> str:
        """The value of *predicate*.

        Raises:
            ValueError: where there is none.
        """
        value = self.one(predicate)
        if value is None:
            raise ValueError(f"it has no {predicate.rpartition('#')[2]}")
        return value


def resources(rows: Iterable[SolutionRow]) -> dict[str, Resource]:
    """The resources that *rows* speak of, by IRI."""
    nodes: dict[str, Resource] = {}
    for row in rows:
        nodes.setdefault(row["s"].value, Resource()).add(row["p"].value, row["o"])
    return nodes


def made(
    make: Callable[[str, Resource], T],
    nodes: Mapping[str, Resource],
    mark: tuple[str, str],
    problems: list[tuple[str, str]],
) -> list[T]:
    """What *make* makes of the nodes that have the statement *mark* (any object where it is empty)."""
    found = []
    for iri, node in sorted(nodes.items()):
        values = node.all(mark[0])
        if values and (not mark[1] or mark[1] in values):
            try:
                found.append(make(iri, node))
            except ValueError as error:
                problems.append((iri, str(error)))
    return found
