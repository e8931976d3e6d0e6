"""Validation history: all runs, and for each result the runs between which it was present.

The history is one SQLite file, ``<data dir>/validation.sqlite``, separate from the releases: pruning and rolling back
do not affect it. The runs of one job form a series. A result is *present* in a series from the first run that reports
it until the first run that no longer does. The state of a result (new, open, fixed, regressed) is derived from these
intervals and not stored. Failed and interrupted runs leave the intervals unchanged.
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

from jwpgraph.durable_storage import make_storage_problem
from jwpgraph.problems import ProblemError
from jwpgraph.releases.database_file import create_database, require_content
from jwpgraph.validation.report import Severity, ValidationResult

RunOutcome = Literal["running", "finished", "failed", "interrupted", "cancelled"]
#: The series of the release gate, with one run for each release.
GATE = "gate"
FILE = "validation.sqlite"
_WAIT_SECONDS = 30.0
_VERSION = 1
_SCHEMA = Path(__file__).with_suffix(".sql").read_text("utf-8")


def get_current_time() -> datetime:
    """Return the current time, in UTC."""
    return datetime.now(UTC)


def format_time(moment: datetime) -> str:
    """Return a time in the stored form: UTC with milliseconds, so that alphabetical order is chronological order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class RunFindings:
    """Findings of one run.

    Args:
        results: all results.
        conforms: whether no result has the job's severity limit or above.
        engine: the package of the engine; ``shacl+pyshacl`` if both ran.
        engine_version: its version.
        seconds: duration in seconds, including reading the data.
        shapes_digest: digest of the shapes files.
    """

    results: Sequence[ValidationResult]
    conforms: bool
    engine: str
    engine_version: str
    seconds: float
    shapes_digest: str


@dataclass(frozen=True, slots=True)
class RunChanges:
    """Differences between a run and the previous finished run of its series, as fingerprints."""

    new: tuple[str, ...] = ()
    regressed: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.regressed or self.fixed)


#: Returns the notifications for an ended run, as pairs of a target name and a payload.
Notifier = Callable[[sqlite3.Connection, int, RunChanges], Iterable[tuple[str, dict[str, Any]]]]


def notify_nobody(_: sqlite3.Connection, __: int, ___: RunChanges) -> Iterable[tuple[str, dict[str, Any]]]:
    """Return no notifications."""
    return ()


class ValidationHistory:
    """Validation history of one data directory.

    Args:
        data_dir: ``JWPGRAPH_DATA_DIR``.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.path = data_dir / FILE

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        """Open a connection for reading. If there is no history yet, it is empty and no file is created.

        Raises:
            ProblemError: ``history-unavailable`` if the file cannot be read or is not a validation history.
        """
        try:
            self.path.lstat()
        except FileNotFoundError:
            begun = False
        except OSError as error:
            raise _make_unavailable_problem(self.path, error) from None
        else:
            begun = True
        if begun:
            with self._connected() as db:
                try:
                    yield db
                except sqlite3.Error as error:
                    raise _make_unavailable_problem(self.path, error) from None
            return
        with closing(sqlite3.connect(":memory:")) as db:
            db.row_factory = sqlite3.Row
            db.executescript(_SCHEMA)
            yield db

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Open a write transaction; only one can be open at a time.

        Raises:
            ProblemError: ``history-unavailable`` if the file cannot be written or is not a validation history.
        """
        with self._connected() as db:
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except sqlite3.Error as error:
                db.rollback()
                raise _make_unavailable_problem(self.path, error) from None
            except BaseException:
                db.rollback()
                raise

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            create_database(self.path, _SCHEMA, _VERSION)
            require_content(self.path)
            db = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise _make_unavailable_problem(self.path, error) from None
        with closing(db):
            try:
                db.row_factory = sqlite3.Row
                db.execute("PRAGMA foreign_keys = ON")
                (version,) = db.execute("PRAGMA user_version").fetchone()
                if version > _VERSION:
                    raise sqlite3.DatabaseError(f"it was written by a later version of jwpgraph (schema {version})")
                if version < _VERSION:
                    raise sqlite3.DatabaseError("it has no tables of a validation history")
                db.execute("PRAGMA journal_mode = WAL")
            except sqlite3.Error as error:
                raise _make_unavailable_problem(self.path, error) from None
            yield db

    def begin(self, job: str, subject: str, owner: str, *, release: int | None = None) -> int:
        """Record the start of a run of *job*.

        Args:
            job: the job.
            subject: description of the validated data.
            owner: the name of the lock that the process holds (:mod:`jwpgraph.validation.run_lock`).
            release: the number of the validated release, if any.

        Returns:
            The number of the run.

        Raises:
            ProblemError: ``job-running`` (409) if another run of this job has not ended.
        """
        with self.transaction() as db:
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
                (job, subject, release, format_time(get_current_time()), owner),
            )
            return int(inserted.lastrowid or 0)

    def finish(self, run: int, findings: RunFindings, tell: Notifier = notify_nobody) -> RunChanges:
        """Record the findings of a run and, in the same transaction, queue its notifications."""
        with self.transaction() as db:
            changes = _record_results(db, run, findings, get_current_time())
            _queue_deliveries(db, run, tell(db, run, changes))
            return changes

    def fail(self, run: int, outcome: RunOutcome, problem: str, tell: Notifier = notify_nobody) -> None:
        """Record that a run ended without results: ``failed``, ``interrupted`` or ``cancelled``."""
        with self.transaction() as db:
            ended = db.execute(
                "UPDATE run SET outcome = ?, problem = ?, finished = ?, owner = NULL"
                " WHERE id = ? AND outcome = 'running'",
                (outcome, problem, format_time(get_current_time()), run),
            )
            if ended.rowcount:
                _queue_deliveries(db, run, tell(db, run, RunChanges()))

    def list_running(self) -> list[tuple[int, str, str]]:
        """Return the number, the job and the owner of each run that has not ended."""
        with self.connect() as db:
            rows = db.execute("SELECT id, job, owner FROM run WHERE outcome = 'running'")
            return [(row["id"], row["job"], row["owner"]) for row in rows]

    def record(
        self, release: int, published: datetime, findings: RunFindings, tell: Notifier = notify_nobody
    ) -> RunChanges | None:
        """Record the gate's run for a release; return ``None`` if it is already recorded.

        A release is identified by its number and its time, because a directory restored from a backup repeats numbers.
        """
        with self.transaction() as db:
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

    def is_recorded(self, release: int, published: datetime) -> bool:
        """Return whether the gate's run for this release is recorded."""
        with self.connect() as db:
            found = db.execute(
                "SELECT 1 FROM run WHERE job = ? AND release = ? AND published = ?",
                (GATE, release, format_time(published)),
            )
            return found.fetchone() is not None

    def acknowledge(self, fingerprint: str, reason: str, who: str, expires: datetime | None) -> None:
        """Record an acknowledgement of an open result; it is valid until it expires or the result is fixed.

        Raises:
            ProblemError: ``no-such-result`` (404), or ``result-not-open`` (409).
        """
        with self.transaction() as db:
            _require_open_result(db, fingerprint)
            db.execute(
                "INSERT OR REPLACE INTO acknowledgement VALUES (?, ?, ?, ?, ?)",
                (fingerprint, reason, who, format_time(get_current_time()), format_time(expires) if expires else None),
            )

    def withdraw(self, fingerprint: str) -> bool:
        """Withdraw an acknowledgement; return whether there was one."""
        with self.transaction() as db:
            return db.execute("DELETE FROM acknowledgement WHERE fingerprint = ?", (fingerprint,)).rowcount > 0


def _record_results(db: sqlite3.Connection, run: int, findings: RunFindings, finished: datetime) -> RunChanges:
    job = db.execute("SELECT job FROM run WHERE id = ?", (run,)).fetchone()["job"]
    by_fingerprint = {result.fingerprint: result for result in findings.results}
    db.executemany(
        "INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (fingerprint)"
        " DO UPDATE SET severity = excluded.severity, messages = excluded.messages",
        [(key, *_get_result_columns(result)) for key, result in by_fingerprint.items()],
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


def _get_result_columns(result: ValidationResult) -> tuple[Any, ...]:
    messages = orjson.dumps(dict(result.messages)).decode()
    return (result.shape, result.focus, result.path, result.component, result.severity, result.value, messages)


def _is_present(db: sqlite3.Connection, job: str, fingerprint: str) -> bool:
    found = db.execute("SELECT 1 FROM presence WHERE job = ? AND fingerprint = ? LIMIT 1", (job, fingerprint))
    return found.fetchone() is not None


def _queue_deliveries(db: sqlite3.Connection, run: int, deliveries: Iterable[tuple[str, dict[str, Any]]]) -> None:
    moment = format_time(get_current_time())
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


def _make_unavailable_problem(path: Path, error: Exception) -> ProblemError:
    """Return the problem for an error of the file or its folder."""
    disk = make_storage_problem(error, path.parent) if isinstance(error, OSError | sqlite3.OperationalError) else None
    if disk is not None:
        detail = f"{path}: {disk.title}: {disk.detail}"
    else:
        remedy = "If it is damaged, move it away, and a new one begins; a backup contains an earlier one."
        detail = f"{path}: {error}. {remedy}"
    return ProblemError(
        "history-unavailable",
        "The validation history cannot be used",
        detail,
        status=503,
        headers={"Retry-After": "60"},
    )
