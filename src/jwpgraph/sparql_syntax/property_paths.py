"""Property paths, as SPARQL (section 9.1) and SHACL (section 2.3.1) have them in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PredicatePath:
    """One triple from its subject to its object; ``None`` stands for any predicate."""

    predicate: str | None


@dataclass(frozen=True, slots=True)
class InversePath:
    """A path walked backwards."""

    path: PropertyPath


@dataclass(frozen=True, slots=True)
class SequencePath:
    """One path after the other."""

    paths: tuple[PropertyPath, ...]


@dataclass(frozen=True, slots=True)
class AlternativePath:
    """Any of several paths."""

    paths: tuple[PropertyPath, ...]


@dataclass(frozen=True, slots=True)
class RepeatedPath:
    """A path ``*`` any number of times, ``+`` at least once, or ``?`` at most once."""

    path: PropertyPath
    times: str


PropertyPath = PredicatePath | InversePath | SequencePath | AlternativePath | RepeatedPath

ANY = PredicatePath(None)


def list_predicates(path: PropertyPath) -> Iterator[str | None]:
    """The predicates of a path."""
    match path:
        case PredicatePath(predicate):
            yield predicate
        case InversePath(inner) | RepeatedPath(inner, _):
            yield from list_predicates(inner)
        case SequencePath(paths) | AlternativePath(paths):
            for inner in paths:
                yield from list_predicates(inner)
