"""Incremental maintenance of entailments by the delete-and-rederive algorithm (Gupta, Mumick, Subrahmanian 1993).

1. Delete every entailed triple that has a derivation from a removed triple.
2. Rederive the deleted triples that have another derivation.
3. Apply the rules to the new triples only, pattern by pattern, until there are no more consequences.

The result is the same least fixpoint as a computation from scratch. This requires rules that are monotone, except for
FILTER NOT EXISTS of the constructed triple, and for NOT EXISTS about a subject that the rule can be given: if an
asserted triple matches that, all triples that the rule derived with the subject are deleted, and the rule is applied
to the subject again. If a change matches any other non-monotone part of a rule, everything is recomputed
(docs/decisions/0007-incremental-gate.md).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QueryTriples, Store, Triple

from jwpgraph.releases.rule_premises import RulePremises, parse_premises
from jwpgraph.releases.rules import Derivation, RuleSet
from jwpgraph.releases.union import UnionDifference
from jwpgraph.sparql_syntax.pattern_parser import TriplePattern, UnsupportedSyntaxError
from jwpgraph.sparql_syntax.property_paths import PredicatePath, list_predicates
from jwpgraph.vocabulary import ENTAILED_GRAPH

_log = logging.getLogger(__name__)
_MOST: Final = 5_000
_DEFAULT = DefaultGraph()
_ENTAILED = NamedNode(ENTAILED_GRAPH)


class _RebuildRequiredError(Exception):
    """The entailments cannot be updated and must be recomputed."""


def update_entailments(store: Store, parent: Store, rules: RuleSet, restated: UnionDifference) -> set[Triple] | None:
    """Update ``graph/entailed`` and the default graph after a change of the asserted union.

    Args:
        store: the candidate; its default graph has the change and the parent's entailments.
        parent: the store from which the candidate was cloned.
        rules: the rules that produced the parent's entailments.
        restated: the change of the asserted union.

    Returns:
        The triples that may have been added or removed, including asserted ones. ``None`` if all entailments must be
        recomputed; the default graph then is still the union of the asserted triples and ``graph/entailed``.
    """
    doubtful = list_doubtful_entailments(parent, rules, restated)
    return None if doubtful is None else renew_entailments(store, rules, restated, doubtful)


@dataclass(frozen=True, slots=True)
class DoubtfulEntailments:
    """Entailments that may no longer follow, determined before a change.

    Attributes:
        lost: triples that rules derived from a triple that is no longer asserted.
        affected: IRIs of the entities for which the derivation must run again.
    """

    lost: set[Triple]
    affected: frozenset[str]


def list_doubtful_entailments(before: Store, rules: RuleSet, restated: UnionDifference) -> DoubtfulEntailments | None:
    """Return the entailments that may no longer follow because a triple is no longer asserted.

    Args:
        before: the store before the change.
        rules: the rules that produced its entailments.
        restated: the change of the asserted union.

    Returns:
        The entailments; ``None`` if all must be recomputed.
    """
    derivation = rules.derivation
    affected = derivation.list_affected(before, restated.added | restated.removed) if derivation else frozenset[str]()
    try:
        lost = _overdelete(before, [parse_premises(rule) for rule in rules.rules], restated)
        return DoubtfulEntailments(lost, affected)
    except (UnsupportedSyntaxError, _RebuildRequiredError):
        return None


def renew_entailments(
    store: Store, rules: RuleSet, restated: UnionDifference, doubtful: DoubtfulEntailments
) -> set[Triple] | None:
    """Delete the lost triples, rederive those that still follow, and add the consequences of new triples.

    Args:
        store: its default graph has the change and the entailments from before.
        rules: the entailment rules.
        restated: the change of the asserted union.
        doubtful: the result of :func:`list_doubtful_entailments`.

    Returns:
        The same as :func:`update_entailments`.
    """
    try:
        premises = [parse_premises(rule) for rule in rules.rules]
        lost = doubtful.lost
        derived = _renew_derived(store, rules.derivation, restated, doubtful.affected)
        for triple in lost:
            store.remove(_as_quad(triple))
            store.remove(_as_quad(triple, _ENTAILED))
        back = _rederive(store, premises, lost | restated.removed)
        _add(store, back)
        again = _apply_locally(store, premises, restated.added | restated.removed)
        again = {triple for triple in again if _as_quad(triple) not in store}
        _add(store, again)
        consequences = _insert(store, premises, restated.added, back | again)
    except (UnsupportedSyntaxError, _RebuildRequiredError):
        return None
    return consequences | lost | restated.added | restated.removed | derived


def _renew_derived(
    store: Store, derivation: Derivation | None, restated: UnionDifference, affected: frozenset[str]
) -> set[Triple]:
    """Update the triples of a derivation; return the added and removed ones."""
    if derivation is None:
        return set()
    derived = derivation.derive_changes(store, affected, restated.added | restated.removed)
    # Asserted triples do not count as derived, neither before nor after the change.
    gone = {triple for triple in derived.removed if _as_quad(triple, _ENTAILED) in store}
    for triple in gone:
        store.remove(_as_quad(triple))
        store.remove(_as_quad(triple, _ENTAILED))
    new = {triple for triple in derived.added if _as_quad(triple) not in store}
    _add(store, new)
    return gone | new


def _overdelete(parent: Store, rules: Collection[RulePremises], restated: UnionDifference) -> set[Triple]:
    """Return the entailed triples with a derivation from a removed triple, or that a local pattern may exclude."""
    changed = restated.added | restated.removed
    for rule in rules:
        _check_unmatched(rule.negated, changed)
    heads = _apply_locally(parent, rules, changed)
    lost: set[Triple] = set()
    frontier: Collection[Triple] = restated.removed
    while frontier or heads:
        for rule in rules:
            _check_unmatched(rule.closed, frontier)
        heads |= {head for rule in rules for head in _get_consequences(parent, rule, frontier)}
        frontier = {head for head in heads - lost - restated.added if _as_quad(head, _ENTAILED) in parent}
        for rule in rules:
            _check_unmatched((*rule.local, *rule.negated), frontier)
        lost |= frontier
        heads = set()
        _check_limit(lost)
    return lost


def _apply_locally(store: Store, rules: Iterable[RulePremises], changed: Collection[Triple]) -> set[Triple]:
    """Return what the rules derive with the subjects of *changed* triples that match one of their local patterns."""
    found: set[Triple] = set()
    for rule in rules:
        for pattern in rule.local:
            subjects = {_make_values_row(one, (0,)) for one in changed if _match_pattern(pattern, one)}
            if subjects:
                values = f"VALUES {pattern.subject} {{ {' '.join(sorted(row[1:-1] for row in subjects))} }}"
                found |= _construct(store, f"{rule.start} {values} {rule.rest}")
    return found


def _rederive(store: Store, rules: Iterable[RulePremises], candidates: Collection[Triple]) -> set[Triple]:
    """Return the *candidates* that follow from the remaining triples."""
    if not candidates:
        return set()
    return {
        triple
        for rule in rules
        for head in rule.heads
        for triple in _bind_pattern(store, rule, head, candidates)
        if triple in candidates and _as_quad(triple) not in store
    }


def _insert(
    store: Store, rules: Collection[RulePremises], asserted: Collection[Triple], derived_again: Collection[Triple]
) -> set[Triple]:
    """Add the consequences of new triples, which are in the default graph.

    Args:
        store: the store with the change.
        rules: the rules.
        asserted: the asserted triples; what they affect by local patterns has been applied.
        derived_again: triples that were derived after that.

    Returns:
        The derived triples that are new, *derived_again* included.
    """
    total = set(derived_again)
    for rule in rules:
        _check_unmatched(rule.negated, asserted)
        _check_unmatched((*rule.local, *rule.negated), derived_again)
    frontier = {*asserted, *derived_again}
    while frontier:
        derived: set[Triple] = set()
        for rule in rules:
            if any(_match_pattern(pattern, triple) for pattern in rule.closed for triple in frontier):
                derived |= _construct(store, rule.rule.query)
            else:
                derived |= _get_consequences(store, rule, frontier)
        frontier = {triple for triple in derived if _as_quad(triple) not in store}
        for rule in rules:
            _check_unmatched((*rule.local, *rule.negated), frontier)
        _add(store, frontier)
        total |= frontier
        _check_limit(total)
    return total


def _check_unmatched(patterns: Iterable[TriplePattern], triples: Collection[Triple]) -> None:
    """Raise if a triple matches a pattern that requires recomputation."""
    if any(_match_pattern(pattern, triple) for pattern in patterns for triple in triples):
        raise _RebuildRequiredError


def _check_limit(triples: Collection[Triple]) -> None:
    if len(triples) > _MOST:
        raise _RebuildRequiredError


def _add(store: Store, triples: Iterable[Triple]) -> None:
    triples = list(triples)
    store.extend(_as_quad(triple) for triple in triples)
    store.extend(_as_quad(triple, _ENTAILED) for triple in triples)


def _get_consequences(store: Store, rule: RulePremises, triples: Iterable[Triple]) -> set[Triple]:
    """Return what a rule derives from at least one of *triples*; the result may contain further consequences."""
    triples = list(triples)
    return {head for pattern in rule.plain for head in _bind_pattern(store, rule, pattern, triples)}


def _bind_pattern(store: Store, rule: RulePremises, pattern: TriplePattern, triples: Iterable[Triple]) -> set[Triple]:
    """Return what a rule constructs when *pattern* is bound to one of *triples*."""
    names = [pattern.subject, pattern.verb or "", pattern.object]
    # A variable that BIND assigns cannot be bound before; leaving it out gives a superset of the solutions.
    free = [name for name in names if name.startswith("?") and name not in rule.assigned]
    columns = [place for place, name in enumerate(names) if name in free and name not in names[:place]]
    rows = {_make_values_row(triple, columns) for triple in triples if _match_pattern(pattern, triple)}
    if not rows:
        return set()
    variables = " ".join(names[place] for place in columns)
    return _construct(store, f"{rule.start} VALUES ({variables}) {{ {' '.join(sorted(rows))} }} {rule.rest}")


def _make_values_row(triple: Triple, columns: Iterable[int]) -> str:
    terms = (triple.subject, triple.predicate, triple.object)
    # A blank node cannot be written in VALUES; an unbound variable gives a superset of the solutions.
    written = ("UNDEF" if isinstance(terms[place], BlankNode) else str(terms[place]) for place in columns)
    return "(" + " ".join(written) + ")"


def _construct(store: Store, query: str) -> set[Triple]:
    try:
        triples = store.query(query)
    except SyntaxError as error:
        _log.warning("a rule cannot be applied to single triples, and everything is recomputed: %s\n%s", error, query)
        raise UnsupportedSyntaxError("a rule with bindings") from error
    if not isinstance(triples, QueryTriples):
        raise UnsupportedSyntaxError("not a CONSTRUCT query")
    return set(triples)


def _match_pattern(pattern: TriplePattern, triple: Triple) -> bool:
    if isinstance(triple.object, Triple):
        raise _RebuildRequiredError
    if not isinstance(pattern.path, PredicatePath):
        return any(predicate in {None, triple.predicate.value} for predicate in list_predicates(pattern.path))
    if pattern.path.predicate not in {None, triple.predicate.value}:
        return False
    if pattern.subject == pattern.object and triple.subject != triple.object:
        return False
    ends = ((pattern.subject, triple.subject), (pattern.object, triple.object))
    return all(str(term) == written for written, term in ends if written.startswith("<"))


def _as_quad(triple: Triple, graph: NamedNode | DefaultGraph = _DEFAULT) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, graph)
