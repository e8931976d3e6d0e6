"""Requests of SPARQL 1.1 Update as values, which are written as SPARQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Triple = tuple[str, Any, str]


@dataclass(frozen=True)
class Path:
    """A property path of one or two predicates; *form* has them as ``0`` and ``1``."""

    form: str
    first: str
    second: str

    def __str__(self) -> str:
        return self.form.replace("0", self.first).replace("1", self.second)


@dataclass
class Part:
    """Triples or triple patterns, in a GRAPH clause or not."""

    graph: str | None
    triples: list[Triple]

    def __str__(self) -> str:
        inside = " . ".join(" ".join(map(str, triple)) for triple in self.triples)
        return inside + " ." if self.graph is None else f"GRAPH {self.graph} {{ {inside} }}"


@dataclass
class Values:
    """VALUES for one variable or two; ``UNDEF`` is no value."""

    variables: list[str]
    rows: list[list[str]]

    def __str__(self) -> str:
        rows = " ".join(f"( {' '.join(row)} )" for row in self.rows)
        return f"VALUES ( {' '.join(self.variables)} ) {{ {rows} }}"


@dataclass
class Bind:
    """BIND of a term or of another variable."""

    term: str
    variable: str

    def __str__(self) -> str:
        return f"BIND ( {self.term} AS {self.variable} )"


@dataclass
class Group:
    """OPTIONAL, MINUS, or a GRAPH clause around what is not a triple pattern."""

    keyword: str
    elements: list[Element]

    def __str__(self) -> str:
        return f"{self.keyword} {{ {' '.join(map(str, self.elements))} }}"


@dataclass
class Either:
    """UNION."""

    left: list[Element]
    right: list[Element]

    def __str__(self) -> str:
        return f"{{ {' '.join(map(str, self.left))} }} UNION {{ {' '.join(map(str, self.right))} }}"


@dataclass
class SubSelect:
    """A SELECT within a group, of some variables or of a count for each value of the first."""

    variables: list[str]
    elements: list[Element]
    distinct: bool
    counted: bool = False

    def __str__(self) -> str:
        inside = " ".join(map(str, self.elements))
        if self.counted:
            one = self.variables[0]
            return f"{{ SELECT {one} ( COUNT ( * ) AS ?n ) WHERE {{ {inside} }} GROUP BY {one} }}"
        distinct = "DISTINCT " if self.distinct else ""
        return f"{{ SELECT {distinct}{' '.join(self.variables)} WHERE {{ {inside} }} }}"


Element = Part | Values | Bind | Group | Either | SubSelect


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
    where: list[Element] = field(default_factory=list)
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
