"""Remembering what the gate found, for whoever publishes without the service."""

from __future__ import annotations

import logging

from jwpgraph.problems import Problem
from jwpgraph.releases.directory import Releases
from jwpgraph.settings import Settings
from jwpgraph.validation.gate_runs import record_releases
from jwpgraph.validation.history import GATE, History
from jwpgraph.validation.jobs import read_jobs
from jwpgraph.validation.notification import teller

_log = logging.getLogger(__name__)


def remember_releases(settings: Settings) -> None:
    """Remember the gate's runs that are not remembered yet, and queue who is to be told.

    What has been published stays published when this fails, so that a failure is only said.
    """
    try:
        tell = teller(read_jobs(settings.jobs_file))(GATE)
        record_releases(History(settings.data_dir), Releases(settings.data_dir), tell)
    except Problem as problem:
        _log.warning("the gate's run is not remembered: %s", problem.line())
