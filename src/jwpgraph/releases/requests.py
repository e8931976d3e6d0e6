"""Which request made a release: written into its folder, so that its writer can be told of it whatever happened since.

What a manifest says is for everybody; this is for the writer alone.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

REQUEST = "request.json"


class WriteRequest(BaseModel):
    """The request behind a release.

    Attributes:
        id: names the request among all, for the service itself.
        key: a digest of its ``Idempotency-Key``, if it had one.
        fingerprint: a digest of all that it asked for.
        status: what it was answered with.
        headers: what the answer says beside the release.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    key: str | None = None
    fingerprint: str = ""
    status: int = 204
    headers: dict[str, str] = Field(default_factory=dict)


def write_request(folder: Path, request: WriteRequest) -> None:
    """Write down the request that a candidate is being made for."""
    (folder / REQUEST).write_text(request.model_dump_json() + "\n", "utf-8")


def request_of(folder: Path) -> WriteRequest | None:
    """The request that the release in *folder* was made for; ``None`` where none is written down."""
    try:
        return WriteRequest.model_validate_json((folder / REQUEST).read_bytes())
    except (OSError, ValidationError):
        return None
