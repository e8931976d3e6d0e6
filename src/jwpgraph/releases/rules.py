"""Entailment rules: CONSTRUCT queries, and a derivation by a program for what queries cannot express."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pyoxigraph import Store, Triple


@dataclass(frozen=True, slots=True)
class Rule:
    """A CONSTRUCT query and its file name without extension, by which rules are ordered."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Derived:
    """The difference of a derivation's result to its result for the parent."""

    added: frozenset[Triple]
    removed: frozenset[Triple]


class Derivation(Protocol):
    """Entailments computed by a program, because rules cannot express them.

    A derivation reads asserted triples only, and no rule uses its result, so neither depends on the other.
    """

    @property
    def version(self) -> str:
        """Identifies the version of the derivation."""

    def derive_all(self, store: Store) -> Iterable[Triple]:
        """Return all derived triples for the default graph of *store*."""

    def list_affected(self, store: Store, changed: Set[Triple]) -> frozenset[str]:
        """Return the IRIs of the entities whose derived triples may differ because of the *changed* triples."""

    def derive_changes(self, store: Store, affected: frozenset[str], changed: Set[Triple]) -> Derived:
        """Return the difference of the derived triples after a change.

        Args:
            store: its default graph has the change, and ``graph/entailed`` the triples derived before it.
            affected: the result of :meth:`list_affected` before the change.
            changed: the added and removed triples.
        """


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of a folder, in the order of their file names, and a derivation that runs before them.

    Attributes:
        rules: the rules.
        derivation: entailments computed by a program; ``None`` if there are none.
    """

    rules: tuple[Rule, ...]
    derivation: Derivation | None = None

    @classmethod
    def read(cls, folder: Path, derivation: Derivation | None = None) -> RuleSet:
        """Read the ``*.rq`` files in *folder*."""
        rules = tuple(Rule(path.stem, path.read_text("utf-8")) for path in sorted(folder.glob("*.rq")))
        return cls(rules, derivation)

    @property
    def digest(self) -> str:
        """SHA-256 of the names and texts."""
        sha = hashlib.sha256()
        for rule in self.rules:
            sha.update(f"{rule.name}\0{rule.query}\0".encode())
        if self.derivation:
            sha.update(self.derivation.version.encode())
        return sha.hexdigest()
