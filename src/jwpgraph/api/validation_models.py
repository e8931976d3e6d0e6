"""Models of the API of validation: parameters and responses.

The records of the history are defined in :mod:`jwpgraph.validation.result_queries`; this module has the fields that the
API adds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.paging import PageLinks
from jwpgraph.validation.job_file import RELEASE_JOB
from jwpgraph.validation.notification import NotificationDelivery
from jwpgraph.validation.report import Severity
from jwpgraph.validation.result_queries import ResultState, RunRecord, TrackedResult
from jwpgraph.validation.shape_catalogue import ShapeEntry

_OPEN: tuple[ResultState, ...] = ("new", "regressed", "open", "acknowledged")


@dataclass(frozen=True, slots=True)
class RunModel(RunRecord):
    """A run of a job; ``gate`` is the validation of each release before publication."""

    url: str
    page: str


class ValidationOverview(ApiModel):
    """The latest run of each job, and where the rest stands."""

    latest: list[RunModel] = Field(description="The latest finished run of each job that has run.")
    runs: str
    results: str
    shapes: str
    jobs: str


class RunList(PageLinks):
    """Runs, latest first."""

    total: int
    limit: int
    offset: int
    items: list[RunModel]


@dataclass(frozen=True, slots=True)
class ResultModel(TrackedResult):
    """A result and its history; terms are in N-Triples syntax, times in UTC.

    Its fingerprint identifies it across runs; ``since`` is the time of its last (re)appearance; ``page`` is the page of
    its focus node, if this service has one.
    """

    message: str
    page: str | None


class ResultList(PageLinks):
    """Results, the most severe and newest first."""

    total: int
    limit: int
    offset: int
    items: list[ResultModel]


@dataclass(frozen=True, slots=True)
class RunDetail(RunModel):
    """A run, its differences from the previous run, and its results."""

    new: list[str]
    regressed: list[str]
    fixed: list[str]
    results: list[ResultModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeModel(ShapeEntry):
    """A shape and its number of present results."""

    results: int


class ShapeList(ApiModel):
    """The shapes of the served release, and the quality checks."""

    total: int
    items: list[ShapeModel]


class JobModel(ApiModel):
    """A job and its schedule."""

    name: str
    description: str
    subject: str
    schedule: str | None
    timezone: str
    next: str | None
    latest: RunModel | None


class JobList(ApiModel):
    """The jobs."""

    total: int
    items: list[JobModel]


class DeliveryList(ApiModel):
    """Notifications, latest first."""

    total: int
    items: list[NotificationDelivery]


class Cancelled(ApiModel):
    """A run that is being cancelled."""

    run: int
    cancelled: bool


class Acknowledged(ApiModel):
    """An acknowledged result."""

    fingerprint: str
    state: ResultState


class Requeued(ApiModel):
    """A notification that was queued again."""

    delivery: int
    state: str


class ResultParameters(ApiModel):
    """Filters of the list of results."""

    model_config = ConfigDict(extra="forbid")

    job: str | None = Field(None, description="One series; default: all.")
    state: list[ResultState] = Field(list(_OPEN), description="Their state; default: all but fixed.")
    severity: Severity | None = None
    shape: str | None = Field(None, description="IRI of the shape.")
    focus: str | None = Field(None, description="IRI of the focus node.")
    limit: int = Field(100, ge=1, le=10_000)
    offset: int = Field(0, ge=0, le=10_000_000)


class RunParameters(ApiModel):
    """Filters of the list of runs."""

    model_config = ConfigDict(extra="forbid")

    job: str | None = Field(None, description="One series; default: all.")
    limit: int = Field(50, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=10_000_000)


class Trigger(ApiModel):
    """The job to run."""

    model_config = ConfigDict(extra="forbid")

    job: str = Field(RELEASE_JOB, description="Name of the job.")


class Acknowledge(ApiModel):
    """The reason why a result may remain, with author and expiry."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    who: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    expires: datetime | None = Field(None, description="Without it, until the result is fixed.")
