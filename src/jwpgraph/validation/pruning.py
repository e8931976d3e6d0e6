"""Pruning of the validation history: deletes old runs that nothing refers to, and results that were fixed long ago.

The full history of an open result is kept: its earlier intervals and the runs in which they began and ended.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from jwpgraph.settings import Settings
from jwpgraph.validation.history import GATE, ValidationHistory, format_time, get_current_time

_OPEN_NOW = (
    "SELECT 1 FROM presence o WHERE o.job = presence.job AND o.fingerprint = presence.fingerprint AND o.until IS NULL"
)
#: The first run with a result, the last run with it, and the run after that are needed to describe its history.
_FORGOTTEN = """
SELECT id FROM run WHERE started < :before AND outcome != 'running'
  AND id NOT IN (SELECT since FROM presence)
  AND id NOT IN (SELECT until FROM presence WHERE until IS NOT NULL)
  AND id NOT IN (
      SELECT max(b.id) FROM presence p JOIN run b ON b.job = p.job AND b.id < p.until AND b.outcome = 'finished'
      GROUP BY p.job, p.until)
  AND id NOT IN (SELECT max(id) FROM run WHERE outcome = 'finished' GROUP BY job)
  AND id NOT IN (SELECT run FROM delivery WHERE state = 'pending')
  AND id NOT IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY job ORDER BY id DESC) AS place FROM run)
                 WHERE place <= :runs)
  AND NOT (job = :gate AND release IN (SELECT value FROM json_each(:releases)))
"""


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """Retention of runs.

    Args:
        days: keep runs started within this number of days; ``None``: keep all.
        runs: number of latest runs of each job to keep regardless of age.
    """

    days: int | None = None
    runs: int = 100


def get_retention_policy(settings: Settings) -> RetentionPolicy:
    """Return the retention policy of an installation."""
    return RetentionPolicy(settings.validation_keep_days, settings.validation_keep_runs)


@dataclass(frozen=True, slots=True)
class PruningResult:
    """Numbers of deleted runs and results."""

    runs: int = 0
    results: int = 0


def prune_history(
    history: ValidationHistory, kept: RetentionPolicy, releases: Collection[int], moment: datetime | None = None
) -> PruningResult:
    """Delete what is older than the retention policy allows.

    Args:
        history: the validation history.
        kept: the retention policy.
        releases: numbers of the existing releases; their gate runs are kept.
        moment: the time from which days are counted back; default: now.

    Returns:
        The numbers of deleted runs and results.

    Raises:
        ProblemError: ``history-unavailable`` if the file cannot be written or is not a validation history.
    """
    if kept.days is None or not history.path.exists():
        return PruningResult()
    before = format_time((moment or get_current_time()) - timedelta(days=kept.days))
    with history.transaction() as db:
        results = _delete_results(db, before)
        values = {"before": before, "runs": kept.runs, "gate": GATE, "releases": orjson.dumps(list(releases)).decode()}
        runs = [(row["id"],) for row in db.execute(_FORGOTTEN, values)]
        db.executemany("DELETE FROM delivery WHERE run = ?", runs)
        db.executemany("DELETE FROM shape_count WHERE run = ?", runs)
        db.executemany("DELETE FROM run WHERE id = ?", runs)
        return PruningResult(len(runs), results)


def _delete_results(db: sqlite3.Connection, before: str) -> int:
    """Delete results that were fixed before the given time and did not reappear."""
    db.execute(
        "DELETE FROM presence WHERE until IN (SELECT id FROM run WHERE coalesce(finished, started) < ?)"  # noqa: S608 - of our own
        f" AND NOT EXISTS ({_OPEN_NOW})",
        (before,),
    )
    db.execute("DELETE FROM acknowledgement WHERE fingerprint NOT IN (SELECT fingerprint FROM presence)")
    return db.execute("DELETE FROM result WHERE fingerprint NOT IN (SELECT fingerprint FROM presence)").rowcount
