"""SPARQL 1.1 Update on sets in memory, as plainly as it can be written, and random requests in its terms.

Nothing of the package is used here. A graph is a set of triples, a triple three strings as SPARQL writes them. What an
operation reads as the default graph is the union of the graphs with what two rules make of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

DEFAULT = "<https://w3id.org/jwpgraph/graph/default>"
ENTAILED = "<https://w3id.org/jwpgraph/graph/entailed>"
HIDDEN = "<urn:jwpgraph:asserted>"
RESERVED = {ENTAILED, HIDDEN}

#: The two rules as the service is given them.
RULES = {
    "symmetry": "CONSTRUCT { ?b <urn:near> ?a } WHERE { ?a <urn:near> ?b }",
    "transitivity": "CONSTRUCT { ?a <urn:below> ?c } WHERE { ?a <urn:below> ?b . ?b <urn:below> ?c }",
}

Triple = tuple[str, str, str]
Solution = dict[str, str]
Graphs = dict[str, set[Triple]]


class Refused(Exception):
    """The request is refused with this status, and nothing is changed."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass
class Part:
    """Triples or triple patterns, in a GRAPH clause or not."""

    graph: str | None
    triples: list[Triple]

    def __str__(self) -> str:
        inside = " . ".join(" ".join(triple) for triple in self.triples)
        return inside + " ." if self.graph is None else f"GRAPH {self.graph} {{ {inside} }}"


@dataclass
class Data:
    """INSERT DATA, DELETE DATA or DELETE WHERE."""

    verb: str
    parts: list[Part]

    def __str__(self) -> str:
        return f"{self.verb} {{ {' '.join(map(str, self.parts))} }}"


@dataclass
class Modify:
    """DELETE and INSERT with a WHERE clause."""

    target: str | None
    delete: list[Part]
    insert: list[Part]
    using: list[str] = field(default_factory=list)
    using_named: list[str] = field(default_factory=list)
    where: list[Part] = field(default_factory=list)
    absent: list[Part] = field(default_factory=list)
    count: bool = False

    def __str__(self) -> str:
        pieces = [f"WITH {self.target}"] if self.target else []
        pieces += [f"DELETE {{ {' '.join(map(str, self.delete))} }}"] if self.delete else []
        pieces += [f"INSERT {{ {' '.join(map(str, self.insert))} }}"] if self.insert or not self.delete else []
        pieces += [f"USING {graph}" for graph in self.using] + [f"USING NAMED {graph}" for graph in self.using_named]
        where = " ".join(map(str, self.where))
        if self.absent:
            where += f" FILTER NOT EXISTS {{ {' '.join(map(str, self.absent))} }}"
        if self.count:
            where = f"SELECT (COUNT(*) AS ?n) WHERE {{ {where} }}"
        return " ".join([*pieces, f"WHERE {{ {where} }}"])


@dataclass
class Whole:
    """CREATE, CLEAR, DROP, COPY, MOVE or ADD."""

    verb: str
    silent: bool
    graph: str
    target: str | None = None

    def __str__(self) -> str:
        silent = "SILENT " if self.silent else ""
        if self.target is None:
            several = self.graph in {"DEFAULT", "NAMED", "ALL"}
            return f"{self.verb} {silent}{'' if several else 'GRAPH '}{self.graph}"
        return f"{self.verb} {silent}{self.graph} TO {self.target}"


Operation = Data | Modify | Whole


def carry_out(before: Graphs, request: list[Operation]) -> Graphs:
    """The graphs after *request*.

    Raises:
        Refused: and everything stays as it was.
    """
    graphs = {name: set(triples) for name, triples in before.items()}
    for operation in request:
        match operation:
            case Data("INSERT DATA", parts):
                _write(graphs, set(), set(_filled(parts, {}, DEFAULT)))
            case Data("DELETE DATA", parts):
                _write(graphs, set(_filled(parts, {}, DEFAULT)), set())
            case Data(_, parts):
                found = _solutions(parts, _default(graphs), graphs)
                _write(graphs, {quad for one in found for quad in _filled(parts, one, DEFAULT)}, set())
            case Modify():
                _modify(graphs, operation)
            case Whole():
                _whole(graphs, operation)
    return graphs


def union(graphs: Graphs) -> set[Triple]:
    """What any graph states."""
    return {triple for triples in graphs.values() for triple in triples}


def _default(graphs: Graphs) -> set[Triple]:
    """The union with what the rules make of it."""
    total = union(graphs)
    while True:
        new = {(o, p, s) for s, p, o in total if p == "<urn:near>" and o.startswith("<")}
        below = [(s, o) for s, p, o in total if p == "<urn:below>"]
        new |= {(s, "<urn:below>", end) for s, middle in below for start, end in below if middle == start}
        if new <= total:
            return total
        total |= new


def entailed(graphs: Graphs) -> set[Triple]:
    """What the rules add to the union."""
    return _default(graphs) - union(graphs)


def _modify(graphs: Graphs, operation: Modify) -> None:
    home = operation.target or DEFAULT
    if home in RESERVED:
        raise Refused(409)
    named: Graphs = dict(graphs)
    if any(part.graph == ENTAILED for part in [*operation.where, *operation.absent]):
        named[ENTAILED] = entailed(graphs)
    default = graphs.get(home, set()) if operation.target else _default(graphs)
    if operation.using or operation.using_named:
        readable = {**graphs, ENTAILED: entailed(graphs)}
        default = {triple for graph in operation.using for triple in readable.get(graph, ())}
        named = {graph: readable[graph] for graph in operation.using_named if graph in readable}
    found = [
        one
        for one in _solutions(operation.where, default, named)
        if not operation.absent or not _solutions(operation.absent, default, named, one)
    ]
    if operation.count:
        found = [{"?n": str(len(found))}]
    deleted = {quad for one in found for quad in _filled(operation.delete, one, home)}
    inserted = {quad for one in found for quad in _filled(operation.insert, one, home)}
    _write(graphs, deleted, inserted)


def _whole(graphs: Graphs, operation: Whole) -> None:
    several = {"ALL": list(graphs), "NAMED": [graph for graph in graphs if graph != DEFAULT]}
    if operation.graph in several:
        for graph in several[operation.graph]:
            graphs[graph] = set()
            if operation.verb == "DROP":
                del graphs[graph]
        return
    graph = DEFAULT if operation.graph == "DEFAULT" else operation.graph
    target = DEFAULT if operation.target == "DEFAULT" else operation.target
    exists = graph in graphs or graph == DEFAULT
    if target in RESERVED or (graph in RESERVED and operation.verb not in {"COPY", "ADD"}):
        raise Refused(409)
    if operation.verb == "CREATE":
        if exists and not operation.silent:
            raise Refused(400)
        graphs.setdefault(graph, set())
        return
    held = entailed(graphs) if graph == ENTAILED else graphs.get(graph, set())
    if not exists and graph != ENTAILED:
        # CLEAR of a graph that is not there is none of the errors: docs/sparql.md.
        if operation.silent or operation.verb == "CLEAR":
            return
        raise Refused(400)
    if target is None:
        if operation.verb == "DROP":
            graphs.pop(graph, None)
        elif graph in graphs:
            graphs[graph] = set()
    elif target != graph:
        kept = graphs.get(target, set()) if operation.verb == "ADD" else set()
        graphs[target] = kept | held
        if operation.verb == "MOVE":
            graphs.pop(graph, None)


def _write(graphs: Graphs, deleted: set[tuple[str, Triple]], inserted: set[tuple[str, Triple]]) -> None:
    if any(graph in RESERVED for graph, _ in deleted | inserted):
        raise Refused(409)
    for graph, triple in deleted:
        graphs.get(graph, set()).discard(triple)
    for graph, triple in inserted:
        graphs.setdefault(graph, set()).add(triple)


def _filled(parts: list[Part], solution: Solution, home: str) -> Iterator[tuple[str, Triple]]:
    for part in parts:
        graph = home if part.graph is None else solution.get(part.graph, part.graph)
        for triple in part.triples:
            s, p, o = (solution.get(term, term) for term in triple)
            if "?" not in graph[0] + s[0] + p[0] + o[0] and s[0] == p[0] == graph[0] == "<":
                yield graph, (s, p, o)


def _solutions(parts: list[Part], default: set[Triple], named: Graphs, start: Solution | None = None) -> list[Solution]:
    found = [dict(start or {})]
    for part in parts:
        joined = []
        for solution in found:
            if part.graph is None:
                joined += _matches(part.triples, default, solution)
                continue
            graph = solution.get(part.graph, part.graph)
            for name in named if graph.startswith("?") else [graph] if graph in named else []:
                bound = {**solution, graph: name} if graph.startswith("?") else solution
                joined += _matches(part.triples, named[name], bound)
        found = joined
    return found


def _matches(patterns: list[Triple], triples: set[Triple], solution: Solution) -> list[Solution]:
    found = [solution]
    for pattern in patterns:
        found = [new for one in found for triple in triples if (new := _match(pattern, triple, one)) is not None]
    return found


def _match(pattern: Triple, triple: Triple, solution: Solution) -> Solution | None:
    new = dict(solution)
    for wanted, term in zip(pattern, triple, strict=True):
        value = new.get(wanted, wanted)
        if value.startswith("?"):
            new[value] = term
        elif value != term:
            return None
    return new


_NODES = ["<urn:a>", "<urn:b>", "<urn:c>"]
_PREDICATES = ["<urn:p>", "<urn:q>", "<urn:near>", "<urn:below>"]
_VALUES = [*_NODES, "1", '"x"']
_GRAPHS = ["<urn:g1>", "<urn:g2>", "<urn:g3>"]
_VARIABLES = ["?x", "?y", "?z"]


class Requests:
    """Random requests.

    Args:
        random: where the chance comes from.
    """

    def __init__(self, random: Random) -> None:
        self._random = random

    def request(self) -> list[Operation]:
        """One to four operations."""
        return [self._operation() for _ in range(self._random.randint(1, 4))]

    def _operation(self) -> Operation:
        kind = self._random.choices(["insert", "delete", "where", "modify", "whole"], [5, 2, 1, 8, 4])[0]
        if kind == "modify":
            return self._modify()
        if kind == "whole":
            return self._whole()
        verb = {"insert": "INSERT DATA", "delete": "DELETE DATA", "where": "DELETE WHERE"}[kind]
        return Data(verb, self._parts(self._pattern if kind == "where" else self._triple, variable=kind == "where"))

    def _modify(self) -> Modify:
        chance = self._random.random
        target = self._graph() if chance() < 0.3 else None
        using = [self._graph() for _ in range(self._random.randint(1, 3))] if chance() < 0.25 else []
        using_named = [self._graph() for _ in range(self._random.randint(1, 2))] if chance() < 0.2 else []
        where = self._parts(self._pattern, variable=True)
        absent = self._parts(self._pattern, variable=False, most=1) if chance() < 0.25 else []
        count = chance() < 0.15
        delete = self._parts(self._template, variable=True) if chance() < 0.6 else []
        insert = self._parts(self._template, variable=True) if not delete or chance() < 0.7 else []
        if count:
            delete, insert = [], [Part(self._random.choice([None, *_GRAPHS]), [("<urn:a>", "<urn:p>", "?n")])]
        return Modify(target, delete, insert, using, using_named, where, absent, count)

    def _whole(self) -> Whole:
        verb = self._random.choice(["CREATE", "CLEAR", "DROP", "COPY", "MOVE", "ADD"])
        silent = self._random.random() < 0.6
        if verb in {"CLEAR", "DROP"}:
            several = ["DEFAULT", "NAMED", "ALL"] if self._random.random() < 0.4 else [self._graph()]
            return Whole(verb, silent, self._random.choice(several))
        if verb == "CREATE":
            return Whole(verb, silent, self._graph())
        ends = [self._random.choice(["DEFAULT", self._graph(), self._graph()]) for _ in range(2)]
        return Whole(verb, silent, *ends)

    def _graph(self) -> str:
        chance = self._random.random()
        if chance < 0.04:
            return self._random.choice([ENTAILED, HIDDEN])
        return DEFAULT if chance < 0.1 else self._random.choice(_GRAPHS)

    def _parts(self, make: object, *, variable: bool, most: int = 2) -> list[Part]:
        parts = []
        for _ in range(self._random.randint(1, most)):
            chance = self._random.random()
            graph = None if chance < 0.35 else "?g" if variable and chance < 0.6 else self._graph()
            parts.append(Part(graph, [make() for _ in range(self._random.randint(1, 2))]))  # type: ignore[operator]
        return parts

    def _triple(self) -> Triple:
        return self._random.choice(_NODES), self._random.choice(_PREDICATES), self._random.choice(_VALUES)

    def _pattern(self) -> Triple:
        s, p, o = self._triple()
        choice, chance = self._random.choice, self._random.random
        return (
            choice(_VARIABLES) if chance() < 0.7 else s,
            choice([*_VARIABLES, "?r"]) if chance() < 0.3 else p,
            choice(_VARIABLES) if chance() < 0.7 else o,
        )

    def _template(self) -> Triple:
        s, p, o = self._triple()
        choice, chance = self._random.choice, self._random.random
        return (
            choice(_VARIABLES) if chance() < 0.5 else s,
            "?r" if chance() < 0.2 else p,
            choice(_VARIABLES) if chance() < 0.5 else o,
        )
