"""The data directory: numbered releases and the CURRENT pointer. Only this module writes them.

Layout (docs/architecture.md)::

    <data dir>/CURRENT                     the number of the published release
    <data dir>/lock                        held by the one writer
    <data dir>/releases/000042/            a release, never changed once CURRENT names it
    <data dir>/staging/                    candidates being built; the next writer removes abandoned ones
    <data dir>/rejected/                   validation reports of refused changes
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from jwpgraph.durable_storage import rename_durably, report_storage_problems, sync_folder, write_durably
from jwpgraph.problems import ProblemError
from jwpgraph.releases.file_digests import MANIFEST
from jwpgraph.releases.release import Release
from jwpgraph.state_files import read_state_file

_REPORTS_KEPT = 20
_LONGEST_NUMBER = 12


class ReleaseDirectory:
    """The releases of one data directory.

    Reading needs no lock: a published release never changes, and CURRENT is replaced by an atomic rename.
    Methods that write require the writer's lock (:mod:`jwpgraph.releases.writer_lock`).
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._releases = data_dir / "releases"
        self._staging = data_dir / "staging"
        self._rejected = data_dir / "rejected"
        self._pointer = data_dir / "CURRENT"
        self._last_published: int | None = None

    @property
    def lock_path(self) -> Path:
        """The file that the writer locks."""
        return self.data_dir / "lock"

    def current_number(self) -> int | None:
        """Return the number of the published release, or ``None`` if nothing has been published.

        Raises:
            ProblemError: ``data-dir-damaged`` if CURRENT is not a number.
        """
        try:
            text = read_state_file(self._pointer).decode("ascii")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise _make_damaged_problem(f"{self._pointer} cannot be read ({reason}); {self._repair()}") from None
        number = text.strip()
        if not number.isdecimal() or len(text) > _LONGEST_NUMBER:
            raise _make_damaged_problem(f"{self._pointer} does not contain a release number; {self._repair()}")
        # Without the line break, the number may have lost its last digits.
        if number == text and any(str(longer).startswith(text) for longer in self._complete() if longer > int(text)):
            raise _make_damaged_problem(f"{self._pointer} ends in the middle of a line; {self._repair()}")
        self._last_published = int(number)
        return self._last_published

    def read_pointer(self) -> bytes:
        """Return the content of CURRENT, whatever it is; empty if it cannot be read."""
        try:
            return read_state_file(self._pointer)
        except OSError:
            return b""

    def published_number(self) -> int | None:
        """Return :meth:`current_number`; if CURRENT is damaged, its last known value or the newest release."""
        try:
            number = self.current_number()
        except ProblemError:
            number = None
        if number is None:
            complete = self._complete() if self._last_published is None else []
            return self._last_published or (complete[-1] if complete else None)
        return number

    def newest_usable(self) -> Release | None:
        """Return the newest readable release up to the published one, for readers that cannot open the latter."""
        published = self.published_number() or 0
        for number in reversed(self._complete()):
            release = Release(number, self._path(number))
            if number <= published and release.is_usable():
                return release
        return None

    def current(self) -> Release | None:
        """Return the published release, or ``None`` if nothing has been published.

        Raises:
            ProblemError: ``data-dir-damaged`` if CURRENT names a release that does not exist.
        """
        number = self.current_number()
        if number is None:
            return None
        release = Release(number, self._path(number))
        try:
            exists = (release.path / MANIFEST).is_file()
        except OSError as error:
            raise _make_damaged_problem(f"{error.filename} cannot be read ({error.strerror})") from None
        if not exists:
            raise _make_damaged_problem(
                f"{self._pointer} names release {number}, which does not exist; {self._repair()}"
            )
        return release

    def _make_missing_problem(self) -> ProblemError:
        return _make_damaged_problem(f"{self._pointer} is missing although releases exist; {self._repair()}")

    def _repair(self) -> str:
        kept = ", ".join(str(number) for number in self._complete())
        if not kept:
            return "restore a backup (`jwpgraph restore`)"
        return (
            f"replace it by a line with the number of an existing release ({kept}); `jwpgraph release verify` checks it"
        )

    def _complete(self) -> list[int]:
        """Return the numbers of the complete releases, published or not, in order."""
        try:
            folders = [path for path in self._releases.iterdir() if path.name.isdecimal()]
        except OSError:
            return []
        return sorted(int(path.name) for path in folders if _is_complete(path))

    def require_continuation(self) -> None:
        """Check that a change continues the releases of this directory, for a service that has already served one.

        Raises:
            ProblemError: ``data-dir-damaged`` if it has none, such as the folder of a disk that is not mounted.
        """
        if self.current_number() is None and not self._complete():
            raise _make_damaged_problem(
                f"{self.data_dir} has no releases any more; check that its disk is mounted, or restore a backup "
                "(`jwpgraph restore`)"
            )

    def require_current(self) -> Release:
        """Return the published release.

        Raises:
            ProblemError: ``no-release`` (503) if nothing has been published yet, ``data-dir-damaged`` if there are
                releases without CURRENT.
        """
        release = self.current()
        if release is None and self._complete():
            raise self._make_missing_problem()
        if release is None:
            raise ProblemError(
                "no-release",
                "Nothing has been published yet",
                f"{self.data_dir} contains no release; run `jwpgraph load` or start `jwpgraph serve`",
                status=503,
            )
        return release

    def get(self, number: int) -> Release:
        """Return the release with this number.

        Raises:
            ProblemError: ``no-such-release`` (404) if it never existed, was pruned, or was never published.
        """
        release = Release(number, self._path(number))
        published = self.published_number()
        if published is None or number > published or not _is_complete(release.path):
            raise ProblemError("no-such-release", "There is no such release", f"release {number}", status=404)
        return release

    def list_including_damaged(self) -> list[Release]:
        """Return the releases of :meth:`list` and those whose manifest is damaged or missing, oldest first."""
        published = self.published_number() or 0
        try:
            numbers = sorted(int(path.name) for path in self._releases.iterdir() if path.name.isdecimal())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _make_damaged_problem(f"{self._releases} cannot be read ({error.strerror})") from None
        return [Release(number, self._path(number)) for number in numbers if number <= published]

    def list(self, *, after: int = 0) -> list[Release]:
        """Return the existing releases after a number with readable manifests, oldest first."""
        published = self.published_number()
        try:
            return [] if published is None else list(self._iter_published(after, published))
        except OSError as error:
            raise _make_damaged_problem(f"{self._releases} cannot be read ({error.strerror})") from None

    def _iter_published(self, after: int, published: int) -> Iterator[Release]:
        for path in sorted(self._releases.iterdir()):
            if path.name.isdecimal() and after < int(path.name) <= published and _is_complete(path):
                release = Release(int(path.name), path)
                # `jwpgraph release verify --all` reports the others.
                if release.is_described():
                    yield release

    def next_number(self) -> int:
        """Return the number of the next release; numbers are never reused."""
        return (self.current_number() or 0) + 1

    def prepare(self) -> None:
        """Create the directory if absent, and remove what a dead writer left behind.

        Raises:
            ProblemError: ``data-dir-not-writable``, ``no-space``, or ``data-dir-damaged`` if CURRENT is missing or
                older than several releases.
        """
        published = self.current_number()
        if published is None and self._complete() == [1]:
            # Either its writer was killed before it published the release, or CURRENT is lost: it is complete.
            only = Release(1, self._path(1))
            only.check()
            self.publish(only)
            published = 1
        later = [number for number in self._complete() if number > (published or 0)]
        if published is None and later:
            raise self._make_missing_problem()
        if len(later) > 1:
            # A killed writer leaves one release that was not published; more of them have been published.
            raise _make_damaged_problem(
                f"{self._pointer} names release {published}, but later releases exist; {self._repair()}, or move the "
                f"later ones out of {self._releases}"
            )
        with report_storage_problems(self.data_dir):
            for folder in (self._releases, self._staging):
                folder.mkdir(parents=True, exist_ok=True)
            for abandoned in self._staging.iterdir():
                _discard_folder(abandoned)
            for path in self._releases.iterdir():
                if path.name.isdecimal() and int(path.name) > (published or 0):
                    _discard_folder(path)

    def stage(self) -> Path:
        """Return a new, empty folder for a candidate, on the same file system as the releases."""
        folder = self._staging / uuid.uuid4().hex
        folder.mkdir()
        return folder

    def seal(self, staged: Path, number: int) -> Release:
        """Move a finished candidate to the releases under *number*, without publishing it."""
        target = self._path(number)
        rename_durably(staged, target)
        return Release(number, target)

    def get_sealed(self, number: int) -> Release:
        """Return the release that :meth:`seal` stored under *number*."""
        return Release(number, self._path(number))

    def adopt(self, staged: Path, number: int) -> None:
        """Move a folder of releases, synced to disk, to the place of the empty one, and publish one of them.

        If the process is killed, either none of the releases is there or all of them are.
        """
        staged.rename(self._releases)
        sync_folder(self.data_dir)
        self.publish(Release(number, self._path(number)))

    def publish(self, release: Release) -> None:
        """Make *release* current by one atomic rename."""
        write_durably(self._pointer, f"{release.number}\n".encode("ascii"))

    def keep_report(self, report: Path) -> Path:
        """Move the report of a refused change to the rejected reports, of which the latest 20 are kept."""
        self._rejected.mkdir(exist_ok=True)
        kept = sorted(self._rejected.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for old in kept[: max(0, len(kept) - _REPORTS_KEPT + 1)]:
            old.unlink(missing_ok=True)
        target = self._rejected / f"{uuid.uuid4().hex}.ttl"
        report.replace(target)
        return target

    def remove(self, release: Release) -> None:
        """Delete a release: move it out of the list, then delete its files.

        Raises:
            ProblemError: ``release-in-use`` (409) for the published release.
        """
        if release.number == self.current_number():
            raise ProblemError(
                "release-in-use", "The published release cannot be removed", f"release {release.number}", status=409
            )
        discarded = self._staging / uuid.uuid4().hex
        release.path.replace(discarded)
        shutil.rmtree(discarded)

    def _path(self, number: int) -> Path:
        return self._releases / f"{number:06d}"


def _is_complete(release: Path) -> bool:
    """Return whether the folder of a release has a manifest; false also if it cannot be read."""
    try:
        return (release / MANIFEST).is_file()
    except OSError:
        return False


def _discard_folder(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _make_damaged_problem(detail: str) -> ProblemError:
    return ProblemError("data-dir-damaged", "The data directory is damaged", detail, status=500)
