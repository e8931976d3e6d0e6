"""Materialising entailments: the rules of ``queries/rules`` run to a fixpoint over the union.

Each rule is a CONSTRUCT query; what it yields that the union lacks goes into ``graph/entailed`` and into the union.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QueryTriples, Store, Triple

from jwpgraph.problems import ProblemError
from jwpgraph.releases.union import count_triples
from jwpgraph.vocabulary import ENTAILED_GRAPH

_ROUNDS = 64
#: From so many triples on it is faster to add them in bulk, which writes new files to disk.
_FEW = 20_000
_DEFAULT = DefaultGraph()


@dataclass(frozen=True, slots=True)
class Rule:
    """One CONSTRUCT query and the file name that orders it."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Derived:
    """How what a derivation yields differs from what it yielded for the parent."""

    added: frozenset[Triple]
    removed: frozenset[Triple]


class Derivation(Protocol):
    """What is derived by a program, since rules cannot say it.

    It reads stated triples alone, and rules draw nothing from what it yields: neither need be run again for the other.
    """

    @property
    def version(self) -> str:
        """Tells one way of deriving from another."""

    def anew(self, store: Store) -> Iterable[Triple]:
        """All that follows from the default graph of *store*."""

    def affected(self, store: Store, changed: Set[Triple]) -> frozenset[str]:
        """The IRIs of that for which other things may follow, as far as *store* tells, before *changed* or after it."""

    def continued(self, store: Store, affected: frozenset[str], changed: Set[Triple]) -> Derived:
        """What comes and goes with a change.

        Args:
            store: its default graph has the change; ``graph/entailed`` holds what had been derived before it.
            affected: as it was found before the change.
            changed: the triples that have come or gone.
        """


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of a folder, in file-name order, with a digest that tells one set from another.

    Attributes:
        rules: the rules.
        derivation: what is derived by a program before they are applied.
    """

    rules: tuple[Rule, ...]
    derivation: Derivation | None = None

    @classmethod
    def read(cls, folder: Path, derivation: Derivation | None = None) -> RuleSet:
        """The rules below *folder*."""
        rules = tuple(Rule(path.stem, path.read_text("utf-8")) for path in sorted(folder.glob("*.rq")))
        return cls(rules, derivation)

    @property
    def digest(self) -> str:
        """SHA-256 over names and texts."""
        sha = hashlib.sha256()
        for rule in self.rules:
            sha.update(f"{rule.name}\0{rule.query}\0".encode())
        if self.derivation:
            sha.update(self.derivation.version.encode())
        return sha.hexdigest()


def materialise_entailments(store: Store, rules: RuleSet) -> int:
    """Derive, and run *rules* to a fixpoint; the entailed graph must be empty and the default graph the asserted union.

    Returns:
        How many triples were entailed.

    Raises:
        ProblemError: ``bad-rule`` for a rule that cannot be evaluated or that never comes to rest.
    """
    if rules.derivation:
        triples = rules.derivation.anew(store)
        derived = (Quad(triple.subject, triple.predicate, triple.object, _DEFAULT) for triple in triples)
        store.bulk_extend(_duplicate_quads([quad for quad in derived if quad not in store]))
    for _ in range(_ROUNDS):
        if not sum(_fire_rule(store, rule) for rule in rules.rules):
            return count_triples(store, NamedNode(ENTAILED_GRAPH))
    raise ProblemError("bad-rule", "The rules never come to rest", f"still deriving after {_ROUNDS} rounds", status=500)


def _fire_rule(store: Store, rule: Rule) -> bool:
    """Add what *rule* yields; whether that was anything new."""
    try:
        results = store.query(rule.query)
    except SyntaxError as error:
        raise ProblemError("bad-rule", "A rule cannot be read", f"{rule.name}: {error}", status=500) from None
    if not isinstance(results, QueryTriples):
        raise ProblemError("bad-rule", "A rule is not a CONSTRUCT query", rule.name, status=500)
    found = (Quad(triple.subject, triple.predicate, triple.object, _DEFAULT) for triple in results)
    new = _filter_new(store, rule, found)
    few = set(islice(new, _FEW))
    if len(few) < _FEW:
        store.extend(_duplicate_quads(few))
    else:
        store.bulk_extend(_duplicate_quads(chain(few, new)))
    return bool(few)


def _filter_new(store: Store, rule: Rule, found: Iterable[Quad]) -> Iterator[Quad]:
    """Those of *found* that the union lacks."""
    for quad in found:
        if quad in store:
            continue
        if isinstance(quad.subject, BlankNode) and not _is_known(store, quad):
            raise ProblemError(
                "bad-rule", "A rule invents blank nodes and would never come to rest", rule.name, status=500
            )
        yield quad


def _duplicate_quads(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Each quad of the union, and its triple as an entailed one."""
    graph = NamedNode(ENTAILED_GRAPH)
    for quad in quads:
        yield quad
        yield Quad(quad.subject, quad.predicate, quad.object, graph)


def _is_known(store: Store, quad: Quad) -> bool:
    return next(store.quads_for_pattern(quad.subject, None, None, None), None) is not None or (
        next(store.quads_for_pattern(None, None, quad.subject, None), None) is not None
    )
