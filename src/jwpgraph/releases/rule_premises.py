"""The premises of entailment rules: the triple patterns on which their results depend."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from jwpgraph.releases.rules import Rule
from jwpgraph.sparql_syntax.pattern_parser import (
    GroupPattern,
    PatternParser,
    TriplePattern,
    UnsupportedSyntaxError,
    parse_template,
)
from jwpgraph.sparql_syntax.property_paths import (
    AlternativePath,
    InversePath,
    PredicatePath,
    PropertyPath,
    RepeatedPath,
    SequencePath,
    list_predicates,
)

#: Functions with a new result in every evaluation (SPARQL 1.1 Query, sections 17.4.2.9 to 17.4.5.1).
_VOLATILE: Final = re.compile(r"\b(?:bnode|now|rand|struuid|uuid)\s*\(", re.IGNORECASE)
#: The end of BIND or of an expression of SELECT (SPARQL 1.1 Query, rules 8, 60).
_ASSIGNED: Final = re.compile(r"\bas\s+(\?\w+)\s*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RulePremises:
    """A parsed rule.

    Attributes:
        rule: the rule.
        heads: the triple patterns that it constructs.
        start: its text up to the position at which a VALUES block can be inserted.
        rest: the text after it, without NOT EXISTS of the constructed triple.
        plain: patterns that can be evaluated for each changed triple alone.
        closed: patterns (paths, subqueries) for which a new match requires evaluation of the whole rule, and a removed
            match requires recomputation of all entailments.
        local: patterns of NOT EXISTS about a subject that the rule can be given: a match affects only what the rule
            derives with that subject.
        negated: other patterns for which the rule is not monotone.
        assigned: variables to which BIND or SELECT assigns the value of an expression.
    """

    rule: Rule
    heads: tuple[TriplePattern, ...]
    start: str
    rest: str
    plain: tuple[TriplePattern, ...]
    closed: tuple[TriplePattern, ...]
    local: tuple[TriplePattern, ...]
    negated: tuple[TriplePattern, ...]
    assigned: frozenset[str]


def list_premise_predicates(rule: Rule) -> frozenset[str] | None:
    """Return the predicates of which a new triple can give *rule* new results; ``None`` if any triple can.

    NOT EXISTS of the constructed triple does not count: a new triple can only reduce its solutions.
    """
    try:
        premises = parse_premises(rule)
    except UnsupportedSyntaxError:
        return None
    paths = [pattern.path for pattern in (*premises.plain, *premises.closed, *premises.local, *premises.negated)]
    predicates = {predicate for path in paths for predicate in list_predicates(path)}
    if None in predicates or any(map(_can_be_empty, paths)) or _VOLATILE.search(rule.query):
        return None
    return frozenset(predicate for predicate in predicates if predicate is not None)


def yields_only_new(rule: Rule) -> bool:
    """Return whether *rule* constructs a single triple, and only if that does not exist."""
    try:
        premises = parse_premises(rule)
    except UnsupportedSyntaxError:
        return False
    return premises.rest != rule.query[len(premises.start) :]


def _can_be_empty(path: PropertyPath) -> bool:
    """Return whether a part of a path matches every node with itself, so that it depends on all triples."""
    match path:
        case PredicatePath():
            return False
        case InversePath(inner):
            return _can_be_empty(inner)
        case RepeatedPath(inner, times):
            return times != "+" or _can_be_empty(inner)
        case SequencePath(paths) | AlternativePath(paths):
            return any(map(_can_be_empty, paths))


@lru_cache(maxsize=256)
def parse_premises(rule: Rule) -> RulePremises:
    """Return the parsed *rule*.

    Raises:
        UnsupportedSyntaxError: for a rule outside the subset that the parser supports.
    """
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
    assigned = frozenset(_ASSIGNED.findall(rest))
    about_given = set(_iter_local(body, heads, assigned))
    plain: list[TriplePattern] = []
    closed: list[TriplePattern] = []
    local: list[TriplePattern] = []
    negated: list[TriplePattern] = []
    for pattern, kinds in body.iter_patterns():
        if id(pattern) in checked:
            continue
        if {"not exists", "optional"} & set(kinds):
            (local if id(pattern) in about_given else negated).append(pattern)
        elif "select" in kinds or not isinstance(pattern.path, PredicatePath):
            closed.append(pattern)
        else:
            plain.append(pattern)
    return RulePremises(
        rule, heads, rule.query[:inside], rest, tuple(plain), tuple(closed), tuple(local), tuple(negated), assigned
    )


def _iter_local(body: GroupPattern, heads: Collection[TriplePattern], assigned: frozenset[str]) -> Iterator[int]:
    """Yield the ids of NOT EXISTS patterns that decide only about solutions with the value of their own subject.

    The subject is a variable of every constructed triple, so that it is bound in each solution of *body*, or a triple
    pattern of the same group binds it before the filter is evaluated. It is not in *assigned*, because the rule must
    be applied to given subjects.
    """
    shared = set.intersection(*({head.subject, head.object} for head in heads)) if heads else set[str]()
    yield from _iter_local_in(body, _list_bound(body) | shared, None, assigned)


def _iter_local_in(
    group: GroupPattern, bound: set[str], projected: frozenset[str] | None, assigned: frozenset[str]
) -> Iterator[int]:
    """Yield the ids in *group*, of which the variables in *projected* are those of the rule; ``None``: all."""
    for element in group.elements:
        if not isinstance(element, GroupPattern):
            continue
        if element.kind == "not exists":
            for pattern in element.patterns:
                is_given = pattern.subject in bound - assigned and (projected is None or pattern.subject in projected)
                if is_given and isinstance(pattern.path, PredicatePath):
                    yield id(pattern)
        elif element.kind in {"group", "union"}:
            yield from _iter_local_in(element, _list_bound(element), projected, assigned)
        elif element.kind == "select":
            within = element.projected if projected is None else element.projected & projected
            yield from _iter_local_in(element, set(), within, assigned)


def _list_bound(group: GroupPattern) -> set[str]:
    """Return the variables that a triple pattern directly in *group* binds."""
    ends = {end for pattern in group.patterns for end in (pattern.subject, pattern.object)}
    return {end for end in ends if end.startswith("?")}


def _strip_existence_checks(
    text: str, inside: int, body: GroupPattern, heads: Collection[TriplePattern]
) -> tuple[str, set[int]]:
    """Return the body without NOT EXISTS of the single constructed triple, and the ids of the removed patterns."""
    checks = [
        element
        for element in body.elements
        if isinstance(element, GroupPattern) and element.kind == "not exists" and len(heads) == 1
        if element.filter is not None and element.elements == list(heads)
    ]
    rest = text[inside:]
    for check in reversed(checks):
        assert check.filter is not None  # noqa: S101 - selected above
        start, end = check.filter
        rest = rest[: start - inside] + rest[end - inside :]
    return rest, {id(element) for check in checks for element in check.elements}
