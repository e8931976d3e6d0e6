"""Dumps of releases as N-Quads and TriG, compressed, with SHA-256: all named graphs together, and each one.

A dump is made once, in ``<data dir>/dumps/000042/``, and kept as long as the release, so that a download can be resumed
and compared with its checksum. A folder gets its name when all files in it are complete.
"""

from __future__ import annotations

import hashlib
import shutil
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import quote

import zstandard
from pyoxigraph import NamedNode, RdfFormat, Store, serialize

from jwpgraph.durable_storage import rename_durably, report_storage_problems
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.release import Release
from jwpgraph.state_files import read_state_file
from jwpgraph.temporary_folders import make_temporary_folder, remove_abandoned_folders
from jwpgraph.vocabulary import GRAPH, PREFIXES

FOLDER: Final = "dumps"
CHECKSUMS: Final = "SHA256SUMS"
_FORMATS: Final = {"nq": RdfFormat.N_QUADS, "trig": RdfFormat.TRIG}
_CODINGS: Final = ("gz", "zst")
#: Folder of the files of single graphs, below the folder of a dump.
GRAPHS: Final = "graphs"
#: Marks folders with files of single graphs; dumps of earlier versions lack them.
_LAYOUT: Final = ".2"
#: The rights of each graph, one of the documents of a dump.
RIGHTS: Final = "rights.ttl"
#: The files of all graphs together.
NAMES: Final = tuple(f"dump.{form}.{coding}" for form in _FORMATS for coding in _CODINGS)
_LONGEST_STEM: Final = 200
_PARTIAL: Final = "partial-"
_GZIP_LEVEL: Final = 6
#: Window of 32 KB, with a header and trailer of gzip.
_GZIP_WINDOW: Final = 31
_ZSTD_LEVEL: Final = 9
#: Quads read and written at a time: bounds the memory.
_CHUNK: Final = 50_000


@dataclass(frozen=True, slots=True)
class DumpFile:
    """A file of a dump.

    Attributes:
        name: such as ``dump.nq.gz`` or ``graphs/activities.nq.gz``.
        size: its bytes.
        sha256: its digest, in hexadecimal.
        graph: the IRI of the only graph in it; ``None`` for all graphs together.
    """

    name: str
    size: int
    sha256: str
    graph: str | None = None

    @property
    def is_data(self) -> bool:
        """Return whether the file contains graphs; false for documents about them."""
        return self.name.endswith(_CODINGS)

    @property
    def form(self) -> str:
        """Return the format: ``nq`` or ``trig``."""
        return self.name.rsplit(".", 2)[1]

    @property
    def coding(self) -> str:
        """Return the compression: ``gz`` or ``zst``."""
        return self.name.rsplit(".", 2)[2]


def get_file_stem(graph: str) -> str:
    """Return the name of the file of a graph without extensions: the local part of its IRI, or the IRI.

    The name is percent-encoded, so that no graph can name a file elsewhere; a name too long for a file system is
    replaced by its digest.
    """
    name = quote(graph.removeprefix(GRAPH), safe="")
    return name if len(name) <= _LONGEST_STEM else f"sha256-{hashlib.sha256(graph.encode()).hexdigest()}"


class DumpDirectory:
    """The dumps of one data directory.

    Args:
        releases: the data directory.
    """

    def __init__(self, releases: ReleaseDirectory) -> None:
        self._releases = releases
        self._folder = releases.data_dir / FOLDER

    def path(self, release: Release, name: str) -> Path:
        """Return the path of a file of the dump of a release, whether or not it exists."""
        # The tag distinguishes releases with the same number, which a restored backup may contain.
        return self._folder / _get_folder_name(release) / name

    def files(self, release: Release) -> list[DumpFile]:
        """Return the files of the dump of a release; empty if it has not been made."""
        try:
            lines = read_state_file(self.path(release, CHECKSUMS)).decode("ascii").splitlines()
            pairs = [line.split("  ", 1) for line in lines]
            graphs = {f"{GRAPHS}/{get_file_stem(graph)}": graph for graph in release.manifest.graphs}
            return [
                DumpFile(name, self.path(release, name).stat().st_size, sha256, graphs.get(name.rsplit(".", 2)[0]))
                for sha256, name in pairs
            ]
        except (OSError, UnicodeDecodeError, ValueError):
            # A dump that is damaged is made again.
            return []

    def make(self, release: Release, documents: Callable[[Store], Mapping[str, bytes]] | None = None) -> list[DumpFile]:
        """Make the dump of a release unless it exists, and remove the dumps of removed releases.

        Args:
            release: the release.
            documents: returns further files by name, made from the store.

        Raises:
            ProblemError: ``no-space``, ``data-dir-not-writable``, ``release-damaged``.
        """
        if found := self.files(release):
            return found
        with report_storage_problems(self._releases.data_dir):
            self._folder.mkdir(exist_ok=True)
            self.sweep()
            with make_temporary_folder(self._folder, _PARTIAL) as folder:
                # The folder itself is locked and stays; one in it gets the name of the dump.
                staged = folder / "dump"
                staged.mkdir()
                try:
                    release.check()
                    store = release.open_store()
                    _write_dump(release, store, staged, documents(store) if documents else {})
                    target = self.path(release, CHECKSUMS).parent
                    if not self.files(release):
                        shutil.rmtree(target, ignore_errors=True)
                        rename_durably(staged, target)
                except OSError:
                    # Another process may have been faster.
                    if not self.files(release):
                        raise
        return self.files(release)

    def sweep(self) -> None:
        """Remove the dumps of removed releases, and the remains of killed processes."""
        if not self._folder.is_dir():
            return
        self.sweep_partial()
        kept = {_get_folder_name(release) for release in self._releases.list()}
        for path in self._folder.iterdir():
            if path.name not in kept and not path.name.startswith(_PARTIAL):
                shutil.rmtree(path, ignore_errors=True)

    def sweep_partial(self) -> None:
        """Remove the remains of killed processes."""
        remove_abandoned_folders(self._folder, _PARTIAL)


def _get_folder_name(release: Release) -> str:
    return release.etag.strip('"') + _LAYOUT


def _write_dump(release: Release, store: Store, folder: Path, documents: Mapping[str, bytes]) -> None:
    """Write all files of a dump, reading each graph once.

    The files of all graphs together are the concatenation of those of the single ones, which both formats allow.
    """
    (folder / GRAPHS).mkdir()
    wholes = _open_files(folder, "dump")
    sums = []
    for graph in sorted(release.manifest.graphs):
        singles = _open_files(folder, f"{GRAPHS}/{get_file_stem(graph)}")
        quads = store.quads_for_pattern(None, None, None, NamedNode(graph))
        while chunk := list(islice(quads, _CHUNK)):
            for form, rdf_format in _FORMATS.items():
                text = serialize(chunk, format=rdf_format, prefixes=PREFIXES if form == "trig" else None) or b""
                for file in (*wholes[form], *singles[form]):
                    file.write(text)
        sums += [file.close() for files in singles.values() for file in files]
    sums = [file.close() for files in wholes.values() for file in files] + sums
    for name, data in documents.items():
        (folder / name).write_bytes(data)
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
    (folder / CHECKSUMS).write_text("".join(sums), "ascii")


def _open_files(folder: Path, stem: str) -> dict[str, list[_CompressedFile]]:
    """Return the files with this stem by format, one for each compression."""
    return {form: [_CompressedFile(folder, f"{stem}.{form}.{coding}") for coding in _CODINGS] for form in _FORMATS}


class _CompressedFile:
    """A compressed file whose digest is computed while it is written.

    Args:
        folder: the folder of the dump.
        name: the name of the file in the folder; its extension tells the compression.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._name = name
        self._file = (folder / name).open("wb")
        self._digest = hashlib.sha256()
        # Both compressors give the same bytes for the same data: the header of gzip (RFC 1952) gets no time.
        self._compressor = (
            zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
            if name.endswith(".gz")
            else zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True).compressobj()
        )

    def write(self, data: bytes) -> None:
        """Compress and write data."""
        self._put(self._compressor.compress(data))

    def close(self) -> str:
        """Complete the file; return its line for ``SHA256SUMS``."""
        self._put(self._compressor.flush())
        self._file.close()
        return f"{self._digest.hexdigest()}  {self._name}\n"

    def _put(self, data: bytes) -> None:
        self._digest.update(data)
        self._file.write(data)
