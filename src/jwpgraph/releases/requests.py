"""The HTTP request that led to a release, stored in the release's folder.

It lets the service answer a repeated request (``Idempotency-Key``) after a restart. Unlike the manifest, it is not
published.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jwpgraph.state_files import read_state_file

REQUEST = "request.json"


class WriteRequest(BaseModel):
    """The request that led to a release.

    Attributes:
        id: unique id, for internal use.
        key: digest of its ``Idempotency-Key``, if any.
        fingerprint: digest of the whole request.
        status: HTTP status of the response.
        headers: further headers of the response.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    key: str | None = None
    fingerprint: str = ""
    status: int = 204
    headers: dict[str, str] = Field(default_factory=dict)


def write_request(folder: Path, request: WriteRequest) -> None:
    """Store *request* in the folder of a candidate."""
    (folder / REQUEST).write_text(request.model_dump_json() + "\n", "utf-8")


def request_of(folder: Path) -> WriteRequest | None:
    """Return the request stored in the folder of a release, or ``None``."""
    try:
        return WriteRequest.model_validate_json(read_state_file(folder / REQUEST))
    except (OSError, ValidationError):
        return None
