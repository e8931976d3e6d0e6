"""Entailing what follows from a change, without deriving everything anew.

Triples that were taken away first take with them whatever had been derived with their help; what has another derivation
comes back (Gupta, Mumick and Subrahmanian's delete and rederive). Then the rules are applied to the new triples alone,
pattern by pattern, until nothing follows any more. The outcome is the one least fixpoint, as from scratch.

This holds of rules that are monotone but for the usual last line, NOT EXISTS of what they construct. A change that
touches anything else in a rule is not continued from (docs/decisions/0007-incremental-gate.md).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QueryTriples, Store, Triple

from jwpgraph.releases.entailment import Derivation, Rule, RuleSet
from jwpgraph.releases.union import UnionDifference
from jwpgraph.sparql_syntax.pattern_parser import (
    GroupPattern,
    PatternParser,
    TriplePattern,
    UnsupportedSyntaxError,
    parse_template,
)
from jwpgraph.sparql_syntax.property_paths import PredicatePath, list_predicates
from jwpgraph.vocabulary import ENTAILED_GRAPH

_MOST: Final = 5_000
_DEFAULT = DefaultGraph()
_ENTAILED = NamedNode(ENTAILED_GRAPH)


class _RebuildRequiredError(Exception):
    """Deriving everything anew is called for."""


@dataclass(frozen=True, slots=True)
class _RulePremises:
    """A rule taken apart.

    Attributes:
        rule: as it was written.
        heads: what it constructs.
        start: its text up to where a VALUES block can be put.
        rest: the text from there on, without NOT EXISTS of what it constructs.
        plain: patterns each of whose matches can be followed up alone.
        closed: patterns of which a new match calls for the whole rule, and a lost one for all rules.
        negated: patterns with which the rule is not monotone.
    """

    rule: Rule
    heads: tuple[TriplePattern, ...]
    start: str
    rest: str
    plain: tuple[TriplePattern, ...]
    closed: tuple[TriplePattern, ...]
    negated: tuple[TriplePattern, ...]


def update_entailments(store: Store, parent: Store, rules: RuleSet, restated: UnionDifference) -> set[Triple] | None:
    """Bring ``graph/entailed``, and the default graph with it, up to date with a change of what is stated.

    Args:
        store: the candidate, whose default graph has the change and still has what the parent entails.
        parent: the store that the candidate was cloned from.
        rules: the rules by which the parent was entailed.
        restated: the change.

    Returns:
        The triples that may have come or gone, stated ones among them. ``None`` where everything is to be entailed
        anew; the default graph then is what is stated together with ``graph/entailed`` all the same.
    """
    doubtful = doubtful_entailments(parent, rules, restated)
    return None if doubtful is None else renew_entailments(store, rules, restated, doubtful)


@dataclass(frozen=True, slots=True)
class DoubtfulEntailments:
    """What may no longer follow after a change, as seen from before it.

    Attributes:
        lost: triples that rules derived with the help of one that is no longer stated.
        affected: what the derivation of the rule set has to derive again.
    """

    lost: set[Triple]
    affected: frozenset[str]


def doubtful_entailments(before: Store, rules: RuleSet, restated: UnionDifference) -> DoubtfulEntailments | None:
    """Return what may no longer follow because a triple is no longer stated.

    Args:
        before: the store as it is before the change.
        rules: the rules by which its entailments were derived.
        restated: the change.

    Returns:
        ``None`` where everything is to be entailed anew.
    """
    derivation = rules.derivation
    affected = derivation.affected(before, restated.added | restated.removed) if derivation else frozenset[str]()
    try:
        lost = _overdelete(before, [_parse_premises(rule) for rule in rules.rules], restated)
        return DoubtfulEntailments(lost, affected)
    except (UnsupportedSyntaxError, _RebuildRequiredError, SyntaxError):
        return None


def renew_entailments(
    store: Store, rules: RuleSet, restated: UnionDifference, doubtful: DoubtfulEntailments
) -> set[Triple] | None:
    """Take out what is lost, put back what follows all the same, and add what follows from what is new.

    Args:
        store: its default graph has the change and still has what was entailed before it.
        rules: what is entailed.
        restated: the change.
        doubtful: as :func:`doubtful_entailments` found it.

    Returns:
        As :func:`update_entailments`.
    """
    try:
        premises = [_parse_premises(rule) for rule in rules.rules]
        lost = doubtful.lost
        derived = _renew_derived(store, rules.derivation, restated, doubtful.affected)
        for triple in lost:
            store.remove(_as_quad(triple))
            store.remove(_as_quad(triple, _ENTAILED))
        back = _rederive(store, premises, lost | restated.removed)
        _add(store, back)
        found = _insert(store, premises, restated.added | back)
    except (UnsupportedSyntaxError, _RebuildRequiredError, SyntaxError):
        return None
    return found | lost | restated.added | restated.removed | derived


def _renew_derived(
    store: Store, derivation: Derivation | None, restated: UnionDifference, affected: frozenset[str]
) -> set[Triple]:
    """Bring what a derivation yields up to date; the triples that have come or gone."""
    if derivation is None:
        return set()
    derived = derivation.continued(store, affected, restated.added | restated.removed)
    # What is stated besides is not derived, neither now nor before.
    gone = {triple for triple in derived.removed if _as_quad(triple, _ENTAILED) in store}
    for triple in gone:
        store.remove(_as_quad(triple))
        store.remove(_as_quad(triple, _ENTAILED))
    new = {triple for triple in derived.added if _as_quad(triple) not in store}
    _add(store, new)
    return gone | new


def _overdelete(parent: Store, rules: Collection[_RulePremises], restated: UnionDifference) -> set[Triple]:
    """The entailed triples that were derived with the help of a removed one."""
    _check_supported(rules, restated.added | restated.removed, closed=False)
    lost: set[Triple] = set()
    frontier: Collection[Triple] = restated.removed
    while frontier:
        _check_supported(rules, frontier, closed=True)
        heads = {head for rule in rules for head in _consequences(parent, rule, frontier)}
        frontier = {head for head in heads - lost - restated.added if _as_quad(head, _ENTAILED) in parent}
        lost |= frontier
        _check_limit(lost)
    return lost


def _rederive(store: Store, rules: Iterable[_RulePremises], candidates: Collection[Triple]) -> set[Triple]:
    """Those of *candidates* that follow from what is left."""
    if not candidates:
        return set()
    return {
        triple
        for rule in rules
        for head in rule.heads
        for triple in _bind_pattern(store, rule, head, candidates)
        if triple in candidates and _as_quad(triple) not in store
    }


def _insert(store: Store, rules: Collection[_RulePremises], frontier: Collection[Triple]) -> set[Triple]:
    """Add what follows from *frontier*, which is in the default graph already."""
    total: set[Triple] = set()
    while frontier:
        _check_supported(rules, frontier, closed=False)
        found: set[Triple] = set()
        for rule in rules:
            if any(_pattern_matches(pattern, triple) for pattern in rule.closed for triple in frontier):
                found |= _construct(store, rule.rule.query)
            else:
                found |= _consequences(store, rule, frontier)
        frontier = {triple for triple in found if _as_quad(triple) not in store}
        _add(store, frontier)
        total |= frontier
        _check_limit(total)
    return total


def _check_supported(rules: Iterable[_RulePremises], triples: Iterable[Triple], *, closed: bool) -> None:
    """Stop where *triples* touch what the rules cannot be continued with; *closed* counts closed patterns, too."""
    triples = list(triples)
    for rule in rules:
        for pattern in (*rule.negated, *(rule.closed if closed else ())):
            if any(_pattern_matches(pattern, triple) for triple in triples):
                raise _RebuildRequiredError


def _check_limit(triples: Collection[Triple]) -> None:
    if len(triples) > _MOST:
        raise _RebuildRequiredError


def _add(store: Store, triples: Iterable[Triple]) -> None:
    triples = list(triples)
    store.extend(_as_quad(triple) for triple in triples)
    store.extend(_as_quad(triple, _ENTAILED) for triple in triples)


def _consequences(store: Store, rule: _RulePremises, triples: Iterable[Triple]) -> set[Triple]:
    """What a rule constructs with the help of one of *triples*, and perhaps more of what it constructs."""
    triples = list(triples)
    return {head for pattern in rule.plain for head in _bind_pattern(store, rule, pattern, triples)}


def _bind_pattern(store: Store, rule: _RulePremises, pattern: TriplePattern, triples: Iterable[Triple]) -> set[Triple]:
    """What a rule constructs where the variables of *pattern* are bound as one of *triples* matches it."""
    names = [pattern.subject, pattern.verb or "", pattern.object]
    columns = [place for place, name in enumerate(names) if name.startswith("?") and name not in names[:place]]
    rows = {_values_row(triple, columns) for triple in triples if _pattern_matches(pattern, triple)}
    if not rows:
        return set()
    variables = " ".join(names[place] for place in columns)
    return _construct(store, f"{rule.start} VALUES ({variables}) {{ {' '.join(sorted(rows))} }} {rule.rest}")


def _values_row(triple: Triple, columns: Iterable[int]) -> str:
    terms = (triple.subject, triple.predicate, triple.object)
    # A blank node cannot be written in VALUES; leaving the variable open finds what is wanted and more.
    written = ("UNDEF" if isinstance(terms[place], BlankNode) else str(terms[place]) for place in columns)
    return "(" + " ".join(written) + ")"


def _construct(store: Store, query: str) -> set[Triple]:
    found = store.query(query)
    if not isinstance(found, QueryTriples):
        raise UnsupportedSyntaxError("not a CONSTRUCT query")
    return set(found)


def _pattern_matches(pattern: TriplePattern, triple: Triple) -> bool:
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


@lru_cache(maxsize=256)
def _parse_premises(rule: Rule) -> _RulePremises:
    reader = PatternParser(rule.query)
    reader.prologue()
    reader.expect("construct")
    heads = tuple(parse_template(reader))
    reader.accept("where")
    inside = reader.token.end
    body = reader.group()
    if reader.token.text or any("_:" in head.subject + head.object for head in heads):
        raise UnsupportedSyntaxError(rule.name)
    rest, checked = _strip_existence_checks(rule.query, inside, body, heads)
    plain, closed, negated = [], [], []
    for pattern, kinds in body.everything():
        if id(pattern) in checked:
            continue
        if {"not exists", "optional"} & set(kinds):
            negated.append(pattern)
        elif "select" in kinds or not isinstance(pattern.path, PredicatePath):
            closed.append(pattern)
        else:
            plain.append(pattern)
    return _RulePremises(rule, heads, rule.query[:inside], rest, tuple(plain), tuple(closed), tuple(negated))


def _strip_existence_checks(
    text: str, inside: int, body: GroupPattern, heads: Collection[TriplePattern]
) -> tuple[str, set[int]]:
    """The text of the body without NOT EXISTS of the one triple that is constructed, and the patterns left out."""
    checks = [
        element
        for element in body.elements
        if isinstance(element, GroupPattern) and element.kind == "not exists" and len(heads) == 1
        if element.filter is not None and element.elements == list(heads)
    ]
    rest = text[inside:]
    for check in reversed(checks):
        assert check.filter is not None  # noqa: S101 - chosen for it
        start, end = check.filter
        rest = rest[: start - inside] + rest[end - inside :]
    return rest, {id(element) for check in checks for element in check.elements}
