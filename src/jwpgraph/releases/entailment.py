"""Materialising entailments: the rules of ``queries/rules`` run to a fixpoint over the union.

Each rule is a CONSTRUCT query; what it yields that the union lacks goes into ``graph/entailed`` and into the union.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QueryTriples, Store

from jwpgraph.problems import Problem
from jwpgraph.vocabulary import ENTAILED_GRAPH

_ROUNDS = 64
_DEFAULT = DefaultGraph()


@dataclass(frozen=True, slots=True)
class Rule:
    """One CONSTRUCT query and the file name that orders it."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of a folder, in file-name order, with a digest that tells one set from another."""

    rules: tuple[Rule, ...]

    @classmethod
    def read(cls, folder: Path) -> RuleSet:
        """The rules below *folder*."""
        return cls(tuple(Rule(path.stem, path.read_text("utf-8")) for path in sorted(folder.glob("*.rq"))))

    @property
    def digest(self) -> str:
        """SHA-256 over names and texts."""
        sha = hashlib.sha256()
        for rule in self.rules:
            sha.update(f"{rule.name}\0{rule.query}\0".encode())
        return sha.hexdigest()


def entail(store: Store, rules: RuleSet) -> int:
    """Run *rules* to a fixpoint; the entailed graph must be empty and the default graph the asserted union.

    Returns:
        How many triples were entailed.

    Raises:
        Problem: ``bad-rule`` for a rule that cannot be evaluated or that never comes to rest.
    """
    total = 0
    for _ in range(_ROUNDS):
        added = sum(_fire(store, rule) for rule in rules.rules)
        if not added:
            return total
        total += added
    raise Problem("bad-rule", "The rules never come to rest", f"still deriving after {_ROUNDS} rounds", status=500)


def _fire(store: Store, rule: Rule) -> int:
    graph = NamedNode(ENTAILED_GRAPH)
    try:
        results = store.query(rule.query)
    except SyntaxError as error:
        raise Problem("bad-rule", "A rule cannot be read", f"{rule.name}: {error}", status=500) from None
    if not isinstance(results, QueryTriples):
        raise Problem("bad-rule", "A rule is not a CONSTRUCT query", rule.name, status=500)
    found = (Quad(triple.subject, triple.predicate, triple.object, _DEFAULT) for triple in results)
    new = {quad for quad in found if quad not in store}
    if any(isinstance(quad.subject, BlankNode) and not _known(store, quad) for quad in new):
        raise Problem("bad-rule", "A rule invents blank nodes and would never come to rest", rule.name, status=500)
    store.extend(new)
    store.extend(Quad(quad.subject, quad.predicate, quad.object, graph) for quad in new)
    return len(new)


def _known(store: Store, quad: Quad) -> bool:
    return next(store.quads_for_pattern(quad.subject, None, None, None), None) is not None or (
        next(store.quads_for_pattern(None, None, quad.subject, None), None) is not None
    )
