"""Atomic writing of output files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from jwpgraph.problems import ProblemError
from jwpgraph.temporary_folders import make_temporary_folder

#: Beginning of the names of the folders, beside the files, in which they are written.
_PARTIAL: Final = ".jwpgraph-partial-"


def write_file_atomically(text: str | Iterable[str], out: Path, sources: Sequence[Path]) -> None:
    """Write a text file so that readers never see a partial file.

    Args:
        text: the text or its parts; written in UTF-8 with unchanged line ends.
        out: the file; an existing file is replaced.
        sources: the input files, which are never overwritten.

    Raises:
        ProblemError: ``cannot-write``.
    """
    if out.is_dir():
        raise ProblemError("cannot-write", "The file cannot be written", f"{out} is a folder.")
    if out.exists() and not out.is_file():
        # A device or a pipe, such as /dev/stdout, is written to, not replaced.
        with _report_write_errors(out):
            _write_text(text, out)
        return
    write_files_atomically(((out.name, text),), out.parent, sources)


def write_files_atomically(
    texts: Iterable[tuple[str, str | Iterable[str]]], folder: Path, sources: Sequence[Path]
) -> None:
    """Write text files that get their names when all of them have been written.

    Args:
        texts: names, and the texts or their parts.
        folder: the folder of the files, which exists; existing files are replaced.
        sources: the input files, which are never overwritten.

    Raises:
        ProblemError: ``cannot-write``; no file has been changed then.
    """
    with _report_write_errors(folder), make_temporary_folder(folder, _PARTIAL) as partial:
        names = []
        for name, text in texts:
            out = folder / name
            if out.exists() and any(source.exists() and out.samefile(source) for source in sources):
                raise ProblemError("cannot-write", "The file cannot be written", f"{out} is one of the input files.")
            with _report_write_errors(out):
                _write_text(text, partial / name)
            names.append(name)
        for name in names:
            (partial / name).replace(folder / name)


def make_output_folder(folder: Path) -> None:
    """Make a folder for output files, and those above it, unless it exists.

    Raises:
        ProblemError: ``cannot-write``.
    """
    with _report_write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)


def _write_text(text: str | Iterable[str], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines([text] if isinstance(text, str) else text)


@contextmanager
def _report_write_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ProblemError(
            "cannot-write", "The file cannot be written", f"{path}: {error.strerror or error}."
        ) from None
