"""Random requests in the terms of the model of SPARQL Update."""

from __future__ import annotations

from random import Random

from .update_model import DEFAULT, ENTAILED, HIDDEN
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

_XSD = "http://www.w3.org/2001/XMLSchema#"
_NODES = ["<urn:a>", "<urn:b>", "<urn:c>"]
_PREDICATES = ["<urn:p>", "<urn:q>", "<urn:near>", "<urn:below>"]
_TRUE, _DECIMAL = f'"true"^^<{_XSD}boolean>', f'"1.5"^^<{_XSD}decimal>'
_TERM = "<<( <urn:a> <urn:p> 1 )>>"
_VALUES = [*_NODES, *_NODES, "1", "1", '"x"', '"x"@en', _TRUE, _DECIMAL, _TERM]
_GRAPHS = ["<urn:g1>", "<urn:g2>", "<urn:g3>"]
_VARIABLES = ["?x", "?y", "?z"]
_PATHS = ["^0", "0/1", "( 0|1 )", "!0", "!( 0|1 )", "0?", "0*", "0+", "( ^0|1 )*"]
#: Other spellings of literals, which the store keeps in one: docs/conformance.md.
SPELLINGS = {
    "1": ["01", "+1", f'"1"^^<{_XSD}int>', f'"1"^^<{_XSD}nonNegativeInteger>', f'"001"^^<{_XSD}byte>'],
    _TRUE: ["true", f'"1"^^<{_XSD}boolean>'],
    _DECIMAL: ["1.5", "1.50", f'"+01.5"^^<{_XSD}decimal>'],
    '"x"': [f'"x"^^<{_XSD}string>', "'x'", '"""x"""'],
    '"x"@en': ['"x"@EN'],
}


class Requests:
    """Random requests.

    Args:
        random: where the chance comes from.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._number = 0

    def request(self) -> list[Operation]:
        """One to four operations."""
        return [self._operation() for _ in range(self._random.randint(1, 4))]

    def _operation(self) -> Operation:
        self._number += 1
        kind = self._random.choices(["insert", "delete", "where", "modify", "whole"], [5, 2, 1, 8, 4])[0]
        if kind == "modify":
            return self._modify()
        if kind == "whole":
            return self._whole()
        verb = {"insert": "INSERT DATA", "delete": "DELETE DATA", "where": "DELETE WHERE"}[kind]
        make = {"insert": self._new_triple, "delete": self._triple, "where": self._pattern}[kind]
        return Data(verb, self._parts(make, variable=kind == "where"))

    def _modify(self) -> Modify:
        chance = self._random.random
        target = self._graph() if chance() < 0.3 else None
        using = [self._graph() for _ in range(self._random.randint(1, 3))] if chance() < 0.25 else []
        using_named = [self._graph() for _ in range(self._random.randint(1, 2))] if chance() < 0.2 else []
        where = self._where()
        absent = self._parts(self._pattern, variable=False, most=1) if chance() < 0.25 else []
        count = chance() < 0.15
        delete = self._parts(self._template, variable=True) if chance() < 0.6 else []
        insert = self._parts(self._new_template, variable=True) if not delete or chance() < 0.7 else []
        if count:
            delete, insert = [], [Part(self._random.choice([None, *_GRAPHS]), [("<urn:a>", "<urn:p>", "?n")])]
        return Modify(target, delete, insert, using, using_named, where, absent, count)

    def _where(self) -> list[Element]:
        """Triple patterns, and sometimes one or two other elements after or before them."""
        elements: list[Element] = list(self._parts(self._path_pattern, variable=True))
        for _ in range(self._random.choice([0, 0, 0, 1, 1, 2])):
            elements.insert(self._random.choice([len(elements), len(elements), 0]), self._element())
        for place, element in enumerate(elements):
            # BIND of a variable that has occurred before it is an error; its own variable stands in no pattern.
            if isinstance(element, Bind):
                element.variable = f"?k{place}"
        return elements

    def _element(self) -> Element:
        random = self._random
        names = random.sample(_VARIABLES, 2)
        match random.choice(["values", "bind", "optional", "minus", "union", "select", "graph"]):
            case "values":
                variables = names[: random.randint(1, 2)]
                terms = [*_NODES, *_NODES, "1", '"x"', "UNDEF"]
                rows = [[random.choice(terms) for _ in variables] for _ in range(random.randint(1, 3))]
                return Values(variables, rows)
            case "bind":
                return Bind(random.choice([*_VARIABLES, *_NODES, "1"]), "")
            case "optional":
                return Group("OPTIONAL", list(self._parts(self._pattern, variable=True, most=1)))
            case "minus":
                return Group("MINUS", list(self._parts(self._pattern, variable=True, most=1)))
            case "union":
                left, right = (list(self._parts(self._pattern, variable=True, most=1)) for _ in range(2))
                return Either(left, right)
            case "select":
                return self._select(variable=True)
            case _:
                inner = self._select(variable=False) if random.random() < 0.6 else Values([names[0]], [["<urn:a>"]])
                return Group(f"GRAPH {random.choice(['?g', *_GRAPHS])}", [inner])

    def _select(self, *, variable: bool) -> SubSelect:
        names = self._random.sample(_VARIABLES, self._random.randint(1, 2))
        inside: list[Element] = list(self._parts(self._pattern, variable=variable, most=1))
        if not variable:
            inside = [Part(None, part.triples) for part in inside if isinstance(part, Part)]
        return SubSelect(names, inside, self._random.random() < 0.5, self._random.random() < 0.2)

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

    def _new_triple(self) -> Triple:
        """A triple, sometimes with a blank node, whose label is seldom one of another operation."""
        return self._with_blank(self._triple(), "_:b" if self._random.random() < 0.1 else f"_:b{self._number}x")

    def _with_blank(self, triple: Triple, label: str) -> Triple:
        s, p, o = triple
        chance = self._random.random()
        return (label if chance < 0.1 else s), p, (label if 0.05 < chance < 0.15 else o)

    def _pattern(self) -> Triple:
        s, p, o = self._triple()
        choice, chance = self._random.choice, self._random.random
        return (
            choice(_VARIABLES) if chance() < 0.7 else s,
            choice([*_VARIABLES, "?r"]) if chance() < 0.3 else p,
            choice(_VARIABLES) if chance() < 0.7 else o,
        )

    def _path_pattern(self) -> Triple:
        s, p, o = self._pattern()
        if p[0] == "?" or self._random.random() > 0.2:
            return s, p, o
        return s, Path(self._random.choice(_PATHS), p, self._random.choice(_PREDICATES)), o

    def _template(self) -> Triple:
        s, p, o = self._triple()
        choice, chance = self._random.choice, self._random.random
        return (
            choice([*_VARIABLES, "?k2", "?n"]) if chance() < 0.5 else s,
            "?r" if chance() < 0.2 else p,
            choice([*_VARIABLES, "?k1", "?n"]) if chance() < 0.5 else o,
        )

    def _new_template(self) -> Triple:
        return self._with_blank(self._template(), "_:t")
