"""Files that commands write: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from jwpgraph.problems import ProblemError


def write_file_atomically(text: str | Iterable[str], out: Path, sources: Sequence[Path]) -> None:
    """Write a text file so that a reader never sees half of it.

    Args:
        text: what to write, or the pieces that it comes in, in UTF-8 with its line ends as they are.
        out: where; a file that is there is replaced.
        sources: what the text was made from, which is never overwritten.

    Raises:
        ProblemError: ``cannot-write``.
    """
    if out.is_dir():
        raise ProblemError("cannot-write", "The file cannot be written", f"{out} is a folder.")
    if out.exists() and any(source.exists() and out.samefile(source) for source in sources):
        raise ProblemError("cannot-write", "The file cannot be written", f"{out} is a document that is being imported.")
    try:
        with tempfile.NamedTemporaryFile("w", dir=out.parent, prefix=f".{out.name}.", delete=False) as file:
            partial = Path(file.name)
        try:
            with partial.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines([text] if isinstance(text, str) else text)
            partial.chmod(0o666 & ~_current_umask())
            partial.replace(out)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ProblemError("cannot-write", "The file cannot be written", f"{out}: {error.strerror or error}.") from None


def _current_umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
