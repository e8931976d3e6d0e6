"""Property paths, as SPARQL (section 9.1) and SHACL (section 2.3.1) have them in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """One triple from its subject to its object; ``None`` stands for any predicate."""

    predicate: str | None


@dataclass(frozen=True, slots=True)
class Inverse:
    """A path walked backwards."""

    path: Path


@dataclass(frozen=True, slots=True)
class Sequenced:
    """One path after the other."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Any of several paths."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """A path ``*`` any number of times, ``+`` at least once, or ``?`` at most once."""

    path: Path
    times: str


Path = Link | Inverse | Sequenced | Alternatives | Repeated

ANY = Link(None)


def links_of(path: Path) -> Iterator[str | None]:
    """The predicates of a path."""
    match path:
        case Link(predicate):
            yield predicate
        case Inverse(inner) | Repeated(inner, _):
            yield from links_of(inner)
        case Sequenced(paths) | Alternatives(paths):
            for inner in paths:
                yield from links_of(inner)
