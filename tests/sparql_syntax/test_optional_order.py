"""What follows an OPTIONAL is joined before it where the solutions are the same."""

from __future__ import annotations

from collections import Counter

import pyoxigraph as ox
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from jwpgraph.sparql_syntax.optional_order import may_have_joins_after_optionals, move_joins_before_optionals
from jwpgraph.sparql_syntax.tokenizer import Tokenizer

PREFIX = "PREFIX : <http://e/>\n"


def reorder(query: str) -> str:
    return move_joins_before_optionals(query, Tokenizer(query).tokens())


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{ ?s :p ?o OPTIONAL { ?s :q ?l } ?s :r ?v }", "{ ?s :p ?o . ?s :r ?v . OPTIONAL { ?s :q ?l } }"),
        ("{ ?s :p ?o . OPTIONAL { ?s :q ?l } . ?s :r ?v . }", "{ ?s :p ?o . ?s :r ?v . OPTIONAL { ?s :q ?l } . }"),
        (
            "{ ?s :p ?o OPTIONAL { ?s :q ?l } FILTER(?l > 1) VALUES ?s { :a } }",
            "{ ?s :p ?o . VALUES ?s { :a } . OPTIONAL { ?s :q ?l } . FILTER(?l > 1) }",
        ),
        (
            "{ ?s :p ?o OPTIONAL { ?s :q ?l } OPTIONAL { ?s :q ?m } ?o :r ?v ; :p ?w }",
            "{ ?s :p ?o . ?o :r ?v ; :p ?w . OPTIONAL { ?s :q ?l } . OPTIONAL { ?s :q ?m } }",
        ),
        (
            "{ ?s :p ?o OPTIONAL { ?s :q ?l } { ?s :r 1 } UNION { ?s :r 2 } UNION { ?s :r 3 } }",
            "{ ?s :p ?o . { ?s :r 1 } UNION { ?s :r 2 } UNION { ?s :r 3 } . OPTIONAL { ?s :q ?l } }",
        ),
        # Each of a chain of triples is moved once the one before it is.
        (
            "{ ?s :p ?o OPTIONAL { ?s :q ?l } ?s :r ?v . ?v :r ?w }",
            "{ ?s :p ?o . ?s :r ?v . ?v :r ?w . OPTIONAL { ?s :q ?l } }",
        ),
        # Groups within groups.
        (
            "{ ?s :p ?o OPTIONAL { ?o :p ?x OPTIONAL { ?x :q ?y } ?x :r ?z } ?s :r ?v }",
            "{ ?s :p ?o . ?s :r ?v . OPTIONAL { ?o :p ?x . ?x :r ?z . OPTIONAL { ?x :q ?y } } }",
        ),
    ],
)
def test_joins_move(pattern: str, expected: str) -> None:
    assert may_have_joins_after_optionals(pattern)
    assert reorder(f"SELECT * WHERE {pattern}") == f"SELECT * WHERE {expected}"


@pytest.mark.parametrize(
    "pattern",
    [
        "{ ?s :p ?o OPTIONAL { ?s :q ?l } ?l :r ?v }",  # ?l may be unbound before
        "{ OPTIONAL { ?s :q ?l } ?s :p ?o }",
        "{ ?s :p ?o OPTIONAL { ?s :q ?l FILTER(?v > 1) } ?s :r ?v }",  # ?v would be bound in the filter
        "{ ?s :p ?o OPTIONAL { ?s :q ?l } BIND(?l AS ?k) ?s :r ?k }",
        "{ ?s :p ?o OPTIONAL { ?s :q ?l } MINUS { ?x :r ?y } ?x :r ?s }",
        "{ BIND(1/0 AS ?s) OPTIONAL { ?s :q ?l } ?s :r ?v }",  # ?s is not bound
        "{ VALUES ?s { UNDEF } OPTIONAL { ?s :q ?l } ?s :r ?v }",
        "{ ?s :p ?o OPTIONAL { ?s :q ?l } ?t :r _:b . ?s :r _:b }",  # one node for both triples
        "{ ?s :p ?o OPTIONAL { ?s :q ?l } ?t :p ?u }",  # nothing in common
        "{ ?s :p ?o . ?s :r ?v OPTIONAL { ?s :q ?l } FILTER(BOUND(?l)) }",
    ],
)
def test_others_stay(pattern: str) -> None:
    query = f"SELECT * WHERE {pattern}"
    assert reorder(query) is query


@pytest.mark.parametrize(
    "pattern",
    [
        "{ ?s :p ?o }",
        "{ ?s :p ?o OPTIONAL { ?s :q ?l } }",
        "{ ?s :p ?o . OPTIONAL { ?s :q ?l } . optional{ ?s :r ?l FILTER(?l > 1) }.}",
    ],
)
def test_texts_that_need_no_reading(pattern: str) -> None:
    assert not may_have_joins_after_optionals(pattern)


def test_a_generated_text_stays() -> None:
    triples = "OPTIONAL { ?s :q ?l } ?s :r ?v . " * 2000
    query = f"SELECT * WHERE {{ ?s :p ?o . {triples} }}"
    assert reorder(query) is query


NAMES = st.sampled_from(["?a", "?b", "?c", "?d", ":x", ":y"])
TRIPLES = st.tuples(NAMES, st.sampled_from([":p", ":q", ":r", "?b"]), NAMES).map(" ".join)
FILTERS = st.sampled_from(["FILTER(BOUND(?a))", "FILTER(!BOUND(?b))", "FILTER(?c != :x)", "FILTER EXISTS { ?d :p ?a }"])
VALUES = st.sampled_from(["VALUES ?a { :x :y }", "VALUES (?b ?c) { (:x UNDEF) (UNDEF :y) }", "BIND(:x AS ?new)"])


def write_groups(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    element = st.one_of(
        TRIPLES,
        inner.map(lambda group: f"OPTIONAL {group}"),
        inner.map(lambda group: f"OPTIONAL {group}"),
        FILTERS,
        VALUES,
        inner,
        st.tuples(inner, inner).map(" UNION ".join),
        inner.map(lambda group: f"MINUS {group}"),
    )
    return st.tuples(TRIPLES, st.lists(element, min_size=1, max_size=4)).map(
        lambda parts: f"{{ {' . '.join([parts[0], *parts[1]])} }}"
    )


GROUPS = st.recursive(TRIPLES.map(lambda triple: f"{{ {triple} }}"), write_groups, max_leaves=6)
GRAPHS = st.lists(st.tuples(*[st.sampled_from(["x", "y", "z"])] * 2, st.sampled_from(["p", "q", "r"])), max_size=9)


def solve(data: list[tuple[str, str, str]], query: str) -> Counter[str] | None:
    store = ox.Store()
    for subject, value, verb in data:
        nodes = [ox.NamedNode(f"http://e/{name}") for name in (subject, verb, value)]
        store.add(ox.Quad(*nodes, ox.DefaultGraph()))
    try:
        found = store.query(PREFIX + query)
    except SyntaxError:
        return None  # a BIND of a variable in scope
    assert isinstance(found, ox.QuerySolutions)
    names = [variable.value for variable in found.variables]
    return Counter(str([str(row[name]) for name in names]) for row in found)


@settings(max_examples=600, deadline=None)
@given(GRAPHS, write_groups(GROUPS))
def test_solutions_are_the_same(data: list[tuple[str, str, str]], group: str) -> None:
    query = f"SELECT * WHERE {group}"
    expected = solve(data, query)
    if expected is None:
        return
    reordered = reorder(query)
    event("moved" if reordered is not query else "stays")
    assert reordered is query or may_have_joins_after_optionals(query)
    assert solve(data, reordered) == expected
