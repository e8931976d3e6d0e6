"""Dumps of releases: every named graph as N-Quads and TriG, compressed, with their SHA-256.

They are made once, in ``<data dir>/dumps/000042/``, and kept as long as the release is: a download can be resumed and
compared with its checksum. A folder has its name only when everything in it is complete.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

import zstandard
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, serialize

from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.durable_storage import rename_durably, report_storage_problems
from jwpgraph.releases.release import Release
from jwpgraph.releases.reserved import LEGACY_UNION
from jwpgraph.vocabulary import PREFIXES

FOLDER: Final = "dumps"
CHECKSUMS: Final = "SHA256SUMS"
_FORMATS: Final = {"nq": RdfFormat.N_QUADS, "trig": RdfFormat.TRIG}
_CODINGS: Final = ("gz", "zst")
#: The files of a dump.
NAMES: Final = tuple(f"dump.{form}.{coding}" for form in _FORMATS for coding in _CODINGS)
_PARTIAL: Final = "partial-"
#: Seconds after which what a process that was killed has left is removed.
_ABANDONED_SECONDS: Final = 24 * 60 * 60
_GZIP_LEVEL: Final = 6
_ZSTD_LEVEL: Final = 9


@dataclass(frozen=True, slots=True)
class DumpFile:
    """A file of a dump.

    Attributes:
        name: such as ``dump.nq.gz``.
        size: its bytes.
        sha256: its digest, in hexadecimal.
    """

    name: str
    size: int
    sha256: str


class DumpDirectory:
    """The dumps of one data directory.

    Args:
        releases: the data directory.
    """

    def __init__(self, releases: ReleaseDirectory) -> None:
        self._releases = releases
        self._folder = releases.data_dir / FOLDER

    def path(self, release: Release, name: str) -> Path:
        """Where a file of the dump of a release is, or will be."""
        # The tag tells a release from another one of its number, which a restored backup may bring.
        return self._folder / release.etag.strip('"') / name

    def files(self, release: Release) -> list[DumpFile]:
        """The files of the dump of a release; none where it has not been made yet."""
        try:
            lines = self.path(release, CHECKSUMS).read_text("ascii").splitlines()
            pairs = [line.split("  ", 1) for line in lines]
            return [DumpFile(name, self.path(release, name).stat().st_size, sha256) for sha256, name in pairs]
        except FileNotFoundError:
            return []

    def make(self, release: Release) -> list[DumpFile]:
        """Make the dump of a release where there is none, and remove those of releases that are gone.

        Raises:
            ProblemError: ``no-space``, ``data-dir-not-writable``, ``release-damaged``.
        """
        if found := self.files(release):
            return found
        with report_storage_problems(self._releases.data_dir):
            self._folder.mkdir(exist_ok=True)
            self.sweep()
            staged = self._folder / f"{_PARTIAL}{uuid.uuid4().hex}"
            staged.mkdir()
            try:
                _write_dump(release.open_store(), staged)
                target = self.path(release, CHECKSUMS).parent
                if not target.exists():
                    rename_durably(staged, target)
            except OSError:
                # Another process may have been faster.
                if not self.files(release):
                    raise
            finally:
                shutil.rmtree(staged, ignore_errors=True)
        return self.files(release)

    def sweep(self) -> None:
        """Remove the dumps of releases that are gone, and what a process that was killed has left."""
        if not self._folder.is_dir():
            return
        kept = {release.etag.strip('"') for release in self._releases.list()}
        abandoned = time.time() - _ABANDONED_SECONDS
        for path in self._folder.iterdir():
            is_partial = path.name.startswith(_PARTIAL)
            if path.name not in kept and not (is_partial and path.stat().st_mtime > abandoned):
                shutil.rmtree(path, ignore_errors=True)


def _write_dump(store: Store, folder: Path) -> None:
    sums = []
    for form, rdf_format in _FORMATS.items():
        with ExitStack() as stack:
            files = [stack.enter_context((folder / f"dump.{form}.{coding}").open("wb")) for coding in _CODINGS]
            zipped = stack.enter_context(gzip.GzipFile("", "wb", _GZIP_LEVEL, files[0], mtime=0))
            compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True)
            packed = stack.enter_context(compressor.stream_writer(files[1], closefd=False))
            prefixes = PREFIXES if form == "trig" else None
            output = cast(IO[bytes], _Tee(zipped, packed))
            serialize(_read_named_graphs(store), output, format=rdf_format, prefixes=prefixes)
        for coding in _CODINGS:
            name = f"dump.{form}.{coding}"
            with (folder / name).open("rb") as file:
                sums.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n")
    (folder / CHECKSUMS).write_text("".join(sums), "ascii")


def _read_named_graphs(store: Store) -> Iterator[Quad]:
    names = sorted(graph.value for graph in store.named_graphs() if graph.value != LEGACY_UNION)
    for name in names:
        yield from store.quads_for_pattern(None, None, None, NamedNode(name))


class _Tee:
    """Writes to several files at once."""

    def __init__(self, *files: Any) -> None:
        self._files = files

    def write(self, data: bytes) -> int:
        for file in self._files:
            file.write(data)
        return len(data)

    def flush(self) -> None:
        """The files are closed, and so flushed, by those who opened them."""
