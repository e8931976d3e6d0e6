"""Jobs file (TOML): what to validate, how, when, and which targets to notify (docs/validation.md)."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, model_validator

from jwpgraph.problems import ProblemError, get_fault_reason
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.state_files import read_state_file
from jwpgraph.validation.cron import CronTimes
from jwpgraph.validation.history import GATE
from jwpgraph.validation.link_rules import LinkRules
from jwpgraph.validation.report import Severity

#: Built-in job: validates the published release against the service's shapes, on demand.
RELEASE_JOB = "release"
#: Built-in job: runs the quality checks on the published release (docs/quality.md).
QUALITY_JOB = "quality"
#: Built-in job: checks the links of the published release.
LINKS_JOB = "links"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _check_cron(value: object) -> object:
    """Validate a cron expression of five fields."""
    if isinstance(value, str):
        CronTimes(value, "UTC")
    return value


def _check_time_zone(value: object) -> object:
    if isinstance(value, str):
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{value!r} is not a time zone of the IANA database") from None
    return value


class ValidationJob(_Table):
    """One job.

    Its subject is the published release (or some of its graphs), files, or an endpoint.
    """

    name: str = ""
    description: str = ""
    graphs: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    endpoint: str | None = Field(default=None, pattern=r"^https?://")
    checks: Literal["shapes", "quality", "links"] = "shapes"
    links: LinkRules | None = None
    shapes: Path | None = None
    engine: Literal["fast", "reference", "both"] | None = None
    severity: Severity = "violation"
    idle: Severity | Literal["ignore"] = "info"
    schedule: Annotated[str | None, BeforeValidator(_check_cron)] = None
    timezone: Annotated[str, BeforeValidator(_check_time_zone)] = "UTC"
    jitter: int = Field(default=0, ge=0, le=86_400)
    missed: Literal["run", "skip"] = "run"
    overlap: Literal["skip", "wait"] = "skip"
    deadline: float = Field(default=600.0, gt=0, le=86_400)
    memory_mb: int = Field(default=4096, ge=512)
    tell: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if self.files and (self.endpoint or self.graphs):
            raise ValueError("files cannot be combined with graphs or endpoint")
        if self.checks != "shapes" and self.shapes:
            raise ValueError(f"{self.checks} checks cannot be combined with shapes")
        if self.checks == "links" and self.engine:
            raise ValueError("link checks cannot be combined with engine")
        return self

    @property
    def own_shapes(self) -> Path | None:
        """Return the file or folder of the job's own shapes; ``None`` if it uses the shapes of the service."""
        return get_shipped_path("quality") if self.checks == "quality" else self.shapes

    @property
    def subject(self) -> str:
        """Return a description of the validated data."""
        graphs = ", ".join(self.graphs)
        if self.endpoint:
            return f"{self.endpoint} ({graphs})" if graphs else self.endpoint
        if self.files:
            return ", ".join(path.name for path in self.files)
        return f"published release ({graphs})" if graphs else "published release"


class NotificationTarget(_Table):
    """Notification target: either a webhook or e-mail recipients."""

    webhook: str | None = Field(default=None, pattern=r"^https?://")
    secret: SecretStr | None = None
    email: tuple[str, ...] = ()
    smtp: str = Field(default="smtp://localhost:25", pattern=r"^smtps?://")
    sender: str = "jwpgraph@localhost"
    on: Literal["change", "failure", "always"] = "change"
    attempts: int = Field(default=6, ge=1, le=20)
    backoff: float = Field(default=10.0, gt=0, le=3600)

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if bool(self.webhook) == bool(self.email):
            raise ValueError("give either webhook or email")
        return self


class GateNotification(_Table):
    """Notification targets of the release gate."""

    tell: tuple[str, ...] = ()


class JobFile(_Table):
    """The whole jobs file."""

    jobs: dict[str, ValidationJob] = Field(default_factory=dict)
    tell: dict[str, NotificationTarget] = Field(default_factory=dict)
    gate: GateNotification = GateNotification()
    links: LinkRules = LinkRules()

    @model_validator(mode="after")
    def _names(self) -> Self:
        for name, job in self.jobs.items():
            if not _NAME.fullmatch(name) or name == GATE:
                raise ValueError(f"{name!r} cannot be the name of a job")
            self._known(f"jobs.{name}", job.tell)
        self._known("gate", self.gate.tell)
        return self

    def _known(self, where: str, names: tuple[str, ...]) -> None:
        for name in names:
            if name not in self.tell:
                raise ValueError(f"{where} tells {name!r}, which is not defined below [tell]")

    def job(self, name: str) -> ValidationJob:
        """Return the job called *name*.

        Raises:
            ProblemError: ``no-such-job`` (404); the detail lists the jobs.
        """
        if name not in self.jobs:
            known = ", ".join(self.jobs)
            raise ProblemError("no-such-job", "There is no such job", f"{name!r}; there are: {known}", status=404)
        return self.jobs[name]

    def recipients(self, job: str) -> dict[str, NotificationTarget]:
        """Return the notification targets of *job* (or the gate)."""
        names = self.gate.tell if job == GATE else self.jobs[job].tell if job in self.jobs else ()
        return {name: self.tell[name] for name in names}


def read_jobs(path: Path | None) -> JobFile:
    """Return the jobs of a file and the built-in jobs.

    ``${NAME}`` in a string is replaced by the environment variable, so that secrets need not be in the file.

    Raises:
        ProblemError: ``bad-jobs``; the detail says where the error is.
    """
    document: dict[str, Any] = {}
    if path is not None:
        try:
            document = tomllib.loads(read_state_file(path).decode("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ProblemError("bad-jobs", "The jobs file cannot be used", f"{path}: {error}") from None
    try:
        found = JobFile.model_validate(_expand_variables(document))
    except (ValidationError, KeyError) as error:
        why = _explain_error(error) if isinstance(error, ValidationError) else f"${{{error.args[0]}}} is not set"
        raise ProblemError("bad-jobs", "The jobs file cannot be used", f"{path}: {why}") from None
    folder = path.parent if path else Path()
    named = {name: _resolve_paths(job, name, folder) for name, job in found.jobs.items()}
    built_in = {job.name: job for job in _BUILT_IN}
    for name in built_in.keys() & named.keys():
        overrides = {key: getattr(named[name], key) for key in named[name].model_fields_set}
        named[name] = built_in[name].model_copy(update=overrides)
    jobs = {
        name: job if job.links or job.checks != "links" else job.model_copy(update={"links": found.links})
        for name, job in (built_in | named).items()
    }
    return found.model_copy(update={"jobs": jobs})


#: Fields that the file sets for one of these jobs, such as its schedule, override the ones given here.
_BUILT_IN: Final = (
    ValidationJob(name=RELEASE_JOB, description="The published release, on demand"),
    ValidationJob(name=QUALITY_JOB, description="Quality checks, on demand", checks="quality", idle="ignore"),
    ValidationJob(name=LINKS_JOB, description="External links of the published release, on demand", checks="links"),
)


def _resolve_paths(job: ValidationJob, name: str, folder: Path) -> ValidationJob:
    """Return *job* with its name, and with its paths relative to the folder of the jobs file."""
    shapes = folder / job.shapes if job.shapes else None
    return job.model_copy(update={"name": name, "shapes": shapes, "files": tuple(folder / path for path in job.files)})


def _expand_variables(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _expand_variables(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_expand_variables(one) for one in value]
    if isinstance(value, str):
        return re.sub(r"\$\{(\w+)\}", lambda match: os.environ[match[1]], value)
    return value


def _explain_error(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    text = get_fault_reason(first)
    return f"{where}: {text}" if where else text
