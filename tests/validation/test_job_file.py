"""Tests of the jobs file: accepted content, and errors that name the invalid entry."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jwpgraph.problems import ProblemError
from jwpgraph.validation.job_file import read_jobs
from jwpgraph.validation.schedule import get_next_run

GOOD = """
[jobs.nightly]
description = "All of it"
schedule = "30 3 * * 1-5"
timezone = "Europe/Berlin"
engine = "both"
severity = "warning"
tell = ["stewards", "robot"]

[jobs.elsewhere]
endpoint = "https://example.org/sparql"
graphs = ["https://example.org/g"]
shapes = "shapes"

[tell.stewards]
email = ["a@example.org"]
smtp = "smtp://localhost:2525"

[tell.robot]
webhook = "https://example.org/hook"
secret = "${ROBOT_SECRET}"

[gate]
tell = ["robot"]
"""


def write(tmp_path, text: str):
    path = tmp_path / "jobs.toml"
    path.write_text(text)
    return path


def test_a_file_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("ROBOT_SECRET", "s3cret")
    jobs = read_jobs(write(tmp_path, GOOD))
    assert list(jobs.jobs) == ["release", "quality", "links", "nightly", "elsewhere"]
    assert jobs.job("elsewhere").shapes == tmp_path / "shapes"
    assert jobs.tell["robot"].secret.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(jobs)
    assert set(jobs.recipients("nightly")) == {"stewards", "robot"}
    assert set(jobs.recipients("gate")) == {"robot"}


def test_without_a_file_there_is_the_release(tmp_path):
    assert list(read_jobs(None).jobs) == ["release", "quality", "links"]
    with pytest.raises(ProblemError) as caught:
        read_jobs(None).job("nightly")
    assert (caught.value.slug, caught.value.status) == ("no-such-job", 404)


def test_a_file_can_configure_a_built_in_job(tmp_path):
    quality = read_jobs(write(tmp_path, '[jobs.quality]\nschedule = "0 4 * * *"\nseverity = "warning"')).job("quality")
    assert (quality.checks, quality.idle) == ("quality", "ignore")
    assert (quality.schedule, quality.severity) == ("0 4 * * *", "warning")
    assert quality.own_shapes is not None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[jobs.a", "jobs.toml"),
        ("[jobs.a]\nengin = 'fast'", "jobs.a.engin"),
        ("[jobs.a]\nengine = 'slow'", "jobs.a.engine"),
        ("[jobs.a]\nschedule = '* * *'", "jobs.a.schedule"),
        ("[jobs.a]\nschedule = '61 * * * *'", "jobs.a.schedule"),
        ("[jobs.a]\nschedule = '0 0 * * 8'", "jobs.a.schedule"),
        ("[jobs.a]\nschedule = '0 0 31 2 *'", "never occurs"),
        ("[jobs.a]\ntimezone = 'Europe/Nowhere'", "jobs.a.timezone"),
        ("[jobs.a]\nendpoint = 'file:///etc/passwd'", "jobs.a.endpoint"),
        ("[jobs.a]\nfiles = ['a.ttl']\ngraphs = ['urn:g']", "jobs.a"),
        ("[jobs.a]\nchecks = 'quality'\nshapes = 'mine.ttl'", "jobs.a"),
        ("[jobs.a]\ntell = ['nobody']", "nobody"),
        ("[jobs.gate]", "gate"),
        ("[jobs.'../a']", "../a"),
        ("[tell.a]\nwebhook = 'https://example.org'\nemail = ['a@example.org']", "tell.a"),
        ("[tell.a]\nwebhook = 'https://example.org'\nsecret = '${NOT_SET_ANYWHERE}'", "NOT_SET_ANYWHERE"),
    ],
)
def test_errors_in_the_file_are_named(tmp_path, text, named):
    with pytest.raises(ProblemError) as caught:
        read_jobs(write(tmp_path, text))
    assert caught.value.slug == "bad-jobs"
    assert named in caught.value.detail


def test_times_are_those_of_the_time_zone(tmp_path, monkeypatch):
    monkeypatch.setenv("ROBOT_SECRET", "s3cret")
    job = read_jobs(write(tmp_path, GOOD)).job("nightly")
    summer = get_next_run(job, datetime(2026, 7, 1, tzinfo=UTC))
    winter = get_next_run(job, datetime(2026, 1, 1, tzinfo=UTC))
    assert summer.astimezone(UTC).hour == 1
    assert winter.astimezone(UTC).hour == 2
