"""SPARQL 1.1 Update on sets in memory, as plainly as it can be written.

Nothing of the package is used here. A graph is a set of triples, a triple three strings as SPARQL writes them. What an
operation reads as the default graph is the union of the graphs with what two rules make of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count

from .update_syntax import (
    Bind,
    Data,
    Either,
    Element,
    Group,
    Modify,
    Operation,
    Part,
    Path,
    SubSelect,
    Triple,
    Values,
    Whole,
)

DEFAULT = "<https://w3id.org/jwpgraph/graph/default>"
ENTAILED = "<https://w3id.org/jwpgraph/graph/entailed>"
HIDDEN = "<urn:jwpgraph:asserted>"
RESERVED = {ENTAILED, HIDDEN}

#: The two rules as the service is given them.
RULES = {
    "symmetry": "CONSTRUCT { ?b <urn:near> ?a } WHERE { ?a <urn:near> ?b }",
    "transitivity": "CONSTRUCT { ?a <urn:below> ?c } WHERE { ?a <urn:below> ?b . ?b <urn:below> ?c }",
}

_fresh = count(1)
Solution = dict[str, str]
Graphs = dict[str, set[Triple]]


class Refused(Exception):
    """The request is refused with this status, and nothing is changed."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def carry_out(before: Graphs, request: list[Operation]) -> Graphs:
    """The graphs after *request*.

    Raises:
        Refused: and everything stays as it was.
    """
    graphs = {name: set(triples) for name, triples in before.items()}
    written = [label for operation in request for label in _labels(operation)]
    if len(written) != len(set(written)):
        raise Refused(400)
    if any(_names_reserved(operation) for operation in request):
        raise Refused(409)
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


def _labels(operation: Operation) -> set[str]:
    """The blank node labels that no other operation may use: those of INSERT DATA."""
    if not isinstance(operation, Data):
        return set()
    return {term for part in operation.parts for triple in part.triples for term in triple if term.startswith("_:b")}


def _names_reserved(operation: Operation) -> bool:
    """Whether an operation names a derived graph as one to write, whatever it would write to it."""
    match operation:
        case Data():
            return any(part.graph in RESERVED for part in operation.parts)
        case Modify():
            written = [operation.target, *(part.graph for part in [*operation.delete, *operation.insert])]
            return any(graph in RESERVED for graph in written)
        case Whole("COPY" | "ADD"):
            return operation.target in RESERVED
        case Whole():
            return operation.graph in RESERVED or operation.target in RESERVED
    raise AssertionError(operation)


def _is_node(term: str) -> bool:
    return term[0] in "<_" and not term.startswith("<<")


def _default(graphs: Graphs) -> set[Triple]:
    """The union with what the rules make of it."""
    total = union(graphs)
    while True:
        new = {(o, p, s) for s, p, o in total if p == "<urn:near>" and _is_node(o)}
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
    if any(f"GRAPH {ENTAILED}" in str(element) for element in [*operation.where, *operation.absent]):
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
    # A blank node label of a template is another blank node for each solution.
    written = {term for part in parts for triple in part.triples for term in triple}
    labels = {term: f"_:n{next(_fresh)}" for term in sorted(written) if term.startswith("_:")}
    terms = labels | solution
    for part in parts:
        graph = home if part.graph is None else solution.get(part.graph, part.graph)
        for triple in part.triples:
            s, p, o = (terms.get(term, term) for term in triple)
            if _is_node(s) and p[0] == graph[0] == "<" and "<<" not in p[:2] + graph[:2] and o[0] != "?":
                yield graph, (s, p, o)


def _solutions(
    elements: Sequence[Element], active: set[Triple], named: Graphs, start: Solution | None = None
) -> list[Solution]:
    found = [dict(start or {})]
    for element in elements:
        found = _extend(found, element, active, named)
    return found


def _extend(found: list[Solution], element: Element, active: set[Triple], named: Graphs) -> list[Solution]:
    match element:
        case Part(None, patterns):
            return [new for one in found for new in _matches(patterns, active, one)]
        case Part(graph, patterns):
            return _join(found, _in_graphs(graph, named, lambda triples: _matches(patterns, triples, {})))
        case Values(variables, rows):
            pairs = [zip(variables, row, strict=True) for row in rows]
            return _join(found, [{name: term for name, term in row if term != "UNDEF"} for row in pairs])
        case Bind(term, variable):
            values = [one.get(term, term) for one in found]
            return [
                one if value.startswith("?") else {**one, variable: value}
                for one, value in zip(found, values, strict=True)
            ]
        case Either(left, right):
            return _join(found, _solutions(left, active, named) + _solutions(right, active, named))
        case SubSelect(variables, elements, distinct, counted):
            inner = [
                {name: one[name] for name in variables if name in one} for one in _solutions(elements, active, named)
            ]
            if counted:
                keys = [one.get(variables[0], "") for one in inner]
                inner = [
                    {**({variables[0]: key} if key else {}), "?n": str(keys.count(key))} for key in dict.fromkeys(keys)
                ]
            elif distinct:
                inner = [dict(each) for each in dict.fromkeys(tuple(sorted(one.items())) for one in inner)]
            return _join(found, inner)
        case Group("OPTIONAL", elements):
            return [new for one in found for new in _join([one], _solutions(elements, active, named)) or [one]]
        case Group("MINUS", elements):
            others = _solutions(elements, active, named)
            return [one for one in found if not any(_excludes(other, one) for other in others)]
        case Group(keyword, elements):
            graph = keyword.removeprefix("GRAPH ")
            return _join(found, _in_graphs(graph, named, lambda triples: _solutions(elements, triples, named)))


def _excludes(other: Solution, one: Solution) -> bool:
    return bool(one.keys() & other.keys() and _join([one], [other]))


def _in_graphs(graph: str, named: Graphs, solve: Callable[[set[Triple]], list[Solution]]) -> list[Solution]:
    """What a GRAPH clause gives: its pattern is solved in each graph, and then joined with the graph's name."""
    if not graph.startswith("?"):
        return solve(named[graph]) if graph in named else []
    return [new for name, triples in named.items() for new in _join(solve(triples), [{graph: name}])]


def _join(left: list[Solution], right: list[Solution]) -> list[Solution]:
    return [{**one, **other} for one in left for other in right if all(one.get(k, v) == v for k, v in other.items())]


def _matches(patterns: list[Triple], triples: set[Triple], solution: Solution) -> list[Solution]:
    found = [solution]
    for pattern in patterns:
        if isinstance(pattern[1], Path):
            found = _join(found, _path_solutions(pattern, triples))
        else:
            found = [new for one in found for triple in triples if (new := _match(pattern, triple, one)) is not None]
    return [{name: term for name, term in one.items() if name[0] == "?"} for one in found]


def _path_solutions(pattern: Triple, triples: set[Triple]) -> list[Solution]:
    start, path, end = pattern
    nodes = {node for s, _, o in triples for node in (s, o)} | {term for term in (start, end) if term[0] != "?"}
    pairs = _pairs(path, triples, nodes)
    return [new for pair in pairs if (new := _match((start, "", end), (pair[0], "", pair[1]), {})) is not None]


def _pairs(path: Path, triples: set[Triple], nodes: set[str]) -> list[tuple[str, str]]:
    """The pairs that a path connects (SPARQL 1.1 Query, section 18.4), as often as it does."""
    first, second = ([(s, o) for s, p, o in triples if p == predicate] for predicate in (path.first, path.second))
    match path.form:
        case "^0":
            return [(o, s) for s, o in first]
        case "0/1":
            return [(s, end) for s, middle in first for begin, end in second if begin == middle]
        case "( 0|1 )":
            return first + second
        case "!0":
            return [(s, o) for s, p, o in triples if p != path.first]
        case "!( 0|1 )":
            return [(s, o) for s, p, o in triples if p not in {path.first, path.second}]
        case "0?":
            return list({*first, *((node, node) for node in nodes)})
        case "( ^0|1 )*" | "0*" | "0+":
            steps = {(o, s) for s, o in first} | set(second) if "^" in path.form else set(first)
            reached = set(steps)
            while new := {(s, o) for s, m in reached for n, o in steps if m == n} - reached:
                reached |= new
            return list(reached if path.form == "0+" else reached | {(node, node) for node in nodes})
    raise AssertionError(path.form)


def _match(pattern: Triple, triple: Triple, solution: Solution) -> Solution | None:
    new = dict(solution)
    for wanted, term in zip(pattern, triple, strict=True):
        value = new.get(wanted, wanted)
        if value.startswith(("?", "_:w")):
            new[value] = term
        elif value != term:
            return None
    return new
