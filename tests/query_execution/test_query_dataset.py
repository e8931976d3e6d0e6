"""Which graphs a query sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Store

from jwpgraph.query_execution import query_dataset
from jwpgraph.query_execution.query_dataset import ReleaseDatasets, has_dataset_clause, read_dataset_clauses
from jwpgraph.releases.release import Release
from jwpgraph.vocabulary import ENTAILED_GRAPH

EX = "https://example.org/"
A, B = EX + "graph/a", EX + "graph/b"


def datasets_of(release: Release) -> ReleaseDatasets:
    return ReleaseDatasets(Store.read_only(str(release.store_path)), release.asserted_path)


def rows(
    datasets: ReleaseDatasets,
    text: str,
    default: tuple[str, ...] | None = None,
    named: tuple[str, ...] | None = None,
    *,
    entailment: bool = True,
) -> list[tuple[str, ...]]:
    """The solutions of *text* over the dataset asked for, as sorted tuples of lexical forms."""
    chosen, arguments = datasets.select(text, default, named, entailment=entailment)
    return sorted(tuple(term.value for term in solution) for solution in chosen.query(text, **arguments))


@pytest.fixture
def datasets(graphs_release: Release) -> ReleaseDatasets:
    return datasets_of(graphs_release)


COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
GRAPHS = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"


def test_without_a_dataset_a_query_sees_each_triple_once(datasets: ReleaseDatasets) -> None:
    assert rows(datasets, COUNT) == [("4",)]
    assert rows(datasets, GRAPHS) == [(A,), (B,), (ENTAILED_GRAPH,)]


def test_entailments_can_be_left_out(datasets: ReleaseDatasets) -> None:
    assert rows(datasets, COUNT, entailment=False) == [("3",)]
    assert rows(datasets, GRAPHS, entailment=False) == [(A,), (B,)]


def test_entailments_can_be_left_out_where_no_triple_is_shared(make_release: object) -> None:
    s, p = NamedNode(EX + "s"), NamedNode(EX + "p")
    graphs = {A: [(s, p, Literal(1))], B: [(s, p, Literal(2))], ENTAILED_GRAPH: [(s, p, Literal(3))]}
    datasets = datasets_of(make_release(1, graphs))  # type: ignore[operator]
    assert rows(datasets, COUNT) == [("3",)]
    assert rows(datasets, COUNT, entailment=False) == [("2",)]
    assert rows(datasets, GRAPHS, entailment=False) == [(A,), (B,)]


def test_the_request_names_the_dataset(datasets: ReleaseDatasets) -> None:
    assert rows(datasets, COUNT, (A,)) == [("2",)]
    assert rows(datasets, GRAPHS, (A,)) == []
    assert rows(datasets, COUNT, None, (A,)) == [("0",)]
    assert rows(datasets, GRAPHS, (), (A,)) == [(A,)]
    assert rows(datasets, GRAPHS, (B,), (A, B)) == [(A,), (B,)]
    assert rows(datasets, COUNT, (EX + "absent",)) == [("0",)]


def test_the_merge_of_default_graphs_has_no_duplicates(datasets: ReleaseDatasets) -> None:
    assert rows(datasets, COUNT, (A, B)) == [("3",)]
    assert rows(datasets, GRAPHS, (A, B), (A,)) == [(A,)]


def test_what_is_too_large_to_merge_is_still_answered(
    datasets: ReleaseDatasets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_dataset, "MERGE_LIMIT", 2)
    distinct = "SELECT DISTINCT ?s ?p ?o { ?s ?p ?o }"
    assert len(rows(datasets, distinct, (A, B))) == 3


def test_the_query_names_the_dataset(datasets: ReleaseDatasets) -> None:
    assert rows(datasets, f"SELECT (COUNT(*) AS ?n) FROM <{A}> {{ ?s ?p ?o }}") == [("2",)]
    assert rows(datasets, f"SELECT ?g FROM <{A}> {{ GRAPH ?g {{ ?s ?p ?o }} }}") == []
    assert rows(datasets, f"SELECT DISTINCT ?g FROM NAMED <{A}> {{ GRAPH ?g {{ ?s ?p ?o }} }}") == [(A,)]
    assert rows(datasets, f"SELECT (COUNT(*) AS ?n) FROM <{A}> {{ ?s ?p ?o }}", (B,)) == [("2",)]
    assert rows(datasets, f"SELECT ?p FROM <{A}> {{ ?s ?p ?o }}", (B,), entailment=False)[1] == (EX + "weight",)


def test_the_merge_that_the_query_names_has_no_duplicates(datasets: ReleaseDatasets) -> None:
    both = f"PREFIX g: <{EX}graph/> SELECT (COUNT(*) AS ?n) FROM <{A}> FROM g:b {{ ?s ?p ?o }}"
    assert rows(datasets, both) == [("3",)]
    named = (
        f"SELECT ?g (COUNT(*) AS ?n) FROM <{A}> FROM <{B}> FROM NAMED <{B}> {{ GRAPH ?g {{ ?s ?p ?o }} }} GROUP BY ?g"
    )
    assert rows(datasets, named) == [(B, "2")]
    assert rows(datasets, both, (A, B)) == [("3",)]
    assert rows(datasets, both, (A,)) == [("2",)]


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("SELECT * FROM <a:1> FROM NAMED <a:2> from<a:3>{}", (["a:1", "a:3"], ["a:2"])),
        ("PREFIX : <a:> PREFIX x: <b:> SELECT * FROM :1 FROM NAMED x: {}", (["a:1"], ["b:"])),
        ("# PREFIX x: <wrong:>\nPREFIX x: <b:> SELECT * FROM # <c:>\n x:1 {}", (["b:1"], [])),
        ("PREFIX x: <b:#> SELECT * FROM x:1 { ?s ?p 'FROM <no>' }", (["b:#1"], [])),
        ("SELECT * FROM <relative> {}", None),
        ("SELECT * FROM x:undeclared {}", None),
        (r"PREFIX x: <b:> SELECT * FROM x:a\-b {}", None),
        (r"SELECT * FROM <a:\u0041> {}", None),
    ],
)
def test_dataset_clauses_are_read_or_left_to_the_engine(text: str, clauses: object) -> None:
    assert read_dataset_clauses(text) == clauses


def test_a_graph_that_is_no_iri_is_refused(datasets: ReleaseDatasets) -> None:
    with pytest.raises(ValueError, match="IRI"):
        rows(datasets, COUNT, ("not an iri",))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM <https://example.org/g> {}",
        "SELECT * from named ex:g {}",
        "SELECT *\nFROM\n<g> {}",
        "# a comment's apostrophe\nSELECT * FROM <g> {}",
        "PREFIX from: <x#> SELECT * FROM from:g {}",
    ],
)
def test_dataset_clauses_are_seen(text: str) -> None:
    assert has_dataset_clause(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?from { ?from ?p ?o }",
        'SELECT * { ?s ?p "FROM" }',
        "SELECT * { ?s ?p '''FROM 'x' ''' }",
        "SELECT * { ?s <https://example.org/FROM> ?o } # FROM <g>",
        "PREFIX from: <x#> SELECT * { ?s from:x ?o }",
        "SELECT * { ?s ex:from ?o }",
        "SELECT * { ?s ex:x-from $from }",
        r'SELECT * { ?s ?p "\" FROM" }',
    ],
)
def test_other_uses_of_the_word_are_not_dataset_clauses(text: str) -> None:
    assert not has_dataset_clause(text)


@given(st.text(alphabet="FROMfrom \"'\\<>#\n:?{}x", max_size=60))
def test_the_scan_ends_on_any_text(text: str) -> None:
    assert has_dataset_clause(text) in (True, False)


@given(st.text(max_size=40))
def test_a_string_is_never_a_clause(content: str) -> None:
    escaped = content.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    assert not has_dataset_clause(f'SELECT * {{ ?s ?p "{escaped} FROM <g>" }}')
    assert has_dataset_clause(f'SELECT * FROM <g> {{ ?s ?p "{escaped}" }}')
