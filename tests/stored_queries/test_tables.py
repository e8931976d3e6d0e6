"""The order of rows, pages by key, and the formats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.stored_queries.tables import Table, to_csv, to_json_value, to_sparql_json

_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
_TERMS = st.one_of(
    st.text(max_size=6).map(lambda value: QueryTerm("literal", value)),
    st.integers(-5, 20).map(lambda value: QueryTerm("literal", str(value), datatype=_INTEGER)),
    st.sampled_from(["fr", "en"]).map(lambda tag: QueryTerm("literal", "x", tag)),
    st.integers(0, 12).map(lambda value: QueryTerm("uri", f"http://x.example/B{value}")),
)
_ROWS = st.lists(st.dictionaries(st.sampled_from(["a", "b"]), _TERMS), max_size=25)


@given(_ROWS, st.integers(1, 7))
def test_pages_hold_every_row_once_and_in_order(rows: list[dict[str, QueryTerm]], limit: int) -> None:
    table = Table.sort(("a", "b"), ("b",), rows)
    seen: list[object] = []
    key = None
    while True:
        page, key = table.page(limit, key)
        assert len(page) <= limit
        seen += page
        if key is None:
            break
    assert seen == table.rows
    assert len(seen) == len({tuple(sorted(row.items())) for row in rows})


def test_a_page_goes_on_behind_a_row_that_is_gone() -> None:
    rows = [{"a": QueryTerm("literal", f"B{number}")} for number in (1, 2, 10, 11)]
    _, key = Table.sort(("a",), (), rows).page(2, None)
    left = Table.sort(("a",), (), [rows[0], *rows[2:]])
    assert [row["a"].value for row in left.page(5, key)[0]] == ["B10", "B11"]


@pytest.mark.parametrize(
    "key", ["", "x", "W10", "bnVsbA", "W1sidXJpIiwxLG51bGwsbnVsbF1d", "é", "W251bGwsbnVsbF0", "e30"]
)
def test_a_key_that_no_page_gave_is_refused(key: str) -> None:
    with pytest.raises(ProblemError) as refusal:
        Table.sort(("a",), (), [{"a": QueryTerm("literal", "x")}]).page(1, key)
    assert (refusal.value.status, refusal.value.members["parameter"]) == (422, "after")


def test_terms_are_written_as_the_formats_say() -> None:
    row = {"a": QueryTerm("literal", 'x, "y"', "en"), "b": QueryTerm("literal", "7", datatype=_INTEGER)}
    assert to_csv(("a", "b", "c"), [row]) == b'a,b,c\r\n"x, ""y""",7,\r\n'
    assert to_json_value(row["b"]) == 7
    assert to_json_value(QueryTerm("literal", "9007199254740993", datatype=_INTEGER)) == "9007199254740993"
    assert b'"xml:lang":"en"' in to_sparql_json(("a", "b"), [row])
