"""Atomic writing of output files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from jwpgraph.problems import ProblemError


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
    if out.exists() and any(source.exists() and out.samefile(source) for source in sources):
        raise ProblemError("cannot-write", "The file cannot be written", f"{out} is one of the input files.")
    parts = [text] if isinstance(text, str) else text
    try:
        if out.exists() and not out.is_file():
            # A device or a pipe, such as /dev/stdout, is written to, not replaced.
            with out.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(parts)
            return
        with tempfile.NamedTemporaryFile("w", dir=out.parent, prefix=f".{out.name}.", delete=False) as file:
            partial = Path(file.name)
        try:
            with partial.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(parts)
            partial.chmod(0o666 & ~_get_umask())
            partial.replace(out)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ProblemError("cannot-write", "The file cannot be written", f"{out}: {error.strerror or error}.") from None


def _get_umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
