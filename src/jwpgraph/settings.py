"""Settings: ``JWPGRAPH_*`` environment variables or secret files, described in ``docs/settings.md``."""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from jwpgraph.free_memory import read_half_of_memory
from jwpgraph.problems import ProblemError, get_fault_reason

_PREFIX: Final = "JWPGRAPH_"
_SHORTEST_TOKEN: Final = 8
#: Largest values that make sense, far from those that the operating system or the clock refuses: 16 TiB, a week.
_MOST_MIB: Final = 2**24
_MOST: Final = 100_000
_LONGEST: Final = 7 * 24 * 3600.0
#: A name, or an IP address, which needs no permission.
_HOST: Final = re.compile(r"[^\s/:@*\[\]]+|\[?[0-9a-f:.]+\]?", re.IGNORECASE)
_HTTP: Final = re.compile(r"https?://[^\s/?#]+", re.IGNORECASE)


def _get_default_workers() -> int:
    return max(2, os.cpu_count() or 1)


def _get_default_update_memory() -> int:
    return max(2048, read_half_of_memory() // 2**20)


class Settings(BaseSettings):
    """All settings with their defaults; names or descriptions give the units."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(Path("var"), description="Folder that holds the releases; created when absent.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="TCP port to listen on; 0 selects a free one.")
    admin_token: SecretStr | None = Field(
        None, description="Bearer token for writes and administration; without it the service is read-only."
    )
    tokens_file: Path | None = Field(
        None, description="File of further tokens; default: `tokens.json` in the data directory."
    )
    query_timeout: float = Field(30.0, gt=0, le=3600, description="Seconds a query may take.")
    slow_query: float = Field(
        5.0, ge=0, le=3600, description="Seconds from which a query is logged as slow; 0 logs none."
    )
    query_memory_mb: int = Field(2048, ge=256, le=_MOST_MIB, description="Address space of a query worker, in MiB.")
    query_max_bytes: int = Field(1_000_000, ge=1024, le=2**30, description="Longest query text, in bytes.")
    result_max_mb: int = Field(1024, ge=1, le=_MOST_MIB, description="Largest result of one query, in MiB.")
    workers: int = Field(
        default_factory=_get_default_workers,
        ge=1,
        le=256,
        description="Worker processes for fast queries; the same number, and one spare, may run slow queries.",
    )
    processes: int = Field(
        1, ge=1, le=64, description="Processes that answer requests; workers and cache are divided among them."
    )
    queue_length: int = Field(64, ge=0, le=_MOST, description="Queries that may wait for a worker.")
    queries_per_client: int = Field(
        16, ge=1, le=_MOST, description="Queries that one client may have running or waiting."
    )
    cache_mb: int = Field(
        128, ge=0, le=_MOST_MIB, description="Memory for cached responses, in MiB; 0 disables the cache."
    )
    service_allowlist: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="IRI prefixes of endpoints that SERVICE may call, separated by spaces or commas."
    )
    sparql_backend: str | None = Field(
        None, description="SPARQL endpoint that the API and the pages read from instead of the local release."
    )
    sparql_pass_through: bool = Field(
        False, description="Pass queries of clients on to JWPGRAPH_SPARQL_BACKEND instead of evaluating them here."
    )
    publish_token: SecretStr | None = Field(None, description="Bearer token that `publish` sends to its target.")
    publish_user: str | None = Field(None, description="User name that `publish` uses at its target.")
    publish_password: SecretStr | None = Field(None, description="Password for the user name.")
    publish_auth: Literal["basic", "digest"] = Field(
        "basic", description="HTTP authentication scheme for user name and password; Virtuoso needs digest."
    )
    publish_timeout: float = Field(3600.0, gt=0, le=_LONGEST, description="Seconds that a publication may take.")
    publish_answer_timeout: float = Field(
        600.0, gt=0, le=_LONGEST, description="Seconds to wait for a target's response to one request."
    )
    publish_retries: int = Field(
        5, ge=0, le=100, description="Retries of a request to a target that is unreachable or busy."
    )
    update_timeout: float = Field(300.0, gt=0, le=_LONGEST, description="Seconds that building a release may take.")
    update_memory_mb: int = Field(
        default_factory=_get_default_update_memory,
        ge=256,
        le=_MOST_MIB,
        description="Memory limit for data of the process that builds releases, in MiB.",
    )
    upload_max_mb: int = Field(1024, ge=1, le=_MOST_MIB, description="Largest request body of a write, in MiB.")
    write_wait: float = Field(
        60.0, ge=0, le=_LONGEST, description="Seconds that a write waits for another one to finish."
    )
    gate_severity: Literal["violation", "warning", "info"] = Field(
        "violation", description="Lowest SHACL severity that prevents a change from being published."
    )
    shapes_dir: Path | None = Field(None, description="Folder of the SHACL shapes; default: the shipped shapes.")
    jobs_file: Path | None = Field(None, description="TOML file of validation jobs and notification recipients.")
    validation_keep_days: int | None = Field(
        None, ge=1, le=_MOST, description="Days that validation runs are kept; without it, all are kept."
    )
    validation_keep_runs: int = Field(
        100, ge=0, le=_MOST, description="Latest runs of each validation job that are kept regardless of age."
    )
    public_url: str | None = Field(None, description="Public URL of the service; all links begin with it.")
    publisher_name: str = Field("jwpgraph", min_length=1, description="Name of the publisher, for the catalogue.")
    publisher_url: str | None = Field(None, description="Web page of the publisher, for the catalogue.")
    contact: str | None = Field(
        None, description="Email address or web page for questions, for the catalogue; default: the publisher's page."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts allowed in links if no public URL is set, besides IP addresses and localhost; separated by "
        "spaces or commas, * for any.",
    )
    requests_per_client: int = Field(
        64, ge=1, le=_MOST, description="Concurrent requests of one client to pages and API."
    )
    forwarded_allow_ips: str = Field(
        "127.0.0.1",
        description="Proxies (addresses, networks or *) whose Forwarded and X-Forwarded-* headers are trusted, "
        "separated by commas; of X-Forwarded-For and Forwarded the former names the client.",
    )
    follow_current: bool = Field(
        False, description="Look for a newer release before each request, as replicas on one data directory must."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Lowest level that is logged.")
    log_format: Literal["text", "json"] = Field("text", description="Format of log lines: plain text or JSON.")

    @field_validator(
        "admin_token",
        "tokens_file",
        "public_url",
        "publisher_url",
        "contact",
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

    @field_validator("data_dir")
    @classmethod
    def _is_no_file(cls, value: Path) -> Path:
        if os.path.isfile(value):  # noqa: PTH113 - it raises no error for a folder that may not be searched
            raise ValueError(f"{value} is a file, not a folder")
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if host != "*" and not _HOST.fullmatch(host):
                raise ValueError(f"{host!r} is not the name of a host, without scheme, port and path")
        return value

    @field_validator("forwarded_allow_ips")
    @classmethod
    def _are_proxies(cls, value: str) -> str:
        for proxy in (part.strip() for part in value.split(",")):
            try:
                if proxy not in {"", "*"}:
                    ipaddress.ip_network(proxy)
            except ValueError as error:
                raise ValueError(f"{error}; give IP addresses, networks or *, separated by commas") from None
        return value

    @field_validator("admin_token")
    @classmethod
    def _is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _SHORTEST_TOKEN:
            raise ValueError(f"a token needs at least {_SHORTEST_TOKEN} characters; 32 random ones are recommended")
        return value

    @field_validator("public_url")
    @classmethod
    def _has_no_query(cls, value: str | None) -> str | None:
        if value is not None and ("?" in value or "#" in value):
            raise ValueError(f"{value!r} has a query or a fragment")
        return value

    @field_validator("contact")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None and not _HTTP.match(value) and not re.fullmatch(r"[^\s@<>:/]+@[^\s@<>:/]+", value):
            raise ValueError(f"{value!r} is neither an email address nor an HTTP address")
        return value

    @field_validator("sparql_backend", "service_allowlist", "public_url", "publisher_url")
    @classmethod
    def _is_http(cls, value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        for url in (value,) if isinstance(value, str) else value or ():
            try:
                # Reading the port raises an error, too, if there is a wrong one.
                usable = _HTTP.match(url) and urlsplit(url).port != 0
            except ValueError:
                usable = False
            if not usable:
                raise ValueError(f"{url!r} is not an http or https URL")
        return value

    @field_validator("public_url", "publisher_url", "contact")
    @classmethod
    def _has_no_password(cls, value: str | None) -> str | None:
        if value is not None and _HTTP.match(value) and "@" in value.partition("//")[2].partition("/")[0]:
            raise ValueError("an address that everybody can read must not contain a user name or password")
        return value


def list_unknown_settings() -> list[str]:
    """Return a message for each ``JWPGRAPH_*`` environment variable that is not a setting, with the closest setting."""
    known = [_PREFIX + name.upper() for name in Settings.model_fields]
    unknown = sorted({name.upper() for name in os.environ if name.upper().startswith(_PREFIX)} - set(known))
    near = {name: difflib.get_close_matches(name, known, 1, 0.8) for name in unknown}
    return [f"{name} is not a setting" + "".join(f"; {match} is" for match in near[name]) for name in unknown]


def list_secret_folders() -> list[Path]:
    """Return the folders from which settings are read as files, such as ``jwpgraph_admin_token``.

    Containers mount secrets at ``/run/secrets``; systemd names the folder of ``LoadCredential=`` in the variable
    ``CREDENTIALS_DIRECTORY``.
    """
    folders = [Path("/run/secrets"), Path(os.environ.get("CREDENTIALS_DIRECTORY") or "/nonexistent")]
    return [folder for folder in folders if folder.is_dir()]


def load_settings(**overrides: object) -> Settings:
    """Return the settings from the environment and secret files.

    Args:
        overrides: values from the command line by field name; ``None`` means not specified.

    Raises:
        ProblemError: ``bad-setting`` with the variable and the error.
    """
    try:
        specified = {key: value for key, value in overrides.items() if value is not None}
        return Settings(_secrets_dir=list_secret_folders() or None, **specified)  # type: ignore[arg-type,call-arg]
    except ValidationError as error:
        first = error.errors()[0]
        name = "JWPGRAPH_" + "_".join(str(part) for part in first["loc"]).upper()
        raise ProblemError("bad-setting", "A setting is invalid", f"{name}: {get_fault_reason(first)}") from None
