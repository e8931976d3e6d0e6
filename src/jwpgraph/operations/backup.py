"""Backup and restore of complete releases, in a folder or a ``.tar.zst`` file, with digests of all files.

A backup gets its final name when it is complete, and its index is written last; interrupted or truncated backups are
therefore detected. A restore verifies the whole backup before it changes the data directory.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tarfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

import zstandard
from pydantic import BaseModel, ConfigDict, ValidationError

from jwpgraph.durable_storage import make_storage_problem, rename_durably, report_storage_problems, sync_tree
from jwpgraph.problems import ProblemError
from jwpgraph.releases.database_file import find_fault, remove_side_files
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.entity_changes import FILE as CHANGES
from jwpgraph.releases.file_digests import FileDigest, digest_file
from jwpgraph.releases.maintenance import verify_release
from jwpgraph.releases.release import Release
from jwpgraph.releases.writer_lock import hold_writer_lock
from jwpgraph.temporary_folders import make_temporary_folder
from jwpgraph.validation.history import FILE as HISTORY

ARCHIVE: Final = ".tar.zst"
#: Extensions of which nobody expects a folder.
_OTHER_ARCHIVES: Final = frozenset({".tar", ".tgz", ".gz", ".zst", ".xz", ".bz2", ".zip", ".7z"})
INDEX: Final = "backup.json"
_LEVEL: Final = 3

#: The databases beside the releases.
_DATABASES: Final = (HISTORY, CHANGES)

AddFile = Callable[[str, Path], None]


class BackedUpFile(BaseModel):
    """Size in bytes and SHA-256 digest of a file."""

    model_config = ConfigDict(frozen=True)

    size: int
    sha256: str


class BackupIndex(BaseModel):
    """The index of a backup: time of creation, number of the published release, and files by path."""

    model_config = ConfigDict(frozen=True)

    created: datetime
    current: int
    files: dict[str, BackedUpFile]

    @property
    def releases(self) -> list[int]:
        """The numbers of the releases in the backup."""
        numbers = {PurePosixPath(name).parts[1] for name in self.files if name.startswith("releases/")}
        return sorted(int(number) for number in numbers if number.isdecimal())


def create_backup(releases: ReleaseDirectory, target: Path, *, every: bool) -> BackupIndex:
    """Copy releases and the databases beside them; the service may run and write at the same time.

    Args:
        releases: the data directory.
        target: a folder, or a file with the extension ``.tar.zst``; must not exist.
        every: whether to copy all releases instead of the published one only.

    Raises:
        ProblemError: ``no-release``, ``file-exists``, ``cannot-write``, ``no-space``, ``bad-option``;
            ``no-such-release`` if one is pruned meanwhile; ``release-damaged`` or ``data-dir-damaged`` if one of the
            files is damaged: a restore would refuse the backup, when it is too late.
    """
    if target.suffix in _OTHER_ARCHIVES and not target.name.endswith(ARCHIVE):
        detail = f"{target.name}: name a file that ends in {ARCHIVE}, or a folder."
        raise ProblemError("bad-option", "This kind of archive is not written", detail)
    current = releases.require_current()
    chosen = releases.list_including_damaged() if every else [current]
    digests = [(release, release.read_digests()) for release in chosen]
    if target.exists():
        raise ProblemError("file-exists", "The file already exists", f"{target}: a backup never replaces files")
    if not target.parent.is_dir():
        raise ProblemError(
            "cannot-write", "The file cannot be written", f"{target}: there is no folder {target.parent}"
        )
    partial = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.partial")
    with report_storage_problems(target.parent), make_temporary_folder() as folder:
        try:
            with (_open_archive if target.name.endswith(ARCHIVE) else _open_folder)(partial) as add:
                files = {name: _add_file(add, name, path) for name, path in _list_files(releases, chosen, Path(folder))}
                for release, expected in digests:
                    _require_intact(release, expected, files)
                index = BackupIndex(created=datetime.now(UTC), current=current.number, files=files)
                path = Path(folder, INDEX)
                path.write_text(index.model_dump_json(indent=1) + "\n", "utf-8")
                add(INDEX, path)
            rename_durably(partial, target)
        except BaseException:
            _discard(partial)
            raise
    return index


def _list_files(releases: ReleaseDirectory, chosen: Sequence[Release], folder: Path) -> Iterator[tuple[str, Path]]:
    for release in chosen:
        for path in sorted(path for path in release.path.rglob("*") if path.is_file()):
            yield f"releases/{release.path.name}/{path.relative_to(release.path).as_posix()}", path
    for name in _DATABASES:
        database = releases.data_dir / name
        if os.path.lexists(database):
            # SQLite's backup is consistent even if the database is being written. It copies damaged pages as well.
            copy = folder / name
            fault: sqlite3.DatabaseError | str | None
            try:
                fault = find_fault(database)
                if not fault:
                    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
                        source.backup(target)
            except sqlite3.DatabaseError as error:
                fault = error
            if fault:
                problem = None
                if isinstance(fault, sqlite3.OperationalError):
                    problem = make_storage_problem(fault, folder) or make_storage_problem(fault, releases.data_dir)
                detail = f"{database}: {fault}; nothing was backed up; move the file away and repeat the backup"
                raise problem or ProblemError("data-dir-damaged", "The data directory is damaged", detail)
            yield name, copy


def _require_intact(release: Release, expected: Mapping[str, FileDigest], files: Mapping[str, BackedUpFile]) -> None:
    """Raise unless the copied files of a release are those in its manifest.

    Raises:
        ProblemError: ``release-damaged``; ``no-such-release`` if it has been pruned.
    """
    if not release.path.is_dir():
        raise _make_pruned_problem(f"releases/{release.path.name}")
    for name, digest in expected.items():
        file = files.get(f"releases/{release.path.name}/{name}")
        if file is None or file.sha256 != digest.sha256:
            fault = f"{name} is missing" if file is None else f"{name} differs from its digest in the manifest"
            raise release.make_damage_problem(f"{fault}; nothing was backed up")


def _add_file(add: AddFile, name: str, path: Path) -> BackedUpFile:
    try:
        file = BackedUpFile(size=path.stat().st_size, sha256=digest_file(path))
        add(name, path)
    except FileNotFoundError:
        raise _make_pruned_problem(name) from None
    return file


def _make_pruned_problem(name: str) -> ProblemError:
    detail = f"{name} was removed while it was copied; repeat the backup"
    return ProblemError("no-such-release", "There is no such release", detail, status=404)


@contextmanager
def _open_folder(path: Path) -> Iterator[AddFile]:
    path.mkdir(parents=True)

    def add(name: str, source: Path) -> None:
        copy = path / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)

    yield add


@contextmanager
def _open_archive(path: Path) -> Iterator[AddFile]:
    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    with path.open("wb") as file:
        with (
            compressor.stream_writer(file, closefd=False) as stream,
            tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            yield lambda name, source: tar.add(source, name, recursive=False)
        file.flush()
        os.fsync(file.fileno())


def restore_backup(source: Path, releases: ReleaseDirectory, *, wait: float) -> BackupIndex:
    """Verify a backup and restore it into a data directory without releases.

    Args:
        source: a backup made by :func:`create_backup`.
        releases: the data directory.
        wait: seconds to wait for another writer.

    Raises:
        ProblemError: ``backup-damaged``, ``data-dir-not-empty``, ``no-such-file``, ``no-space``, ``writer-busy``.
    """
    if not source.exists():
        raise ProblemError("no-such-file", "There is no such file", str(source))
    with (
        report_storage_problems(releases.data_dir),
        hold_writer_lock(releases.lock_path, wait=wait, purpose="restore"),
    ):
        folder = releases.data_dir / "releases"
        if releases.current_number() is not None or (folder.is_dir() and any(folder.iterdir())):
            detail = f"{releases.data_dir} has releases; restore into another folder, or move them and CURRENT away"
            raise ProblemError("data-dir-not-empty", "The data directory has releases", detail)
        releases.prepare()
        staged = releases.stage()
        try:
            _unpack(source, staged)
            index = _verify_index(staged)
            sync_tree(staged)
            # Records about other releases with these numbers do not apply to the restored ones.
            (releases.data_dir / CHANGES).unlink(missing_ok=True)
            remove_side_files(releases.data_dir / CHANGES)
            for name in _DATABASES:
                if (staged / name).is_file():
                    # A service that was killed has left them, and SQLite would apply them to the restored database.
                    remove_side_files(releases.data_dir / name)
                    (staged / name).replace(releases.data_dir / name)
            releases.adopt(staged / "releases", index.current)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    return index


def _unpack(source: Path, folder: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, folder, dirs_exist_ok=True)
        return
    try:
        with (
            source.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as stream,
            tarfile.open(fileobj=stream, mode="r|") as tar,
        ):
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        raise _make_damaged_problem(f"{source.name} cannot be read to its end: {error}") from None


def _verify_index(folder: Path) -> BackupIndex:
    """Verify an unpacked backup against its index and return the index."""
    try:
        index = BackupIndex.model_validate_json((folder / INDEX).read_bytes())
    except FileNotFoundError:
        raise _make_damaged_problem(f"{INDEX}, which is written last, is missing") from None
    except ValidationError as error:
        raise _make_damaged_problem(f"{INDEX}: {error.errors()[0]['msg']}") from None
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {INDEX}
    if differing := sorted(files ^ index.files.keys()):
        status = "missing" if differing[0] in index.files else "not in the index"
        raise _make_damaged_problem(f"{differing[0]} is {status}")
    for name, file in index.files.items():
        if (folder / name).stat().st_size != file.size or digest_file(folder / name) != file.sha256:
            raise _make_damaged_problem(f"{name} does not match its digest")
    if index.current not in index.releases:
        raise _make_damaged_problem(f"the published release {index.current} is missing")
    for number in index.releases:
        if problems := verify_release(Release(number, folder / "releases" / f"{number:06d}")):
            raise _make_damaged_problem(f"release {number}: {problems[0]}")
    return index


def _discard(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _make_damaged_problem(detail: str) -> ProblemError:
    return ProblemError("backup-damaged", "The backup cannot be used", f"{detail}; nothing was restored", exit_code=1)
