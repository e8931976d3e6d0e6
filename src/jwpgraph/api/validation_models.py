"""The shapes of the answers about validation, and of what is asked."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from jwpgraph.validation.findings import State
from jwpgraph.validation.jobs import RELEASE_JOB
from jwpgraph.validation.report import Severity

_OPEN: tuple[State, ...] = ("new", "regressed", "open", "acknowledged")


class RunModel(BaseModel):
    """One run of a job; ``gate`` is the validation that each release passed."""

    id: int
    job: str
    subject: str
    release: int | None
    outcome: Literal["running", "finished", "failed", "interrupted", "cancelled"]
    started: str
    finished: str | None
    seconds: float | None
    conforms: bool | None
    violations: int | None
    warnings: int | None
    infos: int | None
    engine: str | None
    engine_version: str | None
    shapes_digest: str | None
    problem: str | None
    url: str
    page: str


class RunList(BaseModel):
    """Runs, latest first."""

    total: int
    limit: int
    offset: int
    items: list[RunModel]


class ResultModel(BaseModel):
    """A result with what became of it; terms are in N-Triples syntax, times in UTC."""

    model_config = ConfigDict(extra="allow")

    fingerprint: str = Field(description="Its identity from run to run: shape, focus node, path, component, value.")
    job: str
    state: State
    severity: Severity
    shape: str
    focus: str
    path: str | None
    component: str
    value: str | None
    message: str
    messages: dict[str, str]
    first_seen: str
    last_seen: str
    since: str = Field(description="When it came (back) the last time.")
    fixed: str | None
    page: str | None = Field(description="The page of its focus node, where that is ours.")


class ResultList(BaseModel):
    """Results, the worst and newest first."""

    total: int
    limit: int
    offset: int
    items: list[ResultModel]


class RunDetail(RunModel):
    """A run with how it differs from the one before it, and its results."""

    new: list[str]
    regressed: list[str]
    fixed: list[str]
    results: list[ResultModel]


class ShapeModel(BaseModel):
    """A shape, and how many results it has now."""

    shape: str
    name: str
    description: str
    message: str
    severity: Severity | None
    deactivated: bool
    results: int


class ShapeList(BaseModel):
    """The shapes of the release being served."""

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


class ResultParameters(BaseModel):
    """Which results are wanted."""

    model_config = ConfigDict(extra="forbid")

    job: str | None = Field(None, description="One series; default: all.")
    state: list[State] = Field(list(_OPEN), description="Their state; default: all but fixed.")
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

    job: str = RELEASE_JOB


class Acknowledge(BaseModel):
    """Why a result may stay, who says so, and until when."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=2000)
    who: str = Field(min_length=1, max_length=200)
    expires: datetime | None = None
