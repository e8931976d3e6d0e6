"""The knobs: every setting is a ``JWPGRAPH_*`` environment variable, described in ``docs/settings.md``."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from jwpgraph.problems import ProblemError

_PREFIX: Final = "JWPGRAPH_"
_SHORTEST_TOKEN: Final = 8
_HTTP: Final = re.compile(r"https?://[^\s/?#]+", re.IGNORECASE)


def _default_workers() -> int:
    return max(2, os.cpu_count() or 1)


def _default_update_memory() -> int:
    return max(2048, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**21)


class Settings(BaseSettings):
    """All settings with their defaults; units are in the names or the descriptions."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(Path("var"), description="Folder that holds the releases; created when absent.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="TCP port to listen on; 0 takes a free one.")
    admin_token: SecretStr | None = Field(
        None, description="Bearer token for writes and administration; without it the service is read-only."
    )
    query_timeout: float = Field(30.0, gt=0, le=3600, description="Seconds a query may take.")
    query_memory_mb: int = Field(2048, ge=256, description="Address space of a query worker, in MiB.")
    query_max_bytes: int = Field(1_000_000, ge=1024, description="Longest query text, in bytes.")
    result_max_mb: int = Field(1024, ge=1, description="Largest answer of one query, in MiB.")
    workers: int = Field(
        default_factory=_default_workers,
        ge=1,
        le=256,
        description="Query workers for quick queries; as many again, and one in reserve, may be busy with slow ones.",
    )
    queue_length: int = Field(64, ge=0, description="Queries that may wait for a worker.")
    queries_per_client: int = Field(
        16, ge=1, description="Queries that one client address may have running or waiting."
    )
    cache_mb: int = Field(128, ge=0, description="Memory for cached answers, in MiB; 0 switches the cache off.")
    service_allowlist: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="IRI prefixes of endpoints that SERVICE may call, separated by blanks or commas."
    )
    sparql_backend: str | None = Field(
        None, description="SPARQL endpoint that the API and the pages read from instead of the release kept here."
    )
    publish_token: SecretStr | None = Field(None, description="Bearer token of `publish` for its target.")
    publish_user: str | None = Field(None, description="User name of `publish` at its target.")
    publish_password: SecretStr | None = Field(None, description="Password that goes with the user name.")
    publish_auth: Literal["basic", "digest"] = Field(
        "basic", description="How user name and password are sent; Virtuoso wants digest."
    )
    publish_timeout: float = Field(3600.0, gt=0, description="Seconds that a publication may take.")
    publish_answer_timeout: float = Field(
        600.0, gt=0, description="Seconds that a target may be silent before its answer to one request."
    )
    publish_retries: int = Field(
        5, ge=0, le=100, description="How often a request is sent again to a target that is away or busy."
    )
    update_timeout: float = Field(300.0, gt=0, description="Seconds that building a release may take.")
    update_memory_mb: int = Field(
        default_factory=_default_update_memory,
        ge=256,
        description="Memory that the process that builds releases may take for data, in MiB.",
    )
    upload_max_mb: int = Field(1024, ge=1, description="Largest request body of a write, in MiB.")
    write_wait: float = Field(60.0, ge=0, description="Seconds that a writer waits for another one to finish.")
    gate_severity: Literal["violation", "warning", "info"] = Field(
        "violation", description="Lowest SHACL severity that keeps a change from being published."
    )
    shapes_dir: Path | None = Field(
        None, description="Folder of the shapes to validate with; default: the shipped ones."
    )
    jobs_file: Path | None = Field(None, description="TOML file of validation jobs and of whom to tell.")
    validation_keep_days: int | None = Field(
        None, ge=1, description="Days that validation runs are remembered; without it, all are."
    )
    validation_keep_runs: int = Field(
        100, ge=0, description="Latest runs of each validation job that are remembered whatever their age."
    )
    public_url: str | None = Field(
        None, description="URL that the service is reached under from outside; all links begin with it."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts that a request may name for its links, besides addresses and localhost, where no public URL "
        "is set; separated by blanks or commas, * for any.",
    )
    requests_per_client: int = Field(
        64, ge=1, description="Requests of one client to pages and API that may be under way."
    )
    forwarded_allow_ips: str = Field(
        "127.0.0.1", description="Proxies whose X-Forwarded-* headers are believed, separated by commas."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["text", "json"] = Field("text", description="Log lines for people or for machines.")

    @field_validator(
        "admin_token",
        "public_url",
        "sparql_backend",
        "shapes_dir",
        "jobs_file",
        "publish_token",
        "publish_user",
        "publish_password",
        mode="before",
    )
    @classmethod
    def _blank_is_absent(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("service_allowlist", "allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("admin_token")
    @classmethod
    def _is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _SHORTEST_TOKEN:
            raise ValueError(f"a token has at least {_SHORTEST_TOKEN} characters; 32 at random are better")
        return value

    @field_validator("public_url")
    @classmethod
    def _has_no_query(cls, value: str | None) -> str | None:
        if value is not None and ("?" in value or "#" in value):
            raise ValueError(f"{value!r} has a query or a fragment")
        return value

    @field_validator("sparql_backend", "service_allowlist", "public_url")
    @classmethod
    def _is_http(cls, value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        for url in (value,) if isinstance(value, str) else value or ():
            if not _HTTP.match(url):
                raise ValueError(f"{url!r} is not an http or https URL")
        return value


def unknown_settings() -> list[str]:
    """What the environment sets that is no setting, each with what it was probably meant to be."""
    known = [_PREFIX + name.upper() for name in Settings.model_fields]
    unknown = sorted({name.upper() for name in os.environ if name.upper().startswith(_PREFIX)} - set(known))
    near = {name: difflib.get_close_matches(name, known, 1, 0.8) for name in unknown}
    return [f"{name} is no setting" + "".join(f"; {one} is" for one in near[name]) for name in unknown]


def secret_folders() -> list[Path]:
    """Return the folders from which settings are read as files, such as ``jwpgraph_admin_token``.

    Containers mount secrets at ``/run/secrets``; systemd names the folder of ``LoadCredential=`` in the variable
    ``CREDENTIALS_DIRECTORY``.
    """
    named = [Path("/run/secrets"), Path(os.environ.get("CREDENTIALS_DIRECTORY") or "/nonexistent")]
    return [folder for folder in named if folder.is_dir()]


def load_settings(**overrides: object) -> Settings:
    """The settings of this process, from the environment, with *overrides* from the command line.

    Raises:
        ProblemError: ``bad-setting`` naming the variable and what is wrong with it.
    """
    try:
        given = {key: value for key, value in overrides.items() if value is not None}
        return Settings(_secrets_dir=secret_folders() or None, **given)  # type: ignore[arg-type,call-arg]
    except ValidationError as error:
        first = error.errors()[0]
        name = "JWPGRAPH_" + "_".join(str(part) for part in first["loc"]).upper()
        raise ProblemError("bad-setting", "A setting is not usable", f"{name}: {first['msg']}") from None
