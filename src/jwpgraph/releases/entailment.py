"""Materialisation of entailments: the rules of ``queries/rules`` are run to a fixpoint over the union.

Each rule is a SPARQL CONSTRUCT query. Triples that it yields and the union lacks are added to ``graph/entailed`` and to
the union (default graph).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QueryTriples, Store, Triple

from jwpgraph.problems import ProblemError
from jwpgraph.releases.store_writing import add_quads
from jwpgraph.releases.union import count_triples
from jwpgraph.vocabulary import ENTAILED_GRAPH

_ROUNDS = 64
_DEFAULT = DefaultGraph()


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

    def anew(self, store: Store) -> Iterable[Triple]:
        """Return all derived triples for the default graph of *store*."""

    def affected(self, store: Store, changed: Set[Triple]) -> frozenset[str]:
        """Return the IRIs of the entities whose derived triples may differ because of the *changed* triples."""

    def continued(self, store: Store, affected: frozenset[str], changed: Set[Triple]) -> Derived:
        """Return the difference of the derived triples after a change.

        Args:
            store: its default graph has the change, and ``graph/entailed`` the triples derived before it.
            affected: the result of :meth:`affected` before the change.
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


def materialise_entailments(store: Store, rules: RuleSet) -> int:
    """Run the derivation, then the rules to a fixpoint.

    Args:
        store: its entailment graph must be empty, and its default graph the union of the asserted graphs.
        rules: the entailment rules.

    Returns:
        The number of entailed triples.

    Raises:
        ProblemError: ``bad-rule`` (500) for a rule that cannot be evaluated, or if there is no fixpoint in 64 rounds.
    """
    if rules.derivation:
        triples = rules.derivation.anew(store)
        derived = (Quad(triple.subject, triple.predicate, triple.object, _DEFAULT) for triple in triples)
        _add_derived(store, iter([quad for quad in derived if quad not in store]))
    for _ in range(_ROUNDS):
        if not sum(_fire_rule(store, rule) for rule in rules.rules):
            return count_triples(store, NamedNode(ENTAILED_GRAPH))
    raise ProblemError("bad-rule", "The rules reach no fixpoint", f"still deriving after {_ROUNDS} rounds", status=500)


def _fire_rule(store: Store, rule: Rule) -> bool:
    """Add the triples that *rule* yields; return whether any of them is new."""
    try:
        results = store.query(rule.query)
    except SyntaxError as error:
        raise ProblemError("bad-rule", "A rule cannot be read", f"{rule.name}: {error}", status=500) from None
    if not isinstance(results, QueryTriples):
        raise ProblemError("bad-rule", "A rule is not a CONSTRUCT query", rule.name, status=500)
    derived = (Quad(triple.subject, triple.predicate, triple.object, _DEFAULT) for triple in results)
    return _add_derived(store, _filter_new(store, rule, derived))


def _add_derived(store: Store, new: Iterator[Quad]) -> bool:
    """Add entailed quads to the union and to the entailment graph; return whether there are any."""
    return add_quads(store, _duplicate_quads(new))


def _filter_new(store: Store, rule: Rule, derived: Iterable[Quad]) -> Iterator[Quad]:
    """Yield the *derived* quads that the union lacks; raise for new blank nodes."""
    for quad in derived:
        if quad in store:
            continue
        if isinstance(quad.subject, BlankNode) and not _has_subject(store, quad):
            raise ProblemError("bad-rule", "A rule creates blank nodes and has no fixpoint", rule.name, status=500)
        yield quad


def _duplicate_quads(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Yield each quad, and its triple in the entailment graph."""
    graph = NamedNode(ENTAILED_GRAPH)
    for quad in quads:
        yield quad
        yield Quad(quad.subject, quad.predicate, quad.object, graph)


def _has_subject(store: Store, quad: Quad) -> bool:
    return next(store.quads_for_pattern(quad.subject, None, None, None), None) is not None or (
        next(store.quads_for_pattern(None, None, quad.subject, None), None) is not None
    )
