"""Tests of pruning: old runs and results are deleted, and nothing about open results."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from jwpgraph.validation.history import RunFindings, ValidationHistory, get_current_time
from jwpgraph.validation.pruning import PruningResult, RetentionPolicy, prune_history
from jwpgraph.validation.report import ValidationResult
from jwpgraph.validation.result_queries import STATES, ResultFilter, count_runs, get_run, list_results, list_runs

_ALL_THAT_IS_OLD = RetentionPolicy(days=0, runs=0)


def later() -> datetime:
    return get_current_time() + timedelta(hours=1)


def findings(*names: str) -> RunFindings:
    results = [ValidationResult(f"<urn:{name}>", "<urn:shape>", "<urn:component>", "violation") for name in names]
    return RunFindings(results, not names, "shacl", "1", 0.1, "digest")


def run(history: ValidationHistory, *names: str, job: str = "nightly") -> None:
    history.finish(history.begin(job, "published release", "nobody", release=1), findings(*names))


def states(history: ValidationHistory, job: str) -> set[str]:
    with history.connect() as db:
        return {one.state for one in list_results(db, ResultFilter(job=job, states=STATES))}


def open_results(history: ValidationHistory):
    with history.connect() as db:
        return list_results(db, ResultFilter())


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.frozensets(st.sampled_from("wxyz"))), min_size=1, max_size=8),
    st.frozensets(st.sampled_from("wxyz")),
)
def test_open_results_keep_their_history(tmp_path_factory, runs, afterwards):
    history = ValidationHistory(tmp_path_factory.mktemp("history"))
    for job, names in runs:
        run(history, *sorted(names), job=job)
    before = open_results(history)
    prune_history(history, _ALL_THAT_IS_OLD, [], later())
    assert open_results(history) == before
    assert states(history, "a") | states(history, "b") <= {"new", "open", "regressed"}
    with history.connect() as db:
        for one in before:
            assert {get_run(db, one.first_run), get_run(db, one.since_run)}.isdisjoint({None})
    run(history, *sorted(afterwards), job="a")
    kept = {one.focus: one.first_seen for one in before if one.job == "a"}
    now_open = {one.focus: one.first_seen for one in open_results(history) if one.job == "a"}
    assert all(now_open[focus] == seen for focus, seen in kept.items() if focus in now_open)


def test_unreferenced_runs_and_results_fixed_long_ago_are_pruned(tmp_path):
    history = ValidationHistory(tmp_path)
    for names in ("a", "a", "a", "", "", ""):
        run(history, *names)
    assert prune_history(history, RetentionPolicy(), [], later()) == PruningResult()
    assert prune_history(history, RetentionPolicy(days=30, runs=0), [], later()) == PruningResult(), (
        "nothing is that old"
    )
    assert prune_history(history, RetentionPolicy(days=0, runs=6), [], later()) == PruningResult(results=1)
    assert prune_history(history, _ALL_THAT_IS_OLD, [], later()) == PruningResult(runs=5)
    with history.connect() as db:
        assert [one.outcome for one in list_runs(db)] == ["finished"], "the last that finished stays"


def test_a_fixed_result_that_stays_says_when_it_was_seen_last(tmp_path):
    history = ValidationHistory(tmp_path)
    for names in ("a", "a", "a", ""):
        run(history, *names)
    (before,) = fixed(history)
    with history.transaction() as db:
        db.execute("UPDATE run SET started = '2020-01-01T00:00:00.000Z' WHERE id < 4")
        db.execute("UPDATE run SET finished = '2020-01-01T00:00:00.000Z' WHERE id < 4")
    assert prune_history(history, RetentionPolicy(days=30, runs=0), [], later()) == PruningResult(runs=1), (
        "the one in the middle"
    )
    (after,) = fixed(history)
    assert (after.first_run, after.fixed_run, after.fixed) == (before.first_run, before.fixed_run, before.fixed)
    with history.connect() as db:
        assert get_run(db, 3) is not None, "the last that had it"


def fixed(history: ValidationHistory):
    with history.connect() as db:
        return list_results(db, ResultFilter(states=("fixed",)))


def test_gate_runs_remain_as_long_as_their_release(tmp_path):
    history = ValidationHistory(tmp_path)
    moments = [datetime(2020, 1, day, tzinfo=get_current_time().tzinfo) for day in (1, 2, 3)]
    for number, moment in enumerate(moments, start=1):
        history.record(number, moment, findings("a"))
    prune_history(history, _ALL_THAT_IS_OLD, [1, 2, 3], later())
    assert all(history.is_recorded(number, moment) for number, moment in enumerate(moments, start=1))
    prune_history(history, _ALL_THAT_IS_OLD, [3], later())
    with history.connect() as db:
        assert count_runs(db) == 2, "the first tells since when, the last is still there"


def test_nothing_is_created_by_pruning(tmp_path):
    assert prune_history(ValidationHistory(tmp_path / "none"), _ALL_THAT_IS_OLD, [], later()) == PruningResult()
    assert not (tmp_path / "none").exists()
