"""Digests of the files of a release, which detect damage on disk."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

#: Files that hold no data: the log and the lock of the store. The manifest cannot contain its own digest.
_WITHOUT_DATA: Final = ("LOG", "LOCK")
MANIFEST: Final = "manifest.json"
#: Digests of files that this process has read, by device, inode, size and time of the last write.
_known: Final[dict[tuple[int, int, int, int], str]] = {}
_MOST_KNOWN: Final = 20_000
#: Held while a file is read for its digest, so that threads that need the same one read it once.
_reading: Final = threading.Lock()
#: Size in bytes from which a table of the store is large: a release of a million triples has some.
_LARGE_TABLE: Final = 32 * 1024 * 1024


class FileDigest(BaseModel):
    """Size and SHA-256 digest of a file."""

    model_config = ConfigDict(frozen=True)

    bytes: int
    sha256: str


def digest_files(folder: Path, known: tuple[Path, Mapping[str, FileDigest]] | None = None) -> dict[str, FileDigest]:
    """Return the digests of the files in *folder* by relative path, except the manifest.

    Args:
        folder: a release or candidate that nobody writes to any more.
        known: another release's folder and digests; files that *folder* shares with it by hard links are not read.
    """
    linked: dict[tuple[int, int], FileDigest] = {}
    if known is not None:
        for name, digest in known[1].items():
            path = known[0] / name
            if path.is_file():
                status = path.stat()
                linked[status.st_dev, status.st_ino] = digest
    digests: dict[str, FileDigest] = {}
    for name, path in sorted(_get_data_files(folder).items()):
        status = path.stat()
        shared = linked.get((status.st_dev, status.st_ino))
        if shared is None or shared.bytes != status.st_size:
            shared = FileDigest(bytes=status.st_size, sha256=_read_known_digest(path))
        digests[name] = shared
    return digests


def find_wrong_sizes(folder: Path, digests: Mapping[str, FileDigest]) -> Iterator[str]:
    """Yield a sentence for each file that is missing or has another size; reads no file."""
    for name, digest in digests.items():
        path = folder / name
        if not path.is_file():
            yield f"{name} is missing"
        elif path.stat().st_size != digest.bytes:
            yield f"{name} has {path.stat().st_size} bytes instead of {digest.bytes}"


def find_altered_files(folder: Path, digests: Mapping[str, FileDigest], *, large_tables: bool = True) -> Iterator[str]:
    """Yield a sentence for each file that is missing or differs from its digest.

    Files that this process has read before and that have not been written since are not read again; releases share most
    of their files.

    Args:
        folder: the release.
        digests: the digests of its files by relative path.
        large_tables: whether to read large tables of the store as well; otherwise only their sizes are compared.
    """
    yield from find_wrong_sizes(folder, digests)
    large = {} if large_tables else list_large_tables(digests)
    for name, digest in digests.items():
        path = folder / name
        if name in large or not path.is_file() or path.stat().st_size != digest.bytes:
            continue
        if _read_known_digest(path) != digest.sha256:
            yield f"{name} differs from its digest in the manifest"


def list_large_tables(digests: Mapping[str, FileDigest]) -> dict[str, FileDigest]:
    """Return the digests of the large tables of the store."""
    return {name: one for name, one in digests.items() if one.bytes >= _LARGE_TABLE and name.endswith(".sst")}


def find_damaged_files(folder: Path, digests: Mapping[str, FileDigest]) -> Iterator[str]:
    """Yield a sentence for each file that is missing, differs from its digest or has none; reads all files."""
    wrong = list(find_wrong_sizes(folder, digests))
    yield from wrong
    named = {sentence.partition(" ")[0] for sentence in wrong}
    for name, path in sorted(_get_data_files(folder).items()):
        if name not in digests:
            yield f"{name} is not in the manifest"
        elif name not in named and digest_file(path) != digests[name].sha256:
            yield f"{name} differs from its digest in the manifest"


def _read_known_digest(path: Path) -> str:
    """Return the digest of a file, from memory if the same file has not been written since."""
    status = path.stat()
    identity = status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
    digest = _known.get(identity)
    if digest is None:
        with _reading:
            digest = _known.get(identity)
            if digest is None:
                digest = digest_file(path)
                if len(_known) >= _MOST_KNOWN:
                    _known.clear()
                _known[identity] = digest
    return digest


def digest_file(path: Path) -> str:
    """Return the SHA-256 digest of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _get_data_files(folder: Path) -> dict[str, Path]:
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(_WITHOUT_DATA))
    found = {path.relative_to(folder).as_posix(): path for path in paths}
    found.pop(MANIFEST, None)
    return found
