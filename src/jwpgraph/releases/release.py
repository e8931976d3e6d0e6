"""One immutable, numbered, validated state of the dataset, and the manifest that describes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pyoxigraph import Store

from jwpgraph.problems import ProblemError

MANIFEST = "manifest.json"
#: What to do about a release that cannot be read.
REPAIR = (
    "`jwpgraph release verify` says what is damaged, `jwpgraph release rollback` publishes an earlier release, "
    "`jwpgraph restore` brings a backup back"
)
STORE = "store"
ASSERTED = "asserted"


class GraphSummary(BaseModel):
    """How many triples a named graph has, and a digest of them (SHA-256 of its sorted-by-store N-Triples)."""

    model_config = ConfigDict(frozen=True)

    triples: int
    digest: str


class Conformance(BaseModel):
    """The gate's verdict on a release."""

    model_config = ConfigDict(frozen=True)

    conforms: bool
    violations: int
    warnings: int
    infos: int
    engine: str
    engine_version: str
    seconds: float


class ReleaseManifest(BaseModel):
    """What a release is, made of what, by whom, why and whether it conforms.

    Attributes:
        normalised: how many literals of the change the store keeps in another form, by datatype.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    parent: int | None
    created: datetime
    author: str | None
    message: str
    change: Literal["put", "post", "delete", "update", "load", "restore"]
    restores: int | None = None
    graphs: dict[str, GraphSummary]
    triples: int
    shared_triples: bool
    shapes_digest: str
    rules_digest: str
    shipped_digest: str | None = None
    normalised: dict[str, int] = Field(default_factory=dict)
    software: str
    conformance: Conformance


@dataclass(frozen=True)
class Release:
    """A published release on disk."""

    number: int
    path: Path

    @property
    def store_path(self) -> Path:
        """The Oxigraph database; open it by :meth:`open_store` and never to be written."""
        return self.path / STORE

    @property
    def asserted_path(self) -> Path:
        """A database of the same graphs without entailments; there where two asserted graphs share a triple."""
        return self.path / ASSERTED

    def open_store(self) -> Store:
        """The database, to be read.

        Raises:
            ProblemError: ``release-damaged`` (500).
        """
        try:
            return Store.read_only(str(self.store_path))
        except (OSError, RuntimeError) as error:
            detail = f"release {self.number} cannot be opened: {error}; {REPAIR}"
            raise ProblemError(
                "release-damaged", "A release is not what its manifest says", detail, status=500, exit_code=1
            ) from None

    def is_described(self) -> bool:
        """Whether its manifest can be read."""
        try:
            return self.manifest.number == self.number
        except ProblemError:
            return False

    def is_usable(self) -> bool:
        """Whether its manifest can be read and its store opened."""
        try:
            return self.is_described() and self.open_store() is not None
        except ProblemError:
            return False

    @property
    def search_path(self) -> Path:
        """The SQLite text index of labels."""
        return self.path / "search.sqlite"

    @property
    def report_path(self) -> Path:
        """The SHACL report as Turtle."""
        return self.path / "report.ttl"

    @property
    def shapes_path(self) -> Path:
        """The shapes that it was validated with, as one Turtle file."""
        return self.path / "shapes.ttl"

    @property
    def written_path(self) -> Path:
        """The quads whose literals the store keeps in another form, as they were written, in N-Quads; if any."""
        return self.path / "written.nq"

    @cached_property
    def manifest(self) -> ReleaseManifest:
        """The manifest; read once.

        Raises:
            ProblemError: ``data-dir-damaged`` where it cannot be read.
        """
        path = self.path / MANIFEST
        try:
            return ReleaseManifest.model_validate_json(path.read_bytes())
        except (ValidationError, OSError) as error:
            first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.strerror
            detail = f"{path} cannot be read: {first}; {REPAIR}"
            raise ProblemError("data-dir-damaged", "The data directory is damaged", detail, status=500) from None

    @property
    def etag(self) -> str:
        """The strong entity tag of the whole release, for ``If-Match``."""
        return f'"r{self.number}-{self.manifest.created:%Y%m%d%H%M%S%f}"'
