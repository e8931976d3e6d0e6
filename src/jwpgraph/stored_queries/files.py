"""The shipped queries: SPARQL texts with a header of comment lines.

The header is a run of ``# key: value`` lines at the top of the file; a line of it that has no key continues the value
before. Keys are ``title``, ``question``, ``description``, ``budget`` (seconds), ``order`` (the columns that rows are
sorted by), ``form`` (``table`` or ``graph``) and ``parameter``, which may come several times:

    # parameter: on | date | default today | example 2017-06-01 | The day.

A query of the form ``graph`` selects ``?subject ?predicate ?object`` and is answered with these triples: the engine
binds terms to the variables of a SELECT alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from jwpgraph.shipped_files import get_shipped_path

#: Time limit in seconds of a query that states none.
DEFAULT_BUDGET: Final = 30.0
_KEY: Final = re.compile(r"#\s*([a-z][a-z_-]*):\s*(.*)")
_FIELDS: Final = re.compile(r"\s*\|\s*")


@dataclass(frozen=True, slots=True)
class QueryParameter:
    """A parameter of a stored query.

    Attributes:
        name: its name, in the query and in the address.
        type: what it takes, as the header writes it (:mod:`jwpgraph.stored_queries.parameters`).
        presence: whether it is required, optional, or has a default.
        default: the value where none is given.
        example: a value that finds something.
        description: what it means.
    """

    name: str
    type: str
    presence: Literal["required", "optional", "default"]
    default: str | None
    example: str
    description: str


@dataclass(frozen=True, slots=True)
class StoredQuery:
    """A query with the question that it answers.

    Attributes:
        name: the file's name without its extension.
        title: a few words.
        question: the question in full; the title where the file gives none.
        text: the query, header included.
        description: what is to be known about the answer; empty where the file says nothing.
        parameters: what it takes.
        order: the columns that rows are sorted by, before the others.
        form: whether the rows are the answer, or the triples that they hold.
        budget: seconds that it may take.
    """

    name: str
    title: str
    question: str
    text: str
    description: str = ""
    parameters: tuple[QueryParameter, ...] = ()
    order: tuple[str, ...] = ()
    form: Literal["table", "graph"] = "table"
    budget: float = DEFAULT_BUDGET


def parse_stored_query(name: str, text: str) -> StoredQuery:
    """Return the query in a file called *name*.

    Raises:
        ValueError: the header is not as described above.
    """
    found: dict[str, str] = {}
    parameters: list[str] = []
    key = ""
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        match = _KEY.match(line)
        if match:
            key = match[1]
            if key == "parameter":
                parameters.append(match[2].strip())
            else:
                found[key] = match[2].strip()
        elif key == "parameter":
            parameters[-1] += " " + line.lstrip("# ").strip()
        elif key:
            found[key] += " " + line.lstrip("# ").strip()
    title = found.get("title") or found.get("question") or re.sub(r"^[\d-]+", "", name).replace("-", " ").capitalize()
    form = found.get("form", "table")
    if form not in {"table", "graph"}:
        raise ValueError(f"{name}: the form is table or graph, not {form!r}")
    return StoredQuery(
        name=name,
        title=title,
        question=found.get("question") or found.get("description") or title,
        text=text,
        description=found.get("description", ""),
        parameters=tuple(_parse_parameter(name, line) for line in parameters),
        order=tuple(found.get("order", "").split()),
        form="graph" if form == "graph" else "table",
        budget=float(found.get("budget", DEFAULT_BUDGET)),
    )


def _parse_parameter(query: str, line: str) -> QueryParameter:
    fields = _FIELDS.split(line, maxsplit=4)
    if len(fields) != 5 or not fields[3].startswith("example "):
        raise ValueError(f"{query}: a parameter is: name | type | presence | example … | description; not {line!r}")
    name, type_, presence, example, description = fields
    word, _, default = presence.partition(" ")
    if word not in {"required", "optional", "default"} or (word == "default") != bool(default):
        raise ValueError(f"{query}: {name} is required, optional, or default and a value; not {presence!r}")
    return QueryParameter(
        name=name,
        type=type_,
        presence="required" if word == "required" else "optional" if word == "optional" else "default",
        default=default or None,
        example=example.removeprefix("example "),
        description=description,
    )


@cache
def read_competency_queries() -> tuple[StoredQuery, ...]:
    """Return the questions that the graph was built to answer, in order."""
    return _read_folder("competency")


@cache
def read_example_queries() -> tuple[StoredQuery, ...]:
    """Return the short queries from which a reader can start, in order."""
    return _read_folder("examples")


@cache
def read_stored_queries() -> tuple[StoredQuery, ...]:
    """Return every query that the service offers: those with parameters by name, then the competency questions."""
    return _read_folder("stored") + read_competency_queries()


def _read_folder(name: str) -> tuple[StoredQuery, ...]:
    return tuple(
        parse_stored_query(path.stem, path.read_text("utf-8"))
        for path in sorted(get_shipped_path(f"queries/{name}").glob("*.rq"))
    )
