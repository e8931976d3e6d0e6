"""Property paths as defined by both SPARQL 1.1 Query (section 9.1) and SHACL (section 2.3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PredicatePath:
    """A path of one triple, from subject to object; ``None`` matches any predicate."""

    predicate: str | None


@dataclass(frozen=True, slots=True)
class InversePath:
    """An inverse path, from object to subject."""

    path: PropertyPath


@dataclass(frozen=True, slots=True)
class SequencePath:
    """A sequence of paths."""

    paths: tuple[PropertyPath, ...]


@dataclass(frozen=True, slots=True)
class AlternativePath:
    """An alternative of several paths."""

    paths: tuple[PropertyPath, ...]


@dataclass(frozen=True, slots=True)
class RepeatedPath:
    """A repeated path; *times* is ``*`` (zero or more), ``+`` (one or more) or ``?`` (zero or one)."""

    path: PropertyPath
    times: str


PropertyPath = PredicatePath | InversePath | SequencePath | AlternativePath | RepeatedPath

ANY = PredicatePath(None)


def list_predicates(path: PropertyPath) -> Iterator[str | None]:
    """Yield the predicates in a path; ``None`` for a step that matches any predicate."""
    match path:
        case PredicatePath(predicate):
            yield predicate
        case InversePath(inner) | RepeatedPath(inner, _):
            yield from list_predicates(inner)
        case SequencePath(paths) | AlternativePath(paths):
            for inner in paths:
                yield from list_predicates(inner)
