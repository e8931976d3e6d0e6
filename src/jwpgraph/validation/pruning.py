"""Forgetting what is old: runs that nothing refers to any more, and results that were fixed long ago.

What is open keeps everything that tells since when: its earlier appearances and the runs in which they began and ended.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from jwpgraph.settings import Settings
from jwpgraph.validation.history import GATE, ValidationHistory, current_time, format_time

_OPEN_NOW = (
    "SELECT 1 FROM presence o WHERE o.job = presence.job AND o.fingerprint = presence.fingerprint AND o.until IS NULL"
)
#: What became of a result is told by the run that had it first, the one that had it last, and the one after that.
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
    """How long runs are remembered.

    Args:
        days: runs that began in the last so many days are kept; ``None``: all are.
        runs: so many of the latest runs of each job are kept whatever their age.
    """

    days: int | None = None
    runs: int = 100


def get_retention_policy(settings: Settings) -> RetentionPolicy:
    """How long an installation remembers."""
    return RetentionPolicy(settings.validation_keep_days, settings.validation_keep_runs)


@dataclass(frozen=True, slots=True)
class PruningResult:
    """How many runs and results are remembered no longer."""

    runs: int = 0
    results: int = 0


def prune_history(
    history: ValidationHistory, kept: RetentionPolicy, releases: Collection[int], moment: datetime | None = None
) -> PruningResult:
    """Forget what is older than *kept* says.

    Args:
        history: the memory.
        kept: how long.
        releases: numbers of the releases that there are; what the gate found in them is not forgotten.
        moment: from when on days are counted back; default: now.

    Raises:
        ProblemError: ``history-unavailable`` when the file cannot be written or is not ours.
    """
    if kept.days is None or not history.path.exists():
        return PruningResult()
    before = format_time((moment or current_time()) - timedelta(days=kept.days))
    with history.writing() as db:
        results = _delete_results(db, before)
        values = {"before": before, "runs": kept.runs, "gate": GATE, "releases": orjson.dumps(list(releases)).decode()}
        runs = [(row["id"],) for row in db.execute(_FORGOTTEN, values)]
        db.executemany("DELETE FROM delivery WHERE run = ?", runs)
        db.executemany("DELETE FROM shape_count WHERE run = ?", runs)
        db.executemany("DELETE FROM run WHERE id = ?", runs)
        return PruningResult(len(runs), results)


def _delete_results(db: sqlite3.Connection, before: str) -> int:
    """Forget what was fixed before then and is not back."""
    db.execute(
        "DELETE FROM presence WHERE until IN (SELECT id FROM run WHERE coalesce(finished, started) < ?)"  # noqa: S608 - of our own
        f" AND NOT EXISTS ({_OPEN_NOW})",
        (before,),
    )
    db.execute("DELETE FROM acknowledgement WHERE fingerprint NOT IN (SELECT fingerprint FROM presence)")
    return db.execute("DELETE FROM result WHERE fingerprint NOT IN (SELECT fingerprint FROM presence)").rowcount
