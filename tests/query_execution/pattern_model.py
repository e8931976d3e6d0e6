"""A slow evaluator of graph patterns, written from SPARQL 1.1 Query, section 18, and a generator of random patterns.

Solutions are dicts from variables to terms, and results are lists of solutions. Terms are written as in SPARQL.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

Solution = dict[str, str]
Triples = set[tuple[str, str, str]]


@dataclass
class Dataset:
    default: Triples
    named: dict[str, Triples]


# Paths (18.4): evaluation gives pairs of nodes, with duplicates.


@dataclass
class Path:
    kind: str
    parts: list[Path] = field(default_factory=list)
    iri: str = ""

    def __str__(self) -> str:
        match self.kind:
            case "iri":
                return self.iri
            case "inverse":
                return f"^({self.parts[0]})"
            case "sequence" | "alternative":
                sign = "/" if self.kind == "sequence" else "|"
                return sign.join(f"({part})" for part in self.parts)
        return f"({self.parts[0]}){self.kind}"

    def pairs(self, triples: Triples, start: str | None, end: str | None) -> list[tuple[str, str]]:
        """Return the pairs between two terms, of which either may be unknown."""
        match self.kind:
            case "iri":
                found = [(s, o) for s, p, o in triples if p == self.iri]
            case "inverse":
                found = [(s, o) for o, s in self.parts[0].pairs(triples, end, start)]
            case "alternative":
                found = [pair for part in self.parts for pair in part.pairs(triples, start, end)]
            case "sequence":
                first, second = self.parts
                found = [
                    (a, d)
                    for a, b in first.pairs(triples, start, None)
                    for c, d in second.pairs(triples, None, end)
                    if b == c
                ]
            case _:
                found = self._repeated(triples, start, end)
        return [(a, b) for a, b in found if start in {None, a} and end in {None, b}]

    def _repeated(self, triples: Triples, start: str | None, end: str | None) -> list[tuple[str, str]]:
        nodes = {term for s, _, o in triples for term in (s, o)} if start is end is None else {start, end} - {None}
        step = {(a, b) for a, b in self.parts[0].pairs(triples, None, None)}
        reached = {(node, node) for node in nodes if node} if self.kind in "*?" else set()
        more = step
        while not more <= reached:
            reached |= more
            more = {(a, d) for a, b in more for c, d in step if b == c} if self.kind in "*+" else set()
        return list(reached)


# Patterns (18.2.2 and 18.5).


@dataclass
class Node:
    """An element of a group; which members it has depends on its kind."""

    kind: str
    groups: list[list[Node]] = field(default_factory=list)
    subject: str = ""
    path: Path | None = None
    object: str = ""
    name: str = ""
    terms: list[str] = field(default_factory=list)
    distinct: bool = False

    def __str__(self) -> str:
        match self.kind:
            case "triple":
                return f"{self.subject} {self.path} {self.object} ."
            case "union":
                return " UNION ".join(map(write_group, self.groups))
            case "values":
                return f"VALUES {self.name} {{ {' '.join(self.terms)} }}"
            case "bind":
                return f"BIND({self.subject} AS {self.name})"
            case "bound":
                return f"FILTER({self.subject}BOUND({self.name}))"
            case "equal":
                return f"FILTER({self.name} = {self.object})"
            case "select":
                return (
                    f"{{ SELECT {'DISTINCT ' * self.distinct}{' '.join(self.terms)} "
                    f"WHERE {write_group(self.groups[0])} }}"
                )
            case "count":
                return f"{{ SELECT (COUNT(*) AS {self.name}) WHERE {write_group(self.groups[0])} }}"
            case "graph":
                return f"GRAPH {self.name} {write_group(self.groups[0])}"
        words = {"exists": "FILTER EXISTS", "not exists": "FILTER NOT EXISTS", "group": ""}
        return f"{words.get(self.kind, self.kind.upper())} {write_group(self.groups[0])}"


def write_group(group: Sequence[Node]) -> str:
    return "{ " + " ".join(map(str, group)) + " }"


def evaluate(group: Sequence[Node], data: Dataset, triples: Triples) -> list[Solution]:
    found = _evaluate_elements(group, data, triples)
    return [each for each in found if _passes(group, each, data, triples)]


def _evaluate_elements(group: Sequence[Node], data: Dataset, triples: Triples) -> list[Solution]:
    found: list[Solution] = [{}]
    for node in group:
        match node.kind:
            case "optional":
                found = list(_left_join(found, node.groups[0], data, triples))
            case "minus":
                right = evaluate(node.groups[0], data, triples)
                found = [a for a in found if not any(a.keys() & b.keys() and compatible(a, b) for b in right)]
            case "bind":
                values = [(each, each.get(node.subject, node.subject)) for each in found]
                found = [each if term.startswith("?") else each | {node.name: term} for each, term in values]
            case "bound" | "equal" | "exists" | "not exists":
                continue
            case _:
                found = join(found, list(_solutions(node, data, triples)))
    return found


def _solutions(node: Node, data: Dataset, triples: Triples) -> Iterator[Solution]:
    match node.kind:
        case "triple":
            assert node.path
            ends = [None if term.startswith("?") else term for term in (node.subject, node.object)]
            for pair in node.path.pairs(triples, *ends):
                if node.subject == node.object and pair[0] != pair[1]:
                    continue
                yield {t: v for t, v in zip((node.subject, node.object), pair, strict=True) if t.startswith("?")}
        case "values":
            yield from ({node.name: term} for term in node.terms)
        case "union" | "group":
            for group in node.groups:
                yield from evaluate(group, data, triples)
        case "count":
            yield {node.name: str(len(evaluate(node.groups[0], data, triples)))}
        case "select":
            rows = [
                {name: each[name] for name in node.terms if name in each}
                for each in evaluate(node.groups[0], data, triples)
            ]
            yield from (row for at, row in enumerate(rows) if not (node.distinct and row in rows[:at]))
        case "graph":
            if not node.name.startswith("?"):
                if node.name in data.named:
                    yield from evaluate(node.groups[0], data, data.named[node.name])
                return
            for name, inside in data.named.items():
                yield from join(evaluate(node.groups[0], data, inside), [{node.name: name}])


def _left_join(left: list[Solution], group: Sequence[Node], data: Dataset, triples: Triples) -> Iterator[Solution]:
    right = _evaluate_elements(group, data, triples)
    for one in left:
        matches = [one | other for other in right if compatible(one, other)]
        matches = [each for each in matches if _passes(group, each, data, triples)]
        yield from matches or [one]


def _passes(group: Sequence[Node], each: Solution, data: Dataset, triples: Triples) -> bool:
    for node in group:
        match node.kind:
            case "bound":
                if (node.name in each) == (node.subject == "!"):
                    return False
            case "equal":
                if each.get(node.name) != node.object:
                    return False
            case "exists" | "not exists":
                matches = any(compatible(each, other) for other in evaluate(node.groups[0], data, triples))
                if matches != (node.kind == "exists"):
                    return False
    return True


def compatible(one: Solution, other: Solution) -> bool:
    return all(one[name] == other[name] for name in one.keys() & other.keys())


def join(left: list[Solution], right: list[Solution]) -> list[Solution]:
    return [one | other for one in left for other in right if compatible(one, other)]


# Random patterns.

_IRIS = ["<e:a>", "<e:b>", "<e:c>", "<e:g1>", "<e:g2>", "<e:no>"]
_PREDICATES = ["<e:p>", "<e:q>", "<e:g1>"]
_VARIABLES = ["?x", "?y", "?z", "?g"]


class PatternGenerator:
    """A generator of random datasets and patterns.

    Args:
        seed: the seed.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._bound = 0

    def dataset(self) -> Dataset:
        named = {name: self._triples() for name in ("<e:g1>", "<e:g2>", "<e:g3>")}
        return Dataset(set().union(*named.values()), named)

    def _triples(self) -> Triples:
        pick = self._random.choice
        return {(pick(_IRIS[:4]), pick(_PREDICATES), pick(_IRIS[:5])) for _ in range(self._random.randrange(1, 5))}

    def group(self, depth: int, *, simple: bool = False) -> list[Node]:
        return [self._node(depth, simple=simple) for _ in range(self._random.choice([1, 1, 2, 2, 3]))]

    def _term(self, constants: Sequence[str] = _IRIS) -> str:
        return self._random.choice(constants if self._random.random() < 0.25 else _VARIABLES)

    def _path(self, depth: int) -> Path:
        kinds = ["iri"] * 4 + (["inverse", "sequence", "alternative", "alternative", "*", "+", "?"] if depth else [])
        kind = self._random.choice(kinds)
        if kind == "iri":
            return Path("iri", iri=self._random.choice(_PREDICATES))
        parts = 2 if kind in {"sequence", "alternative"} else 1
        return Path(kind, [self._path(depth - 1) for _ in range(parts)])

    def _node(self, depth: int, *, simple: bool) -> Node:
        nested = ["group", "union", "graph", "graph", "graph"] + ([] if simple else ["optional", "minus", "select"])
        flat = [] if simple else ["bind", "bound", "equal", "exists", "not exists", "count"]
        kind = self._random.choice(["triple"] * 5 + ["values"] + (nested + flat if depth else []))
        node = Node(kind, name=self._term(), subject=self._term(), object=self._term())
        match kind:
            case "triple":
                node.path = self._path(2)
            case "values":
                node.name = self._random.choice(_VARIABLES)
                node.terms = self._random.sample(_IRIS, 2)
            case "bind" | "count":
                self._bound += 1
                node.name = f"?n{self._bound}"
            case "bound":
                node.name, node.subject = self._random.choice(_VARIABLES), self._random.choice(["", "!"])
            case "equal":
                node.name, node.object = self._random.choice(_VARIABLES), self._random.choice(_IRIS)
            case "graph":
                node.name = self._random.choice(["?g", "?g", "?x", "<e:g1>", "<e:no>"])
            case "select":
                node.terms = self._random.sample(_VARIABLES, 2)
                node.distinct = self._random.random() < 0.3
        if kind not in {"triple", "values", "bind", "bound", "equal"}:
            inside = kind in {"exists", "not exists"} or simple
            node.groups = [self.group(depth - 1, simple=inside) for _ in range(2 if kind == "union" else 1)]
        return node
