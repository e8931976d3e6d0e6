"""The shapes of the answers about validation, and of what is asked.

What is remembered is described where it is read (:mod:`jwpgraph.validation.result_queries`); here is what the API adds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from jwpgraph.linked_data.paging import PageLinks
from jwpgraph.validation.job_file import RELEASE_JOB
from jwpgraph.validation.notification import NotificationDelivery
from jwpgraph.validation.report import Severity
from jwpgraph.validation.result_queries import ResultState, RunRecord, TrackedResult
from jwpgraph.validation.shape_catalogue import ShapeEntry

_OPEN: tuple[ResultState, ...] = ("new", "regressed", "open", "acknowledged")


@dataclass(frozen=True, slots=True)
class RunModel(RunRecord):
    """One run of a job; ``gate`` is the validation that each release passed."""

    url: str
    page: str


class ValidationOverview(BaseModel):
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
    """A result with what became of it; terms are in N-Triples syntax, times in UTC.

    Its fingerprint is its identity from run to run; ``since`` is when it came, or came back, the last time; ``page`` is
    that of its focus node, where that is ours.
    """

    message: str
    page: str | None


class ResultList(PageLinks):
    """Results, the worst and newest first."""

    total: int
    limit: int
    offset: int
    items: list[ResultModel]


@dataclass(frozen=True, slots=True)
class RunDetail(RunModel):
    """A run with how it differs from the one before it, and its results."""

    new: list[str]
    regressed: list[str]
    fixed: list[str]
    results: list[ResultModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeModel(ShapeEntry):
    """A shape, and how many results it has now."""

    results: int


class ShapeList(BaseModel):
    """The shapes of the release being served, and the checks of quality."""

    total: int
    items: list[ShapeModel]


class JobModel(BaseModel):
    """A job and when it is due."""

    name: str
    description: str
    subject: str
    schedule: str | None
    timezone: str
    next: str | None
    latest: RunModel | None


class JobList(BaseModel):
    """The jobs."""

    total: int
    items: list[JobModel]


class DeliveryList(BaseModel):
    """What was to be told, latest first."""

    total: int
    items: list[NotificationDelivery]


class Cancelled(BaseModel):
    """A run that is being stopped."""

    run: int
    cancelled: bool


class Acknowledged(BaseModel):
    """A result that somebody knows of."""

    fingerprint: str
    state: ResultState


class Requeued(BaseModel):
    """A notification that is tried again."""

    delivery: int
    state: str


class ResultParameters(BaseModel):
    """Which results are wanted."""

    model_config = ConfigDict(extra="forbid")

    job: str | None = Field(None, description="One series; default: all.")
    state: list[ResultState] = Field(list(_OPEN), description="Their state; default: all but fixed.")
    severity: Severity | None = None
    shape: str | None = Field(None, description="IRI of the shape.")
    focus: str | None = Field(None, description="IRI of the focus node.")
    limit: int = Field(100, ge=1, le=10_000)
    offset: int = Field(0, ge=0, le=10_000_000)


class RunParameters(BaseModel):
    """Which runs are wanted."""

    model_config = ConfigDict(extra="forbid")

    job: str | None = Field(None, description="One series; default: all.")
    limit: int = Field(50, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=10_000_000)


class Trigger(BaseModel):
    """What to run."""

    model_config = ConfigDict(extra="forbid")

    job: str = Field(RELEASE_JOB, description="Name of the job.")


class Acknowledge(BaseModel):
    """Why a result may stay, who says so, and until when."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    who: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    expires: datetime | None = Field(None, description="Without it, until the result is fixed.")
