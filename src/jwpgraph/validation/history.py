"""What validation remembers: every run, and from which run to which each result was there.

One SQLite file, ``<data dir>/validation.sqlite``, apart from the releases: pruning and rolling back leave it alone.
Runs of one job form a series. A result is *present* in a series from the first run that had it until the first that had
it no longer; whether it is new, open, fixed or back again follows from these intervals and is not kept anywhere.
Runs that failed or were interrupted say nothing about results and leave the intervals as they are.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import orjson

from jwpgraph.problems import ProblemError
from jwpgraph.validation.report import Severity, ValidationResult

RunOutcome = Literal["running", "finished", "failed", "interrupted", "cancelled"]
#: The series of the gate's own runs, one for each release.
GATE = "gate"
FILE = "validation.sqlite"
_WAIT_SECONDS = 30.0
_VERSION = 1
_SCHEMA = """
CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, subject TEXT NOT NULL, release INTEGER, published TEXT,
    shapes_digest TEXT, engine TEXT, engine_version TEXT, started TEXT NOT NULL, finished TEXT, seconds REAL,
    outcome TEXT NOT NULL, conforms INTEGER, violations INTEGER, warnings INTEGER, infos INTEGER, problem TEXT,
    owner TEXT
);
CREATE INDEX run_of_job ON run (job, id);
CREATE UNIQUE INDEX run_of_gate ON run (release, published) WHERE job = 'gate';
CREATE TABLE result (
    fingerprint TEXT PRIMARY KEY, shape TEXT NOT NULL, focus TEXT NOT NULL, path TEXT, component TEXT NOT NULL,
    severity TEXT NOT NULL, value TEXT, messages TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX result_of_focus ON result (focus);
CREATE TABLE presence (
    job TEXT NOT NULL, fingerprint TEXT NOT NULL REFERENCES result, since INTEGER NOT NULL REFERENCES run,
    until INTEGER REFERENCES run, PRIMARY KEY (job, fingerprint, since)
) WITHOUT ROWID;
CREATE INDEX presence_open ON presence (job, fingerprint) WHERE until IS NULL;
CREATE INDEX presence_since ON presence (since);
CREATE INDEX presence_until ON presence (until);
CREATE INDEX presence_of_result ON presence (fingerprint);
CREATE TABLE shape_count (
    run INTEGER NOT NULL REFERENCES run, shape TEXT NOT NULL, severity TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (run, shape, severity)
) WITHOUT ROWID;
CREATE TABLE acknowledgement (
    fingerprint TEXT PRIMARY KEY REFERENCES result, reason TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL,
    expires TEXT
) WITHOUT ROWID;
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES run, target TEXT NOT NULL,
    payload TEXT NOT NULL, created TEXT NOT NULL, state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due TEXT NOT NULL, error TEXT
);
CREATE INDEX delivery_due ON delivery (state, due);
"""


def current_time() -> datetime:
    """The present time, in UTC."""
    return datetime.now(UTC)


def format_time(moment: datetime) -> str:
    """A time as it is kept: UTC, with milliseconds, so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class RunFindings:
    """What a run found.

    Args:
        results: all of them.
        conforms: whether none is as severe as the job's limit.
        engine: the package that ran; ``shacl+pyshacl`` when both did.
        engine_version: its version.
        seconds: how long it took, reading the data included.
        shapes_digest: of the shapes' files.
    """

    results: Sequence[ValidationResult]
    conforms: bool
    engine: str
    engine_version: str
    seconds: float
    shapes_digest: str


@dataclass(frozen=True, slots=True)
class RunChanges:
    """How a run differs from the finished one before it in its series, as fingerprints."""

    new: tuple[str, ...] = ()
    regressed: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.regressed or self.fixed)


#: Says to whom a run that has ended is to be told, as pairs of a target and a payload.
Notifier = Callable[[sqlite3.Connection, int, RunChanges], Iterable[tuple[str, dict[str, Any]]]]


def notify_nobody(_: sqlite3.Connection, __: int, ___: RunChanges) -> Iterable[tuple[str, dict[str, Any]]]:
    """For runs that nobody is told of."""
    return ()


class ValidationHistory:
    """The memory of one data directory.

    Args:
        data_dir: ``JWPGRAPH_DATA_DIR``.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.path = data_dir / FILE

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with; where nothing has been remembered yet it is empty, and nothing is created.

        Raises:
            ProblemError: ``history-unavailable`` when the file cannot be read or is not ours.
        """
        if self.path.exists():
            with self._connected() as db:
                try:
                    yield db
                except sqlite3.Error as error:
                    raise _unavailable_problem(self.path, error) from None
            return
        with closing(sqlite3.connect(":memory:")) as db:
            db.row_factory = sqlite3.Row
            db.executescript(_SCHEMA)
            yield db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, the only one that writes at a time.

        Raises:
            ProblemError: ``history-unavailable`` when the file cannot be written or is not ours.
        """
        with self._connected() as db:
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except sqlite3.Error as error:
                db.rollback()
                raise _unavailable_problem(self.path, error) from None
            except BaseException:
                db.rollback()
                raise

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise _unavailable_problem(self.path, error) from None
        with closing(db):
            try:
                db.row_factory = sqlite3.Row
                db.execute("PRAGMA foreign_keys = ON")
                if db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
                    _create_tables(db)
            except sqlite3.Error as error:
                raise _unavailable_problem(self.path, error) from None
            yield db

    def begin(self, job: str, subject: str, owner: str, *, release: int | None = None) -> int:
        """Note that a run of *job* has begun.

        Args:
            job: the series.
            subject: what is validated, in words.
            owner: the name of the lock that its process holds (:mod:`jwpgraph.validation.run_lock`).
            release: the number of the release that is validated.

        Returns:
            The run's number.

        Raises:
            ProblemError: ``job-running`` (409) when a run of this job has not ended.
        """
        with self.writing() as db:
            running = db.execute("SELECT id FROM run WHERE job = ? AND outcome = 'running'", (job,)).fetchone()
            if running:
                raise ProblemError(
                    "job-running",
                    "The job is running already",
                    f"run {running['id']} of {job} has not ended",
                    status=409,
                    run=running["id"],
                )
            inserted = db.execute(
                "INSERT INTO run (job, subject, release, started, outcome, owner) VALUES (?, ?, ?, ?, 'running', ?)",
                (job, subject, release, format_time(current_time()), owner),
            )
            return int(inserted.lastrowid or 0)

    def finish(self, run: int, findings: RunFindings, tell: Notifier = notify_nobody) -> RunChanges:
        """Note what a run found and, in the same transaction, who is to be told."""
        with self.writing() as db:
            changes = _record_results(db, run, findings, current_time())
            _queue_deliveries(db, run, tell(db, run, changes))
            return changes

    def fail(self, run: int, outcome: RunOutcome, problem: str, tell: Notifier = notify_nobody) -> None:
        """Note that a run ended without a result: ``failed``, ``interrupted`` or ``cancelled``."""
        with self.writing() as db:
            ended = db.execute(
                "UPDATE run SET outcome = ?, problem = ?, finished = ?, owner = NULL"
                " WHERE id = ? AND outcome = 'running'",
                (outcome, problem, format_time(current_time()), run),
            )
            if ended.rowcount:
                _queue_deliveries(db, run, tell(db, run, RunChanges()))

    def running(self) -> list[tuple[int, str, str]]:
        """The runs that have not ended, each with its job and its owner."""
        with self.reading() as db:
            rows = db.execute("SELECT id, job, owner FROM run WHERE outcome = 'running'")
            return [(row["id"], row["job"], row["owner"]) for row in rows]

    def record(
        self, release: int, published: datetime, findings: RunFindings, tell: Notifier = notify_nobody
    ) -> RunChanges | None:
        """Note the gate's run of a release; ``None`` when it is known already.

        A release is known by its number and its time: a directory restored from a copy repeats numbers.
        """
        with self.writing() as db:
            inserted = db.execute(
                "INSERT OR IGNORE INTO run (job, subject, release, published, started, outcome)"
                " VALUES (?, ?, ?, ?, ?, 'running')",
                (GATE, f"release {release}", release, format_time(published), format_time(published)),
            )
            if not inserted.rowcount:
                return None
            run = int(inserted.lastrowid or 0)
            changes = _record_results(db, run, findings, published)
            _queue_deliveries(db, run, tell(db, run, changes))
            return changes

    def recorded(self, release: int, published: datetime) -> bool:
        """Whether the gate's run of this release is known."""
        with self.reading() as db:
            found = db.execute(
                "SELECT 1 FROM run WHERE job = ? AND release = ? AND published = ?",
                (GATE, release, format_time(published)),
            )
            return found.fetchone() is not None

    def acknowledge(self, fingerprint: str, reason: str, who: str, expires: datetime | None) -> None:
        """Note that somebody knows of an open result; it holds until it expires or the result is fixed.

        Raises:
            ProblemError: ``no-such-result`` (404), or ``result-not-open`` (409).
        """
        with self.writing() as db:
            _require_open_result(db, fingerprint)
            db.execute(
                "INSERT OR REPLACE INTO acknowledgement VALUES (?, ?, ?, ?, ?)",
                (fingerprint, reason, who, format_time(current_time()), format_time(expires) if expires else None),
            )

    def withdraw(self, fingerprint: str) -> bool:
        """Take an acknowledgement back; whether there was one."""
        with self.writing() as db:
            return db.execute("DELETE FROM acknowledgement WHERE fingerprint = ?", (fingerprint,)).rowcount > 0


def _create_tables(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        for statement in _SCHEMA.split(";"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {_VERSION}")
    db.execute("COMMIT")
    if version > _VERSION:
        raise sqlite3.DatabaseError(f"it was written by a later version of jwpgraph (schema {version})")


def _record_results(db: sqlite3.Connection, run: int, findings: RunFindings, finished: datetime) -> RunChanges:
    job = db.execute("SELECT job FROM run WHERE id = ?", (run,)).fetchone()["job"]
    by_fingerprint = {result.fingerprint: result for result in findings.results}
    db.executemany(
        "INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (fingerprint)"
        " DO UPDATE SET severity = excluded.severity, messages = excluded.messages",
        [(key, *_result_columns(result)) for key, result in by_fingerprint.items()],
    )
    before = {
        row["fingerprint"]
        for row in db.execute("SELECT fingerprint FROM presence WHERE job = ? AND until IS NULL", (job,))
    }
    came = sorted(by_fingerprint.keys() - before)
    fixed = sorted(before - by_fingerprint.keys())
    known = {key for key in came if _is_present(db, job, key)}
    db.executemany("INSERT INTO presence VALUES (?, ?, ?, NULL)", [(job, key, run) for key in came])
    db.executemany(
        "UPDATE presence SET until = ? WHERE job = ? AND fingerprint = ? AND until IS NULL",
        [(run, job, key) for key in fixed],
    )
    db.executemany(
        "DELETE FROM acknowledgement WHERE fingerprint = ?1"
        " AND NOT EXISTS (SELECT 1 FROM presence WHERE fingerprint = ?1 AND until IS NULL)",
        [(key,) for key in fixed],
    )
    severities: Counter[Severity] = Counter(result.severity for result in findings.results)
    shapes = Counter((result.shape, result.severity) for result in findings.results)
    db.executemany(
        "INSERT INTO shape_count VALUES (?, ?, ?, ?)",
        [(run, shape, severity, count) for (shape, severity), count in shapes.items()],
    )
    db.execute(
        "UPDATE run SET outcome = 'finished', finished = ?, seconds = ?, conforms = ?, violations = ?, warnings = ?,"
        " infos = ?, engine = ?, engine_version = ?, shapes_digest = ?, owner = NULL WHERE id = ?",
        (
            format_time(finished),
            findings.seconds,
            findings.conforms,
            severities["violation"],
            severities["warning"],
            severities["info"],
            findings.engine,
            findings.engine_version,
            findings.shapes_digest,
            run,
        ),
    )
    return RunChanges(tuple(key for key in came if key not in known), tuple(sorted(known)), tuple(fixed))


def _result_columns(result: ValidationResult) -> tuple[Any, ...]:
    messages = orjson.dumps(dict(result.messages)).decode()
    return (result.shape, result.focus, result.path, result.component, result.severity, result.value, messages)


def _is_present(db: sqlite3.Connection, job: str, fingerprint: str) -> bool:
    found = db.execute("SELECT 1 FROM presence WHERE job = ? AND fingerprint = ? LIMIT 1", (job, fingerprint))
    return found.fetchone() is not None


def _queue_deliveries(db: sqlite3.Connection, run: int, deliveries: Iterable[tuple[str, dict[str, Any]]]) -> None:
    moment = format_time(current_time())
    db.executemany(
        "INSERT INTO delivery (run, target, payload, created, state, due) VALUES (?, ?, ?, ?, 'pending', ?)",
        [(run, target, orjson.dumps(payload).decode(), moment, moment) for target, payload in deliveries],
    )


def _require_open_result(db: sqlite3.Connection, fingerprint: str) -> None:
    if not db.execute("SELECT 1 FROM result WHERE fingerprint = ?", (fingerprint,)).fetchone():
        raise ProblemError(
            "no-such-result", "There is no such result", f"no run had the result {fingerprint}", status=404
        )
    found = db.execute("SELECT 1 FROM presence WHERE fingerprint = ? AND until IS NULL LIMIT 1", (fingerprint,))
    if not found.fetchone():
        raise ProblemError("result-not-open", "The result is not open", "it has been fixed in every series", status=409)


def _unavailable_problem(path: Path, error: Exception) -> ProblemError:
    """The problem that a failure of the file or of its folder is."""
    return ProblemError(
        "history-unavailable", "The memory of validation cannot be used", f"{path}: {error}", status=503
    )
