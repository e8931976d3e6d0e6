"""Materialisation of entailments: the rules of ``queries/rules`` are run to a fixpoint over the union.

Each rule is a SPARQL CONSTRUCT query. Triples that it yields and the union lacks are added to ``graph/entailed`` and to
the union (default graph). After its first evaluation a rule is evaluated again only if triples with a predicate of its
premises have been added since.

A derivation (:mod:`.rules`) runs beside the rules, because neither uses the other's results. Results pass as N-Triples
where possible: the engine writes and loads them without Python's lock, which the derivation needs meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QueryTriples, RdfFormat, Store, Triple, parse

from jwpgraph.problems import ProblemError
from jwpgraph.releases.rule_premises import list_premise_predicates, yields_only_new
from jwpgraph.releases.rules import Rule, RuleSet
from jwpgraph.releases.store_writing import MANY, add_quads
from jwpgraph.releases.union import count_triples
from jwpgraph.releases.worker_threads import WorkerThreads
from jwpgraph.vocabulary import ENTAILED_GRAPH

_ROUNDS = 64
_DEFAULT = DefaultGraph()
_ENTAILED = NamedNode(ENTAILED_GRAPH)
#: The predicate of a line of N-Triples, as the engine writes it.
_PREDICATE: Final = re.compile(rb"^\S+ <([^>]*)>", re.MULTILINE)
#: A line of N-Triples with a blank node as subject or object. Loading would give the node another label.
_BLANK_NODE: Final = re.compile(rb"^_:|^\S+ \S+ _:|<<\(.*_:", re.MULTILINE)


def materialise_entailments(store: Store, rules: RuleSet) -> int:
    """Run the derivation, and the rules to a fixpoint.

    Args:
        store: its entailment graph must be empty, and its default graph the union of the asserted graphs.
        rules: the entailment rules.

    Returns:
        The number of entailed triples.

    Raises:
        ProblemError: ``bad-rule`` (500) for a rule that cannot be evaluated, or if there is no fixpoint in 64 rounds.
    """
    with WorkerThreads(1) as executor:
        derived = executor.submit(_derive, store, rules)
        _run_rules(store, rules)
        # Added after the rules, so that these have the same results in whatever order the two end.
        _load_entailed(store, derived.result())
    return count_triples(store, _ENTAILED)


def _derive(store: Store, rules: RuleSet) -> bytes:
    """Return the derived triples that *store* lacks, as N-Triples."""
    derived = rules.derivation.derive_all(store) if rules.derivation else ()
    return "".join(f"{triple} .\n" for triple in _list_lacking(store, derived)).encode()


def _list_lacking(store: Store, derived: Iterable[Triple]) -> Iterator[Triple]:
    """Yield the *derived* triples that *store* lacks; of a subject without statements that is all of them."""
    for subject, triples in groupby(derived, key=lambda triple: triple.subject):
        is_stated = next(store.quads_for_pattern(subject, None, None, _DEFAULT), None) is not None
        for triple in triples:
            if not (is_stated and Quad(subject, triple.predicate, triple.object, _DEFAULT) in store):
                yield triple


def _load_entailed(store: Store, statements: bytes) -> None:
    """Add triples in N-Triples, without blank nodes, to the union and to the entailment graph."""
    load = store.bulk_load if 2 * statements.count(b"\n") >= MANY else store.load
    for graph in (_DEFAULT, _ENTAILED) if statements else ():
        load(statements, format=RdfFormat.N_TRIPLES, to_graph=graph)


def _run_rules(store: Store, rules: RuleSet) -> None:
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
            return
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
    derived: Iterable[Triple] = results
    if yields_only_new(rule):
        statements = results.serialize(format=RdfFormat.N_TRIPLES) or b""
        if not _BLANK_NODE.search(statements):
            _load_entailed(store, statements)
            return {found[1].decode() for found in _PREDICATE.finditer(statements)}
        derived = (quad.triple for quad in parse(statements, format=RdfFormat.N_TRIPLES))
    predicates: set[str] = set()
    add_quads(store, _list_new(store, derived, rule.name, predicates))
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
