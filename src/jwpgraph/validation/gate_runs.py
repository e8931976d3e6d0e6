"""Runs of the release gate: the report made when a release was published is recorded in the validation history."""

from __future__ import annotations

import logging

from jwpgraph.problems import ProblemError
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.release import Release
from jwpgraph.validation.history import Notifier, RunFindings, ValidationHistory, notify_nobody
from jwpgraph.validation.report import read_report
from jwpgraph.validation.target_checks import find_idle_shapes

_log = logging.getLogger(__name__)


def record_release(history: ValidationHistory, release: Release, tell: Notifier = notify_nobody) -> bool:
    """Record the gate's results for *release*.

    Returns:
        Whether the run was recorded; false if it had been recorded before.
    """
    manifest = release.manifest
    if history.is_recorded(release.number, manifest.created):
        return False
    conformance = manifest.conformance
    shapes = ShapesGraph(release.shapes_path.read_text("utf-8"), manifest.shapes_digest)
    results = read_report(release.report_path.read_text("utf-8"))
    idle = find_idle_shapes(release.open_store(), shapes, "info")
    findings = RunFindings(
        (*results, *idle),
        conformance.conforms,
        conformance.engine,
        conformance.engine_version,
        conformance.seconds,
        manifest.shapes_digest,
    )
    return history.record(release.number, manifest.created, findings, tell) is not None


def record_releases(
    history: ValidationHistory, releases: ReleaseDirectory, tell: Notifier = notify_nobody, *, after: int = 0
) -> list[int]:
    """Record all kept releases that are not in the history yet, oldest first.

    Publishing does not depend on this package, so the history catches up from time to time.

    Args:
        history: the validation history.
        releases: the data directory.
        tell: returns the notifications for a run.
        after: releases up to this number are already recorded.

    Returns:
        The numbers of the newly recorded releases.
    """
    recorded = []
    for release in releases.list(after=after):
        try:
            if record_release(history, release, tell):
                recorded.append(release.number)
        except ProblemError as problem:
            if problem.slug != "data-dir-damaged":
                raise
            _log.warning("release %s is not recorded: %s", release.number, problem.line())
        except (OSError, SyntaxError, UnicodeDecodeError) as error:
            # A release that was pruned meanwhile, or is damaged, must not stop the others from being recorded.
            _log.warning("the report of release %s cannot be read: %s", release.number, error)
    return recorded
