"""Remembering what the gate found, for whoever publishes without the service."""

from __future__ import annotations

import logging

from jwpgraph.problems import ProblemError
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.settings import Settings
from jwpgraph.validation.gate_runs import record_releases
from jwpgraph.validation.history import GATE, ValidationHistory
from jwpgraph.validation.job_file import read_jobs
from jwpgraph.validation.notification import make_notifier

_log = logging.getLogger(__name__)


def record_gate_runs(settings: Settings) -> None:
    """Remember the gate's runs that are not remembered yet, and queue who is to be told.

    What has been published stays published when this fails, so that a failure is only said.
    """
    try:
        tell = make_notifier(read_jobs(settings.jobs_file))(GATE)
        record_releases(ValidationHistory(settings.data_dir), ReleaseDirectory(settings.data_dir), tell)
    except ProblemError as problem:
        _log.warning("the gate's run is not remembered: %s", problem.line())
