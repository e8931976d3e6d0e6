"""Queries of the validation history: runs, results with their state, changes, and the trend of each shape."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from jwpgraph.validation.history import GATE, RunChanges, RunOutcome, format_time, get_current_time
from jwpgraph.validation.job_file import LINKS_JOB, QUALITY_JOB
from jwpgraph.validation.link_check import ENGINE
from jwpgraph.validation.report import SEVERITIES, Severity, choose_language, choose_message

ResultState = Literal["new", "open", "regressed", "acknowledged", "fixed"]
#: In order of importance to a data steward.
STATES: tuple[ResultState, ...] = ("new", "regressed", "open", "acknowledged", "fixed")


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One recorded run; times are in ISO 8601, UTC."""

    id: int
    job: str
    subject: str
    release: int | None
    outcome: RunOutcome
    started: str
    finished: str | None
    seconds: float | None
    conforms: bool | None
    violations: int | None
    warnings: int | None
    infos: int | None
    engine: str | None
    engine_version: str | None
    shapes_digest: str | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Acknowledgement of a result, with the reason why it remains."""

    reason: str
    who: str
    at: str
    expires: str | None


@dataclass(frozen=True, slots=True)
class TrackedResult:
    """A result with its history in one series; terms are in N-Triples syntax."""

    fingerprint: str
    job: str
    state: ResultState
    severity: Severity
    shape: str
    focus: str
    path: str | None
    component: str
    value: str | None
    messages: Mapping[str, str]
    first_seen: str
    last_seen: str
    since: str
    fixed: str | None
    first_run: int
    since_run: int
    fixed_run: int | None
    acknowledgement: Acknowledgement | None

    def text(self, language: str = "en") -> str:
        """Return the shape's message, in *language* if available."""
        return choose_message(self.messages, language)

    def language(self, wanted: str) -> str | None:
        """Return the language of the message for a reader of *wanted*; empty if the message has none."""
        return choose_language(self.messages, wanted)


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """Filter for results; ``None`` matches any value.

    Args:
        job: the series.
        states: the current states.
        severity: the severity.
        shape: the shape, in N-Triples syntax.
        focus: the focus node, in N-Triples syntax.
    """

    job: str | None = None
    states: tuple[ResultState, ...] = ("new", "regressed", "open", "acknowledged")
    severity: Severity | None = None
    shape: str | None = None
    focus: str | None = None


_RUN = (
    "SELECT id, job, subject, release, outcome, started, finished, seconds, conforms, violations, warnings, infos,"
    " engine, engine_version, shapes_digest, problem FROM run"
)

#: Latest interval of each result in each series. ``last_seen`` of a present result is the latest finished run.
_LATEST_INTERVALS = """
WITH latest (job, id) AS (SELECT job, max(id) FROM run WHERE outcome = 'finished' GROUP BY job),
standing AS (
    SELECT p.job, p.fingerprint, p.since, p.until, latest.id AS latest_id,
        (SELECT min(since) FROM presence f WHERE f.job = p.job AND f.fingerprint = p.fingerprint) AS first,
        coalesce((SELECT max(b.id) FROM run b WHERE b.job = p.job AND b.id < p.until AND b.outcome = 'finished'),
            latest.id) AS last,
        r.shape, r.focus, r.path, r.component, r.severity, r.value, r.messages,
        a.reason, a.who, a.at, a.expires,
        CASE WHEN p.until IS NOT NULL THEN 'fixed'
             WHEN a.fingerprint IS NOT NULL AND (a.expires IS NULL OR a.expires > :now) THEN 'acknowledged'
             WHEN p.since < latest.id THEN 'open'
             WHEN EXISTS (SELECT 1 FROM presence e
                          WHERE e.job = p.job AND e.fingerprint = p.fingerprint AND e.since < p.since) THEN 'regressed'
             ELSE 'new' END AS state
    FROM presence p JOIN latest ON latest.job = p.job JOIN result r ON r.fingerprint = p.fingerprint
        LEFT JOIN acknowledgement a ON a.fingerprint = p.fingerprint
    WHERE {where}
      AND NOT EXISTS (SELECT 1 FROM presence l
                      WHERE l.job = p.job AND l.fingerprint = p.fingerprint AND l.since > p.since)
)
"""
_ORDER = (
    "ORDER BY CASE severity WHEN 'violation' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END,"
    " CASE state WHEN 'new' THEN 0 WHEN 'regressed' THEN 1 WHEN 'open' THEN 2 WHEN 'acknowledged' THEN 3 ELSE 4 END,"
    " shape, focus, fingerprint, job"
)


def list_seen_jobs(db: sqlite3.Connection) -> list[str]:
    """Return the series with runs, the gate first."""
    found = [row["job"] for row in db.execute("SELECT DISTINCT job FROM run ORDER BY job")]
    return sorted(found, key=lambda job: (job != GATE, job))


def get_run(db: sqlite3.Connection, number: int) -> RunRecord | None:
    """Return the run with this number; ``None`` if there is none."""
    row = db.execute(f"{_RUN} WHERE id = ?", (number,)).fetchone()
    return _make_run(row) if row else None


def list_runs(db: sqlite3.Connection, job: str | None = None, *, limit: int = 100, offset: int = 0) -> list[RunRecord]:
    """Return runs, latest first, of one series or of all."""
    rows = db.execute(
        f"{_RUN} WHERE :job IS NULL OR job = :job ORDER BY id DESC LIMIT :limit OFFSET :offset",
        {"job": job, "limit": limit, "offset": offset},
    )
    return [_make_run(row) for row in rows]


def list_notable_runs(db: sqlite3.Connection, job: str | None = None, limit: int = 50) -> list[RunRecord]:
    """Return the latest runs that changed results, failed or were interrupted, regardless of age."""
    rows = db.execute(
        f"{_RUN} WHERE (:job IS NULL OR job = :job) AND (outcome IN ('failed', 'interrupted')"
        " OR EXISTS (SELECT 1 FROM presence WHERE since = run.id)"
        " OR EXISTS (SELECT 1 FROM presence WHERE until = run.id)) ORDER BY id DESC LIMIT :limit",
        {"job": job, "limit": limit},
    )
    return [_make_run(row) for row in rows]


def count_runs(db: sqlite3.Connection, job: str | None = None) -> int:
    """Return the number of runs."""
    row = db.execute("SELECT count(*) FROM run WHERE :job IS NULL OR job = :job", {"job": job}).fetchone()
    return int(row[0])


def get_latest_run(
    db: sqlite3.Connection, job: str | None = None, *, finished: bool = True, ended: bool = False
) -> RunRecord | None:
    """Return the latest run of a series; without *job*, the latest that validated a release against shapes.

    Args:
        db: a connection to the history.
        job: the series.
        finished: skip runs that did not finish.
        ended: skip a run that has not ended.
    """
    row = db.execute(
        f"{_RUN} WHERE (job = :job OR (:job IS NULL AND release IS NOT NULL AND job NOT IN (:quality, :links)"
        " AND engine IS NOT :asking))"
        " AND (outcome = 'finished' OR NOT :finished) AND (outcome != 'running' OR NOT :ended)"
        " ORDER BY id DESC LIMIT 1",
        {
            "job": job,
            "finished": finished,
            "ended": ended,
            "quality": QUALITY_JOB,
            "links": LINKS_JOB,
            "asking": ENGINE,
        },
    ).fetchone()
    return _make_run(row) if row else None


def read_run_changes(db: sqlite3.Connection, run: int) -> RunChanges:
    """Return the differences between a run and the previous one of its series."""
    began = db.execute(
        "SELECT fingerprint, EXISTS (SELECT 1 FROM presence e WHERE e.job = p.job AND e.fingerprint = p.fingerprint"
        " AND e.since < p.since) AS again FROM presence p WHERE since = ? ORDER BY fingerprint",
        (run,),
    ).fetchall()
    ended = db.execute("SELECT fingerprint FROM presence WHERE until = ? ORDER BY fingerprint", (run,))
    return RunChanges(
        tuple(row["fingerprint"] for row in began if not row["again"]),
        tuple(row["fingerprint"] for row in began if row["again"]),
        tuple(row["fingerprint"] for row in ended),
    )


def count_new_and_fixed(db: sqlite3.Connection, job: str, since: datetime) -> tuple[int, int]:
    """Return the numbers of new (or regressed) and of fixed results of a series, in runs started after *since*."""
    found = [
        db.execute(
            f"SELECT count(*) FROM presence JOIN run ON run.id = presence.{column}"
            " WHERE presence.job = ? AND run.started > ?",
            (job, format_time(since)),
        ).fetchone()[0]
        for column in ("since", "until")
    ]
    return found[0], found[1]


def list_results(
    db: sqlite3.Connection, wanted: ResultFilter, *, limit: int | None = None, offset: int = 0
) -> list[TrackedResult]:
    """Return the results that match *wanted*, the most severe and newest first."""
    query, values = _make_where_clause(wanted)
    rows = db.execute(
        f"{query} SELECT * FROM chosen {_ORDER} LIMIT :limit OFFSET :offset",
        values | {"limit": -1 if limit is None else limit, "offset": offset},
    ).fetchall()
    return _read_results(db, rows)


def count_results(db: sqlite3.Connection, wanted: ResultFilter) -> int:
    """Return the number of results that match *wanted*."""
    query, values = _make_where_clause(wanted)
    return int(db.execute(f"{query} SELECT count(*) FROM chosen", values).fetchone()[0])


def count_by_state(db: sqlite3.Connection, job: str) -> dict[ResultState, int]:
    """Return the number of results of a series in each state."""
    query, values = _make_where_clause(ResultFilter(job=job, states=STATES))
    counted = {
        row["state"]: row["n"] for row in db.execute(f"{query} SELECT state, count(*) n FROM chosen GROUP BY 1", values)
    }
    return {state: counted.get(state, 0) for state in STATES}


def count_by_focus(db: sqlite3.Connection, job: str, limit: int) -> list[tuple[str, int]]:
    """Return the focus nodes with the most present results, with their counts."""
    rows = db.execute(
        "SELECT r.focus, count(*) AS n FROM presence p JOIN result r ON r.fingerprint = p.fingerprint"
        " WHERE p.job = ? AND p.until IS NULL GROUP BY r.focus ORDER BY n DESC, r.focus LIMIT ?",
        (job, limit),
    )
    return [(row["focus"], row["n"]) for row in rows]


def get_results(db: sqlite3.Connection, job: str, fingerprints: Sequence[str]) -> list[TrackedResult]:
    """Return the current state of these results in a series, in the usual order."""
    if not fingerprints:
        return []
    where = "p.job = :job AND p.fingerprint IN (SELECT value FROM json_each(:fingerprints))"
    values = {
        "job": job,
        "fingerprints": orjson.dumps(list(fingerprints)).decode(),
        "now": format_time(get_current_time()),
    }
    return _read_results(
        db, db.execute(f"{_LATEST_INTERVALS.format(where=where)} SELECT * FROM standing {_ORDER}", values).fetchall()
    )


def list_run_results(db: sqlite3.Connection, run: RunRecord) -> list[TrackedResult]:
    """Return the results of a run, with their current state."""
    fingerprints = [
        row["fingerprint"]
        for row in db.execute(
            "SELECT fingerprint FROM presence WHERE job = ? AND since <= ? AND (until IS NULL OR until > ?)",
            (run.job, run.id, run.id),
        )
    ]
    return get_results(db, run.job, fingerprints) if run.outcome == "finished" else []


def count_by_shape(db: sqlite3.Connection, run: int) -> dict[tuple[str, Severity], int]:
    """Return the number of results of a run by shape and severity."""
    rows = db.execute("SELECT shape, severity, count FROM shape_count WHERE run = ?", (run,)).fetchall()
    counted = {(row["shape"], row["severity"]): row["count"] for row in rows}
    return dict(sorted(counted.items(), key=lambda item: (SEVERITIES.index(item[0][1]), -item[1], item[0][0])))


def list_seen_shapes(db: sqlite3.Connection, job: str) -> list[tuple[str, Severity]]:
    """Return the shapes and severities with results in the last fifty runs of a series."""
    rows = db.execute(
        "SELECT DISTINCT shape, severity FROM shape_count"
        " WHERE run IN (SELECT id FROM run WHERE job = ? AND outcome = 'finished' ORDER BY id DESC LIMIT 50)",
        (job,),
    )
    return [(row["shape"], row["severity"]) for row in rows]


def read_trend(db: sqlite3.Connection, job: str, *, runs: int = 30) -> tuple[list[RunRecord], dict[str, list[int]]]:
    """Return the last finished runs of a series, oldest first, and the result counts of each shape in each run."""
    rows = db.execute(f"{_RUN} WHERE job = ? AND outcome = 'finished' ORDER BY id DESC LIMIT ?", (job, runs)).fetchall()
    shown = [_make_run(row) for row in reversed(rows)]
    place = {run.id: index for index, run in enumerate(shown)}
    counted: dict[str, list[int]] = {}
    if shown:
        query = (
            "SELECT run, shape, sum(count) n FROM shape_count JOIN run ON run.id = run"
            " WHERE job = ? AND run >= ? GROUP BY run, shape"
        )
        for row in db.execute(query, (job, shown[0].id)):
            counted.setdefault(row["shape"], [0] * len(shown))[place[row["run"]]] = row["n"]
    return shown, counted


def _make_where_clause(wanted: ResultFilter) -> tuple[str, dict[str, Any]]:
    conditions = ["1"]
    for column in ("job", "severity", "shape"):
        if getattr(wanted, column) is not None:
            conditions.append(f"{'p' if column == 'job' else 'r'}.{column} = :{column}")
    if wanted.focus is not None:
        # Each entity page runs this query: start with the few results of one focus node.
        conditions.append("p.fingerprint IN (SELECT fingerprint FROM result WHERE focus = :focus)")
    if "fixed" not in wanted.states:
        conditions.append("p.until IS NULL")
    states = ", ".join(f"'{state}'" for state in STATES if state in wanted.states)
    latest = _LATEST_INTERVALS.format(where=" AND ".join(conditions))
    query = f"{latest}, chosen AS (SELECT * FROM standing WHERE state IN ({states}))"
    values = {name: getattr(wanted, name) for name in ("job", "severity", "shape", "focus")}
    return query, values | {"now": format_time(get_current_time())}


def _read_results(db: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> list[TrackedResult]:
    times: dict[int, str] = {}

    def time_of(run: int) -> str:
        if run not in times:
            row = db.execute("SELECT started FROM run WHERE id = ?", (run,)).fetchone()
            times[run] = row["started"]
        return times[run]

    return [
        TrackedResult(
            fingerprint=row["fingerprint"],
            job=row["job"],
            state=row["state"],
            severity=row["severity"],
            shape=row["shape"],
            focus=row["focus"],
            path=row["path"],
            component=row["component"],
            value=row["value"],
            messages=orjson.loads(row["messages"]),
            first_seen=time_of(row["first"]),
            last_seen=time_of(row["last"]),
            since=time_of(row["since"]),
            fixed=time_of(row["until"]) if row["until"] else None,
            first_run=row["first"],
            since_run=row["since"],
            fixed_run=row["until"],
            acknowledgement=Acknowledgement(row["reason"], row["who"], row["at"], row["expires"])
            if row["reason"] is not None
            else None,
        )
        for row in rows
    ]


def _make_run(row: sqlite3.Row) -> RunRecord:
    values = dict(row)
    if values["conforms"] is not None:
        values["conforms"] = bool(values["conforms"])
    return RunRecord(**values)
