"""Dumps of releases as N-Quads and TriG, compressed, with SHA-256: all named graphs together, and each one.

A dump is made once, in ``<data dir>/dumps/000042/``, and kept as long as the release, so that a download can be resumed
and compared with its checksum. A folder gets its name when all files in it are complete.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast
from urllib.parse import quote

import zstandard
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, serialize

from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.durable_storage import rename_durably, report_storage_problems
from jwpgraph.releases.release import Release
from jwpgraph.releases.reserved import LEGACY_UNION
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
#: Seconds after which the remains of a killed process are removed.
_ABANDONED_SECONDS: Final = 24 * 60 * 60
_GZIP_LEVEL: Final = 6
_ZSTD_LEVEL: Final = 9


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
        return self._folder / _folder_name(release) / name

    def files(self, release: Release) -> list[DumpFile]:
        """Return the files of the dump of a release; empty if it has not been made."""
        try:
            lines = self.path(release, CHECKSUMS).read_text("ascii").splitlines()
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
            staged = self._folder / f"{_PARTIAL}{uuid.uuid4().hex}"
            staged.mkdir()
            try:
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
            finally:
                shutil.rmtree(staged, ignore_errors=True)
        return self.files(release)

    def sweep(self) -> None:
        """Remove the dumps of removed releases, and the remains of killed processes."""
        if not self._folder.is_dir():
            return
        kept = {_folder_name(release) for release in self._releases.list()}
        abandoned = time.time() - _ABANDONED_SECONDS
        for path in self._folder.iterdir():
            is_partial = path.name.startswith(_PARTIAL)
            if path.name not in kept and not (is_partial and path.stat().st_mtime > abandoned):
                shutil.rmtree(path, ignore_errors=True)


def _folder_name(release: Release) -> str:
    return release.etag.strip('"') + _LAYOUT


def _write_dump(release: Release, store: Store, folder: Path, documents: Mapping[str, bytes]) -> None:
    sums = []
    (folder / GRAPHS).mkdir()
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
    for graph in sorted(release.manifest.graphs):
        sums += _write_graph(store, graph, folder)
    for name, data in documents.items():
        (folder / name).write_bytes(data)
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
    (folder / CHECKSUMS).write_text("".join(sums), "ascii")


def _write_graph(store: Store, graph: str, folder: Path) -> list[str]:
    """Write the files of one graph; return the lines with their checksums."""
    sums = []
    for form, rdf_format in _FORMATS.items():
        quads = store.quads_for_pattern(None, None, None, NamedNode(graph))
        text = serialize(quads, format=rdf_format, prefixes=PREFIXES if form == "trig" else None) or b""
        compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True)
        for coding, data in (("gz", gzip.compress(text, _GZIP_LEVEL, mtime=0)), ("zst", compressor.compress(text))):
            name = f"{GRAPHS}/{get_file_stem(graph)}.{form}.{coding}"
            (folder / name).write_bytes(data)
            sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
    return sums


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
        """Do nothing; the callers that opened the files close, and so flush, them."""
