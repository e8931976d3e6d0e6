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
from jwpgraph.releases.paths import Link, links_of
from jwpgraph.releases.sparql_text import Group, NotUnderstoodError, Pattern, Reader, template_of
from jwpgraph.releases.union import Restated
from jwpgraph.vocabulary import ENTAILED_GRAPH

_MOST: Final = 5_000
_DEFAULT = DefaultGraph()
_ENTAILED = NamedNode(ENTAILED_GRAPH)


class _TooMuchError(Exception):
    """Deriving everything anew is called for."""


@dataclass(frozen=True, slots=True)
class _Premises:
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
    heads: tuple[Pattern, ...]
    start: str
    rest: str
    plain: tuple[Pattern, ...]
    closed: tuple[Pattern, ...]
    negated: tuple[Pattern, ...]


def continue_entailments(store: Store, parent: Store, rules: RuleSet, restated: Restated) -> set[Triple] | None:
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
    try:
        premises = [_premises_of(rule) for rule in rules.rules]
        restated = _with_derived(store, parent, rules.derivation, restated)
        lost = _overdelete(parent, premises, restated)
        for triple in lost:
            store.remove(_quad(triple))
            store.remove(_quad(triple, _ENTAILED))
        back = _rederive(store, premises, lost | restated.removed)
        _add(store, back)
        found = _insert(store, premises, restated.added | back)
    except (NotUnderstoodError, _TooMuchError, SyntaxError):
        return None
    return found | lost | restated.added | restated.removed


def _with_derived(store: Store, parent: Store, derivation: Derivation | None, restated: Restated) -> Restated:
    """The change together with what a derivation makes of it, which is brought into the store."""
    if derivation is None:
        return restated
    derived = derivation.continued(store, parent, restated.added | restated.removed)
    # What is stated besides is not derived, neither now nor before.
    gone = {triple for triple in derived.removed if _quad(triple, _ENTAILED) in store}
    for triple in gone:
        store.remove(_quad(triple))
        store.remove(_quad(triple, _ENTAILED))
    new = {triple for triple in derived.added if _quad(triple) not in store}
    _add(store, new)
    return Restated(restated.added | new, restated.removed | gone)


def _overdelete(parent: Store, rules: Collection[_Premises], restated: Restated) -> set[Triple]:
    """The entailed triples that were derived with the help of a removed one."""
    _refuse(rules, restated.added | restated.removed, closed=False)
    lost: set[Triple] = set()
    frontier: Collection[Triple] = restated.removed
    while frontier:
        _refuse(rules, frontier, closed=True)
        heads = {head for rule in rules for head in _consequences(parent, rule, frontier)}
        frontier = {head for head in heads - lost - restated.added if _quad(head, _ENTAILED) in parent}
        lost |= frontier
        _limit(lost)
    return lost


def _rederive(store: Store, rules: Iterable[_Premises], candidates: Collection[Triple]) -> set[Triple]:
    """Those of *candidates* that follow from what is left."""
    if not candidates:
        return set()
    return {
        triple
        for rule in rules
        for head in rule.heads
        for triple in _bound(store, rule, head, candidates)
        if triple in candidates and _quad(triple) not in store
    }


def _insert(store: Store, rules: Collection[_Premises], frontier: Collection[Triple]) -> set[Triple]:
    """Add what follows from *frontier*, which is in the default graph already."""
    total: set[Triple] = set()
    while frontier:
        _refuse(rules, frontier, closed=False)
        found: set[Triple] = set()
        for rule in rules:
            if any(_matches(pattern, triple) for pattern in rule.closed for triple in frontier):
                found |= _construct(store, rule.rule.query)
            else:
                found |= _consequences(store, rule, frontier)
        frontier = {triple for triple in found if _quad(triple) not in store}
        _add(store, frontier)
        total |= frontier
        _limit(total)
    return total


def _refuse(rules: Iterable[_Premises], triples: Iterable[Triple], *, closed: bool) -> None:
    """Stop where *triples* touch what the rules cannot be continued with; *closed* counts closed patterns, too."""
    triples = list(triples)
    for rule in rules:
        for pattern in (*rule.negated, *(rule.closed if closed else ())):
            if any(_matches(pattern, triple) for triple in triples):
                raise _TooMuchError


def _limit(triples: Collection[Triple]) -> None:
    if len(triples) > _MOST:
        raise _TooMuchError


def _add(store: Store, triples: Iterable[Triple]) -> None:
    triples = list(triples)
    store.extend(_quad(triple) for triple in triples)
    store.extend(_quad(triple, _ENTAILED) for triple in triples)


def _consequences(store: Store, rule: _Premises, triples: Iterable[Triple]) -> set[Triple]:
    """What a rule constructs with the help of one of *triples*, and perhaps more of what it constructs."""
    triples = list(triples)
    return {head for pattern in rule.plain for head in _bound(store, rule, pattern, triples)}


def _bound(store: Store, rule: _Premises, pattern: Pattern, triples: Iterable[Triple]) -> set[Triple]:
    """What a rule constructs where the variables of *pattern* are bound as one of *triples* matches it."""
    names = [pattern.subject, pattern.verb or "", pattern.object]
    columns = [place for place, name in enumerate(names) if name.startswith("?") and name not in names[:place]]
    rows = {_row(triple, columns) for triple in triples if _matches(pattern, triple)}
    if not rows:
        return set()
    variables = " ".join(names[place] for place in columns)
    return _construct(store, f"{rule.start} VALUES ({variables}) {{ {' '.join(sorted(rows))} }} {rule.rest}")


def _row(triple: Triple, columns: Iterable[int]) -> str:
    terms = (triple.subject, triple.predicate, triple.object)
    # A blank node cannot be written in VALUES; leaving the variable open finds what is wanted and more.
    written = ("UNDEF" if isinstance(terms[place], BlankNode) else str(terms[place]) for place in columns)
    return "(" + " ".join(written) + ")"


def _construct(store: Store, query: str) -> set[Triple]:
    found = store.query(query)
    if not isinstance(found, QueryTriples):
        raise NotUnderstoodError("not a CONSTRUCT query")
    return set(found)


def _matches(pattern: Pattern, triple: Triple) -> bool:
    if isinstance(triple.object, Triple):
        raise _TooMuchError
    if not isinstance(pattern.path, Link):
        return any(predicate in {None, triple.predicate.value} for predicate in links_of(pattern.path))
    if pattern.path.predicate not in {None, triple.predicate.value}:
        return False
    if pattern.subject == pattern.object and triple.subject != triple.object:
        return False
    ends = ((pattern.subject, triple.subject), (pattern.object, triple.object))
    return all(str(term) == written for written, term in ends if written.startswith("<"))


def _quad(triple: Triple, graph: NamedNode | DefaultGraph = _DEFAULT) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, graph)


@lru_cache(maxsize=256)
def _premises_of(rule: Rule) -> _Premises:
    reader = Reader(rule.query)
    reader.prologue()
    reader.expect("construct")
    heads = tuple(template_of(reader))
    reader.accept("where")
    inside = reader.token.end
    body = reader.group()
    if reader.token.text or any("_:" in head.subject + head.object for head in heads):
        raise NotUnderstoodError(rule.name)
    rest, checked = _without_checks(rule.query, inside, body, heads)
    plain, closed, negated = [], [], []
    for pattern, kinds in body.everything():
        if id(pattern) in checked:
            continue
        if {"not exists", "optional"} & set(kinds):
            negated.append(pattern)
        elif "select" in kinds or not isinstance(pattern.path, Link):
            closed.append(pattern)
        else:
            plain.append(pattern)
    return _Premises(rule, heads, rule.query[:inside], rest, tuple(plain), tuple(closed), tuple(negated))


def _without_checks(text: str, inside: int, body: Group, heads: Collection[Pattern]) -> tuple[str, set[int]]:
    """The text of the body without NOT EXISTS of the one triple that is constructed, and the patterns left out."""
    checks = [
        element
        for element in body.elements
        if isinstance(element, Group) and element.kind == "not exists" and len(heads) == 1
        if element.filter is not None and element.elements == list(heads)
    ]
    rest = text[inside:]
    for check in reversed(checks):
        assert check.filter is not None  # noqa: S101 - chosen for it
        start, end = check.filter
        rest = rest[: start - inside] + rest[end - inside :]
    return rest, {id(element) for check in checks for element in check.elements}
