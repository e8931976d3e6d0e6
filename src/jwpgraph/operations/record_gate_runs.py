"""Recording of gate runs in the validation history, for commands that publish without the service."""

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
    """Record the gate runs of new releases in the validation history, and queue notifications.

    A failure is only logged, because the release has already been published.
    """
    try:
        notify = make_notifier(read_jobs(settings.jobs_file))(GATE)
        record_releases(ValidationHistory(settings.data_dir), ReleaseDirectory(settings.data_dir), notify)
    except ProblemError as problem:
        _log.warning("the gate run was not recorded: %s", problem.line())
