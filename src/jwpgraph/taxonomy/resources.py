"""Query results ?s ?p ?o grouped by subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from jwpgraph.query_execution.queries import QueryTerm, SolutionRow

T = TypeVar("T")


class Resource:
    """The property values of one resource."""

    def __init__(self) -> None:
        """Create a resource without values."""
        self._values: dict[str, list[QueryTerm]] = {}

    def add(self, predicate: str, value: QueryTerm) -> None:
        """Add a value; duplicates are ignored."""
        values = self._values.setdefault(predicate, [])
        if value not in values:
            values.append(value)

    def all(self, predicate: str, language: str | None = None) -> list[str]:
        """Return the sorted values of *predicate*, optionally in one language."""
        terms = self._values.get(predicate)
        if terms is None:
            return []
        return sorted(term.value for term in terms if language is None or term.language == language)

    def one(self, predicate: str, language: str | None = None) -> str | None:
        """Return the first value of *predicate*, or None."""
        values = self.all(predicate, language)
        return values[0] if values else None

    def needed(self, predicate: str) -> str:
        """Return the value of *predicate*.

        Raises:
            ValueError: there is none.
        """
        value = self.one(predicate)
        if value is None:
            raise ValueError(f"it has no {predicate.rpartition('#')[2]}")
        return value


def group_resources(rows: Iterable[SolutionRow]) -> dict[str, Resource]:
    """Group *rows* into resources by IRI."""
    nodes: dict[str, Resource] = {}
    for row in rows:
        nodes.setdefault(row["s"].value, Resource()).add(row["p"].value, row["o"])
    return nodes


def build_all(
    make: Callable[[str, Resource], T],
    nodes: Mapping[str, Resource],
    mark: tuple[str, str],
    problems: list[tuple[str, str]],
) -> list[T]:
    """Build objects from the resources with the property and value *mark* (an empty value matches any)."""
    found = []
    for iri, node in sorted(nodes.items()):
        values = node.all(mark[0])
        if values and (not mark[1] or mark[1] in values):
            try:
                found.append(make(iri, node))
            except ValueError as error:
                problems.append((iri, str(error)))
    return found
