"""Materialisation of entailments: the rules of ``queries/rules`` are run to a fixpoint over the union.

Each rule is a SPARQL CONSTRUCT query. Triples that it yields and the union lacks are added to ``graph/entailed`` and to
the union (default graph). After its first evaluation a rule is evaluated again only if triples with a predicate of its
premises have been added since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QueryTriples, Store, Triple

from jwpgraph.problems import ProblemError
from jwpgraph.releases.rule_premises import list_premise_predicates
from jwpgraph.releases.rules import Rule, RuleSet
from jwpgraph.releases.store_writing import add_quads
from jwpgraph.releases.union import count_triples
from jwpgraph.vocabulary import ENTAILED_GRAPH

_ROUNDS = 64
_DEFAULT = DefaultGraph()
_ENTAILED = NamedNode(ENTAILED_GRAPH)


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
        # All of it is derived before anything is added.
        add_quads(store, iter(list(_list_new(store, rules.derivation.derive_all(store), "derivation", set()))))
    premises = [list_premise_predicates(rule) for rule in rules.rules]
    # For each rule, the predicates of the triples added since it was last evaluated; None before that.
    added: list[set[str] | None] = [None] * len(premises)
    for _ in range(_ROUNDS):
        idle = True
        for place, rule in enumerate(rules.rules):
            if not _may_derive(premises[place], added[place]):
                continue
            added[place] = set()
            new = _fire_rule(store, rule)
            idle = idle and not new
            for waiting in added:
                if waiting is not None:
                    waiting.update(new)
        if idle:
            return count_triples(store, _ENTAILED)
    raise ProblemError("bad-rule", "The rules reach no fixpoint", f"still deriving after {_ROUNDS} rounds", status=500)


def _may_derive(premises: frozenset[str] | None, added: set[str] | None) -> bool:
    """Return whether a rule can have new results."""
    if added is None:
        return True
    return bool(added) if premises is None else not premises.isdisjoint(added)


def _fire_rule(store: Store, rule: Rule) -> set[str]:
    """Add the triples that *rule* yields; return the predicates of those that are new."""
    try:
        results = store.query(rule.query)
    except SyntaxError as error:
        raise ProblemError("bad-rule", "A rule cannot be read", f"{rule.name}: {error}", status=500) from None
    if not isinstance(results, QueryTriples):
        raise ProblemError("bad-rule", "A rule is not a CONSTRUCT query", rule.name, status=500)
    predicates: set[str] = set()
    add_quads(store, _list_new(store, results, rule.name, predicates))
    return predicates


def _list_new(store: Store, derived: Iterable[Triple], rule: str, predicates: set[str]) -> Iterator[Quad]:
    """Yield the quads of the union and of the entailment graph for the *derived* triples that the union lacks.

    Args:
        store: the store, to which the quads may be added meanwhile.
        derived: the triples.
        rule: the name of the rule.
        predicates: receives the predicates of the triples.

    Raises:
        ProblemError: ``bad-rule`` for a new blank node.
    """
    for subject, predicate, value in derived:
        quad = Quad(subject, predicate, value, _DEFAULT)
        if quad in store:
            continue
        if isinstance(subject, BlankNode) and not _has_subject(store, quad):
            raise ProblemError("bad-rule", "A rule creates blank nodes and has no fixpoint", rule, status=500)
        predicates.add(predicate.value)
        yield quad
        yield Quad(subject, predicate, value, _ENTAILED)


def _has_subject(store: Store, quad: Quad) -> bool:
    return next(store.quads_for_pattern(quad.subject, None, None, None), None) is not None or (
        next(store.quads_for_pattern(None, None, quad.subject, None), None) is not None
    )
