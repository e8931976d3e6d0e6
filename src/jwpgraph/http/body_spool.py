"""Request bodies on disk. A body can be larger than memory, and the builder process reads it."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from jwpgraph.problems import ProblemError

_MOST_PARTS: Final = 256
_FILENAME: Final = re.compile(r';\s*filename=(?:"((?:[^"\\]|\\.)*+)"|([^;\s"]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SpooledPart:
    """A request body, or one part of a multipart body, written to a file."""

    path: Path
    content_type: str
    filename: str


class BodySpool:
    """A temporary folder for the bodies of one request, as a context manager; leaving it removes the folder.

    Args:
        folder: parent of the temporary folder; created if absent.
    """

    def __init__(self, folder: Path) -> None:
        self._parent = folder
        self._count = 0

    def __enter__(self) -> Self:
        self._parent.mkdir(parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(dir=self._parent)
        # The lock tells sweep() that the process that owns this folder is still running.
        self._lock = os.open(self._folder.name, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._lock)
        self._folder.cleanup()

    async def whole(self, chunks: AsyncIterator[bytes], content_type: str) -> list[SpooledPart]:
        """Write the whole body to one file.

        Args:
            chunks: the body, decompressed.
            content_type: the Content-Type header of the request.

        Returns:
            A list with one part.
        """
        path = self._new_path()
        with path.open("wb") as file:
            async for chunk in chunks:
                file.write(chunk)
        return [SpooledPart(path, content_type, "")]

    async def multipart(self, chunks: AsyncIterator[bytes], boundary: str) -> list[SpooledPart]:
        """Write each part of a ``multipart/form-data`` body (RFC 7578) to a separate file.

        Raises:
            ProblemError: ``bad-multipart`` (400) if the body is malformed or has more than 256 parts.
        """
        reader = _MultipartReader(self._new_path)
        try:
            parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]  # a TypedDict of these
            async for chunk in chunks:
                parser.write(chunk)
            parser.finalize()
        except (FormParserError, ValueError) as error:
            raise make_multipart_problem(str(error)) from None
        finally:
            reader.close()
        if not reader.complete:
            raise make_multipart_problem("the closing boundary is missing")
        return reader.parts

    def _new_path(self) -> Path:
        self._count += 1
        return Path(self._folder.name) / str(self._count)


def sweep(folder: Path) -> None:
    """Remove the temporary folders in *folder* whose process has ended."""
    for abandoned in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError):
            descriptor = os.open(abandoned, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(abandoned)
            finally:
                os.close(descriptor)


class _MultipartReader:
    """Callbacks of the multipart parser; writes each part to a file."""

    def __init__(self, new_path: Callable[[], Path]) -> None:
        self._new_path = new_path
        self._name = self._value = b""
        self._headers: dict[bytes, str] = {}
        self._path = Path()
        self._file: BinaryIO | None = None
        self.parts: list[SpooledPart] = []
        self.complete = False

    def callbacks(self) -> dict[str, Callable[..., Any]]:
        """Return the callbacks by the name of the parser's event."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_name,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header,
            "on_part_data": self._on_data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def close(self) -> None:
        """Close the file of an unfinished part."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> None:
        if len(self.parts) == _MOST_PARTS:
            raise make_multipart_problem(f"at most {_MOST_PARTS} parts are allowed")
        self._headers = {}
        self._path = self._new_path()
        self._file = self._path.open("wb")

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        self._headers[self._name.lower()] = self._value.decode("utf-8", "replace")
        self._name = self._value = b""

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])

    def _end(self) -> None:
        self.close()
        match = _FILENAME.search(self._headers.get(b"content-disposition", ""))
        filename = (match[1] or match[2] or "") if match else ""
        self.parts.append(SpooledPart(self._path, self._headers.get(b"content-type", ""), filename))

    def _finish(self) -> None:
        self.complete = True


def make_multipart_problem(reason: str) -> ProblemError:
    """Return the problem ``bad-multipart`` (400) with *reason* as its detail."""
    return ProblemError("bad-multipart", "The multipart body cannot be read", reason)
