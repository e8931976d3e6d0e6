"""The headers of stored queries, and what a text must be so that its parameters can be bound."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest

from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.stored_queries.execution import get_columns
from jwpgraph.stored_queries.files import StoredQuery, parse_stored_query, read_stored_queries

ALL = read_stored_queries()
BOUND = [query for query in ALL if query.parameters]
_TYPE = re.compile(
    r"class ([a-z-]+)|country|scheme http\S+|date|language|integer -?\d+\.\.-?\d+|one of [a-z, ]+|text \d+"
)


def test_there_are_enough_and_each_name_is_taken_once() -> None:
    assert len(BOUND) >= 25
    assert len({query.name for query in ALL}) == len(ALL)


@pytest.mark.parametrize("query", ALL, ids=lambda query: query.name)
def test_every_header_is_whole(query: StoredQuery) -> None:
    assert query.title
    assert query.question.endswith("?")
    assert 0 < query.budget <= 30
    assert set(query.order) <= set(get_columns(query))
    if query.form == "graph":
        assert {"subject", "predicate", "object"} <= set(get_columns(query))
    for parameter in query.parameters:
        kind = _TYPE.fullmatch(parameter.type)
        assert kind, parameter.type
        assert not kind[1] or kind[1] in BY_SEGMENT
        assert parameter.description.endswith(".")
        assert parameter.name not in {"format", "limit", "after", "release"}


@pytest.mark.parametrize("query", BOUND, ids=lambda query: query.name)
def test_a_bound_variable_means_the_same_everywhere_in_the_text(query: StoredQuery) -> None:
    """The engine binds what is projected (SEP-0007), but not in BOUND and BIND."""
    solutions = ox.Store().query(query.text)
    assert isinstance(solutions, ox.QuerySolutions)
    projected = {variable.value for variable in solutions.variables}
    for parameter in query.parameters:
        assert parameter.name in projected
        assert not re.search(rf"BOUND\s*\(\s*\?{parameter.name}\b", query.text)
        assert not re.search(rf"BIND\s*\(\s*\?{parameter.name}\s+AS", query.text)
        assert not re.search(rf"AS\s+\?{parameter.name}\b", query.text)


@pytest.mark.parametrize(
    "line",
    [
        "# parameter: on | date | required | The day.",
        "# parameter: on | date | default | example 2017-06-01 | The day.",
        "# parameter: on | date | sometimes | example 2017-06-01 | The day.",
        "# form: picture",
    ],
)
def test_a_header_that_is_wrong_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"^wrong:"):
        parse_stored_query("wrong", f"{line}\nSELECT * {{}}")
