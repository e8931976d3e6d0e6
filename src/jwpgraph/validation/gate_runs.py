"""The gate's own runs: each release was validated when it was made; its report is remembered as a run of the gate."""

from __future__ import annotations

import logging

from jwpgraph.problems import Problem
from jwpgraph.releases.directory import Releases
from jwpgraph.releases.gate import Shapes
from jwpgraph.releases.release import Release
from jwpgraph.validation.history import Findings, History, Tell, tell_nobody
from jwpgraph.validation.report import read_report
from jwpgraph.validation.targets import idle_results

_log = logging.getLogger(__name__)


def record_release(history: History, release: Release, tell: Tell = tell_nobody) -> bool:
    """Remember what the gate found in *release*; whether that was not known yet."""
    manifest = release.manifest
    if history.recorded(release.number, manifest.created):
        return False
    conformance = manifest.conformance
    shapes = Shapes(release.shapes_path.read_text("utf-8"), manifest.shapes_digest)
    results = read_report(release.report_path.read_text("utf-8"))
    idle = idle_results(release.open_store(), shapes, "info")
    findings = Findings(
        (*results, *idle),
        conformance.conforms,
        conformance.engine,
        conformance.engine_version,
        conformance.seconds,
        manifest.shapes_digest,
    )
    return history.record(release.number, manifest.created, findings, tell) is not None


def record_releases(history: History, releases: Releases, tell: Tell = tell_nobody, *, after: int = 0) -> list[int]:
    """Remember every release that is kept and not known yet, oldest first; their numbers.

    Whoever publishes does so without asking this package, so what is remembered catches up from time to time.

    Args:
        history: the memory.
        releases: the data directory.
        tell: says whom to tell.
        after: releases up to this number are known to be remembered.
    """
    recorded = []
    for release in releases.list():
        if release.number <= after:
            continue
        try:
            if record_release(history, release, tell):
                recorded.append(release.number)
        except Problem as problem:
            if problem.slug != "data-dir-damaged":
                raise
            _log.warning("release %s is not remembered: %s", release.number, problem.line())
        except (OSError, SyntaxError, UnicodeDecodeError) as error:
            # Pruned while it was read, or damaged: neither may keep the others from being remembered.
            _log.warning("the report of release %s cannot be read: %s", release.number, error)
    return recorded
