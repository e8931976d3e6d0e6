"""What is made of the measurements: comparisons of answers, ratios, means and tables."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from benchmarks.answers import canonical, size
from benchmarks.hostile import Beside
from benchmarks.load import Measured
from benchmarks.memory import Growth
from benchmarks.rounds import MODES, TAIL, THROUGHPUT, Agreement, Plan, Series, Spread, geometric_mean, ratios
from benchmarks.updates import Updated

from benchmarks import queries, report

_ROWS = queries.KINDS[0]
_ORDERED = next(kind for kind in queries.KINDS if kind.ordered)
_GRAPH = next(kind for kind in queries.KINDS if kind.form == "graph")


def _solutions(*values: dict[str, str]) -> bytes:
    return json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [{"x": value} for value in values]}}).encode()


_A = {"type": "uri", "value": "http://a.example/"}
_B = {"type": "literal", "value": "b", "xml:lang": "EN"}


def test_order_counts_only_where_the_query_gives_one() -> None:
    forth, back = _solutions(_A, _B), _solutions(_B, _A)
    assert canonical(_ROWS, forth) == canonical(_ROWS, back)
    assert canonical(_ORDERED, forth) != canonical(_ORDERED, back)


def test_a_row_too_many_is_a_difference() -> None:
    assert canonical(_ROWS, _solutions(_A, _A)) != canonical(_ROWS, _solutions(_A))
    assert size(canonical(_ROWS, _solutions(_A, _A))) == 2


def test_spellings_of_one_term_are_equal() -> None:
    string = "http://www.w3.org/2001/XMLSchema#string"
    plain, typed = {"type": "literal", "value": "b"}, {"type": "typed-literal", "value": "b", "datatype": string}
    assert canonical(_ROWS, _solutions(plain)) == canonical(_ROWS, _solutions(typed))
    assert canonical(_ROWS, _solutions(_B)) == canonical(_ROWS, _solutions(_B | {"xml:lang": "en"}))
    assert canonical(_ROWS, _solutions(_B)) != canonical(_ROWS, _solutions(plain))


def test_graphs_are_equal_up_to_blank_nodes_and_order() -> None:
    one = b'_:a <http://p.example/> "x"@EN .\n<http://s.example/> <http://p.example/> _:a .\n'
    other = b'<http://s.example/> <http://p.example/> _:z .\n_:z <http://p.example/> "x"@en .\n'
    assert canonical(_GRAPH, one) == canonical(_GRAPH, other)
    assert canonical(_GRAPH, one) != canonical(_GRAPH, other.replace(b"x", b"y"))


@pytest.mark.parametrize("kind", [_ROWS, _GRAPH])
def test_what_is_no_answer_is_not_compared(kind: queries.Kind) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical(kind, b'{"title": "The service is busy"}')


def test_geometric_mean() -> None:
    assert geometric_mean([2, 8]) == pytest.approx(4)
    assert geometric_mean([2, 8, math.nan]) == pytest.approx(4)
    assert math.isnan(geometric_mean([]))


def test_a_spread_leaves_out_what_was_not_measured() -> None:
    assert Spread.of([3, math.nan, 1, 2]) == Spread(1, 2, 3)
    assert math.isnan(Spread.of([math.nan]).middle)


_WINDOW = Measured(
    requests=100, errors=0, seconds=1.0, throughput=100.0, p50=1.0, p99=4.0, bytes=1, own_share=0.1, exhausted=False
)


def _outcome(hot: float = 20.0, unique: float = 1.0) -> report.Outcome:
    results = {}
    for kind in queries.KINDS:
        for mode in MODES:
            factor = hot if mode == "hot" else unique
            ours = [replace(_WINDOW, throughput=100 * factor * noise, p99=4 / factor, cpu=0.5) for noise in (0.5, 1, 2)]
            results["jwpgraph", kind.name, mode] = Series(ours)
            results["oxigraph", kind.name, mode] = Series([replace(_WINDOW, cpu=1.0)] * 3)
    alone = {
        (name, kind.name): 1.0 if kind.lookup else 9.0 for name in ("jwpgraph", "oxigraph") for kind in queries.KINDS
    }
    return report.Outcome(
        asked=1000,
        served=1500,
        plan=Plan(),
        names=["jwpgraph", "oxigraph"],
        results=results,
        alone=alone,
        agreement=Agreement(120, 2000, {"oxigraph": {}}),
        memory={"as fast as it comes": Growth(1_000_000, 2**27, 5.0, 80.0, 96.5, 3.0)},
        building={"load": {"triples": 1500, "seconds": {"clone": 0.1, "gate": 2.0}, "total": 2.1}},
        beside={"one hostile client": Beside(_WINDOW, replace(_WINDOW, p99=14.0, errors=1), {"503": 7})},
        updated={"shipped data": Updated(1500, 0.25, 0.3, 5.0)},
    )


def test_ratios_are_taken_within_a_round() -> None:
    results = _outcome().results
    servers = ("jwpgraph", "oxigraph")
    assert ratios(results, THROUGHPUT, servers, "label", "hot") == Spread(10, 20, 40)
    assert ratios(results, TAIL, servers, "label", "hot").middle == pytest.approx(0.05)


def test_targets_are_met_or_not() -> None:
    assert [target.met for target in report.targets(_outcome())] == [True] * 6
    short = {target.what: target.met for target in report.targets(_outcome(hot=5.0, unique=0.5))}
    assert short == {
        "hot, geometric mean": False,
        "hot, the cheapest query": True,
        "unique, where oxigraph works over 5 ms": False,
        "unique, IRI lookups": True,
        "hot, p99": True,
        "unique, p99": False,
    }


def test_heavy_queries_are_those_that_take_long_alone() -> None:
    (heavy,) = [target for target in report.targets(_outcome()) if "works over" in target.what]
    assert set(heavy.over) == {kind.name for kind in queries.KINDS if not kind.lookup}


def test_the_report_tells_all_of_it() -> None:
    text = report.markdown(_outcome())
    for expected in (
        "**geometric mean**",
        "20× (10 – 40)",
        "all the same",
        "**16.5**",
        "| load | 1,500 | 0.10 | 2.00 |",
        "| one hostile client | 1 / 4 ms | 1 / 14 ms | **3.5×** (wanted: ≤ 5×) | 1 of 101 | 503: 7 |",
        "| shipped data | 1,500 | 0.25 | 0.3 | 5 | 20× |",
    ):
        assert expected in text
    for kind in queries.KINDS:
        assert f"| {kind.name} |" in text


def test_a_difference_is_told() -> None:
    outcome = replace(_outcome(), agreement=Agreement(120, 2000, {"oxigraph": {"path": 2}}))
    assert "differs in path: 2" in report.markdown(outcome)


def test_the_document_is_json() -> None:
    document = json.loads(json.dumps(report.document(_outcome()), allow_nan=False))
    assert {ratio["mode"] for ratio in document["ratios"]} == set(MODES)
    assert len(document["windows"]) == 2 * 2 * len(queries.KINDS)
    assert document["memory"]["as fast as it comes"]["growth"] == 16.5
