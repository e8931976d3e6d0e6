"""Tests of the validation history: states follow from the sequence of runs."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jwpgraph.problems import ProblemError
from jwpgraph.validation.history import RunFindings, ValidationHistory, get_current_time
from jwpgraph.validation.report import ValidationResult
from jwpgraph.validation.result_queries import (
    STATES,
    ResultFilter,
    count_by_shape,
    count_by_state,
    count_new_and_fixed,
    get_latest_run,
    get_run,
    list_results,
    list_run_results,
    list_runs,
    read_run_changes,
    read_trend,
)
from jwpgraph.validation.run_lock import RunLock, mark_interrupted


def result(name: str, severity: str = "violation") -> ValidationResult:
    return ValidationResult(
        f"<urn:{name}>", "<urn:shape>", "<urn:component>", severity, "<urn:p>", None, {"en": "Mend it."}
    )


def findings(*names: str, severity: str = "violation") -> RunFindings:
    return RunFindings([result(name, severity) for name in names], not names, "shacl", "1", 0.1, "digest")


@pytest.fixture
def history(tmp_path) -> ValidationHistory:
    return ValidationHistory(tmp_path / "data")


def run(history: ValidationHistory, *names: str, job: str = "nightly") -> int:
    number = history.begin(job, "published release", "nobody", release=1)
    history.finish(number, findings(*names))
    return number


def states(history: ValidationHistory, job: str = "nightly") -> dict[str, str]:
    with history.connect() as db:
        return {one.focus[5:-1]: one.state for one in list_results(db, ResultFilter(job=job, states=STATES))}


def test_a_result_is_new_then_open_then_fixed_then_back(history):
    run(history, "a")
    assert states(history) == {"a": "new"}
    run(history, "a", "b")
    assert states(history) == {"a": "open", "b": "new"}
    run(history, "b")
    assert states(history) == {"a": "fixed", "b": "open"}
    run(history, "a", "b")
    assert states(history) == {"a": "regressed", "b": "open"}
    run(history, "a", "b")
    assert states(history) == {"a": "open", "b": "open"}


def test_times_are_those_of_the_runs(history):
    first, second, third = run(history, "a"), run(history, "a"), run(history)
    with history.connect() as db:
        started = {number: get_run(db, number).started for number in (first, second, third)}
        (one,) = list_results(db, ResultFilter(states=STATES))
    assert (one.first_seen, one.last_seen, one.fixed) == (started[first], started[second], started[third])
    assert (one.first_run, one.fixed_run) == (first, third)


def test_new_and_fixed_results_are_counted(history):
    for names in ("ab", "b", "abc"):
        run(history, *names)
    with history.connect() as db:
        assert count_new_and_fixed(db, "nightly", get_current_time() - timedelta(days=1)) == (4, 1)
        assert count_new_and_fixed(db, "nightly", get_current_time() + timedelta(days=1)) == (0, 0)
        assert count_new_and_fixed(db, "other", get_current_time() - timedelta(days=1)) == (0, 0)


def test_series_do_not_mix(history):
    run(history, "a", job="one")
    run(history, job="two")
    assert states(history, "one") == {"a": "new"}
    assert states(history, "two") == {}


def test_a_failed_run_leaves_the_last_good_state(history):
    run(history, "a")
    number = history.begin("nightly", "published release", "nobody")
    history.fail(number, "failed", "bad-shapes")
    assert states(history) == {"a": "new"}
    with history.connect() as db:
        assert get_latest_run(db, "nightly").id != number
        assert get_latest_run(db, "nightly", finished=False).outcome == "failed"
        assert list_run_results(db, get_run(db, number)) == []


def test_an_acknowledgement_holds_until_it_expires_or_the_result_is_fixed(history):
    run(history, "a", "b")
    key = result("a").fingerprint
    history.acknowledge(key, "known", "Ada", get_current_time() + timedelta(hours=1))
    assert states(history) == {"a": "acknowledged", "b": "new"}
    run(history, "a", "b")
    assert states(history)["a"] == "acknowledged"
    history.acknowledge(key, "known", "Ada", get_current_time() - timedelta(seconds=1))
    assert states(history)["a"] == "open"
    history.acknowledge(key, "known", "Ada", None)
    run(history, "b")
    run(history, "a", "b")
    assert states(history)["a"] == "regressed"


def test_only_open_results_can_be_acknowledged(history):
    run(history, "a")
    run(history)
    with pytest.raises(ProblemError) as fixed:
        history.acknowledge(result("a").fingerprint, "why", "who", None)
    with pytest.raises(ProblemError) as unknown:
        history.acknowledge("0" * 32, "why", "who", None)
    assert (fixed.value.slug, unknown.value.slug) == ("result-not-open", "no-such-result")
    assert history.withdraw(result("a").fingerprint) is False


def test_the_gate_run_of_a_release_is_recorded_once(history):
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert history.record(1, moment, findings("a")) is not None
    assert history.record(1, moment, findings("a")) is None
    assert history.is_recorded(1, moment)
    assert history.record(1, moment + timedelta(days=1), findings()) is not None, "another release of that number"
    with history.connect() as db:
        assert [one.outcome for one in list_runs(db, "gate")] == ["finished", "finished"]


def test_one_run_of_a_job_at_a_time(history):
    history.begin("nightly", "x", "nobody")
    with pytest.raises(ProblemError) as caught:
        history.begin("nightly", "x", "nobody")
    assert (caught.value.slug, caught.value.status) == ("job-running", 409)
    history.begin("other", "x", "nobody")


def test_runs_of_ended_processes_are_interrupted_and_others_are_not(history):
    living, dead = RunLock(history.data_dir), RunLock(history.data_dir)
    kept, lost = history.begin("kept", "x", living.name), history.begin("lost", "x", dead.name)
    dead.close()
    assert mark_interrupted(history) == [lost]
    with history.connect() as db:
        assert get_run(db, lost).outcome == "interrupted"
        assert get_run(db, kept).outcome == "running"
    living.close()


def test_the_trend_has_a_number_for_each_shape_and_run(history):
    run(history, "a", "b")
    history.fail(history.begin("nightly", "x", "nobody"), "failed", "why")
    number = run(history)
    with history.connect() as db:
        runs, counted = read_trend(db, "nightly")
        assert count_by_shape(db, number) == {}
    assert [one.violations for one in runs] == [2, 0]
    assert counted == {"<urn:shape>": [2, 0]}


def test_nothing_is_created_by_reading(history):
    assert states(history) == {}
    assert not history.data_dir.exists()


def test_a_file_that_is_not_ours_is_a_problem(history):
    history.data_dir.mkdir()
    history.path.write_text("not a database, but long enough to look like one" * 100)
    with pytest.raises(ProblemError) as caught:
        history.begin("nightly", "x", "nobody")
    assert caught.value.slug == "history-unavailable"


@pytest.mark.parametrize("size", [0, 4096, 8192, 50_000])
def test_a_truncated_file_is_not_begun_anew(history, size):
    run(history, "a")
    with history.path.open("r+b") as file:
        file.truncate(size)
    left = history.path.read_bytes()
    with pytest.raises(ProblemError) as written:
        run(history, "a", "b")
    with pytest.raises(ProblemError) as read:
        states(history)
    assert {written.value.slug, read.value.slug} == {"history-unavailable"}
    assert history.path.read_bytes() == left


def test_what_sqlite_left_of_a_file_that_is_gone_does_not_damage_the_next_one(history):
    run(history, "a")
    for suffix in ("-wal", "-journal"):
        history.path.with_name(history.path.name + suffix).write_bytes(b"left" * 2000)
    history.path.unlink()
    run(history, "b")
    assert states(history) == {"b": "new"}


def test_a_later_version_is_not_touched(history):
    run(history, "a")
    with sqlite3.connect(history.path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ProblemError, match="later version"):
        run(history, "a")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.frozensets(st.sampled_from("abcd")), min_size=1, max_size=6))
def test_states_equal_a_comparison_of_all_runs(tmp_path_factory, runs):
    history = ValidationHistory(tmp_path_factory.mktemp("history"))
    numbers = [run(history, *sorted(names)) for names in runs]
    expected = {}
    for name in frozenset().union(*runs):
        there = [name in names for names in runs]
        before = there[:-1]
        if not there[-1]:
            expected[name] = "fixed"
        elif before and before[-1]:
            expected[name] = "open"
        else:
            expected[name] = "regressed" if any(before) else "new"
    assert states(history) == expected
    with history.connect() as db:
        for number, names in zip(numbers, runs, strict=True):
            assert {one.focus[5:-1] for one in list_run_results(db, get_run(db, number))} == names
        last = read_run_changes(db, numbers[-1])
        assert count_by_state(db, "nightly")["new"] == len(last.new)
        assert count_by_state(db, "nightly")["regressed"] == len(last.regressed)


def test_a_full_disk_is_not_explained_by_damage(history, monkeypatch) -> None:
    """SQLite says "disk I/O error" where it cannot make a file; operators were told to move the history away."""
    history.begin("a-job", "the release", "a-test")

    def fail(*_: object, **__: object) -> sqlite3.Connection:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(sqlite3, "connect", fail)
    with pytest.raises(ProblemError, match="move it away"), history.connect():
        pass
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=0, f_frsize=4096))
    with pytest.raises(ProblemError, match=r"The disk is full.*free space below") as refused, history.connect():
        pass
    assert (refused.value.slug, "move it away" in refused.value.detail) == ("history-unavailable", False)


def test_a_read_only_folder_is_not_explained_by_damage(history, monkeypatch) -> None:
    history.begin("a-job", "the release", "a-test")

    def fail(*_: object, **__: object) -> sqlite3.Connection:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(sqlite3, "connect", fail)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ProblemError, match="The data directory cannot be written") as refused, history.connect():
        pass
    assert "move it away" not in refused.value.detail
