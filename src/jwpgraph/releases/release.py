"""A release: one immutable, numbered, validated state of the dataset, described by a manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pyoxigraph import Store

from jwpgraph.problems import ProblemError
from jwpgraph.releases.file_digests import MANIFEST, FileDigest, find_altered_files, list_large_tables
from jwpgraph.releases.store_names import ASSERTED, STORE
from jwpgraph.state_files import read_state_file

#: Slug of the problem of a release that may be intact but cannot be read by this process.
UNREADABLE = "release-unreadable"
#: In messages of the system and of the engine: what this process lacks.
_NOT_DAMAGE = ("file descriptors", "too many open files", "permission denied", "cannot allocate memory")
#: Advice for a release that cannot be read.
REPAIR = (
    "`jwpgraph release verify` reports the damage, `jwpgraph release rollback` publishes an earlier release, "
    "`jwpgraph restore` restores a backup"
)


class GraphSummary(BaseModel):
    """Number of triples of a named graph, and their digest (:func:`.graph_summaries.summarise_graph`)."""

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
    """The manifest of a release: its contents, origin, author and conformance.

    Attributes:
        normalised: number of literals of the change stored in another lexical form, by datatype.
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


class CompleteManifest(ReleaseManifest):
    """The manifest as it is on disk. A release has hundreds of files, so their digests are read only where needed.

    Attributes:
        files: digests of all files except the manifest itself; empty in releases that earlier versions made.
    """

    files: dict[str, FileDigest] = Field(default_factory=dict)


Manifest = TypeVar("Manifest", bound=ReleaseManifest)


@dataclass(frozen=True)
class Release:
    """A release on disk: its number and folder."""

    number: int
    path: Path

    @property
    def store_path(self) -> Path:
        """The Oxigraph store; open it with :meth:`open_store`, never for writing."""
        return self.path / STORE

    @property
    def asserted_path(self) -> Path:
        """The store without entailments; exists only if two asserted graphs share a triple."""
        return self.path / ASSERTED

    def open_store(self) -> Store:
        """Open the store read-only.

        Raises:
            ProblemError: ``release-damaged`` (500), ``release-unreadable`` (503) if this process may not open it.
        """
        try:
            return Store.read_only(str(self.store_path))
        except (OSError, RuntimeError) as error:
            raise self.make_read_problem(error, f"it cannot be opened: {error}") from None

    def is_described(self) -> bool:
        """Return whether the manifest can be read."""
        try:
            return self.manifest.number == self.number
        except ProblemError:
            return False

    def is_usable(self) -> bool:
        """Return whether :meth:`check` finds nothing."""
        try:
            self.check()
        except ProblemError:
            return False
        return self.is_described()

    def check(self, *, large_tables: bool = True) -> None:
        """Check that the release can be served: that its files are those in the manifest, and the store opens.

        The engine does not notice all damage: it reads a damaged log file up to the damage, as if no more had been
        written. It does notice damage of tables, whose blocks have checksums, when it reads them.

        Args:
            large_tables: whether to read large tables, which takes seconds for ten million triples; without it, only
                their sizes are compared.

        Raises:
            ProblemError: ``data-dir-damaged`` if the manifest cannot be read; ``release-damaged`` if a file is missing
                or altered or the store cannot be opened; ``release-unreadable`` (503) if this process may not open it.
        """
        self.check_files(large_tables=large_tables)
        self.open_store()

    def check_files(self, *, large_tables: bool = True) -> None:
        """Check that the files are those in the manifest; as :meth:`check`, which opens the store as well."""
        self._check_digests(self.read_digests(), large_tables=large_tables)

    def check_large_tables(self) -> None:
        """Check the files that :meth:`check` without large tables does not read; raises as :meth:`check`."""
        self._check_digests(list_large_tables(self.read_digests()))

    def _check_digests(self, digests: Mapping[str, FileDigest], *, large_tables: bool = True) -> None:
        try:
            for fault in find_altered_files(self.path, digests, large_tables=large_tables):
                raise self.make_damage_problem(fault)
        except OSError as error:
            raise self.make_read_problem(error, f"{error.filename} cannot be read: {error.strerror}") from None

    def make_read_problem(self, error: Exception, fault: str) -> ProblemError:
        """Return the problem for an error while reading the release.

        Args:
            error: the error.
            fault: what it means, if the release is damaged; it is not if this process lacks descriptors or permissions.
        """
        if any(reason in str(error).lower() for reason in _NOT_DAMAGE):
            return self.make_unreadable_problem(f"release {self.number}: {fault}")
        return self.make_damage_problem(fault)

    def make_unreadable_problem(self, detail: str) -> ProblemError:
        """Return the problem for a release that cannot be read at present."""
        return ProblemError(UNREADABLE, "The release cannot be read", detail, status=503)

    def make_damage_problem(self, fault: str) -> ProblemError:
        """Return the problem for a release with *fault*, such as a file that differs from its digest."""
        detail = f"release {self.number}: {fault}; {REPAIR}"
        return ProblemError("release-damaged", "A release differs from its manifest", detail, status=500, exit_code=1)

    @property
    def search_path(self) -> Path:
        """The SQLite text index of labels."""
        return self.path / "search.sqlite"

    @property
    def report_path(self) -> Path:
        """The SHACL validation report as Turtle."""
        return self.path / "report.ttl"

    @property
    def shapes_path(self) -> Path:
        """The shapes used for validation, as one Turtle file."""
        return self.path / "shapes.ttl"

    @property
    def written_path(self) -> Path:
        """The quads whose literals the store normalises, as written, in N-Quads; absent if there are none."""
        return self.path / "written.nq"

    @cached_property
    def manifest(self) -> ReleaseManifest:
        """The manifest, read once.

        Raises:
            ProblemError: ``data-dir-damaged`` (500) if it cannot be read.
        """
        return self._read_manifest(ReleaseManifest)

    def read_digests(self) -> dict[str, FileDigest]:
        """Return the digests of the files from the manifest; empty in releases that earlier versions made.

        Raises:
            ProblemError: as :attr:`manifest`.
        """
        return self._read_manifest(CompleteManifest).files

    def _read_manifest(self, model: type[Manifest]) -> Manifest:
        path = self.path / MANIFEST
        try:
            return model.model_validate_json(read_state_file(path))
        except (ValidationError, OSError) as error:
            first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.strerror
            detail = f"{path} cannot be read: {first}; {REPAIR}"
            raise ProblemError("data-dir-damaged", "The data directory is damaged", detail, status=500) from None

    @property
    def etag(self) -> str:
        """The strong entity tag of the release, for ``If-Match``."""
        return f'"r{self.number}-{self.manifest.created:%Y%m%d%H%M%S%f}"'
